/*
 * merge: one text out of two: the lines of a page's text layer, and the words that were recognised
 * in its pictures. In reading order, and nothing twice. Pure: no MuPDF, no tesseract.
 *
 * A recognised word is dropped where a line of the layer has the same text at that place, or has
 * any text of a like size there: the layer knows better. The rest goes in line by line: beside a
 * line of the layer that it continues, else between those above and below it in the same column.
 *
 * merge_begin borrows all that it is given; merge_put afterwards gives the text out, as often as
 * one likes; merge_end frees.
 */
#ifndef PDFSPOOL_MERGE_H
#define PDFSPOOL_MERGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Beyond so many lines or words no places are compared: what is recognised goes to the end. */
enum { MERGE_MOST = 20000 };

struct merge_box {
    float x0, y0, x1, y1; /* points, y down */
};

struct merge_line { /* of the text layer, in reading order */
    struct merge_box box;
    const char *bytes; /* UTF-8 */
    size_t len;
    uint32_t block; /* lines of one paragraph have the same */
};

struct merge_word { /* recognised; words of a line follow each other */
    struct merge_box box;
    const char *bytes;
    size_t len;
    uint32_t block, line; /* lines are numbered over the page */
    bool glued;           /* no blank before it */
};

struct merge_input {
    const struct merge_line *lines;
    uint32_t line_count;
    const struct merge_word *words;
    uint32_t word_count;
};

enum merge_break { MERGE_BLANK, MERGE_NEWLINE, MERGE_PARAGRAPH };

struct merge_item {
    bool recognised;
    uint32_t first, count;   /* a line of the layer; or kept words, as indices into `words` below */
    enum merge_break before; /* what stands between it and the one before */
};

struct merge {
    struct merge_item *items;
    uint32_t *words; /* indices of the recognised words that are kept */
    uint32_t item_count, kept, dropped;
};

/* False without memory; then *out is all zero. */
bool merge_begin(const struct merge_input *in, struct merge *out);
/* Give the text to put(): lines end in \n, an empty line stands between paragraphs. Ends early and
 * returns false when put does. */
bool merge_put(const struct merge_input *in, const struct merge *m,
               bool (*put)(void *to, const char *bytes, size_t len), void *to);
void merge_end(struct merge *m);

#endif
