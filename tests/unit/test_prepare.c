/*
 * Preparing pictures: whatever is done to one, a mark in it is still found at its place on the
 * page.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"
#pragma GCC diagnostic ignored "-Wstrict-prototypes"
#include <leptonica/allheaders.h>
#pragma GCC diagnostic pop

#include "extractd/parser/prepare.h"

enum { W = 800, H = 600, MARK_X = 200, MARK_Y = 150, MARK = 20 };

static uint8_t samples[W * H];

static struct picture page(void)
{
    struct picture p = {samples, W, H, W, 8, 144, {0.5f, 0, 0, 0.5f, 10, 20}};
    memset(samples, 255, sizeof samples);
    for (int y = 0; y < MARK; y++)
        memset(samples + (MARK_Y + y) * W + MARK_X, 0, MARK);
    return p;
}

/* The box around all that is dark, in page points. */
static void dark_box(const struct prepared *s, float box[4])
{
    PIX *pix = prepare_pix(s);
    int around[4] = {100000, 100000, -1, -1};
    for (int y = 0; y < pixGetHeight(pix); y++)
        for (int x = 0; x < pixGetWidth(pix); x++) {
            l_uint32 v;
            pixGetPixel(pix, x, y, &v);
            if (v > 127)
                continue;
            around[0] = x < around[0] ? x : around[0];
            around[1] = y < around[1] ? y : around[1];
            around[2] = x + 1 > around[2] ? x + 1 : around[2];
            around[3] = y + 1 > around[3] ? y + 1 : around[3];
        }
    assert_true(around[2] > 0);
    prepare_to_page(s, around, box);
}

static void is_near(float a, float b, float by)
{
    if (fabsf(a - b) > by)
        print_error("%g is not %g\n", (double)a, (double)b);
    assert_true(fabsf(a - b) <= by);
}

/* The mark of page(): from 110, 95 to 120, 105. */
static void mark_is_there(struct prepared *s, float by)
{
    float box[4];
    assert_non_null(s);
    dark_box(s, box);
    is_near((box[0] + box[2]) / 2, 115, by);
    is_near((box[1] + box[3]) / 2, 95 + 5, by);
    prepare_free(s);
}

static void steps_keep_places(void **state)
{
    (void)state;
    struct picture p = page();
    struct prepared *s = prepare_picture(&p, 0, 0);
    for (unsigned q = 1; q < 4; q++)
        mark_is_there(prepare_turned(s, q), 0.01f);
    mark_is_there(prepare_scaled(s, 300), 0.5f);
    mark_is_there(prepare_scaled(s, 72), 0.8f);
    mark_is_there(prepare_deskewed(s, 3.0f), 0.5f);
    mark_is_there(prepare_deskewed(s, -7.5f), 0.5f);
    mark_is_there(prepare_normalised(s), 0.01f);
    mark_is_there(prepare_otsu(s), 0.01f);
    mark_is_there(prepare_sauvola(s), 0.5f);
    mark_is_there(prepare_despeckled(s), 0.01f);
    struct prepared *turned = prepare_turned(s, 1), *skewed = prepare_deskewed(turned, 5);
    mark_is_there(prepare_scaled(skewed, 250), 0.7f);
    prepare_free(skewed);
    prepare_free(turned);
    prepare_free(s);
}

/* A picture that lies on the page in any of eight ways comes out as displayed. */
static void displayed_upright(void **state)
{
    (void)state;
    static const float ways[8][4] = {{1, 0, 0, 1},  {0, 1, -1, 0}, {-1, 0, 0, -1}, {0, -1, 1, 0},
                                     {-1, 0, 0, 1}, {1, 0, 0, -1}, {0, 1, 1, 0},   {0, -1, -1, 0}};
    struct picture p = page();
    for (int i = 0; i < 8; i++) {
        float before[4], after[4];
        const int one[4] = {0, 0, 1, 1}, origin[4] = {0, 0, 0, 0};
        for (int k = 0; k < 4; k++)
            p.m[k] = ways[i][k] * 0.5f;
        struct prepared *s = prepare_picture(&p, 0, 0);
        assert_non_null(s);
        prepare_to_page(s, origin, before);
        prepare_to_page(s, one, after);
        assert_true(after[2] > before[0] + 0.4f && after[3] > before[1] + 0.4f);
        dark_box(s, before);
        is_near((before[0] + before[2]) / 2, 10 + p.m[0] * 210 + p.m[2] * 160, 0.01f);
        is_near((before[1] + before[3]) / 2, 20 + p.m[1] * 210 + p.m[3] * 160, 0.01f);
        prepare_free(s);
    }
}

