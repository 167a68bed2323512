/*
 * png: pixels as a PNG (RFC 2083): 8 bits of red, green and blue each, nothing else in it. One of the
 * two users of zlib.
 */
#ifndef PDFSPOOL_PNG_H
#define PDFSPOOL_PNG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

enum { PNG_SIDE = 16384 /* pixels, at most, of either side */ };

/* Append the picture: width * height * 3 bytes, rows from the top. False: no memory, or no such
 * size; *out may then hold a part of it. */
bool png_write(struct buf *out, const uint8_t *pixels, uint32_t width, uint32_t height);

#endif
