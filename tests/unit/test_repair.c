/*
 * MuPDF's second opinion: characters by the fonts' own word, and texts that are only numbers.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "extractd/parser/document.h"
#include "extractd/parser/engine.h"
#include "extractd/parser/pagetext.h"
#include "extractd/parser/repair.h"

static const char latin[] = "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>";
/* As office programs wrote it: glyphs by number, the font not embedded, nothing said of characters.
 */
static const char numbers[] =
    "<</Type/Font/Subtype/Type0/BaseFont/Arial/Encoding/Identity-H/DescendantFonts[<</Type/Font/"
    "Subtype/CIDFontType2/BaseFont/Arial/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/"
    "Supplement 0>>/FontDescriptor<</Type/FontDescriptor/FontName/Arial/Flags 32>>>>]>>";
static const char some_unknown[] =
    "<</Type/Font/Subtype/TrueType/BaseFont/Unheard/FirstChar 90/LastChar 90/Widths[500]"
    "/FontDescriptor<</Type/FontDescriptor/FontName/Unheard/Flags 32>>"
    "/Encoding<</Type/Encoding/Differences[90/nonsuch 91/Z]>>>>";

static char bytes[4096];
static struct page_text text = {.most = 1000};
static struct engine *engine; /* for all documents, as in the parser */

static size_t make(const char *font, const char *content)
{
    return (size_t)snprintf(
        bytes, sizeof bytes,
        "%%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
        "2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
        "3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 500 500]/Contents 4 0 R/Resources<</Font<<"
        "/F 5 0 R>>>>>>endobj\n4 0 obj<</Length %zu>>stream\n%s\nendstream endobj\n5 0 obj%s endobj"
        "\ntrailer<</Root 1 0 R>>\n",
        strlen(content), content, font);
}

/* The page's text is then in `text`, NUL at its end. other: a text to compare with, or NULL. */
static unsigned mend(size_t n, enum repair_way way, uint32_t *mended, const char *other)
{
    char err[200];
    struct page_text o = {.most = 1000};
    struct document_facts facts;
    struct document *d = document_open(
        engine,
        &(const struct document_source){.data = bytes, .size = n, .max_pages = 10, .passwords = ""},
        &facts);
    assert_non_null(d);
    struct repair *r = repair_open(d);
    assert_non_null(r);
    page_text_clear(&text);
    assert_true(repair_page(r, 0, way, &text, mended, err, sizeof err));
    assert_true(page_text_char(&text, 'x'));
    text.bytes[--text.len] = '\0';
    assert_true(!other || page_text_add(&o, other, strlen(other)));
    unsigned percent = repair_numbers_percent(r, &o);
    page_text_free(&o);
    repair_close(r);
    document_close(d);
    return percent;
}

static void good_text_stays(void **state)
{
    (void)state;
    uint32_t mended = 9;
    size_t n = make(latin, "BT /F 12 Tf 50 400 Td (hello harbour) Tj ET");
    assert_int_equal(mend(n, REPAIR_MISSING, &mended, "hello"), 0);
    assert_string_equal(text.bytes, "hello harbour\n\n");
    assert_int_equal(mended, 0);
    (void)mend(n, REPAIR_ALL, &mended, NULL);
    assert_string_equal(text.bytes, "hello harbour\n\n");
}

static void numbers_become_characters(void **state)
{
    (void)state;
    uint32_t mended = 0;
    size_t n = make(numbers, "BT /F 12 Tf 50 400 Td <00390052004f0058005000480056> Tj ET");
    (void)mend(n, REPAIR_MISSING, &mended, NULL);
    assert_string_equal(text.bytes, "Volumes\n\n");
    assert_int_equal(mended, 7);
}

/* Beyond ASCII it is Mac Roman's order; beyond that nobody knows. */
static void only_what_is_known(void **state)
{
    (void)state;
    uint32_t mended = 0;
    size_t n = make(numbers, "BT /F 12 Tf 50 400 Td <0062010000e10300> Tj ET");
    (void)mend(n, REPAIR_MISSING, &mended, NULL);
    assert_string_equal(text.bytes, "\xc3\x84\xef\xbf\xbd\xcb\x87\xef\xbf\xbd\n\n");
    assert_int_equal(mended, 2);
}

/* A font of which the document knows characters is not one of numbers. */
static void no_guess_beside_knowledge(void **state)
{
    (void)state;
    uint32_t mended = 0;
    size_t n = make(some_unknown, "BT /F 12 Tf 50 400 Td (abZ) Tj ET");
    (void)mend(n, REPAIR_MISSING, &mended, NULL);
    assert_string_equal(text.bytes, "ab\xef\xbf\xbd\n\n");
    assert_int_equal(mended, 0);
}

static void numbers_are_told(void **state)
{
    (void)state;
    uint32_t mended = 0;
    size_t n = make(numbers, "BT /F 12 Tf 50 400 Td <00390052004f0058005000480056> Tj ET");
    assert_int_equal(mend(n, REPAIR_MISSING, &mended, "9ROXPHV"), 100);
    /* one letter is the number of another by chance */
    assert_in_range(mend(n, REPAIR_MISSING, &mended, "Volumes"), 0, 20);
    assert_int_equal(mend(n, REPAIR_MISSING, &mended, ""), 0);
}

/* MuPDF 1.21 loses a few bytes itself when it repairs a document's trailer; all of its memory comes
 * from there. For builds with sanitizers; nobody calls these otherwise. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:capped_malloc\n";
}

const char *__lsan_default_options(void);
const char *__lsan_default_options(void)
{
    return "print_suppressions=0";
}

static int start(void **state)
{
    (void)state;
    engine = engine_new(0);
    return engine ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    page_text_free(&text);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_text_stays),    cmocka_unit_test(numbers_become_characters),
        cmocka_unit_test(only_what_is_known), cmocka_unit_test(no_guess_beside_knowledge),
        cmocka_unit_test(numbers_are_told),
    };
    return cmocka_run_group_tests(tests, start, end);
}
