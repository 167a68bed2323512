/* capname: names of caps, tokens and buckets, and what is none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "spool/capname.h"

static void caps_are_called_as_their_sections(void **state)
{
    char cap[CAP_CAP];
    (void)state;
    cap_of_section("lane:invoices", cap);
    assert_string_equal(cap, "lane.invoices");
    cap_of_section("tier:cloud_1-b", cap);
    assert_string_equal(cap, "tier.cloud_1-b");
    assert_true(cap_ok(cap));
    assert_true(cap_ok("lane.a"));
    static const char *const bad[] = {"",        "lane",    "lane.",  "lane.a.b",
                                      "hall.a",  "lane.A",  "lane./", "lane.a/b",
                                      ".lane.a", "lanes.a", "lane..", "tier.\n"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(cap_ok(bad[i]));
    assert_true(cap_holder_ok("claimer"));
    assert_true(cap_holder_ok("slot-255"));
    assert_false(cap_holder_ok(""));
    assert_false(cap_holder_ok("a.b"));
    assert_false(cap_holder_ok("sixteen-and-more"));
}

static void free_tokens(void **state)
{
    char name[NAME_CAP];
    struct captoken t;
    (void)state;
    cap_free_name(255, 999, name);
    assert_string_equal(name, "255.999");
    assert_true(cap_free_parse(name, &t));
    assert_int_equal(t.number, 255);
    assert_int_equal(t.gen, 999);
    static const char *const bad[] = {"",
                                      "1",
                                      "1.",
                                      "1.2.",
                                      "1.2.3",
                                      "256.1",
                                      "01.1",
                                      "1.01",
                                      "-1.1",
                                      "1.-1",
                                      " 1.1",
                                      "1.1 ",
                                      ".1",
                                      "1..1",
                                      "a.1",
                                      "1.a",
                                      "rate",
                                      "n1",
                                      "1.18446744073709551615",
                                      "1.99999999999999999999"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(cap_free_parse(bad[i], &t));
}

static void tokens_in_use(void **state)
{
    char name[NAME_CAP];
    struct captoken t = {.cap = "tier.cloud", .number = 3, .gen = 17, .holder = "slot-4"}, u;
    (void)state;
    cap_used_name(&t, name);
    assert_string_equal(name, "tier.cloud.3.17.slot-4");
    assert_true(cap_used_parse(name, &u));
    assert_string_equal(u.cap, t.cap);
    assert_int_equal(u.number, 3);
    assert_int_equal(u.gen, 17);
    assert_string_equal(u.holder, "slot-4");
    static const char *const bad[] = {"tier.cloud.3.17",
                                      "tier.cloud.3.17.",
                                      "tier.cloud.3..x",
                                      "cloud.3.17.x",
                                      "3.17",
                                      "tier.cloud.300.1.x",
                                      "tier.cloud.3.17.x.y",
                                      "x.cloud.3.17.x",
                                      "",
                                      "tier"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(cap_used_parse(bad[i], &u));
}

static void numbers(void **state)
{
    char name[NAME_CAP];
    unsigned n;
    (void)state;
    cap_number_name(17, name);
    assert_string_equal(name, "n17");
    assert_true(cap_number_parse(name, &n));
    assert_int_equal(n, 17);
    assert_false(cap_number_parse("n", &n));
    assert_false(cap_number_parse("n256", &n));
    assert_false(cap_number_parse("n1.", &n));
    assert_false(cap_number_parse("n01", &n));
    assert_false(cap_number_parse("", &n));
}

static void buckets(void **state)
{
    char name[NAME_CAP];
    uint64_t gen;
    struct rate_bucket b = {1790000000123, 5999999, 1789999999000, 42}, c;
    (void)state;
    cap_rate_name(7, &b, "abc-1f", name);
    assert_string_equal(name, "7.1790000000123.5999999.1789999999000.42.abc-1f");
    assert_true(cap_rate_parse(name, &gen, &c));
    assert_int_equal(gen, 7);
    assert_memory_equal(&b, &c, sizeof b);
    static const char *const bad[] = {"",
                                      "made",
                                      "7.1.2.3.4",
                                      "7.1.2.3.4.",
                                      "7.1.2.3.4.A-1",
                                      "7.1.2.3.-4.abc-1",
                                      "7.1.2.3.4.5.abc-1",
                                      "7.999999999999999999.2.3.4.abc-1",
                                      "7.1.99999999999999.3.4.abc-1",
                                      "7.1.2.3.9999999999.abc-1"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(cap_rate_parse(bad[i], &gen, &c));
}

static void private_ones(void **state)
{
    char name[NAME_CAP];
    (void)state;
    cap_private_name("new", "abc-1f", name);
    assert_string_equal(name, ".new-abc-1f");
    assert_true(cap_is_private(name));
    assert_true(cap_is_private(".file-abc-1"));
    assert_true(cap_is_private(".old-abc-1"));
    assert_false(cap_is_private(".new-"));
    assert_false(cap_is_private(".nfs000123"));
    assert_false(cap_is_private("new-abc-1"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(caps_are_called_as_their_sections),
        cmocka_unit_test(free_tokens),
        cmocka_unit_test(tokens_in_use),
        cmocka_unit_test(numbers),
        cmocka_unit_test(buckets),
        cmocka_unit_test(private_ones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
