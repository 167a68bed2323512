#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/num.h"
#include "base/rnd.h"

static void test_u64(void **state)
{
    static const struct {
        const char *text;
        uint64_t value;
    } good[] = {{"0", 0}, {"7", 7}, {"007", 7}, {"18446744073709551615", UINT64_MAX}};
    static const char *const bad[] = {"",
                                      " 1",
                                      "1 ",
                                      "+1",
                                      "-1",
                                      "-0",
                                      "0x10",
                                      "1e3",
                                      "1.0",
                                      "12a",
                                      "1\n1",
                                      "१",
                                      "18446744073709551616",
                                      "99999999999999999999",
                                      "184467440737095516150"};
    uint64_t v;

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        v = 99;
        assert_true(num_u64(good[i].text, &v));
        assert_true(v == good[i].value);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        v = 99;
        assert_false(num_u64(bad[i], &v));
        assert_true(v == 99); /* left alone */
    }
}

static void test_u64_n(void **state)
{
    uint64_t v = 5;

    (void)state;
    assert_true(num_u64_n("123456", 3, &v));
    assert_int_equal(v, 123);
    assert_false(num_u64_n("123", 0, &v));
    assert_false(num_u64_n("12\0", 3, &v));
    assert_false(num_u64_n("12.4", 3, &v));
    assert_int_equal(v, 123);
}

static void test_i64(void **state)
{
    static const char *const bad[] = {
        "", "-", "--1", "+1", "- 1", "9223372036854775808", "-9223372036854775809", "1-"};
    int64_t v = 3;

    (void)state;
    assert_true(num_i64("-42", &v));
    assert_true(v == -42);
    assert_true(num_i64("-0", &v));
    assert_true(v == 0);
    assert_true(num_i64("9223372036854775807", &v));
    assert_true(v == INT64_MAX);
    assert_true(num_i64("-9223372036854775808", &v));
    assert_true(v == INT64_MIN);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(num_i64(bad[i], &v));
        assert_true(v == INT64_MIN);
    }
}

static void test_size(void **state)
{
    static const struct {
        const char *text;
        uint64_t value;
    } good[] = {{"0", 0},
                {"100", 100},
                {"100B", 100},
                {"64M", UINT64_C(64) << 20},
                {"64MiB", UINT64_C(64) << 20},
                {"1K", 1024},
                {"1KiB", 1024},
                {"3G", UINT64_C(3) << 30},
                {"3GiB", UINT64_C(3) << 30},
                {"2T", UINT64_C(2) << 40},
                {"16777215T", UINT64_C(16777215) << 40},
                {"18446744073709551615", UINT64_MAX}};
    static const char *const bad[] = {
        "",     "M",  "64 M", "64m", "64MB", "64Mi", "64MiBx", "1.5G",      "-1K",
        "64KK", "1P", "0x1K", "BB",  "1iB",  "1BiB", "1 ",     "16777216T", "18014398509481984K"};
    uint64_t v;

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_true(num_size(good[i].text, &v));
        assert_true(v == good[i].value);
    }
    v = 9;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(num_size(bad[i], &v));
        assert_true(v == 9);
    }
}

static void test_duration(void **state)
{
    static const struct {
        const char *text;
        int64_t value;
    } good[] = {
        {"0", 0},       {"0s", 0},        {"30s", 30000},   {"1500ms", 1500},
        {"2m", 120000}, {"3h", 10800000}, {"1d", 86400000}, {"9223372036854775807ms", INT64_MAX}};
    static const char *const bad[] = {"",
                                      "30",
                                      "s",
                                      "-1s",
                                      "1.5s",
                                      "30 s",
                                      "30S",
                                      "1min",
                                      "30sec",
                                      "1w",
                                      "00",
                                      "9223372036854775808ms",
                                      "9223372036854776s",
                                      "106751991168d"};
    int64_t v;

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_true(num_duration_ms(good[i].text, &v));
        assert_true(v == good[i].value);
    }
    v = 9;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(num_duration_ms(bad[i], &v));
        assert_true(v == 9);
    }
}

static void test_bool(void **state)
{
    static const char *const yes[] = {"yes", "on", "true", "1", "YES", "On", "tRUE"};
    static const char *const no[] = {"no", "off", "false", "0", "NO", "Off"};
    static const char *const bad[] = {"", "y", "n", "tomato", "yess", "2", "01", " yes", "nope"};
    bool v;

    (void)state;
    for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++) {
        v = false;
        assert_true(num_bool(yes[i], &v));
        assert_true(v);
    }
    for (size_t i = 0; i < sizeof no / sizeof no[0]; i++) {
        v = true;
        assert_true(num_bool(no[i], &v));
        assert_false(v);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        v = true;
        assert_false(num_bool(bad[i], &v));
        assert_true(v);
    }
}

