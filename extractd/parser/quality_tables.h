/*
 * quality_tables: what is usual in the world's writing, as tables: part of quality.
 */
#ifndef PDFSPOOL_QUALITY_TABLES_H
#define PDFSPOOL_QUALITY_TABLES_H

#include <stdint.h>

/* Row: a letter (1 to 26 for a to z, 0 for the edge of a word); column: what follows it. A hex
 * digit: how unlikely, 1.25 * -log2 of the probability. The mean over many languages. */
extern const char quality_pairs[27][28];
/* The letter a to z that stands for a letter from U+00C0, U+1E00, U+0370, U+1F00, U+0400 on:
 * without its accent, or of its sound. '.': none. */
extern const char quality_fold_latin[401];
extern const char quality_fold_latin_more[257];
extern const char quality_fold_greek[145];
extern const char quality_fold_greek_more[257];
extern const char quality_fold_cyrillic[305];
/* A bit for each ideograph from U+4E00 and each syllable from U+AC00 that is in common use. */
extern const uint64_t quality_common_han[328];
extern const uint64_t quality_common_hangul[175];

#endif
