/*
 * marks: what was seen on a page so far, on a grid, and what that comes to. Part of facts; knows no
 * MuPDF. Places are in cells of the grid.
 */
#ifndef PDFSPOOL_MARKS_H
#define PDFSPOOL_MARKS_H

#include <stdbool.h>
#include <stdint.h>

#include "extractd/parser/facts.h"
#include "extractd/parser/grid.h"

enum { MARKS_SHAPES = 256 };

struct marks {
    struct page_facts facts; /* what is only counted */
    struct grid images, scans, greys, outlines;
    uint64_t shapes[MARKS_SHAPES / 64];
    uint16_t glyphs[GRID][GRID], hidden[GRID][GRID]; /* rows of columns; kept at their most */
    bool ink;
};

struct marks_image {
    struct grid_shape shape;
    const float *clip; /* as of grid_mark */
    bool fine;         /* enough dots for letters */
    bool grey;         /* no colours */
    bool opaque;       /* what lies below it is not seen any more */
};

/* A glyph in the cell of this place, if it is one. */
void marks_glyph(struct marks *m, float x, float y, bool invisible);
void marks_image(struct marks *m, const struct marks_image *image);
/* A piece of path that looks like a letter. */
void marks_outline(struct marks *m, float x, float y, uint32_t curves, uint32_t lines);
/* What it all comes to. */
void marks_sum(const struct marks *m, bool complete, struct page_facts *out);

#endif
