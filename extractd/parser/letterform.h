/*
 * letterform: pieces of paths that look like letters whose text was turned into curves.
 */
#ifndef PDFSPOOL_LETTERFORM_H
#define PDFSPOOL_LETTERFORM_H

#include <stdint.h>

struct fz_context;
struct fz_path;

/* What a piece is told by: circles and other marks of a chart are all alike, letters are not. */
struct letterform {
    float x, y;             /* its middle, in points */
    uint32_t curves, lines; /* segments */
};

/* Call fn for each piece of the path that is of a letter's size and has curves. matrix: a to f of
 * PDF, from the path to points. Cannot fail. */
void letterform_each(struct fz_context *ctx, const struct fz_path *path, const float matrix[6],
                     void (*fn)(const struct letterform *piece));

#endif
