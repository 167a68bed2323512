#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/jsonr.h"
#include "base/utf8.h"

static struct jsonr *parse(const char *text)
{
    char err[200] = "";
    struct jsonr *j = jsonr_parse(text, strlen(text), err, sizeof err);

    if (!j)
        fail_msg("%s: %s", text, err);
    return j;
}

static void test_values(void **state)
{
    struct jsonr *j =
        parse("{\"s\":\"t\\u00fc\",\"i\":-5,\"big\":9223372036854775807,\"d\":1.5,"
              "\"yes\":true,\"no\":false,\"null\":null,\"a\":[1,\"two\",{\"x\":3}],\"\":7}");

    (void)state;
    assert_string_equal(jsonr_str(j, "s", "-"), "t\xC3\xBC");
    assert_int_equal(jsonr_int(j, "i", 0), -5);
    assert_true(jsonr_int(j, "big", 0) == INT64_MAX);
    assert_true(jsonr_double(j, "d", 0) == 1.5);
    assert_true(jsonr_double(j, "i", 0) == -5.0); /* a whole number is a number */
    assert_true(jsonr_bool(j, "yes", false));
    assert_false(jsonr_bool(j, "no", true));
    assert_int_equal(jsonr_int(j, "", 0), 7);
    const struct jsonr *a = jsonr_get(j, "a");
    assert_int_equal(jsonr_count(a), 3);
    assert_string_equal(jsonr_text(jsonr_at(a, 1)), "two");
    assert_int_equal(jsonr_int(jsonr_at(a, 2), "x", 0), 3);
    assert_null(jsonr_at(a, 3));
    assert_null(jsonr_at(a, SIZE_MAX));
    jsonr_free(j);
}

static void add_member(void *arg, const char *key, const struct jsonr *value)
{
    struct buf *all = arg;
    const char *text = jsonr_text(value);
    buf_fmt(all, "%s=%s;", key, text ? text : "?");
}

static void test_each_member(void **state)
{
    static const char text[] = "{\"b\": \"two\", \"a\": \"one\", \"c\": 3, \"\": \"\"}";
    struct buf all = {0};
    (void)state;
    struct jsonr *j = jsonr_parse(text, sizeof text - 1, NULL, 0);
    assert_non_null(j);
    jsonr_each(j, add_member, &all);
    assert_string_equal(all.data, "b=two;a=one;c=?;=;");
    jsonr_each(jsonr_get(j, "a"), add_member, &all); /* no object, and nothing at all */
    jsonr_each(NULL, add_member, &all);
    assert_string_equal(all.data, "b=two;a=one;c=?;=;");
    jsonr_free(j);
    buf_free(&all);
}

static void test_absent_and_of_another_type(void **state)
{
    static const char *const keys[] = {"absent", "s", "i", "d", "b", "null", "a", "o"};
    struct jsonr *j =
        parse("{\"s\":\"5\",\"i\":5,\"d\":2.5,\"b\":true,\"null\":null,\"a\":[],\"o\":{}}");

    (void)state;
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        const char *key = keys[i];
        if (strcmp(key, "s") != 0) {
            assert_string_equal(jsonr_str(j, key, "fallback"), "fallback");
            assert_null(jsonr_str(j, key, NULL));
        }
        if (strcmp(key, "i") != 0) {
            assert_int_equal(jsonr_int(j, key, 77), 77);
            if (strcmp(key, "d") != 0)
                assert_true(jsonr_double(j, key, 7.5) == 7.5);
        }
        if (strcmp(key, "b") != 0)
            assert_true(jsonr_bool(j, key, true) && !jsonr_bool(j, key, false));
        assert_int_equal(jsonr_count(jsonr_get(j, key)), 0);
        assert_null(jsonr_at(jsonr_get(j, key), 0));
        assert_null(jsonr_get(jsonr_get(j, key), "x"));
    }
    jsonr_free(j);
}

static void test_nothing_is_harmless(void **state)
{
    (void)state;
    jsonr_free(NULL);
    assert_null(jsonr_get(NULL, "x"));
    assert_int_equal(jsonr_count(NULL), 0);
    assert_null(jsonr_at(NULL, 0));
    assert_string_equal(jsonr_str(NULL, "x", "f"), "f");
    assert_int_equal(jsonr_int(NULL, "x", 4), 4);
    assert_true(jsonr_double(NULL, "x", 4) == 4);
    assert_true(jsonr_bool(NULL, "x", true));
    assert_null(jsonr_text(NULL));
    assert_null(jsonr_parse(NULL, 0, NULL, 0));
    assert_null(jsonr_parse(NULL, 10, NULL, 0));
}

