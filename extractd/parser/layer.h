/*
 * layer: a page's text layer: MuPDF's structured text, in reading order, each line in logical
 * order; and what else that run of the page has shown.
 */
#ifndef PDFSPOOL_LAYER_H
#define PDFSPOOL_LAYER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "extractd/parser/facts.h"

struct document;
struct page_text;

struct layer_line {
    float x0, y0, x1, y1; /* points of the page as displayed, y down from its top */
    uint32_t block;
    size_t at, len; /* in the text; without its newline */
};

struct layer {
    bool want_lines;   /* in: fill in the lines */
    bool failed;       /* the page could not be read to its end */
    bool memory;       /* for lack of memory: the whole process must go */
    char message[200]; /* what was wrong with it; any bytes; "" if nothing */
    struct page_facts facts;
    struct layer_line *lines; /* owned */
    uint32_t n_lines, cap_lines;
};

/* Append the text of a page (from 0) to `to`. Always fills *l (zero-initialise it before the first
 * page; its memory serves all); text that came before an error counts. */
void layer_read(struct document *d, uint32_t number, bool dehyphenate, struct page_text *to,
                struct layer *l);
void layer_free(struct layer *l);

#endif
