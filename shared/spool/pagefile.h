/*
 * pagefile: the pages of a document that are done while others still wait, kept in
 * control/paths/<document id>.pages, so that whoever takes the document next goes on from there.
 *
 * Always a whole file (private name, synced, renamed; each writer has a private name of its own),
 * which replaces what was there. A host that was taken for dead and writes late can only bring back
 * an older state: pages are done again then, and none is lost. Removed after publishing; the
 * janitor removes those whose document is nowhere any more. What is in it is the caller's business,
 * and to be read with suspicion.
 */
#ifndef PDFSPOOL_PAGEFILE_H
#define PDFSPOOL_PAGEFILE_H

#include "base/buf.h"
#include "spool/spool.h"

#define PAGEFILE_SUFFIX ".pages"

/* Keep these bytes for the document. 0, or -1 and errno. */
int pagefile_write(const struct spool *s, const char *document, const void *bytes, size_t n);
/* Append what is kept to out, at most `most` bytes. 1; 0: nothing is kept (or more than that, which
 * is none of ours); -1 and errno: it cannot be read just now. */
int pagefile_read(const struct spool *s, const char *document, struct buf *out, size_t most);
/* Forget it. Not there is fine. */
void pagefile_remove(const struct spool *s, const char *document);

#endif
