#include "extractd/parser/glyphs.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"
#pragma GCC diagnostic ignored "-Wconversion"
#include <ft2build.h>
#include FT_FREETYPE_H
#pragma GCC diagnostic pop

#include "extractd/parser/mupdf.h"

enum { TABLES = 32, GLYPHS_MAX = 65536, CODES_MAX = 200000, NAME_CAP = 64 };
/* Macintosh order: three glyphs without a character, then ASCII, then Mac Roman's upper half (DEL
 * has no glyph). */
enum { ORDER_FIRST = 3, ORDER_ASCII_END = 98, ORDER_END = 226, ORDER_ASCII = 29, ORDER_UPPER = 30 };
enum { SYMBOL_FIRST = 0xf020, SYMBOL_LAST = 0xf0ff, SYMBOL_BASE = 0xf000 };

struct table {
    fz_font *font;       /* kept; NULL: free place */
    uint32_t *character; /* of each glyph; 0: unknown */
    int count;
};

struct glyphs {
    fz_context *ctx;
    struct table tables[TABLES];
    unsigned next; /* the place that is used next */
};

static bool is_character(uint32_t c)
{
    return c >= ' ' && (c < 0x7f || c > 0x9f) && c != 0xfffd && c < 0x110000 &&
           (c < 0xd800 || c > 0xf8ff) && c < 0xf0000;
}

static uint32_t by_name(const char *name)
{
    int c = name ? fz_unicode_from_glyph_name(name) : 0;
    return c > 0 && is_character((uint32_t)c) ? (uint32_t)c : 0;
}

static uint32_t of_mac_roman(FT_ULong code)
{
    return code < 256 ? by_name(fz_glyph_name_from_mac_roman[code]) : 0;
}

/* Symbol maps have the bytes of a document's strings, moved into the private use area or not. */
static uint32_t of_symbol(FT_ULong code)
{
    if (code >= SYMBOL_FIRST && code <= SYMBOL_LAST)
        code -= SYMBOL_BASE;
    return code >= ' ' && code < 256 ? fz_unicode_from_windows_1252[code] : 0;
}

static uint32_t of_unicode(FT_ULong code)
{
    return code < 0x110000 ? (uint32_t)code : 0;
}

/* One character map backwards. The lowest character of a glyph wins, the space before the no-break
 * space; what is known already stays. */
static void read_map(struct table *t, FT_Face face, FT_CharMap map, uint32_t (*of)(FT_ULong))
{
    FT_UInt gid = 0;
    if (FT_Set_Charmap(face, map) != 0)
        return;
    FT_ULong code = FT_Get_First_Char(face, &gid);
    for (int i = 0; gid && i < CODES_MAX; i++) {
        uint32_t c = of(code);
        if (gid < (FT_UInt)t->count && !t->character[gid] && is_character(c))
            t->character[gid] = c;
        code = FT_Get_Next_Char(face, code, &gid);
    }
}

static void read_maps(struct table *t, FT_Face face, FT_Encoding encoding, uint32_t (*of)(FT_ULong))
{
    for (FT_Int i = 0; i < face->num_charmaps; i++)
        if (face->charmaps[i]->encoding == encoding)
            read_map(t, face, face->charmaps[i], of);
}

static void read_names(struct table *t, FT_Face face)
{
    char name[NAME_CAP];
    if (!FT_HAS_GLYPH_NAMES(face))
        return;
    for (int i = 1; i < t->count; i++)
        if (!t->character[i] && FT_Get_Glyph_Name(face, (FT_UInt)i, name, sizeof name) == 0)
            t->character[i] = by_name(name);
}

static bool knows_any(const struct table *t)
{
    for (int i = 0; i < t->count; i++)
        if (t->character[i])
            return true;
    return false;
}

/* A TrueType font that was stripped of its maps and names mostly still has its glyphs' numbers, and
 * those follow Apple's order in all fonts that came with the usual systems. */
static void guess_order(struct table *t)
{
    for (int i = ORDER_FIRST; i < t->count && i < ORDER_END; i++)
        t->character[i] =
            of_mac_roman((FT_ULong)i + (i < ORDER_ASCII_END ? ORDER_ASCII : ORDER_UPPER));
}

static void read_font(struct table *t, FT_Face face)
{
    FT_CharMap was = face->charmap;
    read_maps(t, face, FT_ENCODING_UNICODE, of_unicode);
    read_names(t, face);
    read_maps(t, face, FT_ENCODING_APPLE_ROMAN, of_mac_roman);
    read_maps(t, face, FT_ENCODING_MS_SYMBOL, of_symbol);
    if (was)
        FT_Set_Charmap(face, was); /* MuPDF has chosen it */
    if (!knows_any(t) && FT_IS_SFNT(face))
        guess_order(t);
}

/* Fonts by numbers of glyphs that are not embedded: the numbers are those of the font that the
 * author had, not of the one that MuPDF has put in its place. */
static void read_any(struct table *t, fz_font *font, FT_Face face)
{
    if (fz_font_flags(font)->ft_substitute)
        guess_order(t);
    else if (face)
        read_font(t, face);
}

static void drop_table(fz_context *ctx, struct table *t)
{
    free(t->character);
    fz_drop_font(ctx, t->font);
    *t = (struct table){0};
}

/* Throws. */
static struct table *table_of(struct glyphs *g, fz_font *font)
{
    for (size_t i = 0; i < TABLES; i++)
        if (g->tables[i].font == font)
            return &g->tables[i];
    struct table *t = &g->tables[g->next++ % TABLES];
    drop_table(g->ctx, t);
    FT_Face face = fz_font_ft_face(g->ctx, font);
    int count = face && face->num_glyphs > 0 ? (int)face->num_glyphs : 1;
    t->count = count < GLYPHS_MAX ? count : GLYPHS_MAX;
    t->character = calloc((size_t)t->count, sizeof t->character[0]);
    if (!t->character)
        fz_throw(g->ctx, FZ_ERROR_MEMORY, "no memory for a font's characters");
    t->font = fz_keep_font(g->ctx, font);
    read_any(t, font, face);
    return t;
}

struct glyphs *glyphs_new(fz_context *ctx)
{
    struct glyphs *g = calloc(1, sizeof *g);
    if (g)
        g->ctx = ctx;
    return g;
}

uint32_t glyphs_character(struct glyphs *g, fz_font *font, int gid)
{
    const struct table *t = table_of(g, font);
    return gid >= 0 && gid < t->count ? t->character[gid] : 0;
}

void glyphs_mapped(struct glyphs *g, fz_font *font)
{
    if (!fz_font_flags(font)->ft_substitute)
        return;
    struct table *t = table_of(g, font);
    memset(t->character, 0, (size_t)t->count * sizeof t->character[0]);
}

void glyphs_free(struct glyphs *g)
{
    if (!g)
        return;
    for (size_t i = 0; i < TABLES; i++)
        drop_table(g->ctx, &g->tables[i]);
    free(g);
}
