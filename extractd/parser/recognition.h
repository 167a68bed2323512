/*
 * recognition: what was read in a picture: words with their places, and the text that they make.
 *
 * Begun as all zeros; recognition_add for each word in reading order; recognition_finish once: it
 * drops what is not text and lays the rest out. Freed by recognition_free, which may be called at
 * any time and twice. Knows neither tesseract nor leptonica.
 */
#ifndef PDFSPOOL_PARSER_RECOGNITION_H
#define PDFSPOOL_PARSER_RECOGNITION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct recognised_word {
    float box[4];                    /* page points: left, top, right, bottom */
    float confidence;                /* 0 to 100 */
    uint32_t block, paragraph, line; /* from 0, over the whole page */
    bool known;                      /* to the model's dictionary */
    size_t at, len;                  /* bytes in the text */
};

struct recognition {
    char *text; /* UTF-8, ended by NUL; lines end in \n, an empty line between paragraphs */
    size_t len;
    struct recognised_word *words; /* in tesseract's reading order */
    size_t count;
    float confidence; /* mean over the letters that stayed; 0 without words */
    double score;     /* letters times confidence: what is compared between two readings */
    uint32_t dropped; /* words that were taken for noise */
    uint32_t passes;  /* recognitions that it took, those that lost included */
    uint32_t ms;      /* of all of them */
    float dpi;        /* that it was read at */
    bool no_memory;   /* words were lost */
    size_t cap, room; /* of words and text; for recognition.c */
};

/* Append a word; w->at and w->len are set here. Blanks and control characters in it are left out;
 * an empty word is none. False without memory. */
bool recognition_add(struct recognition *r, const char *utf8, const struct recognised_word *w);
/* Drop noise, make the text, the confidence and the score; dehyphenate: a word that is parted at
 * the end of a line becomes whole (two words of the list, which touch). False without memory. */
bool recognition_finish(struct recognition *r, bool dehyphenate);
/* Letters and digits of a text. */
uint32_t recognition_letters(const char *utf8, size_t n);
void recognition_free(struct recognition *r);

#endif
