/*
 * quality_words: one pass over a text that counts what its quality is judged by. Part of quality.
 */
#ifndef PDFSPOOL_QUALITY_WORDS_H
#define PDFSPOOL_QUALITY_WORDS_H

#include <stddef.h>
#include <stdint.h>

/* Words that letter pairs can judge: of three known letters or more. */
struct word_judgement {
    uint32_t letters, pairs; /* the edge of a word makes a pair, too */
    uint32_t cost;           /* of all pairs, as in quality_pairs */
};

struct word_counts {
    uint32_t visible; /* characters beside blanks and marks */
    float bad;        /* of them no characters at all; a bullet of a private font counts for less */
    uint32_t damaged; /* letters of words with a bad character within */
    uint32_t letters, digits;
    uint32_t odd;           /* CHAR_ODD */
    uint32_t latin_symbols; /* CHAR_LATIN_SYMBOL */
    uint32_t latin, accented;
    uint32_t han, han_unusual, hangul, hangul_unusual;
    uint32_t rare;  /* letters of rare scripts */
    float changes;  /* of script between two letters of a word, where none should be */
    uint32_t words; /* of two letters or more */
    struct word_judgement judged;
    uint32_t implausible; /* letters of them in passages whose pairs cost too much */
    uint32_t glued;       /* letters of words that are too long to be one */
    uint32_t spaced;      /* letters that stand alone, many in a row */
    uint32_t repeated;    /* letters like the two before, question marks like the one before */
};

/* Count n bytes of UTF-8 in addition to what *counts has. */
void word_counts_add(struct word_counts *counts, const char *utf8, size_t n);

#endif
