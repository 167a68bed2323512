/*
 * faces: what FreeType works out again and again about the same font, remembered.
 *
 * MuPDF asks for the glyph of each name of an encoding, which FreeType finds by going through the
 * names of all glyphs; and for the width of each code, though many are of the same glyph, which FreeType
 * draws for that. The fonts that MuPDF brings along it opens anew for each document. Together a
 * tenth of the work on digital files, and most of it on a page with fonts that are not embedded.
 *
 * The linker puts functions before FreeType's own (--wrap, in the Makefile): FT_New_Memory_Face,
 * FT_Done_Face, FT_Get_Name_Index, FT_Get_Advance. Their answers are FreeType's own. What they
 * remember of a font goes with it; of a font of a document nothing is left when that is closed. It is
 * malloc's, and not counted against the memory limit: a font of 65,536 glyphs takes 1 MB, 24 fonts
 * have a place.
 */
#ifndef PDFSPOOL_PARSER_FACES_H
#define PDFSPOOL_PARSER_FACES_H

/* From now on fonts that are part of this program, and not a document's, stay open when MuPDF lets
 * go of them, for the next who opens them. FreeType's library, of which there is one in a process, must
 * stay open, too. */
void faces_keep(void);

#endif
