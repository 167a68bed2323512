/*
 * The functions that stand before MuPDF's own (glyphwork.h, tounicode.h) say what these say.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "extractd/parser/engine.h"
#include "extractd/parser/glyphwork.h"
#include "extractd/parser/tounicode.h"

enum { GLYPHS = 700, CODES = 0x10000 };

static struct engine *engine;

/* A composite font whose codes are glyph numbers, and one of MuPDF's own. Ranges, lists, single codes, two
 * characters for one code, a pair of surrogates. */
static const char cmap[] =
    "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /x def 1 "
    "begincodespacerange <0000> <ffff> endcodespacerange 3 beginbfrange <0003> <0010> <0041> "
    "<0020> <0022> [<0061> <00660069> <0063>] <ff00> <ffff> <0100> endbfrange 3 beginbfchar <0030> "
    "<d83dde00> <0031> <0000> <0005> <0078> endbfchar endcmap end end";

static char file[8192];

static pdf_document *open_file(const char *encoding)
{
    fz_context *ctx = engine->ctx;
    size_t n = (size_t)snprintf(
        file, sizeof file,
        "%%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
        "2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n"
        "5 0 obj<</Type/Font/Subtype/Type0/BaseFont/Arial/Encoding/%s/ToUnicode 6 0 R"
        "/DescendantFonts[<</Type/Font/Subtype/CIDFontType2/BaseFont/Arial/CIDSystemInfo<<"
        "/Registry(Adobe)/Ordering(Identity)/Supplement 0>>/FontDescriptor<</Type/FontDescriptor"
        "/FontName/Arial/Flags 32>>>>]>>endobj\n6 0 obj<</Length %zu>>stream\n%s\nendstream endobj"
        "\n7 0 obj<</Type/Font/Subtype/Type1/BaseFont/Times-Roman/ToUnicode 6 0 R>>endobj\n"
        "trailer<</Root 1 0 R>>\n",
        encoding, strlen(cmap), cmap);
    fz_stream *s = fz_open_memory(ctx, (const unsigned char *)file, n);
    pdf_document *pdf = pdf_open_document_with_stream(ctx, s);
    fz_drop_stream(ctx, s);
    return pdf;
}

/* MuPDF's own map beside the one that stands before it, of a font of the same encoding. */
static void same_map(const char *encoding, int font, bool shortcut)
{
    fz_context *ctx = engine->ctx;
    pdf_document *pdf = open_file(encoding);
    pdf_obj *dict = pdf_load_object(ctx, pdf, font), *stream = pdf_new_indirect(ctx, pdf, 6, 0);
    pdf_font_desc *ours = pdf_load_font(ctx, pdf, NULL, dict);
    pdf_font_desc theirs = {.encoding = ours->encoding};
    unsigned mapped = 0;
    int a[PDF_MRANGE_CAP], b[PDF_MRANGE_CAP];
    assert_non_null(ours->to_unicode);
    __real_pdf_load_to_unicode(ctx, pdf, &theirs, NULL, NULL, stream);
    assert_true(shortcut == (ours->to_unicode->codespace_len == 1 &&
                             ours->to_unicode->codespace[0].high == 0xffff));
    for (unsigned code = 0; code < CODES; code++) {
        int glyph = pdf_lookup_cmap(ours->encoding, code);
        if (glyph < 0)
            continue;
        int n = pdf_lookup_cmap_full(ours->to_unicode, (unsigned)glyph, a);
        int m = pdf_lookup_cmap_full(theirs.to_unicode, (unsigned)glyph, b);
        assert_int_equal(n, m);
        if (n > 0)
            assert_memory_equal(a, b, sizeof *a * (size_t)n);
        mapped += n > 0;
    }
    assert_true(mapped > 17);
    pdf_drop_cmap(ctx, theirs.to_unicode);
    pdf_drop_font(ctx, ours);
    pdf_drop_obj(ctx, stream);
    pdf_drop_obj(ctx, dict);
    pdf_drop_document(ctx, pdf);
}

static void test_what_codes_mean(void **state)
{
    (void)state;
    same_map("Identity-H", 5, true);
    same_map("Identity-V", 5, true);
    same_map("UniJIS-UCS2-H", 5, false); /* no identity: MuPDF's own */
    same_map("Identity-H", 7, true);     /* codes of one byte */
}

