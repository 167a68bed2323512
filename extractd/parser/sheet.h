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

struct sheet_order {
    uint32_t dpi; /* 0: as wide as may be */
    struct pagewire_bounds most;
};

/* Draw page number (from 0) as ordered, smaller where it would not be within the bounds (which are
 * within those of pagewire.h). PAGEWIRE_PICTURE, or why there is none: corrupt (an error, and nothing was drawn before
 * it), memory. */
enum pagewire_kind sheet_draw(struct document *d, uint32_t number, const struct sheet_order *o,
                              struct sheet *out);

#endif
