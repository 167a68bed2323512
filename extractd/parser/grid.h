/*
 * grid: a page as 64 by 64 cells, each marked or not. Rows go down or up as their user has it.
 */
#ifndef PDFSPOOL_GRID_H
#define PDFSPOOL_GRID_H

#include <stdbool.h>
#include <stdint.h>

enum { GRID = 64 };

struct grid {
    uint64_t row[GRID];
};

/* A parallelogram: one corner, and the two sides that begin there; in cells, any numbers. */
struct grid_shape {
    float x, y, ax, ay, bx, by;
};

/* Mark the cells whose middle lies in the shape and in columns x0 to x1 and rows y0 to y1 (in
 * cells, any numbers). A shape thinner than a cell marks the cells along its middle. */
void grid_mark(struct grid *g, const struct grid_shape *s, const float clip[4]);
/* Mark one cell, if it is one. */
static inline void grid_dot(struct grid *g, int x, int y)
{
    if (x >= 0 && x < GRID && y >= 0 && y < GRID)
        g->row[y] |= UINT64_C(1) << x;
}
/* How many cells are marked, and how many rows have one. */
uint32_t grid_cells(const struct grid *g);
uint32_t grid_rows(const struct grid *g);
void grid_add(struct grid *to, const struct grid *more);
/* Take one connected piece out of `from` into *piece. False when nothing is marked. */
bool grid_take_piece(struct grid *from, struct grid *piece);
/* What is marked in both. */
void grid_common(const struct grid *a, const struct grid *b, struct grid *out);

#endif
