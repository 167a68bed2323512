/*
 * What is remembered of fonts (faces.h) is what FreeType says; and a font of the program's that is
 * opened again is as it was when it was new.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "extractd/parser/faces.h"
#include "extractd/parser/faces_wrapped.h"
#include "extractd/parser/mupdf.h"

enum {
    FONTS = 14,
    OPEN = 40,
    WIDTH_FLAGS = FT_LOAD_NO_SCALE | FT_LOAD_NO_HINTING | FT_LOAD_IGNORE_TRANSFORM
};

static const char *const names[FONTS] = {
    "Courier",     "Courier-Bold",   "Courier-Oblique",   "Courier-BoldOblique",
    "Helvetica",   "Helvetica-Bold", "Helvetica-Oblique", "Helvetica-BoldOblique",
    "Times-Roman", "Times-Bold",     "Times-Italic",      "Times-BoldItalic",
    "Symbol",      "ZapfDingbats"};

static fz_context *ctx;
static FT_Library library;

struct font {
    const unsigned char *data;
    int size;
    unsigned char *copy; /* as a document's would be: in memory that is not the program's */
};

static struct font font_of(int i)
{
    struct font f;
    f.data = fz_lookup_base14_font(ctx, names[i % FONTS], &f.size);
    assert_non_null(f.data);
    f.copy = malloc((size_t)f.size);
    assert_non_null(f.copy);
    memcpy(f.copy, f.data, (size_t)f.size);
    return f;
}

static FT_Face open_font(const unsigned char *data, int size, bool real)
{
    FT_Face face;
    if (real)
        assert_int_equal(__real_FT_New_Memory_Face(library, data, size, 0, &face), 0);
    else
        assert_int_equal(__wrap_FT_New_Memory_Face(library, data, size, 0, &face), 0);
    return face;
}

/* The same answers about the first `glyphs` glyphs' names, and names that there are not. */
static unsigned same_names(FT_Face ours, FT_Face theirs, FT_UInt glyphs)
{
    char name[200];
    unsigned found = 0;
    for (FT_UInt g = 0; g < glyphs && g < (FT_UInt)theirs->num_glyphs; g++) {
        assert_int_equal(FT_Get_Glyph_Name(theirs, g, name, sizeof name), 0);
        FT_UInt i = __real_FT_Get_Name_Index(theirs, name);
        assert_int_equal(__wrap_FT_Get_Name_Index(ours, name), i);
        found += i > 0;
        strcat(name, ".none");
        assert_int_equal(__wrap_FT_Get_Name_Index(ours, name),
                         __real_FT_Get_Name_Index(theirs, name));
    }
    memset(name, 'x', sizeof name - 1);
    for (int n = sizeof name - 1; n >= 0; n--) {
        name[n] = '\0';
        assert_int_equal(__wrap_FT_Get_Name_Index(ours, name),
                         __real_FT_Get_Name_Index(theirs, name));
    }
    return found;
}

static void same_widths(FT_Face ours, FT_Face theirs)
{
    static const FT_Int32 flags[] = {WIDTH_FLAGS, WIDTH_FLAGS | FT_LOAD_NO_BITMAP,
                                     WIDTH_FLAGS | FT_LOAD_VERTICAL_LAYOUT, FT_LOAD_NO_SCALE};
    for (int again = 0; again < 2; again++)
        for (FT_UInt g = 0; g < (FT_UInt)theirs->num_glyphs + 3; g += 7)
            for (size_t f = 0; f < sizeof flags / sizeof *flags; f++) {
                FT_Fixed a = -5, b = -5;
                assert_int_equal(__wrap_FT_Get_Advance(ours, g, flags[f], &a),
                                 __real_FT_Get_Advance(theirs, g, flags[f], &b));
                assert_int_equal(a, b);
            }
}

/* A document's fonts, more at a time than are remembered, asked in turn. */
static void test_answers(void **state)
{
    struct font f[OPEN];
    FT_Face ours[OPEN], theirs[OPEN];
    unsigned found = 0;
    (void)state;
    for (int i = 0; i < OPEN; i++) {
        f[i] = font_of(i);
        ours[i] = open_font(f[i].copy, f[i].size, false);
        theirs[i] = open_font(f[i].data, f[i].size, true);
        same_widths(ours[i], theirs[i]);
    }
    for (int round = 0; round < 2; round++)
        for (int i = 0; i < OPEN; i++)
            found += same_names(ours[i], theirs[i], i < 3 ? 2000 : 20);
    assert_true(found > 1000);
    for (int i = 0; i < OPEN; i++) {
        assert_int_equal(__wrap_FT_Done_Face(ours[i]), 0);
        assert_int_equal(__real_FT_Done_Face(theirs[i]), 0);
        free(f[i].copy);
    }
}

static unsigned char *put(unsigned char *to, const char *format, ...)
{
    va_list numbers;
    va_start(numbers, format);
    for (; *format; format++) { /* a digit: so many bytes of the next number */
        unsigned long n = va_arg(numbers, unsigned long);
        for (int i = *format - '1'; i >= 0; i--)
            *to++ = (unsigned char)(n >> (8 * i));
    }
    va_end(numbers);
    return to;
}

/* A TrueType font of n glyphs that draw nothing; the name of each is the first of FreeType's list for
 * this format, ".notdef", but for the last three: "A", "A", "B". Returns its size. */