static void refused(const char *what, const char *text, size_t n)
{
    char err[200] = "";
    struct jsonr *j = jsonr_parse(text, n, err, sizeof err);

    if (j)
        fail_msg("accepted: %s", what);
    assert_true(strlen(err) > 5); /* a sentence, one line, fit for a terminal */
    assert_true(utf8_valid(err, strlen(err)));
    assert_null(strchr(err, '\n'));
    assert_null(strchr(err, '\x1B'));
    assert_null(jsonr_parse(text, n, NULL, 0));
}

#define REFUSED(what, literal) refused(what, literal, sizeof(literal) - 1)

/* The eight inputs of the notes by which libraries were chosen, and their like. */
static void test_hostile(void **state)
{
    (void)state;
    REFUSED("duplicate keys", "{\"a\":1,\"a\":2}");
    REFUSED("duplicate keys, one escaped", "{\"a\":1,\"\\u0061\":2}");
    REFUSED("bad UTF-8", "{\"a\":\"\xFF\"}");
    REFUSED("overlong UTF-8", "{\"a\":\"\xC0\xAF\"}");
    REFUSED("a surrogate in UTF-8", "{\"a\":\"\xED\xA0\x80\"}");
    REFUSED("1e999", "{\"a\":1e999}");
    REFUSED("trailing junk", "{\"a\":1} x");
    REFUSED("two values", "{} {}");
    REFUSED("\\u0000", "{\"a\":\"b\\u0000c\"}");
    REFUSED("\\u0000 in a key", "{\"a\\u0000b\":1}");
    REFUSED("lone surrogate", "{\"a\":\"\\ud800\"}");
    REFUSED("lone low surrogate", "{\"a\":\"\\udc00x\"}");
    REFUSED("NaN", "{\"a\":NaN}");
    REFUSED("a number beyond 64 bits", "{\"a\":9223372036854775808}");
    REFUSED("leading zero", "{\"a\":01}");
    REFUSED("a comment", "{\"a\":1 /* x */}");
    REFUSED("trailing comma", "[1,]");
    REFUSED("single quotes", "{'a':1}");
    REFUSED("control character", "{\"a\":\"\x1B[31m\"}");
    REFUSED("byte order mark", "\xEF\xBB\xBF{}");
    REFUSED("NUL byte behind", "{}\0");
    REFUSED("cut short", "{\"a\":[1,2");
    REFUSED("empty", "");
    REFUSED("blanks", "  \n");
    REFUSED("no container", "\"text\"");
}

static void test_absurd_depth(void **state)
{
    enum { DEPTH = 200000 };
    char *text = malloc(2 * DEPTH);

    (void)state;
    assert_non_null(text);
    memset(text, '[', DEPTH);
    memset(text + DEPTH, ']', DEPTH);
    refused("depth 200,000", text, 2 * DEPTH);
    refused("depth 200,000, never closed", text, DEPTH);
    free(text);
}

static void test_where(void **state)
{
    char err[200], tiny[8];

    (void)state;
    assert_null(jsonr_parse("{\n \"a\": x}", 10, err, sizeof err));
    assert_non_null(strstr(err, "line 2"));
    assert_null(jsonr_parse("{\n \"a\": x}", 10, tiny, sizeof tiny));
    assert_string_equal(tiny, "line 2,");
}

/* Only n bytes are looked at: a buffer of exactly that size, for the address sanitizer. */
static void test_exactly_n_bytes(void **state)
{
    char *exact = malloc(8);

    (void)state;
    assert_non_null(exact);
    memcpy(exact, "{\"a\":12}", 8);
    struct jsonr *j = jsonr_parse(exact, 8, NULL, 0);
    assert_int_equal(jsonr_int(j, "a", 0), 12);
    jsonr_free(j);
    for (size_t n = 0; n < 8; n++)
        assert_null(jsonr_parse(exact, n, NULL, 0));
    free(exact);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_each_member),
        cmocka_unit_test(test_absent_and_of_another_type),
        cmocka_unit_test(test_nothing_is_harmless),
        cmocka_unit_test(test_hostile),
        cmocka_unit_test(test_absurd_depth),
        cmocka_unit_test(test_where),
        cmocka_unit_test(test_exactly_n_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
