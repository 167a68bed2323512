/*
 * Pictures: made, painted turned, cut, stretched, measured.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "extractd/parser/picture.h"

/* Three by two pixels:  1 2 3
 *                       4 5 6 */
static const uint8_t six[] = {1, 2, 3, 4, 5, 6};

static struct picture_source source(bool swap, bool flip_x, bool flip_y)
{
    return (struct picture_source){six, 3, 2, 3, {swap, flip_x, flip_y}, false, 0};
}

static void paints(struct picture_source s, uint32_t w, uint32_t h, const char *want)
{
    struct picture p;
    assert_true(picture_make(&p, w, h));
    struct picture_rect all = {0, 0, w, h};
    picture_paint(&p, &s, all, all);
    for (uint32_t i = 0; i < w * h; i++)
        assert_int_equal(p.samples[i], want[i] - '0');
    picture_free(&p);
}

static void test_made_white(void **state)
{
    (void)state;
    struct picture p;
    assert_true(picture_make(&p, 5, 3));
    assert_int_equal(p.bits, 8);
    assert_int_equal(p.stride, 5);
    for (int i = 0; i < 15; i++)
        assert_int_equal(p.samples[i], 255);
    struct picture_rect r;
    assert_false(picture_bounds(&p, 255, &r));
    picture_free(&p);
    assert_null(p.samples);
    picture_free(&p);
    assert_false(picture_make(&p, 0, 3));
    assert_null(p.samples);
}

static void test_all_ways_round(void **state)
{
    (void)state;
    paints(source(false, false, false), 3, 2, "123456");
    paints(source(false, true, false), 3, 2, "321654");
    paints(source(false, false, true), 3, 2, "456123");
    paints(source(false, true, true), 3, 2, "654321");
    paints(source(true, false, false), 2, 3, "142536");
    paints(source(true, true, false), 2, 3, "415263");
    paints(source(true, false, true), 2, 3, "362514");
    paints(source(true, true, true), 2, 3, "635241");
}

static void test_only_within(void **state)
{
    (void)state;
    struct picture p;
    struct picture_source s = source(false, false, false);
    assert_true(picture_make(&p, 4, 4));
    picture_paint(&p, &s, (struct picture_rect){-1, -1, 2, 1}, (struct picture_rect){0, 0, 9, 9});
    assert_int_equal(p.samples[0], 5);
    assert_int_equal(p.samples[1], 6);
    assert_int_equal(p.samples[2], 255);
    picture_paint(&p, &s, (struct picture_rect){1, 2, 4, 4}, (struct picture_rect){2, 3, 3, 4});
    assert_int_equal(p.samples[2 * 4 + 2], 255);
    assert_int_equal(p.samples[3 * 4 + 1], 255);
    assert_int_equal(p.samples[3 * 4 + 2], 5);
    assert_int_equal(p.samples[3 * 4 + 3], 255);
    picture_paint(&p, &s, (struct picture_rect){9, 9, 12, 11}, (struct picture_rect){0, 0, 99, 99});
    picture_free(&p);
}

static void test_stencil_darkens(void **state)
{
    (void)state;
    static const uint8_t cover[] = {0, 255, 128};
    struct picture p;
    assert_true(picture_make(&p, 3, 1));
    struct picture_source s = {cover, 3, 1, 3, {false, false, false}, true, 55};
    struct picture_rect all = {0, 0, 3, 1};
    picture_paint(&p, &s, all, all);
    assert_int_equal(p.samples[0], 255);
    assert_int_equal(p.samples[1], 55);
    assert_in_range(p.samples[2], 150, 160);
    s.grey = 200; /* lighter paint leaves the dark alone */
    picture_paint(&p, &s, all, all);
    assert_int_equal(p.samples[1], 55);
    picture_free(&p);
}

