/*
 * line: one line of MuPDF's structured text, as characters in logical order.
 *
 * MuPDF 1.21 gives right-to-left text as it stands on the page: reversed, without the spaces that
 * were made by moving the pen, and in presentation forms. Lines that have such text are put in
 * order by position, their spaces found again in the gaps, and their letters made plain; all other
 * lines go out as they are.
 */
#ifndef PDFSPOOL_LINE_H
#define PDFSPOOL_LINE_H

#include <stdbool.h>

struct fz_stext_line;
struct page_text;

/* Append the line's characters (without a newline). False when they did not all go in. */
bool line_put(const struct fz_stext_line *line, struct page_text *to);

#endif
