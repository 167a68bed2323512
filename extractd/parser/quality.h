/*
 * quality: the gate. Is this the text of that page, or does it need a better one?
 *
 * A score from the text alone (0: noise, 1: nothing to complain of) and, with the page's facts, a
 * verdict. It knows no language: it looks for what no language has. What it cannot judge it lets
 * pass: a page is condemned for what it shows, never for what it lacks. docs/QUALITY.md has the
 * terms, and how often it errs.
 */
#ifndef PDFSPOOL_QUALITY_H
#define PDFSPOOL_QUALITY_H

#include <stddef.h>
#include <stdint.h>

struct page_facts;

enum gate {
    GATE_GOOD,
    GATE_CLOSE,   /* better than nothing: ask for another, keep both */
    GATE_GARBAGE, /* the page has text, and it cannot be read: repair, then OCR */
    GATE_LITTLE,  /* the text is fine, but a good part of the page is a picture that has none, or
                     curves: OCR in addition */
    GATE_NONE,    /* no text, but something to see */
    GATE_BLANK,   /* nothing to see */
    GATE_COUNT
};

/* What was found, each from 0 (nothing of it) to the most that it takes off the score. */
struct quality_terms {
    float unmapped; /* U+FFFD, private use, control characters */
    float pairs;    /* letters follow each other as in no language */
    float words;    /* a part of the words does: one of several fonts is garbled */
    float accents;  /* more accents than any language has */
    float
        symbols; /* signs where other encodings have their letters, or such as only programs use */
    float scripts;    /* several in one word; rare ones */
    float ideographs; /* uncommon ones, or uncommon syllables, far too often */
    float spacing;    /* words without blanks, or letters with */
    float repeats;    /* one letter again and again */
    float missing;    /* far fewer characters than glyphs on the page */
};

struct quality {
    float score; /* 0 to 1 */
    enum gate verdict;
    const char *why;  /* the term that weighs most, or what the facts say; a constant, never NULL */
    uint32_t visible; /* characters beside blanks */
    uint32_t words;
    struct quality_terms terms;
};

/* Judge n bytes of UTF-8 (other bytes count as bad characters). facts: NULL, or what is known of
 * the page. Fills *out; cannot fail. Of a very long text only three parts are read. */
void quality_of(const char *utf8, size_t n, const struct page_facts *facts, struct quality *out);
/* Which of two texts of the same page is better: above 0 a, below 0 b, 0: no clear difference (keep
 * what you have). Score and amount both count. */
int quality_better(const struct quality *a, const struct quality *b);
/* The verdict as a word: good, close, garbage, little, none, blank. */
const char *quality_gate_name(enum gate verdict);

#endif
