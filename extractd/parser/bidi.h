/*
 * bidi: from the order in which a line's characters stand on the page, left to right, to the order
 * in which they are read. The only user of FriBidi.
 *
 * The Unicode algorithm goes from logical to visual order. Its inverse is not unique, but for one
 * line the same machinery serves: read the line from its own beginning (from the right, when most
 * of its letters are right-to-left), let FriBidi find the embedding levels, and turn round each run
 * that goes against the line's direction: words in Latin letters and numbers in an Arabic line,
 * Hebrew words in an English one.
 */
#ifndef PDFSPOOL_BIDI_H
#define PDFSPOOL_BIDI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { BIDI_MAX = 32768 }; /* characters of a line */

/* Is this a letter (or digit, or mark) of a script that is written from right to left? A quick look
 * at its block. */
bool bidi_rtl(uint32_t c);
/* Does this combine with the letter before it? */
bool bidi_mark(uint32_t c);
/* n characters (at most BIDI_MAX) in visual order. order[i] becomes the index in `visual` of the
 * i-th character that is read, mirrored[i] the character that it then is: brackets in right-to-left
 * runs are shown mirrored. False, with both unset, when memory runs out. */
bool bidi_logical(const uint32_t *visual, size_t n, uint32_t *order, uint32_t *mirrored);
/* The version of FriBidi. */
const char *bidi_version(void);

#endif
