/*
 * repair: MuPDF's second opinion of a page: the same page, but its characters by what the fonts
 * themselves say of their glyphs (glyphs.h), where the document's own mapping has nothing or is not
 * believed.
 */
#ifndef PDFSPOOL_REPAIR_H
#define PDFSPOOL_REPAIR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct document;
struct page_text;
struct repair;

enum repair_way {
    REPAIR_MISSING, /* characters that the document maps to nothing, to private use or controls */
    REPAIR_ALL      /* every character whose glyph is known to its font */
};

/* For a document that is open and stays so until repair_close. NULL: no memory. */
struct repair *repair_open(struct document *d);
/* Append the text of a page (from 0), a line each, an empty one after each block. False: err (cap
 * bytes, cut) says why; text that came before the error is there all the same. *mended: characters
 * that are others now than in tier 1; 0: the text is that of tier 1. */
bool repair_page(struct repair *r, uint32_t page, enum repair_way way, struct page_text *t,
                 uint32_t *mended, char *err, size_t cap);
/* Of the characters that were unreadable on the page of the last repair_page, the percentage that
 * stand in this other text of the same page as the numbers of their glyphs. An engine that knows no
 * character for a code may write the code itself: letters of some alphabet, and no sense. 0 when
 * nothing was unreadable. */
unsigned repair_numbers_percent(const struct repair *r, const struct page_text *other);
void repair_close(struct repair *r); /* NULL is fine */

#endif
