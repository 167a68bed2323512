/*
 * Which pictures surely show no letters, and that pages are sorted by it: those of mkpdf with empty
 * frames need no OCR, those with a word in a frame do.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "extractd/parser/document.h"
#include "extractd/parser/engine.h"
#include "extractd/parser/page.h"
#include "extractd/parser/picture.h"
#include "extractd/parser/ruled.h"
#include "tests/gen/dotfont.h"
#include "tests/gen/kinds.h"

enum { WIDE = 850, HIGH = 1100, WHITE = 255, BLACK = 0 };

/* ---- pictures ---- */

static struct picture sheet;

/* White letter paper at so many dots an inch. */
static void paper(uint32_t dpi)
{
    picture_free(&sheet);
    assert_true(picture_make(&sheet, WIDE * dpi / 100, HIGH * dpi / 100));
    sheet.dpi = (float)dpi;
}

static void area(uint32_t x, uint32_t y, uint32_t width, uint32_t height, unsigned grey)
{
    for (uint32_t j = y; j < y + height && j < sheet.height; j++)
        for (uint32_t i = x; i < x + width && i < sheet.width; i++)
            sheet.samples[(size_t)j * sheet.stride + i] = (uint8_t)grey;
}

static void frame(uint32_t x, uint32_t y, uint32_t width, uint32_t height, uint32_t thick)
{
    area(x, y, width, thick, BLACK);
    area(x, y + height - thick, width, thick, BLACK);
    area(x, y, thick, height, BLACK);
    area(x + width - thick, y, thick, height, BLACK);
}

/* A word in letters of five by seven dots, each of so many pixels. */
static void word(const char *letters, uint32_t x, uint32_t y, uint32_t dot, unsigned grey)
{
    for (; *letters; letters++, x += (DOTFONT_WIDTH + 1) * dot) {
        int drop = 0;
        const char *dots = dotfont_glyph((unsigned char)*letters, &drop);
        assert_true(dots || *letters == ' ');
        for (uint32_t i = 0; dots && i < DOTFONT_WIDTH * DOTFONT_HEIGHT; i++)
            if (dots[i] == '#')
                area(x + i % DOTFONT_WIDTH * dot, y + (i / DOTFONT_WIDTH + (uint32_t)drop) * dot,
                     dot, dot, grey);
    }
}

static void is_ruled(bool want)
{
    assert_int_equal(ruled_only(&sheet), want);
}

static void test_nothing(void **state)
{
    (void)state;
    struct picture none = {0};
    assert_false(ruled_only(&none));
    paper(100);
    is_ruled(true);
    area(0, 0, WIDE, HIGH, 128);
    is_ruled(true);
    picture_free(&sheet);
    assert_true(picture_make(&sheet, 1, 1));
    sheet.dpi = 1000;
    is_ruled(true);
}

static void test_rules_and_areas(void **state)
{
    (void)state;
    for (uint32_t dpi = 100; dpi <= 300; dpi += 100) {
        const uint32_t n = dpi / 100;
        paper(dpi);
        area(100 * n, 70 * n, 600 * n, n, BLACK);
        frame(100 * n, 100 * n, 600 * n, 22 * n, n);
        area(100 * n, 200 * n, 600 * n, 300 * n, 230);
        for (uint32_t row = 0; row < 10; row++)
            for (uint32_t column = 0; column < 6; column++)
                frame((100 + column * 100) * n, (600 + row * 20) * n, 101 * n, 21 * n, n);
        is_ruled(true);
    }
}

static void test_slow_shade(void **state)
{
    (void)state;
    paper(100);
    for (uint32_t y = 0; y < HIGH; y++)
        for (uint32_t x = 0; x < WIDE; x++)
            area(x, y, 1, 1, (x + y) * 255 / (WIDE + HIGH));
    is_ruled(true);
}

static void test_a_word(void **state)
{
    (void)state;
    for (uint32_t dpi = 100; dpi <= 300; dpi += 100)
        for (uint32_t dot = dpi / 100; dot <= dpi / 10; dot *= 2) {
            paper(dpi);
            word("tide", 300, 300, dot, BLACK);
            is_ruled(false);
            paper(dpi);
            word("i", 300, 300, dot, BLACK);
            is_ruled(false);
        }
}

/* Five pixels from foot to head, at 100 dots an inch: print of less than four points. */
static void test_smallest_print(void **state)
{
    (void)state;
    paper(150);
    for (uint32_t i = 0; i < 40; i++)
        word("the quay at noon", 100, 100 + i * 10, 1, BLACK);
    is_ruled(false);
}