static void bounds(void **state)
{
    (void)state;
    struct picture p = page();
    struct prepared *s = prepare_picture(&p, 300, 100000);
    struct prepared_size size = prepare_size(s);
    assert_true((uint64_t)size.width * size.height <= 101000 && size.width > 300);
    prepare_free(s);
    struct picture bad = p;
    bad.samples = NULL;
    assert_null(prepare_picture(&bad, 0, 0));
    bad = p, bad.width = 0;
    assert_null(prepare_picture(&bad, 0, 0));
    bad = p, bad.bits = 1;
    assert_null(prepare_picture(&bad, 0, 0));
    bad = p, bad.m[0] = 0;
    assert_null(prepare_picture(&bad, 0, 0));
    bad = p, bad.m[0] = NAN;
    assert_null(prepare_picture(&bad, 0, 0));
    bad = p, bad.dpi = 0;
    assert_null(prepare_picture(&bad, 0, 0));
    bad = p, bad.width = bad.stride = 4000000000u;
    assert_null(prepare_picture(&bad, 0, 0));
    bad = p, bad.height = 1;
    s = prepare_picture(&bad, 4000000, 0); /* a line of pixels, made far too wide */
    if (s)
        assert_true(prepare_size(s).width <= PREPARE_SIDE_MOST);
    prepare_free(s);
}

/* Where there is no memory every step says so, and none dies. */
static void no_memory(void **state)
{
    (void)state;
    struct picture p = page();
    pid_t pid = fork();
    if (pid == 0) {
        struct rlimit r = {1, 1};
        struct prepared *s = prepare_picture(&p, 0, 0);
        if (!s || setrlimit(RLIMIT_AS, &r) < 0)
            _exit(2);
        _exit(prepare_scaled(s, 600) || prepare_deskewed(s, 2) || prepare_turned(s, 1) ||
              prepare_normalised(s) || prepare_sauvola(s) || prepare_otsu(s) ||
              prepare_despeckled(s) || prepare_picture(&p, 0, 0));
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

static void skew_is_found(void **state)
{
    (void)state;
    struct picture p = page();
    struct prepared_look look;
    for (int y = 100; y < 500; y += 25) /* lines of text, more or less */
        for (int x = 60; x < 740; x++)
            if (x % 7 < 5)
                memset(samples + y * W + x, 0, 1), memset(samples + (y + 5) * W + x, 0, 1);
    struct prepared *s = prepare_picture(&p, 0, 0), *skewed = prepare_deskewed(s, 3.0f);
    assert_true(prepare_look(skewed, &look));
    is_near(look.skew, -3.0f, 0.2f); /* so much, clockwise, makes it straight again */
    assert_true(look.skew_confidence > 3);
    assert_true(prepare_look(s, &look));
    is_near(look.skew, 0, 0.1f);
    prepare_free(s);
    prepare_free(skewed);
}

/* Some rows of it lie where they were. */
static void rows(void **state)
{
    (void)state;
    float box[4];
    struct picture p = page();
    struct prepared *s = prepare_picture(&p, 0, 0), *some = prepare_rows(s, 100, 200);
    assert_non_null(some);
    assert_int_equal(prepare_size(some).height, 200);
    assert_int_equal(prepare_size(some).width, W);
    dark_box(some, box);
    is_near(box[0], 10 + MARK_X * 0.5f, 0.01f);
    is_near(box[1], 20 + MARK_Y * 0.5f, 0.01f);
    prepare_free(some);
    assert_null(prepare_rows(s, 0, 0));
    assert_null(prepare_rows(s, H, 1));
    assert_null(prepare_rows(s, H - 10, 11));
    some = prepare_rows(s, H - 10, 10);
    assert_non_null(some);
    prepare_free(some);
    struct prepared *same = prepare_same(s);
    prepare_free(s);
    dark_box(same, box);
    is_near(box[1], 20 + MARK_Y * 0.5f, 0.01f);
    prepare_free(same);
}

/* Strokes in rows 120 to 150 and, fewer, all over: the band has the former. */
static void band(void **state)
{
    (void)state;
    struct picture p = page();
    for (int y = 0; y < H; y++)
        for (int x = 0; x < W; x++)
            samples[y * W + x] =
                (y % 10 < 5 && x % 100 < 8) || (y >= 400 && y < 420 && x % 16 < 8) ? 0 : 255;
    struct prepared *s = prepare_picture(&p, 0, 0), *b = prepare_band(s);
    assert_non_null(b);
    float box[4], from = 20 + 400 * 0.5f, to = 20 + 420 * 0.5f;
    int whole[4] = {0, 0, (int)prepare_size(b).width, (int)prepare_size(b).height};
    prepare_to_page(b, whole, box);
    assert_true(box[1] <= from && box[3] >= to);
    is_near(box[3] - box[1], 0.6f * 72, 2);
    assert_int_equal(prepare_lie(s), -1); /* no letters */
    prepare_free(b);
    prepare_free(s);
    p = page(); /* all that there is fits into one band */
    s = prepare_picture(&p, 0, 0);
    assert_null(prepare_band(s));
    assert_int_equal(prepare_lie(s), -1);
    prepare_free(s);
}

int main(void)
{
    prepare_quiet();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows),
        cmocka_unit_test(band),
        cmocka_unit_test(steps_keep_places),
        cmocka_unit_test(displayed_upright),
        cmocka_unit_test(bounds),
        cmocka_unit_test(no_memory),
        cmocka_unit_test(skew_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
