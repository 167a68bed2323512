/* Which parts of a page's pictures have text of their own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "extractd/parser/marks.h"

static const float all[4] = {0, 0, GRID, GRID};
static struct marks m;
static struct page_facts sum;

static void picture(float x, float y, float width, float height, bool opaque)
{
    const struct marks_image image = {.shape = {x, y, width, 0, 0, height},
                                      .clip = all,
                                      .fine = true,
                                      .grey = true,
                                      .opaque = opaque};
    marks_image(&m, &image);
}

static void line_of_text(int row, int glyphs, bool invisible)
{
    for (int i = 0; i < glyphs; i++)
        marks_glyph(&m, 8 + (float)i * 48 / (float)glyphs, (float)row + 0.5f, invisible);
}

static int begin(void **state)
{
    (void)state;
    memset(&m, 0, sizeof m);
    return 0;
}

static void a_text_layer_reads_its_picture(void **state)
{
    (void)state;
    picture(0, 0, GRID, GRID, true);
    for (int row = 5; row < 25; row += 2)
        line_of_text(row, 40, false);
    marks_sum(&m, true, &sum);
    assert_true(sum.bare_scan == 0 && sum.scan_cover == 1);
    assert_int_equal(sum.glyphs, 400);
    assert_int_equal(sum.invisible_glyphs, 0);
    assert_false(sum.blank);
}

static void head_and_foot_do_not(void **state)
{
    (void)state;
    picture(0, 0, GRID, GRID, true);
    line_of_text(1, 80, false);
    line_of_text(62, 80, false);
    marks_sum(&m, true, &sum);
    assert_true(sum.bare_scan == 1 && sum.bare_grey == 1);
}

static void a_stamp_does_not(void **state)
{
    (void)state;
    picture(0, 0, GRID, GRID, true);
    for (int i = 0; i < 17; i++) /* across all rows */
        marks_glyph(&m, 3 * (float)i + 5, 3 * (float)i + 5, false);
    marks_sum(&m, true, &sum);
    assert_true(sum.bare_scan == 1);
}

static void invisible_text_does_with_little(void **state)
{
    (void)state;
    picture(0, 0, GRID, GRID, true);
    line_of_text(20, 18, true);
    marks_sum(&m, true, &sum);
    assert_true(sum.bare_scan == 0);
    assert_int_equal(sum.invisible_glyphs, 18);
}

static void what_lies_under_a_picture_is_invisible(void **state)
{
    (void)state;
    line_of_text(20, 18, false);
    picture(0, 0, GRID, GRID, false); /* a shade, through which it is seen */
    marks_sum(&m, true, &sum);
    assert_int_equal(sum.invisible_glyphs, 0);
    picture(0, 0, GRID, GRID, true);
    marks_sum(&m, true, &sum);
    assert_int_equal(sum.invisible_glyphs, 18);
    assert_true(sum.bare_scan == 0);
}

static void each_picture_counts_alone(void **state)
{
    (void)state;
    picture(0, 0, GRID, 20, true); /* read */
    picture(0, 40, GRID, 16, true);
    for (int row = 1; row < 19; row += 2)
        line_of_text(row, 30, false);
    marks_sum(&m, true, &sum);
    assert_true(sum.image_cover == 36.0f / GRID);
    assert_true(sum.bare_scan == 16.0f / GRID);
    assert_true(sum.largest_image == 20.0f / GRID);
}

static void charts_have_one_shape(void **state)
{
    (void)state;
    for (int i = 0; i < 500; i++)
        marks_outline(&m, (float)(i % 60), (float)(i / 10), 4, 0);
    marks_sum(&m, true, &sum);
    assert_int_equal(sum.outlines, 500);
    assert_int_equal(sum.shapes, 1);
    for (uint32_t i = 0; i < 40; i++)
        marks_outline(&m, 1, 1, i % 9 + 2, i % 7);
    marks_sum(&m, true, &sum);
    assert_true(sum.shapes > 20);
}

static void nothing_is_blank(void **state)
{
    (void)state;
    marks_sum(&m, true, &sum);
    assert_true(sum.blank && sum.complete);
    marks_sum(&m, false, &sum);
    assert_false(sum.blank); /* who knows what was to come */
    marks_glyph(&m, 5, 5, true);
    marks_sum(&m, true, &sum);
    assert_true(sum.blank);
    marks_glyph(&m, 5, 5, false);
    marks_glyph(&m, -1, 70, false); /* beside the page */
    marks_sum(&m, true, &sum);
    assert_false(sum.blank);
    assert_int_equal(sum.glyphs, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_text_layer_reads_its_picture, begin),
        cmocka_unit_test_setup(head_and_foot_do_not, begin),
        cmocka_unit_test_setup(a_stamp_does_not, begin),
        cmocka_unit_test_setup(invisible_text_does_with_little, begin),
        cmocka_unit_test_setup(what_lies_under_a_picture_is_invisible, begin),
        cmocka_unit_test_setup(each_picture_counts_alone, begin),
        cmocka_unit_test_setup(charts_have_one_shape, begin),
        cmocka_unit_test_setup(nothing_is_blank, begin),
    };
    return cmocka_run_group_tests_name("marks", tests, NULL, NULL);
}
