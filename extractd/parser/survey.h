/*
 * survey: what a page draws and where, without drawing it: its images, and the boxes of all other
 * marks, in order. From this it is decided how the page becomes a picture.
 *
 * Everything is in points of the page as displayed (after /Rotate and /UserUnit), y down. Invisible
 * text (render mode 3) is no mark. Lists are bounded: a page with more says so in `many`.
 */
#ifndef PDFSPOOL_SURVEY_H
#define PDFSPOOL_SURVEY_H

#include <stdbool.h>
#include <stdint.h>

#include "extractd/parser/mupdf.h"

enum { SURVEY_IMAGES = 2048, SURVEY_MARKS = 2048 };

struct survey_image {
    fz_image *image; /* kept */
    fz_matrix ctm;   /* its unit square, y down, to the page */
    fz_rect seen;    /* what of it is within page and clip */
    float dpi[2];    /* its own, along its own axes */
    float grey;      /* of a stencil's paint: 0 black, 1 white */
    bool stencil;    /* paint comes through it */
    bool plain;      /* opaque, upright or turned by quarters, cut by rectangles at most */
    uint32_t order;
};

struct survey_mark {
    fz_rect box;
    uint32_t order;
    bool white; /* a path filled white */
    bool text;
};

struct survey {
    fz_context *ctx;
    float width, height; /* of the page */
    struct survey_image *images;
    struct survey_mark *marks;
    uint32_t image_count, mark_count;
    bool many;           /* some did not fit into the lists */
    fz_rect content;     /* around all that is drawn; empty if nothing is */
    uint32_t texts;      /* visible runs of text */
    uint32_t outlines;   /* parts of filled paths that could be letters: of a letter's size, and of
                           more than straight lines and right angles */
    fz_rect outlined;    /* around these */
    int errors;          /* in the content; what came before counts */
    char message[160];   /* of a failure; any bytes */
    bool failed, memory; /* the run ended early; for lack of memory */
};

/* Survey page number (from 0). Always fills *out; survey_free it, before the document is closed. */
void survey_page(struct document *d, uint32_t number, struct survey *out);
void survey_free(struct survey *s);

#endif
