/*
 * tounicode: what a font's ToUnicode says, without asking for each of 65,536 codes.
 *
 * Where a font's encoding is the identity, as it is with nearly all Type 0 fonts, glyph numbers are
 * character codes, and the ToUnicode CMap is what MuPDF needs as it is. MuPDF 1.21 makes another of
 * it all the same, code by code: a fifth of all the work for a document of a few pages. Later ones
 * have this shortcut themselves (pdf-unicode.c, is_effectively_identity).
 *
 * The linker puts this function before MuPDF's own (--wrap, in the Makefile); nobody calls it by name.
 */
#ifndef PDFSPOOL_PARSER_TOUNICODE_H
#define PDFSPOOL_PARSER_TOUNICODE_H

#include "extractd/parser/mupdf.h"

/* Throws. As MuPDF's pdf_load_to_unicode, which does all the rest: fills in font->to_unicode, or
 * cid_to_ucs. */
void __wrap_pdf_load_to_unicode(fz_context *ctx, pdf_document *doc, pdf_font_desc *font,
                                const char **strings, char *collection, pdf_obj *cmap);
void __real_pdf_load_to_unicode(fz_context *ctx, pdf_document *doc, pdf_font_desc *font,
                                const char **strings, char *collection, pdf_obj *cmap);

#endif
