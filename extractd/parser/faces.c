#include "extractd/parser/faces.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "extractd/parser/faces_wrapped.h"

enum {
    FACES = 24,         /* of which something is remembered at a time */
    OURS = 16,          /* of them the program's own */
    GLYPHS_MAX = 65536, /* that a font may have for that */
    NAME_CAP = 128,     /* bytes of a name, with its end; longer ones FreeType looks for itself */
    ASKED_BEFORE = 4,   /* questions that do not pay for a table */
    STEPS_MOST = 4      /* for each place of a table, while it is made: more, and it is no use */
};

struct known {
    FT_Face face; /* NULL: a free place */
    uint64_t used;
    uint32_t *glyphs;   /* by the hash of their names; 0: none, else the glyph + 1. Of names of the
                           same hash the lowest comes first */
    FT_Fixed *advances; /* as they come; -1: not asked for */
    /* Of a font of the program's: */
    const FT_Byte *data;
    FT_CharMap charmap; /* that it was opened with */
    uint32_t mask;      /* of places in `glyphs` */
    uint32_t asked;     /* names, before there was a table */
    bool unlisted;      /* FreeType is to look for names itself */
    bool idle;          /* a font of the program's that MuPDF has let go of */
};

static struct known known[FACES];
static uint64_t uses;
static bool keeping;

void faces_keep(void)
{
    keeping = true;
}

/* ---- places ---- */

static void forget(struct known *k)
{
    free(k->glyphs);
    free(k->advances);
    *k = (struct known){0};
}

static struct known *find(FT_Face face)
{
    for (int i = 0; i < FACES; i++)
        if (known[i].face == face)
            return &known[i];
    return NULL;
}

/* A place for it, that of the document's font that was asked for longest ago. */
static struct known *place_for(FT_Face face)
{
    struct known *oldest = NULL;
    for (int i = 0; i < FACES; i++)
        if (!known[i].data && (!oldest || known[i].used < oldest->used))
            oldest = &known[i];
    forget(oldest); /* there is one, as OURS are fewer */
    oldest->face = face;
    return oldest;
}

static struct known *know(FT_Face face)
{
    struct known *k = find(face);
    if (!k)
        k = place_for(face);
    k->used = ++uses;
    return k;
}

/* ---- the program's own fonts ---- */

static bool is_ours(const FT_Byte *data)
{
    extern const FT_Byte __executable_start, edata;
    return data >= &__executable_start && data < &edata;
}

static int count_ours(void)
{
    int n = 0;
    for (int i = 0; i < FACES; i++)
        n += known[i].data != NULL;
    return n;
}

static FT_Face open_again(const FT_Byte *data)
{
    for (int i = 0; i < FACES; i++) {
        struct known *k = &known[i];
        if (!k->idle || k->data != data)
            continue;
        if (k->charmap && FT_Set_Charmap(k->face, k->charmap) != 0)
            continue;
        k->face->charmap = k->charmap;
        k->idle = false;
        return k->face;
    }
    return NULL;
}

FT_Error __wrap_FT_New_Memory_Face(FT_Library library, const FT_Byte *data, FT_Long size,
                                   FT_Long number, FT_Face *face)
{
    bool ours = keeping && number == 0 && is_ours(data);
    if (ours && (*face = open_again(data)))
        return 0;
    FT_Error error = __real_FT_New_Memory_Face(library, data, size, number, face);
    struct known *k = ours && error == 0 && count_ours() < OURS ? know(*face) : NULL;
    if (k) {
        k->data = data;
        k->charmap = (*face)->charmap;
    }
    return error;
}

FT_Error __wrap_FT_Done_Face(FT_Face face)
{
    struct known *k = face ? find(face) : NULL;
    if (k && k->data) {
        k->idle = true;
        return 0;
    }
    if (k)
        forget(k);
    return __real_FT_Done_Face(face);
}

/* ---- names ---- */

static uint32_t hash_of(const char *s)
{
    uint32_t h = 2166136261u;
    for (; *s; s++)
        h = (h ^ (uint8_t)*s) * 16777619u;
    return h ^ h >> 15;
}

