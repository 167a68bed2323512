#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/rnd.h"
#include "base/utf8.h"

/* Encode by the book, any 21-bit number, so that wrong ones can be made, too. */
static size_t encode(uint32_t c, char to[4])
{
    if (c < 0x80) {
        to[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        to[0] = (char)(0xC0 | c >> 6);
        to[1] = (char)(0x80 | (c & 0x3F));
        return 2;
    }
    if (c < 0x10000) {
        to[0] = (char)(0xE0 | c >> 12);
        to[1] = (char)(0x80 | (c >> 6 & 0x3F));
        to[2] = (char)(0x80 | (c & 0x3F));
        return 3;
    }
    to[0] = (char)(0xF0 | c >> 18);
    to[1] = (char)(0x80 | (c >> 12 & 0x3F));
    to[2] = (char)(0x80 | (c >> 6 & 0x3F));
    to[3] = (char)(0x80 | (c & 0x3F));
    return 4;
}

static void test_every_code_point(void **state)
{
    char s[4];

    (void)state;
    for (uint32_t c = 0; c < 0x200000; c++) {
        size_t n = encode(c, s);
        bool right = c <= 0x10FFFF && (c < 0xD800 || c > 0xDFFF);
        if (utf8_seq(s, n) != (right ? n : 0))
            fail_msg("U+%04X", (unsigned)c);
        if (!right)
            continue;
        assert_int_equal(utf8_code(s, n), c);
        for (size_t cut = 0; cut < n; cut++) /* cut short: never valid */
            if (utf8_seq(s, cut) != 0)
                fail_msg("U+%04X cut to %zu", (unsigned)c, cut);
    }
}

/* All pairs of first two bytes, with right tails behind: the bounds of RFC 3629, section 4. */
static void test_every_pair(void **state)
{
    (void)state;
    for (unsigned a = 0x80; a < 0x100; a++) {
        for (unsigned b = 0; b < 0x100; b++) {
            char s[4] = {(char)a, (char)b, (char)0x80, (char)0xBF};
            bool tail = b >= 0x80 && b <= 0xBF;
            size_t expected = 0;
            if (a >= 0xC2 && a <= 0xDF && tail)
                expected = 2;
            else if (a >= 0xE0 && a <= 0xEF && tail && !(a == 0xE0 && b < 0xA0) &&
                     !(a == 0xED && b > 0x9F))
                expected = 3;
            else if (a >= 0xF0 && a <= 0xF4 && tail && !(a == 0xF0 && b < 0x90) &&
                     !(a == 0xF4 && b > 0x8F))
                expected = 4;
            assert_int_equal(utf8_seq(s, 4), expected);
        }
    }
}

static void test_bad_tails(void **state)
{
    static const char *const bad[] = {
        "\xE2\x82\x41",     "\xE2\x82\xC0",     "\xF0\x9F\x98\x41", "\xF0\x9F\x41\x80",
        "\xF0\x9F\x98\xC0", "\xFF\x80\x80\x80", "\xC0\x80",         "\xFE"};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(utf8_seq(bad[i], strlen(bad[i])), 0);
    assert_int_equal(utf8_seq("", 0), 0);
}

static void test_valid(void **state)
{
    (void)state;
    assert_true(utf8_valid("", 0));
    assert_true(utf8_valid("gr\xC3\xBC\xC3\x9F \xF0\x9F\x98\x80", 11));
    assert_false(utf8_valid("a\0b", 3));
    assert_false(utf8_valid("a\xC3", 2));
    assert_false(utf8_valid("\xED\xA0\x80", 3));
}

static void shows(const char *name, size_t n, const char *expected)
{
    struct buf out = {0};

    utf8_show_name(&out, name, n);
    assert_true(buf_ok(&out));
    assert_string_equal(out.data, expected);
    buf_free(&out);
}

static void test_show(void **state)
{
    (void)state;
    shows("", 0, "");
    shows("plain name.pdf", 14, "plain name.pdf");
    shows("100%.pdf", 8, "100%25.pdf");
    shows("a\nb\tc\x7F", 6, "a%0Ab%09c%7F");
    shows("nul\0x", 5, "nul%00x");
    shows("\xC3\xBC\xE4\xB8\xAD", 5, "\xC3\xBC\xE4\xB8\xAD");
    shows("latin1 \xFC.pdf", 12, "latin1 %FC.pdf");
    shows("cut \xE4\xB8", 6, "cut %E4%B8");
    shows("c1 \xC2\x85", 5, "c1 %C2%85");
    shows("line \xE2\x80\xA8\xE2\x80\xA9", 11, "line %E2%80%A8%E2%80%A9");
    shows("\xE2\x80\xAE"
          "fdp.exe",
          10, "%E2%80%AEfdp.exe"); /* right-to-left override */
    shows("\xE2\x81\xA6\xE2\x81\xA9\xD8\x9C\xE2\x80\x8E\xE2\x80\x8F", 14,
          "%E2%81%A6%E2%81%A9%D8%9C%E2%80%8E%E2%80%8F");
    /* Their neighbours are no controls: space, ~, no-break space, U+200D, U+2027, U+202F, U+2065,
     * U+206A, U+061B */
    shows(" ~\xC2\xA0\xE2\x80\x8D\xE2\x80\xA7\xE2\x80\xAF\xE2\x81\xA5\xE2\x81\xAA\xD8\x9B", 21,
          " ~\xC2\xA0\xE2\x80\x8D\xE2\x80\xA7\xE2\x80\xAF\xE2\x81\xA5\xE2\x81\xAA\xD8\x9B");
}

static void test_unshow(void **state)
{
    static const char *const bad[] = {"%",    "a%",     "%4",  "%G1", "%1G",
                                      "%%41", "ok%41%", "% 1", "%+1"};
    struct buf out = {0};

    (void)state;
    buf_str(&out, "kept:");
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(utf8_unshow_name(&out, bad[i], strlen(bad[i])));
        assert_string_equal(out.data, "kept:");
        assert_int_equal(out.len, 5);
    }
    assert_false(utf8_unshow_name(&out, "%41", 2)); /* what lies behind n is not read */
    assert_true(utf8_unshow_name(&out, "%41%c3%BC%25", 12));
    assert_string_equal(out.data, "kept:A\xC3\xBC%");
    buf_free(&out);
    assert_false(utf8_unshow_name(&out, "%", 1));
    assert_true(utf8_unshow_name(&out, "", 0));
    assert_string_equal(out.data, "");
    buf_free(&out);
}

