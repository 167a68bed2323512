#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/jsonr.h"
#include "base/jsonw.h"
#include "base/rnd.h"

static struct buf out;
static struct jsonw w;

static int begin(void **state)
{
    (void)state;
    buf_free(&out);
    jsonw_init(&w, &out, false);
    return 0;
}

static int end(void **state)
{
    (void)state;
    buf_free(&out);
    return 0;
}

static void test_everything_on_one_line(void **state)
{
    (void)state;
    jsonw_object(&w, NULL);
    jsonw_str(&w, "s", "text");
    jsonw_str(&w, "nothing", NULL);
    jsonw_int(&w, "min", INT64_MIN);
    jsonw_uint(&w, "max", UINT64_MAX);
    jsonw_double(&w, "d", -1.5, 2);
    jsonw_bool(&w, "yes", true);
    jsonw_bool(&w, "no", false);
    jsonw_null(&w, "null");
    jsonw_time(&w, "t", 1500);
    jsonw_array(&w, "a");
    jsonw_int(&w, NULL, 1);
    jsonw_object(&w, NULL);
    jsonw_end_object(&w);
    jsonw_array(&w, NULL);
    jsonw_end_array(&w);
    jsonw_strn(&w, NULL, "abcdef", 3);
    jsonw_end_array(&w);
    jsonw_object(&w, "o");
    jsonw_int(&w, "x", 2);
    jsonw_end_object(&w);
    jsonw_int(&w, "after", 3);
    jsonw_end_object(&w);
    assert_string_equal(
        out.data,
        "{\"s\":\"text\",\"nothing\":null,\"min\":-9223372036854775808,\"max\":"
        "18446744073709551615,"
        "\"d\":-1.50,\"yes\":true,\"no\":false,\"null\":null,\"t\":\"1970-01-01T00:00:01.500Z\","
        "\"a\":[1,{},[],\"abc\"],\"o\":{\"x\":2},\"after\":3}");
}

static void test_pretty(void **state)
{
    (void)state;
    jsonw_init(&w, &out, true);
    jsonw_object(&w, NULL);
    jsonw_int(&w, "a", 1);
    jsonw_array(&w, "b");
    jsonw_int(&w, NULL, 2);
    jsonw_int(&w, NULL, 3);
    jsonw_end_array(&w);
    jsonw_array(&w, "empty");
    jsonw_end_array(&w);
    jsonw_end_object(&w);
    assert_string_equal(out.data,
                        "{\n  \"a\": 1,\n  \"b\": [\n    2,\n    3\n  ],\n  \"empty\": []\n}");
}

static void writes(const char *value, size_t n, const char *expected)
{
    begin(NULL);
    jsonw_strn(&w, NULL, value, n);
    assert_string_equal(out.data, expected);
}