static void test_faint_words(void **state)
{
    (void)state;
    paper(100);
    word("tide", 300, 300, 2, WHITE - 12);
    is_ruled(false);
    area(0, 0, WIDE, HIGH, BLACK);
    is_ruled(true);
    word("tide", 300, 300, 2, 40);
    is_ruled(false);
}

static void test_words_at_rules(void **state)
{
    (void)state;
    paper(100);
    frame(100, 100, 600, 13, 1);
    is_ruled(true);
    word("hill", 110, 103, 1, BLACK);
    is_ruled(false);
    paper(100);
    word("tide", 110, 92, 1, BLACK);
    area(100, 100, 600, 1, BLACK);
    is_ruled(false);
    paper(100); /* near one rule is not from one rule to another */
    area(100, 100, 600, 1, BLACK);
    area(110, 95, 2, 3, BLACK);
    is_ruled(false);
    for (uint32_t height = 5; height <= 8; height++) { /* strokes that stand on a rule */
        paper(100);
        for (uint32_t i = 0; i < 30; i++)
            area(110 + i * 4, 100 - height, 2, height, BLACK);
        area(100, 100, 600, 1, BLACK);
        is_ruled(false);
    }
}

/* Large letters of straight strokes alone. */
static void test_straight_letters(void **state)
{
    (void)state;
    paper(100);
    area(100, 100, 10, 100, BLACK); /* L */
    area(100, 190, 60, 10, BLACK);
    area(200, 100, 10, 100, BLACK); /* I */
    area(240, 100, 80, 10, BLACK);  /* T */
    area(275, 100, 10, 100, BLACK);
    is_ruled(false);
    paper(100);
    area(200, 100, 12, 100, BLACK);
    is_ruled(false);
}

static void test_slopes_and_noise(void **state)
{
    (void)state;
    paper(100);
    for (uint32_t i = 0; i < 500; i++)
        area(100 + i, 100 + i / 4, 2, 2, BLACK);
    is_ruled(false);
    paper(100);
    for (uint32_t i = 0; i < 50; i++)
        area(i * 7919 % WIDE, i * 104729 % HIGH, 3, 3, 200);
    is_ruled(false);
    picture_free(&sheet);
}

/* ---- pages ---- */

/* MuPDF 1.21 loses a few objects of what it repairs. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:do_scavenging_malloc\nleak:fz_malloc\n";
}

static struct engine *engine;

/* What becomes of a page of mkpdf's that may not be read by OCR. */
static enum wire_tier tier_of(const char *kind)
{
    const struct genopt opt = {.words = "the tide", .seed = 1};
    struct buf bytes = {0};
    struct document_facts facts;
    kinds_find(kind)->make(&bytes, &opt);
    assert_true(buf_ok(&bytes));
    const struct document_source source = {.data = bytes.data, .size = bytes.len, .max_pages = 9};
    struct page_work *w = calloc(1, sizeof *w);
    assert_non_null(w);
    w->d = document_open(engine, &source, &facts);
    assert_non_null(w->d);
    w->data = bytes.data;
    w->size = bytes.len;
    w->pages = facts.pages;
    page_read(w, 0, 1 << 20);
    const enum wire_tier tier = w->tier;
    page_work_free(w);
    document_close(w->d);
    free(w);
    buf_free(&bytes);
    return tier;
}

static void test_pages(void **state)
{
    (void)state;
    engine = engine_new((uint64_t)256 << 20);
    assert_non_null(engine);
    assert_int_equal(tier_of("frames"), TIER_BLANK);
    assert_int_equal(tier_of("framedword"), TIER_NONE);
    assert_int_equal(tier_of("outlines"), TIER_NONE);
    assert_int_equal(tier_of("scan"), TIER_NONE);
    assert_int_equal(tier_of("picture"), TIER_NONE);
    assert_int_equal(tier_of("text"), TIER_TEXT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing),          cmocka_unit_test(test_rules_and_areas),
        cmocka_unit_test(test_slow_shade),       cmocka_unit_test(test_a_word),
        cmocka_unit_test(test_smallest_print),   cmocka_unit_test(test_faint_words),
        cmocka_unit_test(test_words_at_rules),   cmocka_unit_test(test_straight_letters),
        cmocka_unit_test(test_slopes_and_noise), cmocka_unit_test(test_pages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
