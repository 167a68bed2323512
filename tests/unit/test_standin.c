/*
 * JPEG 2000 images as the text tier sees them: where they are and how large, never their pixels.
 * The images here have a head and nothing else, so that whoever tries to decode one fails.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "extractd/parser/document.h"
#include "extractd/parser/engine.h"
#include "extractd/parser/layer.h"
#include "extractd/parser/pagetext.h"

/* MuPDF 1.21 loses a few objects of each document that it repairs. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:do_scavenging_malloc\nleak:fz_malloc\n";
}

/* Hexadecimal: heads of 1,000 by 500 dots. */
#define SIZ   "ff4fff51002f0000000003e8000001f40000000000000000000003e8000001f40000000000000000"
#define GREY  SIZ "0001070101"
#define COLOR SIZ "0003070101070101070101"
#define BOXES "0000000c6a5020200d0a870a00000014667479706a703220000000006a703220"
#define GREY_FILE                                                                                  \
    BOXES "0000002d6a7032680000001669686472000001f4000003e80001070700000000000f636f6c7201000000"   \
          "000011"
#define NO_HEAD "0000000c6a5020200d0a870a"

enum { ROOM = 8192 };

static char file[ROOM];
static struct engine *engine;

/* A page of 144 by 72 points, which the image covers. */
static size_t write_page(const char *hex, const char *entries, bool in_form)
{
    const char *draw = "q 144 0 0 72 0 0 cm /I Do Q", *form = "/X Do";
    int n = snprintf(
        file, sizeof file,
        "%%PDF-1.6\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
        "2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
        "3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 144 72]/Contents 5 0 R"
        "/Resources<</XObject<<%s>>>>>>endobj\n"
        "4 0 obj<</Type/XObject/Subtype/Image/Width 7/Height 7/Filter[/ASCIIHexDecode/JPXDecode]%s"
        "/Length %zu>>stream\n%s>\nendstream endobj\n"
        "5 0 obj<</Length %zu>>stream\n%s\nendstream endobj\n"
        "6 0 obj<</Type/XObject/Subtype/Form/BBox[0 0 144 72]/Resources<</XObject<</I 4 0 R>>>>"
        "/Length %zu>>stream\n%s\nendstream endobj\n"
        "trailer<</Root 1 0 R/Size 7>>\n",
        in_form ? "/X 6 0 R" : "/I 4 0 R", entries, strlen(hex) + 1, hex,
        strlen(in_form ? form : draw), in_form ? form : draw, strlen(draw), draw);
    assert_true(n > 0 && n < ROOM);
    return (size_t)n;
}

/* What the text tier knows of it; *later: what a run finds that loads images. */
static struct page_facts facts_of(const char *hex, const char *entries, bool in_form,
                                  struct page_facts *later)
{
    struct document_facts facts;
    struct page_text text = {0};
    struct layer l = {0};
    const struct document_source source = {
        .data = file, .size = write_page(hex, entries, in_form), .max_pages = 1, .passwords = ""};
    struct document *d = document_open(engine, &source, &facts);
    assert_non_null(d);
    page_text_begin(&text, 1000);
    layer_read(d, 0, false, &text, &l);
    (void)facts_of_page(d, 0, later);
    struct page_facts found = l.facts;
    layer_free(&l);
    page_text_free(&text);
    document_close(d);
    return found;
}

/* The image is known, and was not decoded; and it is gone when the run is over, or the second run
 * would find it, too. */
static void known(const char *hex, const char *entries, bool in_form, bool grey)
{
    struct page_facts later, f = facts_of(hex, entries, in_form, &later);
    assert_true(f.complete);
    assert_int_equal(f.images, 1);
    assert_float_equal(f.largest_image, 1, 0.01);
    assert_float_equal(f.scan_cover, 1, 0.01); /* 500 dpi; by /Width it would be 3 */
    assert_float_equal(f.bare_scan, 1, 0.01);
    assert_float_equal(f.bare_grey, grey ? 1 : 0, 0.01);
    assert_false(later.complete);
    assert_int_equal(later.images, 0);
}

static void heads_are_enough(void **state)
{
    (void)state;
    known(GREY, "", false, true);
    known(COLOR, "", false, false);
    known(GREY_FILE, "", false, true);
}

static void the_dictionary_names_the_colours(void **state)
{
    (void)state;
    known(GREY, "/ColorSpace/DeviceRGB", false, false);
    known(COLOR, "/ColorSpace/DeviceGray", false, true);
}

static void forms_are_looked_into(void **state)
{
    (void)state;
    known(COLOR, "", true, false);
}

static void masks_are_not_decoded_either(void **state)
{
    (void)state;
    known(COLOR, "/SMask 4 0 R", false, false);
}

/* What is not understood is loaded, and whoever does that says what is wrong. */
static void others_are_loaded_as_ever(void **state)
{
    (void)state;
    static const char *const strange[] = {NO_HEAD, "", "ff4fff51002f00",
                                          SIZ "0000" /* no component */};
    for (size_t i = 0; i < sizeof strange / sizeof *strange; i++) {
        struct page_facts later, f = facts_of(strange[i], "", false, &later);
        assert_false(f.complete);
        assert_int_equal(f.images, 0);
    }
}

static int set_up(void **state)
{
    (void)state;
    engine = engine_new((uint64_t)64 << 20);
    return engine ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(heads_are_enough),
        cmocka_unit_test(the_dictionary_names_the_colours),
        cmocka_unit_test(forms_are_looked_into),
        cmocka_unit_test(masks_are_not_decoded_either),
        cmocka_unit_test(others_are_loaded_as_ever),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
