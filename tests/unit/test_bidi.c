/*
 * From visual to logical order. In the strings below, capitals stand for Hebrew letters (A is alef,
 * B is bet, ...), so that the lines can be read in this file.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "extractd/parser/bidi.h"

static uint32_t to_code(char c)
{
    return c >= 'A' && c <= 'Z' ? 0x5d0u + (uint32_t)(c - 'A') : (uint32_t)(unsigned char)c;
}

static char from_code(uint32_t c)
{
    return c >= 0x5d0 && c < 0x5d0 + 26 ? (char)('A' + (int)(c - 0x5d0)) : (char)c;
}

static void reads(const char *visual, const char *logical)
{
    uint32_t in[64] = {0}, order[64], shown[64];
    char got[65] = "";
    size_t n = strlen(visual), seen = 0;
    for (size_t i = 0; i < n; i++)
        in[i] = to_code(visual[i]);
    assert_true(bidi_logical(in, n, order, shown));
    for (size_t i = 0; i < n; i++) {
        got[i] = from_code(shown[i]);
        assert_true(order[i] < n);
        seen |= (size_t)1 << order[i];
    }
    assert_string_equal(got, logical);
    assert_true(seen == (((size_t)1 << (n - 1)) - 1) * 2 + 1); /* each once */
}

static void plain_lines(void **state)
{
    (void)state;
    reads("CBA", "ABC");
    reads("FED CBA", "ABC DEF");
    reads(".CBA", "ABC.");
}

static void numbers_and_latin_stay(void **state)
{
    (void)state;
    reads("FED 123 CBA", "ABC 123 DEF");
    reads("FED 12.5 CBA", "ABC 12.5 DEF");
    reads("FED latin 7 words CBAXYZW", "WZYXABC latin 7 words DEF");
    reads("CBA 1", "1 ABC");
}

static void hebrew_in_english(void **state)
{
    (void)state;
    reads("a word CBA in it", "a word ABC in it");
    reads("two words FED CBA in it", "two words ABC DEF in it");
}

static void brackets_are_mirrored(void **state)
{
    (void)state;
    reads("(CBA)", "(ABC)");
    reads("FED (CBA) Z", "Z (ABC) DEF");
    reads("FED (abc) CBAZ", "ZABC (abc) DEF");
}

static void one_character(void **state)
{
    (void)state;
    reads("A", "A");
}

static void blocks(void **state)
{
    (void)state;
    assert_true(bidi_rtl(0x5d0));
    assert_true(bidi_rtl(0x627));
    assert_true(bidi_rtl(0xfe8d));
    assert_true(bidi_rtl(0x1e900));
    assert_false(bidi_rtl('a'));
    assert_false(bidi_rtl(0x4e00));
    assert_false(bidi_rtl(0x0915));
    assert_true(bidi_mark(0x64e));
    assert_false(bidi_mark(0x627));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_lines),       cmocka_unit_test(numbers_and_latin_stay),
        cmocka_unit_test(hebrew_in_english), cmocka_unit_test(brackets_are_mirrored),
        cmocka_unit_test(one_character),     cmocka_unit_test(blocks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
