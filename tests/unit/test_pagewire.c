/* pagewire: what is put is taken, and nothing else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/pagewire.h"

enum { MOST = 1600 };
static const struct pagewire_bounds most = {MOST, PAGEWIRE_SIDE, PAGEWIRE_PIXELS};

static bool good(uint32_t kind, uint32_t width, uint32_t height)
{
    uint8_t header[PAGEWIRE_HEADER];
    struct pagewire in = {(enum pagewire_kind)kind, width, height, 7}, out;
    pagewire_put(&in, header);
    if (!pagewire_take(header, &most, &out))
        return false;
    assert_int_equal(out.kind, kind);
    assert_int_equal(out.width, width);
    assert_int_equal(out.height, height);
    assert_int_equal(out.pages, 7);
    return true;
}

static void sizes(void **state)
{
    static const struct {
        uint32_t width, height;
        bool good;
    } all[] = {
        {1, 1, true},
        {MOST, 1, true},
        {MOST + 1, 1, false},
        {1, PAGEWIRE_SIDE, true},
        {1, PAGEWIRE_SIDE + 1, false},
        {0, 1, false},
        {1, 0, false},
        {1250, 2000, true}, /* as many pixels as may be */
        {1250, 2001, false},
        {1251, 2000, false},
        {65536, 65536, false}, /* none, in 32 bits */
        {UINT32_MAX, UINT32_MAX, false},
        {1, UINT32_MAX, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (good(PAGEWIRE_PICTURE, all[i].width, all[i].height) != all[i].good)
            fail_msg("%u x %u", all[i].width, all[i].height);
}

static void a_refusal_has_no_picture(void **state)
{
    (void)state;
    for (uint32_t kind = PAGEWIRE_PICTURE + 1; kind < PAGEWIRE_KINDS; kind++) {
        assert_true(good(kind, 0, 0));
        assert_false(good(kind, 1, 1));
        assert_false(good(kind, 0, 1));
    }
    assert_false(good(PAGEWIRE_KINDS, 0, 0));
    assert_false(good(UINT32_MAX, 0, 0));
}

/* Magic, kind and the last word: each bit of them counts. */
static void every_bit_of_its_frame_counts(void **state)
{
    uint8_t header[PAGEWIRE_HEADER];
    const struct pagewire w = {PAGEWIRE_CORRUPT, 0, 0, 0};
    struct pagewire out;
    (void)state;
    pagewire_put(&w, header);
    assert_true(pagewire_take(header, &most, &out));
    for (size_t bit = 0; bit < PAGEWIRE_HEADER * 8; bit++) {
        if (bit >= 16 * 8 && bit < 20 * 8)
            continue; /* the number of pages: any is good */
        header[bit / 8] ^= (uint8_t)(1 << bit % 8);
        bool other = pagewire_take(header, &most, &out);
        if (other && (bit < 4 * 8 || bit >= 8 * 8 || out.kind == PAGEWIRE_CORRUPT))
            fail_msg("bit %zu", bit);
        header[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
}

static void it_is_little_endian(void **state)
{
    static const uint8_t bytes[] = "PGP1\1\0\0\0\0\0\0\0\0\0\0\0\x04\x03\x02\x01\0\0\0\0";
    struct pagewire w;
    (void)state;
    _Static_assert(sizeof bytes == PAGEWIRE_HEADER + 1, "all of it");
    assert_true(pagewire_take(bytes, &most, &w));
    assert_int_equal(w.kind, PAGEWIRE_NO_PAGE);
    assert_int_equal(w.pages, 0x01020304);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes),
        cmocka_unit_test(a_refusal_has_no_picture),
        cmocka_unit_test(every_bit_of_its_frame_counts),
        cmocka_unit_test(it_is_little_endian),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