static void test_show_size(void **state)
{
    static const struct {
        uint64_t bytes;
        const char *text;
    } cases[] = {{0, "0B"},
                 {1023, "1023B"},
                 {1024, "1K"},
                 {1536, "1.5K"},
                 {UINT64_C(64) << 20, "64M"},
                 {(UINT64_C(1) << 30) + (UINT64_C(1) << 29), "1.5G"},
                 {(UINT64_C(1) << 20) - 1, "1M"}, /* not 1024K */
                 {(UINT64_C(1) << 40) - 1, "1T"},
                 {1024 + 51, "1K"},
                 {1024 + 52, "1.1K"},
                 {UINT64_MAX, "16777216T"}};
    char text[16];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        num_show_size(cases[i].bytes, text, sizeof text);
        assert_string_equal(text, cases[i].text);
    }
}

static void test_show_duration(void **state)
{
    static const struct {
        int64_t ms;
        const char *text;
    } cases[] = {{0, "0 ms"},
                 {999, "999 ms"},
                 {3000, "3 s"},
                 {3999, "3 s"},
                 {90000, "1 min 30 s"},
                 {240000, "4 min"},
                 {7800000, "2 h 10 min"},
                 {7200000, "2 h"},
                 {7201000, "2 h"},
                 {90000000, "1 d 1 h"},
                 {-3000, "-3 s"},
                 {INT64_MAX, "106751991167 d 7 h"},
                 {INT64_MIN, "-106751991167 d 7 h"}};
    char text[32];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        num_show_duration(cases[i].ms, text, sizeof text);
        assert_string_equal(text, cases[i].text);
    }
}

static void test_clock_show(void **state)
{
    static const struct {
        int64_t ms;
        const char *text;
    } cases[] = {{0, "1970-01-01T00:00:00.000Z"},
                 {-1, "1969-12-31T23:59:59.999Z"},
                 {INT64_C(951782400123), "2000-02-29T00:00:00.123Z"},
                 {INT64_C(253402300799999), "9999-12-31T23:59:59.999Z"},
                 {INT64_C(-30610224000000), "1000-01-01T00:00:00.000Z"},
                 {INT64_C(253402300800000), "1970-01-01T00:00:00.000Z"}, /* out of reach */
                 {INT64_MAX, "1970-01-01T00:00:00.000Z"},
                 {INT64_MIN, "1970-01-01T00:00:00.000Z"}};
    char text[25];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        clock_show(cases[i].ms, text, sizeof text);
        assert_string_equal(text, cases[i].text);
    }
}

static void test_clocks_go_on(void **state)
{
    int64_t ms = clock_boot_ms(), ns = clock_boot_ns();

    (void)state;
    clock_sleep_ms(20);
    assert_true(clock_boot_ms() - ms >= 20);
    assert_true(clock_boot_ns() - ns >= 20000000);
    clock_sleep_ms(0);
    clock_sleep_ms(-5);
    assert_true(clock_wall_ms() > INT64_C(1700000000000)); /* the clock of this machine is set */
}

static void test_rnd(void **state)
{
    char name[101], other[101];
    int seen[256] = {0}, kinds = 0;

    (void)state;
    rnd_name(name, 0);
    assert_string_equal(name, "");
    rnd_name(name, 100); /* more than one helping of random bytes */
    rnd_name(other, 100);
    assert_int_equal(strlen(name), 100);
    assert_int_equal(strspn(name, "0123456789abcdefghjkmnpqrstvwxyz"), 100);
    assert_string_not_equal(name, other);
    for (int i = 0; i < 50; i++) {
        rnd_name(name, 100);
        for (int k = 0; k < 100; k++)
            seen[(unsigned char)name[k]]++;
    }
    for (int c = 0; c < 256; c++)
        kinds += seen[c] > 0;
    assert_int_equal(kinds, 32); /* 5,000 draws: a character is missed once in 10^67 */
    assert_true(rnd_u64() != rnd_u64());
}

static void test_jitter(void **state)
{
    int64_t low = INT64_MAX, high = 0;

    (void)state;
    for (int i = 0; i < 10000; i++) {
        int64_t v = rnd_jitter(1000, 20);
        assert_true(v >= 800 && v <= 1200);
        low = v < low ? v : low;
        high = v > high ? v : high;
    }
    assert_true(low < 820 && high > 1180);
    assert_int_equal(rnd_jitter(1000, 0), 1000);
    assert_int_equal(rnd_jitter(0, 50), 0);
    assert_true(rnd_jitter(-7, 50) == -7);
    for (int i = 0; i < 1000; i++) {
        assert_in_range(rnd_jitter(3, 1000), 0, 6); /* more than 100 % is 100 % */
        assert_true(rnd_jitter(INT64_MAX, 100) >= 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_u64),        cmocka_unit_test(test_u64_n),
        cmocka_unit_test(test_i64),        cmocka_unit_test(test_size),
        cmocka_unit_test(test_duration),   cmocka_unit_test(test_bool),
        cmocka_unit_test(test_show_size),  cmocka_unit_test(test_show_duration),
        cmocka_unit_test(test_clock_show), cmocka_unit_test(test_clocks_go_on),
        cmocka_unit_test(test_rnd),        cmocka_unit_test(test_jitter),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
