/*
 * gzip: bytes made smaller for the wire (RFC 1952). One of the two users of zlib (hand/png.h).
 */
#ifndef PDFSPOOLD_GZIP_H
#define PDFSPOOLD_GZIP_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

enum {
    GZIP_WORTH = 1024, /* bytes: below that the headers cost as much as is saved */
    GZIP_FAST = 1,     /* for answers that are made once and sent once */
    GZIP_BEST = 9      /* for what is made once and sent often */
};

/* Does this content type (of an answer) get smaller? Text does; pictures and fonts are compressed
 * already. */
bool gzip_pays(const char *type, size_t len);
/* Append the gzip of n bytes, at a level of 1 to 9. False, and *out as it was, when it would not be
 * smaller than nine tenths of n, or when there is no memory. The result is the same for the same
 * bytes: no name and no time is in it. */
bool gzip_pack(struct buf *out, const void *bytes, size_t n, int level);

#endif
