/*
 * tounicode: fonts that say of their glyphs whatever the caller wants, honest or not.
 */
#ifndef PDFSPOOL_GEN_TOUNICODE_H
#define PDFSPOOL_GEN_TOUNICODE_H

#include "tests/gen/pdfout.h"

#include <stdint.h>

/* Helvetica that looks as it should, while its map says `meaning` of each byte from 32 to 126. The
 * font's object number. */
unsigned tounicode_lying(struct pdfout *p, uint32_t (*meaning)(unsigned byte));
/* A font of which each two-byte code is the Unicode value (below U+10000). Nothing is embedded:
 * its text is right, its look is left to the reader's machine. */
unsigned tounicode_wide(struct pdfout *p);
/* Append operators that show a line of UTF-8 at (x, y) in font /`name`, made by tounicode_wide;
 * backwards: last character first, as right-to-left text stands on a page. */
void tounicode_line(struct buf *content, const char *name, int x, int y, const char *utf8,
                    int backwards);

#endif