static size_t one_name(unsigned char *font, unsigned long n)
{
    enum { TABLES = 6, HEAD = 54, HHEA = 36, MAXP = 32 };
    static const char tags[TABLES][5] = {"head", "hhea", "hmtx", "loca", "maxp", "post"};
    const unsigned long sizes[TABLES] = {HEAD, HHEA, 4 * n, 4 * (n + 1), MAXP, 34 + 2 * n};
    unsigned char *to = put(font, "42222", 0x00010000ul, (unsigned long)TABLES + 1, 0ul, 0ul, 0ul);
    unsigned long at = 12 + 16 * (TABLES + 1);
    memcpy(to, "glyf", 4);
    to = put(to + 4, "444", 0ul, at, 0ul);
    for (int i = 0; i < TABLES; i++) {
        memcpy(to, tags[i], 4);
        to = put(to + 4, "444", 0ul, at, sizes[i]);
        at += (sizes[i] + 3) & ~3ul;
    }
    memset(to, 0, at - (size_t)(to - font));
    to = font + 12 + 16 * (TABLES + 1);
    put(to, "444422", 0x00010000ul, 0ul, 0ul, 0x5f0f3cf5ul, 0ul, 1000ul);
    put(to + 50, "2", 1ul); /* long offsets */
    to += (HEAD + 3) & ~3;
    put(to, "4222", 0x00010000ul, 800ul, 65336ul, 0ul);
    put(to + 34, "2", n);
    to += HHEA;
    for (unsigned long i = 0; i < n; i++)
        put(to + 4 * i, "22", 500 + i % 7, 0ul);
    to += 4 * n + 4 * (n + 1);
    put(to, "42", 0x00010000ul, n);
    to += MAXP;
    put(to, "4", 0x00020000ul);
    put(to + 32, "2", n);
    put(to + 34 + 2 * (n - 3), "222", 36ul, 36ul, 37ul); /* A, A, B */
    return at;
}

/* Whether there is a table of names or, as too many share a place, none. */
static void test_names_that_repeat(void **state)
{
    static unsigned char font[400000];
    (void)state;
    for (unsigned long n = 10; n <= 30000; n *= 10) {
        size_t size = one_name(font, n);
        assert_true(size <= sizeof font);
        FT_Face ours = open_font(font, (int)size, false), theirs = open_font(font, (int)size, true);
        assert_true(FT_HAS_GLYPH_NAMES(ours));
        assert_int_equal(ours->num_glyphs, n);
        for (int round = 0; round < 8; round++) {
            assert_int_equal(__wrap_FT_Get_Name_Index(ours, "A"), n - 3);
            assert_int_equal(__wrap_FT_Get_Name_Index(ours, "B"), n - 1);
            assert_int_equal(__wrap_FT_Get_Name_Index(ours, ".notdef"), 0);
            assert_int_equal(__wrap_FT_Get_Name_Index(ours, "C"), 0);
        }
        assert_int_equal(__real_FT_Get_Name_Index(theirs, "A"), n - 3);
        same_widths(ours, theirs);
        assert_int_equal(__wrap_FT_Done_Face(ours), 0);
        assert_int_equal(__real_FT_Done_Face(theirs), 0);
    }
}

/* Another font at the place of one that was closed. */
static void test_a_closed_font_is_forgotten(void **state)
{
    unsigned same_place = 0;
    void *last = NULL;
    (void)state;
    for (int i = 0; i < 60; i++) {
        struct font f = font_of(i % 2 ? 12 : 5);
        FT_Face ours = open_font(f.copy, f.size, false), theirs = open_font(f.data, f.size, true);
        same_place += ours == last;
        last = ours;
        same_names(ours, theirs, 10);
        same_widths(ours, theirs);
        assert_int_equal(__wrap_FT_Done_Face(ours), 0);
        assert_int_equal(__real_FT_Done_Face(theirs), 0);
        free(f.copy);
    }
#ifndef __SANITIZE_ADDRESS__ /* which gives no place twice so soon */
    assert_true(same_place > 0);
#endif
}

/* The program's own: one open font is nobody else's, and what its user chose is not seen by the
 * next. */
static void test_kept_fonts(void **state)
{
    struct font f = font_of(8);
    FT_Face first = open_font(f.data, f.size, false), second = open_font(f.data, f.size, false);
    FT_CharMap before = first->charmap;
    (void)state;
    assert_true(first->num_charmaps > 1);
    assert_ptr_not_equal(first, second);
    for (int i = 0; i < first->num_charmaps; i++)
        if (first->charmaps[i] != before)
            assert_int_equal(FT_Set_Charmap(first, first->charmaps[i]), 0);
    assert_ptr_not_equal(first->charmap, before);
    assert_int_equal(__wrap_FT_Done_Face(first), 0);
    FT_Face again = open_font(f.data, f.size, false), theirs = open_font(f.data, f.size, true);
    assert_ptr_equal(again, first);
    assert_ptr_equal(again->charmap, before);
    same_names(again, theirs, 2000);
    same_widths(again, theirs);
    for (int i = 0; i < 30; i++) /* more than are kept: those are opened and closed */
        assert_int_equal(__wrap_FT_Done_Face(open_font(f.data, f.size, false)), 0);
    FT_Face many[30];
    for (int i = 0; i < 30; i++)
        many[i] = open_font(f.data, f.size, false);
    for (int i = 0; i < 30; i++) {
        same_names(many[i], theirs, 10);
        assert_int_equal(__wrap_FT_Done_Face(many[i]), 0);
    }
    assert_int_equal(__wrap_FT_Done_Face(again), 0);
    assert_int_equal(__wrap_FT_Done_Face(second), 0);
    assert_int_equal(__real_FT_Done_Face(theirs), 0);
    free(f.copy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answers),
        cmocka_unit_test(test_names_that_repeat),
        cmocka_unit_test(test_a_closed_font_is_forgotten),
        cmocka_unit_test(test_kept_fonts),
    };
    ctx = fz_new_context(NULL, NULL, 0);
    if (!ctx || FT_Init_FreeType(&library) != 0)
        return 1;
    faces_keep();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