static void test_averaged_and_sampled(void **state)
{
    (void)state;
    static const uint8_t four[] = {10, 20, 100, 100, 30, 40, 100, 100};
    struct picture p;
    struct picture_source s = {four, 4, 2, 4, {false, false, false}, false, 0};
    struct picture_rect half = {0, 0, 2, 1}, twice = {0, 0, 8, 2};
    assert_true(picture_make(&p, 2, 1));
    picture_paint(&p, &s, half, half);
    assert_int_equal(p.samples[0], 25);
    assert_int_equal(p.samples[1], 100);
    s.turn.flip_x = true;
    picture_paint(&p, &s, half, half);
    assert_int_equal(p.samples[0], 100);
    assert_int_equal(p.samples[1], 25);
    picture_free(&p);
    s.turn.flip_x = false;
    assert_true(picture_make(&p, 8, 2));
    picture_paint(&p, &s, twice, twice);
    assert_int_equal(p.samples[0], 10);
    assert_int_equal(p.samples[1], 10);
    assert_int_equal(p.samples[2], 20);
    picture_free(&p);
}

/* Turned and larger than the blocks it is painted in: each pixel where it belongs. */
static void test_large_turned(void **state)
{
    (void)state;
    enum { W = 150, H = 201 };
    uint8_t *pixels = malloc(W * H);
    assert_non_null(pixels);
    for (int i = 0; i < W * H; i++)
        pixels[i] = (uint8_t)(i * 7 + i / 256);
    struct picture p;
    assert_true(picture_make(&p, H, W));
    struct picture_source s = {pixels, W, H, W, {true, true, false}, false, 0};
    struct picture_rect all = {0, 0, H, W};
    picture_paint(&p, &s, all, all);
    for (int y = 0; y < W; y++)
        for (int x = 0; x < H; x++)
            assert_int_equal(p.samples[y * H + x], pixels[(H - 1 - x) * W + y]);
    picture_free(&p);
    free(pixels);
}

static void test_crop(void **state)
{
    (void)state;
    struct picture p;
    struct picture_source s = source(false, false, false);
    struct picture_rect all = {0, 0, 3, 2};
    float x, y;
    assert_true(picture_make(&p, 3, 2));
    picture_paint(&p, &s, all, all);
    p.m[0] = p.m[3] = 0.5f;
    p.m[4] = 10;
    assert_false(picture_crop(&p, (struct picture_rect){3, 0, 9, 9}));
    assert_int_equal(p.width, 3);
    assert_true(picture_crop(&p, (struct picture_rect){1, 1, 99, 99}));
    assert_int_equal(p.width, 2);
    assert_int_equal(p.height, 1);
    assert_int_equal(p.samples[0], 5);
    assert_int_equal(p.samples[1], 6);
    picture_to_page(&p, 0, 0, &x, &y);
    assert_float_equal(x, 10.5f, 1e-5f);
    assert_float_equal(y, 0.5f, 1e-5f);
    picture_free(&p);
}

static void test_stretch(void **state)
{
    (void)state;
    struct picture p;
    float x, y;
    assert_true(picture_make(&p, 2, 1));
    p.samples[0] = 0;
    p.samples[1] = 200;
    p.m[0] = 1;
    p.m[3] = 2;
    p.dpi = 72;
    assert_true(picture_stretch(&p, 4, 2));
    assert_int_equal(p.samples[0], 0);
    assert_int_equal(p.samples[1], 50);
    assert_int_equal(p.samples[2], 150);
    assert_int_equal(p.samples[3], 200);
    assert_int_equal(p.samples[4], 0);
    assert_float_equal(p.dpi, 144, 0.01f);
    picture_to_page(&p, 4, 2, &x, &y);
    assert_float_equal(x, 2, 1e-5f);
    assert_float_equal(y, 2, 1e-5f);
    picture_free(&p);
}

static void test_bounds(void **state)
{
    (void)state;
    struct picture p;
    struct picture_rect r;
    assert_true(picture_make(&p, 10, 8));
    p.samples[3 * 10 + 2] = 99;
    p.samples[5 * 10 + 7] = 100;
    assert_true(picture_bounds(&p, 101, &r));
    assert_int_equal(r.x0, 2);
    assert_int_equal(r.y0, 3);
    assert_int_equal(r.x1, 8);
    assert_int_equal(r.y1, 6);
    assert_true(picture_bounds(&p, 100, &r));
    assert_int_equal(r.x1, 3);
    picture_free(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_made_white),
        cmocka_unit_test(test_all_ways_round),
        cmocka_unit_test(test_only_within),
        cmocka_unit_test(test_stencil_darkens),
        cmocka_unit_test(test_averaged_and_sampled),
        cmocka_unit_test(test_large_turned),
        cmocka_unit_test(test_crop),
        cmocka_unit_test(test_stretch),
        cmocka_unit_test(test_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
