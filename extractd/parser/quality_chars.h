/*
 * quality_chars: what sort of character a code point is, as far as the quality of text is
 * concerned. Part of quality.
 */
#ifndef PDFSPOOL_QUALITY_CHARS_H
#define PDFSPOOL_QUALITY_CHARS_H

#include <stdbool.h>
#include <stdint.h>

enum char_kind {
    CHAR_SPACE,
    CHAR_LETTER,
    CHAR_DIGIT,        /* of any sort, also raised or in a circle; letters of formulas too */
    CHAR_PUNCT,        /* punctuation and symbols */
    CHAR_ODD,          /* such as prose, numbers and leaders hardly have, though programs do */
    CHAR_LATIN_SYMBOL, /* U+0080 to U+00BF, where other encodings have their letters */
    CHAR_MARK,         /* stands on a letter, or has no width: belongs to what is before it */
    CHAR_BAD           /* no character: U+FFFD, a control, private use, a box in its place */
};

/* Scripts as far as they must not meet in one word. From SCRIPT_BLOCK on: one for
 * each block. */
enum {
    SCRIPT_NONE,
    SCRIPT_LATIN,
    SCRIPT_GREEK,
    SCRIPT_CYRILLIC,
    SCRIPT_HEBREW,
    SCRIPT_ARABIC,
    SCRIPT_KANA,
    SCRIPT_HANGUL,
    SCRIPT_HAN,
    SCRIPT_RARE, /* few living people write it, or nothing is there */
    SCRIPT_BLOCK
};

struct char_facts {
    uint8_t kind;   /* enum char_kind */
    uint8_t script; /* of a letter */
    char fold;      /* the letter a to z that stands for it; '.' for none */
    bool unusual;   /* a letter with an accent; an ideograph or syllable that is not common */
};

/* ASCII by table, for speed; quality_char is for the others. */
extern const char quality_ascii[129];
struct char_facts quality_char(uint32_t c);

#endif