static void test_round_trip_of_random_bytes(void **state)
{
    /* Bytes that make whole, broken and control sequences likely. */
    static const unsigned char spice[] = {'%',  '2',  '5',  0,    '\n', 0x7F, 0xC2,
                                          0x80, 0xE2, 0x80, 0xA8, 0xF0, 0x9F, 0x98,
                                          0x80, 0xED, 0xA0, 0xFF, 'a',  '/'};
    struct buf shown = {0}, back = {0};

    (void)state;
    for (int round = 0; round < 20000; round++) {
        char name[40];
        size_t n = rnd_u64() % sizeof name;
        for (size_t i = 0; i < n; i++) {
            uint64_t r = rnd_u64();
            name[i] = (char)(round % 2 ? spice[r % sizeof spice] : r);
        }
        buf_clear(&shown);
        buf_clear(&back);
        utf8_show_name(&shown, name, n);
        assert_true(utf8_valid(shown.data, shown.len));
        for (size_t i = 0, len; i < shown.len; i += len) {
            len = utf8_seq(shown.data + i, shown.len - i);
            assert_false(utf8_control(shown.data + i, len));
        }
        assert_true(utf8_unshow_name(&back, shown.data, shown.len));
        assert_int_equal(back.len, n);
        assert_memory_equal(back.data, name, n);
    }
    buf_free(&shown);
    buf_free(&back);
}

static void test_escape(void **state)
{
    static const char in[] = "a\n\t\\\"\r\x1B[31m\0\xFF\xC3\xBC\xE2\x80\xAE%";
    struct buf out = {0};

    (void)state;
    utf8_escape(&out, in, sizeof in - 1);
    assert_string_equal(out.data,
                        "a\\n\\t\\\\\\\"\\x0D\\x1B[31m\\x00\\xFF\xC3\xBC\\xE2\\x80\\xAE%");
    buf_free(&out);
    utf8_escape(&out, "", 0);
    assert_string_equal(out.data, "");
    buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_code_point),
        cmocka_unit_test(test_every_pair),
        cmocka_unit_test(test_bad_tails),
        cmocka_unit_test(test_valid),
        cmocka_unit_test(test_show),
        cmocka_unit_test(test_unshow),
        cmocka_unit_test(test_round_trip_of_random_bytes),
        cmocka_unit_test(test_escape),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
