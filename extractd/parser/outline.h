/*
 * outline: rectangles, and what shape a path has: a plain box, or something like letters. In
 * MuPDF's types.
 */
#ifndef PDFSPOOL_OUTLINE_H
#define PDFSPOOL_OUTLINE_H

#include <stdbool.h>
#include <stdint.h>

#include "extractd/parser/mupdf.h"

/* A rectangle that adds nothing to a join. */
static const fz_rect rect_nothing = {1e9f, 1e9f, -1e9f, -1e9f};

static inline fz_rect rect_join(fz_rect a, fz_rect b)
{
    return (fz_rect){a.x0 < b.x0 ? a.x0 : b.x0, a.y0 < b.y0 ? a.y0 : b.y0,
                     a.x1 > b.x1 ? a.x1 : b.x1, a.y1 > b.y1 ? a.y1 : b.y1};
}

static inline bool rect_empty(fz_rect r)
{
    return !(r.x0 < r.x1 && r.y0 < r.y1);
}

static inline float rect_area(fz_rect r)
{
    return rect_empty(r) ? 0 : (r.x1 - r.x0) * (r.y1 - r.y0);
}

static inline fz_rect rect_common(fz_rect a, fz_rect b)
{
    return (fz_rect){a.x0 > b.x0 ? a.x0 : b.x0, a.y0 > b.y0 ? a.y0 : b.y0,
                     a.x1 < b.x1 ? a.x1 : b.x1, a.y1 < b.y1 ? a.y1 : b.y1};
}

/* Is b within a, but for `slack` points? */
static inline bool rect_within(fz_rect a, fz_rect b, float slack)
{
    return b.x0 >= a.x0 - slack && b.y0 >= a.y0 - slack && b.x1 <= a.x1 + slack &&
           b.y1 <= a.y1 + slack;
}

/* How many parts of a filled path could be letters or pieces of letters: 1.5 to 100 points high, at
 * most 150 wide, and made of curves or of five lines and more. Throws. */
uint32_t outline_letters(fz_context *ctx, const fz_path *path, fz_matrix ctm);
/* Is it one rectangle whose sides are the page's directions? Throws. */
bool outline_is_box(fz_context *ctx, const fz_path *path, fz_matrix ctm);

#endif
