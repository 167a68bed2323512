/* png: what was written is what a decoder of its own makes of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/png.h"

static uint32_t word(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* The chunks, each looked at; what IDAT holds goes to *packed. */
static void take_chunks(const struct buf *png, uint32_t width, uint32_t height, struct buf *packed)
{
    const uint8_t *p = (const uint8_t *)png->data;
    size_t at = 8;
    bool ended = false;
    assert_memory_equal(p, "\x89PNG\r\n\x1a\n", 8);
    for (unsigned i = 0; at < png->len; i++) {
        size_t n = word(p + at);
        assert_true(at + 12 + n <= png->len);
        assert_int_equal(crc32(0, p + at + 4, (uInt)n + 4), word(p + at + 8 + n));
        if (i == 0) {
            assert_memory_equal(p + at + 4, "IHDR", 4);
            assert_int_equal(word(p + at + 8), width);
            assert_int_equal(word(p + at + 12), height);
            assert_memory_equal(p + at + 16, "\x08\x02\0\0\0", 5);
        } else if (memcmp(p + at + 4, "IEND", 4) == 0) {
            ended = true;
            assert_int_equal(n, 0);
        } else {
            assert_memory_equal(p + at + 4, "IDAT", 4);
            buf_add(packed, p + at + 8, n);
        }
        at += 12 + n;
    }
    assert_true(ended);
    assert_int_equal(at, png->len);
}

static void round_trip(const uint8_t *pixels, uint32_t width, uint32_t height)
{
    struct buf png = {0}, packed = {0};
    size_t row = (size_t)width * 3;
    uLongf n = (uLongf)((row + 1) * height);
    uint8_t *raw = malloc(n + 1);
    assert_non_null(raw);
    assert_true(png_write(&png, pixels, width, height));
    take_chunks(&png, width, height, &packed);
    n++; /* no byte too many, either */
    assert_int_equal(uncompress(raw, &n, (const Bytef *)packed.data, (uLong)packed.len), Z_OK);
    assert_int_equal(n, (row + 1) * height);
    for (uint32_t y = 0; y < height; y++) {
        uint8_t *one = raw + y * (row + 1), *above = one - row;
        for (size_t i = 0; i < row; i++) {
            uint8_t left = i < 3 ? 0 : one[1 + i - 3], up = y ? above[i] : 0;
            one[1 + i] = (uint8_t)(one[1 + i] + (one[0] == 1 ? left : one[0] == 2 ? up : 0));
        }
        assert_in_range(one[0], 0, 2);
        assert_memory_equal(one + 1, pixels + y * row, row);
    }
    free(raw);
    buf_free(&png);
    buf_free(&packed);
}

static void pictures(void **state)
{
    static const uint32_t sizes[][2] = {{1, 1}, {1, 7}, {7, 1}, {300, 400}, {1250, 2000}};
    (void)state;
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        uint32_t width = sizes[s][0], height = sizes[s][1];
        size_t n = (size_t)width * height * 3;
        uint8_t *pixels = malloc(n);
        assert_non_null(pixels);
        memset(pixels, 255, n);
        round_trip(pixels, width, height);
        for (size_t i = 0; i < n; i++) /* slopes: each filter is the best of some row */
            pixels[i] = (uint8_t)(i % 3 * 80 + i / 3 % width + (i / 3 / width) * (i / 3 / width));
        round_trip(pixels, width, height);
        uint32_t x = 1;
        for (size_t i = 0; i < n; i++) { /* what nothing makes smaller */
            x = x * 1664525u + 1013904223u;
            pixels[i] = (uint8_t)(x >> 24);
        }
        round_trip(pixels, width, height);
        free(pixels);
    }
}

static void no_size_is_no_picture(void **state)
{
    struct buf out = {0};
    const uint8_t pixel[3] = {0};
    (void)state;
    assert_false(png_write(&out, pixel, 0, 1));
    assert_false(png_write(&out, pixel, 1, 0));
    assert_false(png_write(&out, pixel, PNG_SIDE + 1, 1));
    assert_false(png_write(&out, pixel, 1, PNG_SIDE + 1));
    buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(pictures),
                                       cmocka_unit_test(no_size_is_no_picture)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
