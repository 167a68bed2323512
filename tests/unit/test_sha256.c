#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/sha256.h"

/* FIPS 180-4's own examples, and the empty text. */
static const struct {
    const char *text, *hex;
} known[] = {
    {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
     "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
};

static void test_known(void **state)
{
    char hex[SHA256_HEX];

    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        sha256_hex(known[i].text, strlen(known[i].text), hex);
        assert_string_equal(hex, known[i].hex);
    }
}

static void test_one_object_many_times(void **state)
{
    struct sha256 *h = sha256_new();
    char hex[SHA256_HEX];

    (void)state;
    assert_non_null(h);
    for (int round = 0; round < 3; round++) {
        for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
            sha256_add(h, known[i].text, strlen(known[i].text));
            sha256_end(h, hex);
            assert_string_equal(hex, known[i].hex);
            sha256_reset(h);
        }
    }
    sha256_add(h, "thrown away", 11);
    sha256_reset(h);
    sha256_add(h, "abc", 3);
    sha256_end(h, hex);
    assert_string_equal(hex, known[1].hex);
    sha256_free(h);
    sha256_free(NULL);
}

static void test_a_million_in_odd_pieces(void **state)
{
    struct sha256 *h = sha256_new();
    char piece[997], hex[SHA256_HEX];
    size_t left = 1000000, n = 1;

    (void)state;
    memset(piece, 'a', sizeof piece);
    while (left > 0) {
        n = n * 7 % 997;
        size_t now = n < left ? n : left;
        sha256_add(h, piece, now);
        left -= now;
    }
    sha256_add(h, NULL, 0);
    sha256_end(h, hex);
    assert_string_equal(hex, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    sha256_free(h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known),
        cmocka_unit_test(test_one_object_many_times),
        cmocka_unit_test(test_a_million_in_odd_pieces),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