static void test_widths(void **state)
{
    fz_context *ctx = engine->ctx;
    const char *const names[] = {"Times-Roman", "Courier", "Symbol"};
    unsigned some = 0;
    (void)state;
    for (int f = 0; f < 3; f++) {
        fz_font *ours = fz_new_base14_font(ctx, names[f]), *theirs;
        int size;
        const unsigned char *data = fz_lookup_base14_font(ctx, names[f], &size);
        theirs = fz_new_font_from_memory(ctx, names[f], data, size, 0, 0);
        for (int g = GLYPHS; g-- > -2;) /* backwards, twice */
            for (int again = 0; again < 2; again++) {
                float w = __wrap_fz_advance_glyph(ctx, ours, g, 0);
                assert_true(w == __real_fz_advance_glyph(ctx, theirs, g, 0));
                assert_true(__wrap_fz_advance_glyph(ctx, ours, g, 1) ==
                            __real_fz_advance_glyph(ctx, theirs, g, 1));
                some += w > 0;
            }
        fz_drop_font(ctx, ours);
        fz_drop_font(ctx, theirs);
    }
    assert_true(some > 300);
}

/* A glyph in a font of this size, here and there around the page's edges, upright and turned. */
static void test_outside_the_page(void **state)
{
    fz_context *ctx = engine->ctx;
    fz_font *font = fz_new_base14_font(ctx, "Times-Roman");
    fz_rect page = {0, 0, 300, 200};
    unsigned outside = 0, inside = 0;
    (void)state;
    for (int turn = 0; turn < 4; turn++)
        for (float x = -60; x < 360; x += 7)
            for (float y = -60; y < 260; y += 7) {
                fz_text_item item = {.x = x, .y = y, .gid = 40 + (int)x % 20, .ucs = 'x'};
                fz_text_span span = {.font = font, .trm = fz_rotate((float)turn * 90)};
                fz_matrix ctm = fz_scale(1, turn % 2 ? -1 : 1);
                span.trm = fz_pre_scale(span.trm, 30, 30);
                int o = __wrap_fz_glyph_entirely_outside_box(ctx, &ctm, &span, &item, &page);
                assert_int_equal(
                    o, __real_fz_glyph_entirely_outside_box(ctx, &ctm, &span, &item, &page));
                outside += o != 0;
                inside += o == 0;
            }
    assert_true(outside > 1000 && inside > 1000);
    fz_drop_font(ctx, font);
}

/* Everything, while text alone is wanted; but a glyph outside of the page still is. */
static void test_boxes(void **state)
{
    fz_context *ctx = engine->ctx;
    fz_font *font = fz_new_base14_font(ctx, "Times-Roman");
    fz_rect page = {0, 0, 300, 200};
    fz_text_item item = {.x = 299, .y = 400, .gid = 40, .ucs = 'x'};
    fz_text_span span = {.font = font, .trm = fz_scale(10, 10), .len = 1, .items = &item};
    const fz_text text = {.head = &span, .tail = &span};
    fz_matrix one = fz_identity;
    (void)state;
    fz_rect box = __wrap_fz_bound_glyph(ctx, font, 40, one);
    fz_rect all = __wrap_fz_bound_text(ctx, &text, NULL, one);
    assert_false(fz_is_infinite_rect(box) || fz_is_infinite_rect(all));
    glyphwork_text_alone(true);
    assert_true(fz_is_infinite_rect(__wrap_fz_bound_glyph(ctx, font, 40, one)));
    fz_rect same = __wrap_fz_bound_text(ctx, &text, NULL, one);
    assert_memory_equal(&all, &same, sizeof all);
    assert_int_equal(__wrap_fz_glyph_entirely_outside_box(ctx, &one, &span, &item, &page), 1);
    assert_true(fz_is_infinite_rect(__wrap_fz_bound_glyph(ctx, font, 40, one)));
    glyphwork_text_alone(false);
    fz_drop_font(ctx, font);
}

static int begin(void **state)
{
    (void)state;
    return (engine = engine_new(0)) ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_codes_mean),
        cmocka_unit_test(test_widths),
        cmocka_unit_test(test_outside_the_page),
        cmocka_unit_test(test_boxes),
    };
    return cmocka_run_group_tests(tests, begin, NULL);
}
