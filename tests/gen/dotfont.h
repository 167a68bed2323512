/*
 * dotfont: letters of five by seven dots, for pictures of text (scans) and for glyphs that no
 * built-in font has.
 */
#ifndef PDFSPOOL_GEN_DOTFONT_H
#define PDFSPOOL_GEN_DOTFONT_H

#include <stdint.h>

enum { DOTFONT_WIDTH = 5, DOTFONT_HEIGHT = 7 };

/*
 * The 35 dots of a character, row by row from the top, '#' for ink; NULL for a character that the
 * font has not. *drop: how many rows the picture stands below its line (for g, j, p, q, y). The
 * font has ASCII's letters and digits, some punctuation, and some Hebrew letters.
 */
const char *dotfont_glyph(uint32_t c, int *drop);

#endif
