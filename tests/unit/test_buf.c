#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"

static void test_grows_and_terminates(void **state)
{
    struct buf b = {0};
    char expected[1000];

    (void)state;
    for (int i = 0; i < 1000; i++) {
        expected[i] = (char)('a' + i % 26);
        buf_char(&b, expected[i]);
        assert_int_equal(b.len, i + 1);
        assert_int_equal(b.data[b.len], 0);
    }
    assert_true(buf_ok(&b));
    assert_memory_equal(b.data, expected, 1000);
    buf_free(&b);
    assert_null(b.data);
    assert_int_equal(b.len + b.cap, 0);
    buf_str(&b, "again");
    assert_string_equal(b.data, "again");
    buf_free(&b);
}

static void test_adds_bytes_and_nothing(void **state)
{
    struct buf b = {0};

    (void)state;
    buf_add(&b, NULL, 0);
    assert_non_null(b.data);
    assert_string_equal(b.data, "");
    buf_add(&b, "a\0b", 3);
    assert_int_equal(b.len, 3);
    assert_memory_equal(b.data, "a\0b", 4);
    buf_free(&b);
}

/* Texts of every length around the free room: the second vsnprintf is needed at the boundary only.
 */
static void test_formats_at_every_length(void **state)
{
    (void)state;
    for (int n = 0; n < 200; n++) {
        struct buf b = {0};
        buf_str(&b, "head:");
        buf_fmt(&b, "%*s|%d", n, "", n);
        assert_true(buf_ok(&b));
        assert_int_equal(b.len, strlen(b.data));
        assert_int_equal(b.len, 5 + n + 1 + (n > 99 ? 3 : n > 9 ? 2 : 1));
        assert_int_equal(b.data[5 + n], '|');
        assert_int_equal(atoi(b.data + 5 + n + 1), n);
        buf_free(&b);
    }
}

static void test_room_is_writable(void **state)
{
    struct buf b = {0};

    (void)state;
    buf_str(&b, "x");
    assert_true(buf_room(&b, 5000));
    assert_true(b.cap > b.len + 5000);
    memset(b.data + b.len, 'y', 5000);
    b.len += 5000;
    buf_char(&b, 'z');
    assert_int_equal(b.len, 5002);
    assert_int_equal(b.data[5001], 'z');
    buf_free(&b);
}

static void test_failure_sticks_until_cleared(void **state)
{
    struct buf b = {0};

    (void)state;
    buf_str(&b, "kept");
    assert_false(buf_room(&b, SIZE_MAX));
    assert_false(buf_ok(&b));
    assert_false(buf_room(&b, 1));
    buf_str(&b, "ignored");
    buf_char(&b, 'i');
    buf_fmt(&b, "%d", 1);
    assert_string_equal(b.data, "kept");
    assert_int_equal(b.len, 4);
    buf_clear(&b);
    assert_true(buf_ok(&b));
    assert_string_equal(b.data, "");
    buf_str(&b, "new");
    assert_string_equal(b.data, "new");
    buf_free(&b);
}

static void test_failure_on_an_empty_buffer(void **state)
{
    static const size_t sizes[] = {SIZE_MAX, SIZE_MAX - 1, SIZE_MAX / 2, SIZE_MAX / 2 + 1};

    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct buf b = {0};
        assert_false(buf_room(&b, sizes[i]));
        buf_fmt(&b, "%d", 1);
        assert_null(b.data);
        buf_clear(&b);
        assert_true(buf_ok(&b));
        buf_free(&b);
    }
}

static void test_clear_keeps_and_shrink_gives_back(void **state)
{
    struct buf b = {0};

    (void)state;
    assert_true(buf_room(&b, 100000));
    buf_str(&b, "text");
    size_t cap = b.cap;
    buf_clear(&b);
    assert_int_equal(b.cap, cap);
    assert_int_equal(b.len, 0);
    buf_shrink(&b, cap);
    assert_int_equal(b.cap, cap);
    buf_shrink(&b, 1000);
    assert_int_equal(b.cap, 1000);
    assert_string_equal(b.data, "");
    buf_fmt(&b, "%01500d", 7);
    assert_int_equal(b.len, 1500);
    b.failed = true;
    buf_shrink(&b, 1);
    assert_true(buf_ok(&b));
    assert_int_equal(b.cap, 1);
    buf_shrink(&b, 0);
    assert_null(b.data);
    buf_str(&b, "usable");
    assert_string_equal(b.data, "usable");
    buf_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_grows_and_terminates),
        cmocka_unit_test(test_adds_bytes_and_nothing),
        cmocka_unit_test(test_formats_at_every_length),
        cmocka_unit_test(test_room_is_writable),
        cmocka_unit_test(test_failure_sticks_until_cleared),
        cmocka_unit_test(test_failure_on_an_empty_buffer),
        cmocka_unit_test(test_clear_keeps_and_shrink_gives_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
