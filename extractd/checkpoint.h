/*
 * checkpoint: the pages of a document that are done, as bytes for its page file (spool/pagefile.h),
 * and back.
 *
 * A line that names the document by size and hash and has the result's recipe, then the frames that a parser would send for
 * these pages (wire.h), ended by END. What is read back is checked as a parser's frames are
 * (accept.h): the file lies on the share, where others may write.
 */
#ifndef PDFSPOOL_CHECKPOINT_H
#define PDFSPOOL_CHECKPOINT_H

#include "extractd/parserlink.h"

/* Append the pages of r that are done. `sha256`: of the document, in hexadecimal. */
void checkpoint_write(const struct parse_result *r, const char *sha256, uint64_t size,
                      struct buf *out);
/* Make r (cleared first) what the bytes say. False: they are of another document, another version,
 * or no checkpoint; r is empty then. */
bool checkpoint_read(const void *bytes, size_t n, const char *sha256, uint64_t size,
                     const struct parse_limits *limits, struct parse_result *r);

#endif