static void test_strings(void **state)
{
    (void)state;
    writes("", 0, "\"\"");
    writes("a\"b\\c/d", 7, "\"a\\\"b\\\\c/d\"");
    writes("\n\t\r\b\x1B", 5, "\"\\n\\t\\r\\u0008\\u001b\"");
    writes("nul\0x", 5, "\"nul\\u0000x\"");
    writes("\x7F\xC2\x9B", 3, "\"\\u007f\\u009b\"");
    writes("\xE2\x80\xA8\xE2\x80\xAE", 6, "\"\\u2028\\u202e\"");
    writes("\xC3\xBC\xF0\x9F\x98\x80", 6, "\"\xC3\xBC\xF0\x9F\x98\x80\"");
    writes("a\xFF\xC3", 3, "\"a\xEF\xBF\xBD\xEF\xBF\xBD\"");
    writes("\xED\xA0\x80", 3, "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"");
}

static void test_keys_are_escaped_and_names_reversible(void **state)
{
    (void)state;
    jsonw_object(&w, NULL);
    jsonw_int(&w, "a\"\n", 1);
    jsonw_name(&w, "n", "x%\xFF\n\"", 5);
    jsonw_name(&w, "empty", "", 0);
    jsonw_end_object(&w);
    assert_string_equal(out.data, "{\"a\\\"\\n\":1,\"n\":\"x%25%FF%0A\\\"\",\"empty\":\"\"}");
}

static void test_doubles(void **state)
{
    static const struct {
        double value;
        int decimals;
        const char *text;
    } cases[] = {{0.125, 3, "0.125"},    {2.0, 0, "2"},
                 {1.0 / 3, 4, "0.3333"}, {1, -5, "1"},
                 {NAN, 2, "null"},       {INFINITY, 2, "null"},
                 {-INFINITY, 2, "null"}, {0.5, 99, "0.50000000000000000"}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        begin(NULL);
        jsonw_double(&w, NULL, cases[i].value, cases[i].decimals);
        assert_string_equal(out.data, cases[i].text);
    }
    begin(NULL);
    jsonw_double(&w, NULL, 1e308, 2);
    assert_int_equal(out.len, 309 + 3);
}

/* Whatever bytes go in, a strict parser takes what comes out, and valid text comes back as it was.
 */
static void test_any_bytes_make_valid_json(void **state)
{
    char err[200];

    (void)state;
    for (int round = 0; round < 3000; round++) {
        char bytes[50];
        size_t n = rnd_u64() % sizeof bytes;
        for (size_t i = 0; i < n; i++) {
            uint64_t r = rnd_u64();
            bytes[i] = (char)(r & 0x700 ? r & 0x7F : r); /* an eighth above 0x7F */
            if (bytes[i] == 0)
                bytes[i] = '"'; /* \u0000 is valid JSON, but our reader refuses it */
        }
        begin(NULL);
        jsonw_init(&w, &out, round % 2);
        jsonw_array(&w, NULL);
        jsonw_strn(&w, NULL, bytes, n);
        jsonw_name(&w, NULL, bytes, n);
        jsonw_end_array(&w);
        struct jsonr *root = jsonr_parse(out.data, out.len, err, sizeof err);
        if (!root)
            fail_msg("%s: %s", err, out.data);
        const char *back = jsonr_text(jsonr_at(root, 0));
        if (!strstr(back, "\xEF\xBF\xBD")) {
            assert_int_equal(strlen(back), n);
            assert_memory_equal(back, bytes, n);
        }
        jsonr_free(root);
    }
}

static void test_depth_31_is_fine(void **state)
{
    char err[100];

    (void)state;
    for (int i = 0; i < 31; i++) {
        jsonw_array(&w, NULL);
        jsonw_int(&w, NULL, i);
    }
    for (int i = 0; i < 31; i++) {
        jsonw_end_array(&w);
        if (i < 30)
            jsonw_int(&w, NULL, i); /* the commas of the outer levels are remembered */
    }
    struct jsonr *root = jsonr_parse(out.data, out.len, err, sizeof err);
    assert_non_null(root);
    assert_int_equal(jsonr_count(root), 3);
    jsonr_free(root);
}

static void too_deep(void)
{
    for (int i = 0; i < 32; i++)
        jsonw_array(&w, NULL);
}

static void one_end_too_many(void)
{
    jsonw_array(&w, NULL);
    jsonw_end_array(&w);
    jsonw_end_array(&w);
}

static void aborts(void (*bug)(void))
{
    int status;
    pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0) {
        const struct rlimit none = {0, 0};
        setrlimit(RLIMIT_CORE, &none);
        signal(SIGABRT, SIG_DFL);
        bug();
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGABRT);
}

static void test_bugs_abort(void **state)
{
    (void)state;
    aborts(too_deep);
    begin(NULL);
    aborts(one_end_too_many);
}

static void test_no_memory_is_seen_at_the_end(void **state)
{
    (void)state;
    out.failed = true;
    jsonw_object(&w, NULL);
    jsonw_name(&w, "n", "x", 1);
    jsonw_double(&w, "d", 1.5, 1);
    jsonw_end_object(&w);
    assert_false(buf_ok(&out));
    assert_int_equal(out.len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_everything_on_one_line, begin, end),
        cmocka_unit_test_setup_teardown(test_pretty, begin, end),
        cmocka_unit_test_setup_teardown(test_strings, begin, end),
        cmocka_unit_test_setup_teardown(test_keys_are_escaped_and_names_reversible, begin, end),
        cmocka_unit_test_setup_teardown(test_doubles, begin, end),
        cmocka_unit_test_setup_teardown(test_any_bytes_make_valid_json, begin, end),
        cmocka_unit_test_setup_teardown(test_depth_31_is_fine, begin, end),
        cmocka_unit_test_setup_teardown(test_bugs_abort, begin, end),
        cmocka_unit_test_setup_teardown(test_no_memory_is_seen_at_the_end, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
