/*
 * sheet: a page in colour, for people to look at, as a viewer shows it.
 */
#ifndef PDFSPOOL_SHEET_H
#define PDFSPOOL_SHEET_H

#include <stdint.h>

#include "base/pagewire.h"

struct document;

struct sheet {
    uint32_t width, height;
    uint8_t *pixels; /* red, green, blue, rows from the top; malloc's, the caller's */
};

/* Draw page number (from 0), `width` pixels wide where that is within the bounds of pagewire.h, else
 * narrower. PAGEWIRE_PICTURE, or why there is none: corrupt (an error, and nothing was drawn before
 * it), memory. */
enum pagewire_kind sheet_draw(struct document *d, uint32_t number, uint32_t width,
                              struct sheet *out);

#endif