static bool name_of(FT_Face face, uint32_t glyph, char name[NAME_CAP])
{
    return FT_Get_Glyph_Name(face, glyph, name, NAME_CAP) == 0 && name[0];
}

/* Type 42 fonts number their names otherwise. */
static bool is_numbered_by_glyph(FT_Face face)
{
    const char *format = FT_Get_Font_Format(face);
    return format && strcmp(format, "Type 42") != 0;
}

/* False: too many names share their places, as where a font has one name for thousands of glyphs. */
static bool fill(struct known *k, uint32_t count)
{
    char name[NAME_CAP];
    uint64_t steps = 0, most = (uint64_t)STEPS_MOST * (k->mask + 1);
    for (uint32_t g = 0; g < count; g++) {
        if (!name_of(k->face, g, name))
            continue;
        uint32_t at = hash_of(name) & k->mask;
        for (; k->glyphs[at]; at = (at + 1) & k->mask)
            if (++steps > most)
                return false;
        k->glyphs[at] = g + 1;
    }
    return true;
}

static bool list_names(struct known *k)
{
    uint32_t count = (uint32_t)k->face->num_glyphs, places = 16;
    while (places < count * 2)
        places *= 2;
    k->mask = places - 1;
    k->glyphs = is_numbered_by_glyph(k->face) ? calloc(places, sizeof *k->glyphs) : NULL;
    if (k->glyphs && fill(k, count))
        return true;
    free(k->glyphs);
    k->glyphs = NULL;
    k->unlisted = true;
    return false;
}

static FT_UInt look_up(const struct known *k, const char *wanted)
{
    char name[NAME_CAP];
    for (uint32_t at = hash_of(wanted) & k->mask; k->glyphs[at]; at = (at + 1) & k->mask)
        if (name_of(k->face, k->glyphs[at] - 1, name) && strcmp(name, wanted) == 0)
            return k->glyphs[at] - 1;
    return 0;
}

static bool is_usual(FT_Face face)
{
    return face && face->num_glyphs > 0 && face->num_glyphs <= GLYPHS_MAX;
}

FT_UInt __wrap_FT_Get_Name_Index(FT_Face face, const FT_String *name)
{
    bool usual = is_usual(face) && FT_HAS_GLYPH_NAMES(face) && name && name[0] &&
                 strnlen(name, NAME_CAP) < NAME_CAP - 1;
    struct known *k = usual ? know(face) : NULL;
    if (!k || (!k->glyphs && (k->unlisted || k->asked++ < ASKED_BEFORE || !list_names(k))))
        return __real_FT_Get_Name_Index(face, name);
    return look_up(k, name);
}

/* ---- widths ---- */

static bool make_room(struct known *k)
{
    size_t n = (size_t)k->face->num_glyphs;
    k->advances = malloc(n * sizeof *k->advances);
    for (size_t i = 0; k->advances && i < n; i++)
        k->advances[i] = -1;
    return k->advances != NULL;
}

FT_Error __wrap_FT_Get_Advance(FT_Face face, FT_UInt glyph, FT_Int32 flags, FT_Fixed *advance)
{
    /* Unscaled: nothing but the font decides. (Bitmaps have none such.) */
    const FT_Int32 unscaled = FT_LOAD_NO_SCALE | FT_LOAD_NO_HINTING | FT_LOAD_IGNORE_TRANSFORM;
    bool usual = is_usual(face) && glyph < (FT_ULong)face->num_glyphs &&
                 (flags & ~FT_LOAD_NO_BITMAP) == unscaled;
    struct known *k = usual ? know(face) : NULL;
    if (!k || (!k->advances && !make_room(k)))
        return __real_FT_Get_Advance(face, glyph, flags, advance);
    if (k->advances[glyph] >= 0) {
        *advance = k->advances[glyph];
        return 0;
    }
    FT_Error error = __real_FT_Get_Advance(face, glyph, flags, advance);
    if (error == 0)
        k->advances[glyph] = *advance;
    return error;
}
