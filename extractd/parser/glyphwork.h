/*
 * glyphwork: what MuPDF works out about glyphs, and text alone does not need.
 *
 * MuPDF 1.21 asks FreeType for the widths of 256 glyphs when it needs one, and for the outline of each
 * glyph to know its box: once to bound what is drawn, which text does not look at, and once
 * to see whether it is on the page, which its origin says of nearly all. Together nearly a fifth of
 * the work on text.
 *
 * The linker puts these functions before MuPDF's own (--wrap, in the Makefile); nobody calls them by
 * name. Their answers are MuPDF's own, but for glyphs drawn farther than two of their sizes from
 * where they stand.
 */
#ifndef PDFSPOOL_PARSER_GLYPHWORK_H
#define PDFSPOOL_PARSER_GLYPHWORK_H

#include <stdbool.h>

#include "extractd/parser/mupdf.h"

/* From now on nothing is drawn (true): the interpreter need not know the boxes of glyphs. */
void glyphwork_text_alone(bool alone);

/* Throws. The width of a glyph, in ems; only that one is worked out. */
float __wrap_fz_advance_glyph(fz_context *ctx, fz_font *font, int glyph, int wmode);
float __real_fz_advance_glyph(fz_context *ctx, fz_font *font, int glyph, int wmode);

/* Throws. The box of a glyph; everything, where nothing is drawn and nobody needs it. */
fz_rect __wrap_fz_bound_glyph(fz_context *ctx, fz_font *font, int glyph, fz_matrix trm);
fz_rect __real_fz_bound_glyph(fz_context *ctx, fz_font *font, int glyph, fz_matrix trm);

/* Throws. The box of text, as it is. */
fz_rect __wrap_fz_bound_text(fz_context *ctx, const fz_text *text, const fz_stroke_state *stroke,
                             fz_matrix ctm);
fz_rect __real_fz_bound_text(fz_context *ctx, const fz_text *text, const fz_stroke_state *stroke,
                             fz_matrix ctm);

/* Throws. 1: no part of the glyph is in the box. */
int __wrap_fz_glyph_entirely_outside_box(fz_context *ctx, fz_matrix *ctm, fz_text_span *span,
                                         fz_text_item *item, fz_rect *box);
int __real_fz_glyph_entirely_outside_box(fz_context *ctx, fz_matrix *ctm, fz_text_span *span,
                                         fz_text_item *item, fz_rect *box);

#endif
