/*
 * glyphs: which characters a font's glyphs are by the font program's own word: its character maps
 * read backwards, its names of glyphs, and last the order in which TrueType fonts mostly have
 * them. For text whose mapping to Unicode in the document is missing or wrong.
 *
 * One for each document; it keeps some fonts' tables (and holds the fonts) until glyphs_free.
 */
#ifndef PDFSPOOL_GLYPHS_H
#define PDFSPOOL_GLYPHS_H

#include <stdint.h>

struct fz_context;
struct fz_font;
struct glyphs;

/* NULL: no memory. */
struct glyphs *glyphs_new(struct fz_context *ctx);
/* The character of glyph gid; 0: the font does not know. Throws (MuPDF) without memory. */
uint32_t glyphs_character(struct glyphs *g, struct fz_font *font, int gid);
/* The document itself knows characters of this font. If the font is not embedded, the numbers of
 * its glyphs are then those of the font that MuPDF has put in its place, and tell nothing: from now
 * on none of its characters is known. Throws as glyphs_character does. */
void glyphs_mapped(struct glyphs *g, struct fz_font *font);
void glyphs_free(struct glyphs *g); /* NULL is fine */

#endif
