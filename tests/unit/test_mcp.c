/* What of the MCP server computes only: lines, messages, arguments, revisions; and pieces of texts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/fsop.h"
#include "spoold/ctl/mcp_args.h"
#include "spoold/ctl/mcp_line.h"
#include "spoold/ctl/mcp_wire.h"
#include "spoold/ctl/textpiece.h"

/* ---- lines ---- */

static void wants(struct mcp_lines *l, enum mcp_line how, const char *text)
{
    const char *line = NULL;
    size_t n = 0;
    assert_int_equal(mcp_line_next(l, &line, &n), how);
    if (text) {
        assert_int_equal(n, strlen(text));
        assert_memory_equal(line, text, n);
    }
}

static void lines_come_however_they_are_cut(void **state)
{
    static const char all[] = "one\n\nthree\nfour";
    (void)state;
    for (size_t cut = 0; cut < sizeof all; cut++) {
        struct mcp_lines l = {0};
        const char *line = NULL;
        size_t n = 0, seen = 0;
        assert_true(mcp_line_add(&l, all, cut));
        while (mcp_line_next(&l, &line, &n) == MCP_LINE_WHOLE)
            seen++;
        assert_true(mcp_line_add(&l, all + cut, sizeof all - 1 - cut));
        while (mcp_line_next(&l, &line, &n) == MCP_LINE_WHOLE)
            seen++;
        assert_int_equal(seen, 3);
        assert_int_equal(mcp_line_last(&l, &line, &n), MCP_LINE_WHOLE);
        assert_int_equal(n, 4);
        assert_memory_equal(line, "four", 4);
        assert_int_equal(mcp_line_last(&l, &line, &n), MCP_LINE_NONE);
        mcp_line_free(&l);
    }
}

/* One byte more than may be is told once, whatever pieces it comes in, and the next line is read. */
static void a_long_line_is_told_once(void **state)
{
    (void)state;
    for (size_t piece = 1000; piece <= 3 * (size_t)MCP_LINE_MAX; piece *= 7) {
        struct mcp_lines l = {0};
        char *x = malloc(piece);
        unsigned told = 0;
        const char *line = NULL;
        size_t n = 0;
        assert_non_null(x);
        memset(x, 'x', piece);
        for (size_t sent = 0; sent <= 2 * (size_t)MCP_LINE_MAX; sent += piece) {
            assert_true(mcp_line_add(&l, x, piece));
            for (enum mcp_line how; (how = mcp_line_next(&l, &line, &n)) != MCP_LINE_NONE;)
                told += how == MCP_LINE_TOO_LONG ? 1 : 100;
            assert_true(l.b.len <= MCP_LINE_MAX + piece);
        }
        assert_true(mcp_line_add(&l, "x\nnext\n", 7));
        assert_int_equal(told, 1);
        wants(&l, MCP_LINE_WHOLE, "next");
        wants(&l, MCP_LINE_NONE, NULL);
        mcp_line_free(&l);
        free(x);
    }
}

static void the_longest_line_is_one(void **state)
{
    struct mcp_lines l = {0};
    const char *line = NULL;
    size_t n = 0;
    char *x = malloc(MCP_LINE_MAX + 2);
    (void)state;
    assert_non_null(x);
    memset(x, 'x', MCP_LINE_MAX + 1);
    x[MCP_LINE_MAX] = '\n';
    assert_true(mcp_line_add(&l, x, MCP_LINE_MAX + 1));
    assert_int_equal(mcp_line_next(&l, &line, &n), MCP_LINE_WHOLE);
    assert_int_equal(n, MCP_LINE_MAX);
    memset(x, 'x', MCP_LINE_MAX + 1);
    x[MCP_LINE_MAX + 1] = '\n';
    assert_true(mcp_line_add(&l, x, MCP_LINE_MAX + 2));
    wants(&l, MCP_LINE_TOO_LONG, NULL);
    wants(&l, MCP_LINE_NONE, NULL);
    mcp_line_free(&l);
    free(x);
}

/* ---- messages ---- */

static void kind(const char *text, enum mcp_kind want, bool tool, bool cancelled)
{
    struct mcp_message m;
    struct jsonr *j = jsonr_parse(text, strlen(text), NULL, 0);
    assert_non_null(j);
    if (mcp_read(j, &m) != want)
        fail_msg("%s", text);
    assert_int_equal(m.wrong != NULL, want == MCP_BROKEN);
    assert_int_equal(mcp_wants_tool(j), tool);
    assert_int_equal(mcp_cancelled(j) != NULL, cancelled);
    jsonr_free(j);
}

static void messages_are_told_apart(void **state)
{
    (void)state;
    kind("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\"}", MCP_REQUEST, true, false);
    kind("{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"method\":\"ping\"}", MCP_REQUEST, false, false);
    kind("{\"jsonrpc\":\"2.0\",\"method\":\"tools/call\"}", MCP_NOTIFICATION, false, false);
    kind(
        "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{\"requestId\":1}}",
        MCP_NOTIFICATION, false, true);
    kind("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":[1]}",
         MCP_NOTIFICATION, false, false);
    kind("{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{}}", MCP_RESPONSE, false, false);
    kind("{\"jsonrpc\":\"2.0\",\"id\":1.0,\"method\":\"ping\"}", MCP_BROKEN, false, false);
    kind("{\"jsonrpc\":\"2.0\",\"id\":null,\"method\":\"tools/call\"}", MCP_BROKEN, false, false);
    kind("{\"jsonrpc\":\"1.0\",\"id\":1,\"method\":\"tools/call\"}", MCP_BROKEN, false, false);
    kind("[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\"}]", MCP_BROKEN, true, false);
    kind("[1,{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}]", MCP_BROKEN, false, false);
}

static void an_id_comes_back_as_it_was(void **state)
{
    static const char *const ids[] = {"0", "-9223372036854775808", "\"\"", "\"a\\\"\\n\\u0001\""};
    (void)state;
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        struct buf out = {0}, line = {0}, back = {0};
        buf_fmt(&line, "[%s]", ids[i]);
        struct jsonr *j = jsonr_parse(line.data, line.len, NULL, 0);
        assert_non_null(j);
        mcp_error(&out, jsonr_at(j, 0), NULL, MCP_PARAMS, "%s", "\x1b");
        struct jsonr *answer = jsonr_parse(out.data, out.len, NULL, 0);
        assert_non_null(answer);
        assert_null(memchr(out.data, '\n', out.len));
        jsonr_copy(jsonr_get(answer, "id"), &back);
        assert_string_equal(back.data, ids[i]);
        jsonr_free(answer);
        jsonr_free(j);
        buf_free(&back);
        buf_free(&out);
        buf_free(&line);
    }
}

static void revisions(void **state)
{
    (void)state;
    assert_string_equal(mcp_era_legacy("2024-11-05")->version, "2024-11-05");
    assert_string_equal(mcp_era_legacy("2026-07-28")->version, "2025-11-25");
    assert_string_equal(mcp_era_legacy("tomorrow")->version, "2025-11-25");
    assert_true(mcp_era_find("2026-07-28")->modern);
    assert_null(mcp_era_find("2026-07-2"));
    for (size_t i = 1; i < MCP_ERAS; i++)
        assert_true(strcmp(mcp_eras[i - 1].version, mcp_eras[i].version) > 0);
}

/* ---- arguments ---- */

static const struct mcp_arg table[] = {{"name", MCP_STRING, true, 0, 0, -1, "n"},
                                       {"count", MCP_INTEGER, false, 1, 9, 3, "c"},
                                       {"sure", MCP_BOOL, false, 0, 0, 1, "s"},
                                       {.name = NULL}};

static void checks(const char *args, const char *why)
{
    struct buf got = {0};
    struct jsonr *j = jsonr_parse(args, strlen(args), NULL, 0);
    assert_non_null(j);
    assert_int_equal(mcp_args_check(table, j, &got), why == NULL);
    assert_string_equal(got.data ? got.data : "", why ? why : "");
    jsonr_free(j);
    buf_free(&got);
}

static void arguments_are_held_against_their_table(void **state)
{
    struct buf why = {0};
    (void)state;
    checks("{\"name\":\"x\"}", NULL);
    checks("{\"name\":\"x\",\"count\":9,\"sure\":false}", NULL);
    checks("{\"name\":\"x\",\"count\":9.0}", NULL);
    checks("{}", "name: it is missing.");
    checks("{\"name\":null}", "name: a string that is not empty is wanted.");
    checks("{\"name\":\"x\",\"count\":0}", "count: an integer from 1 to 9 is wanted.");
    checks("{\"name\":\"x\",\"count\":10}", "count: an integer from 1 to 9 is wanted.");
    checks("{\"name\":\"x\",\"count\":2.5}", "count: an integer from 1 to 9 is wanted.");
    checks("{\"name\":\"x\",\"count\":true}", "count: an integer from 1 to 9 is wanted.");
    checks("{\"name\":\"x\",\"sure\":1}", "sure: true or false is wanted.");
    checks("{\"name\":\"x\",\"Name\":1}", "Name: there is no such argument.");
    assert_false(mcp_args_check(table, NULL, &why));
    buf_free(&why);
    assert_int_equal(mcp_args_int(table, NULL, "count"), 3);
    assert_true(mcp_args_bool(table, NULL, "sure"));
}

/* ---- pieces of texts ---- */

static void clean_is(const char *raw, size_t n, const char *want)
{
    char name[] = "/tmp/test_mcp.XXXXXX";
    struct textpiece p = {.limit = 1000};
    struct buf out = {0};
    assert_non_null(mkdtemp(name));
    int dir = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int fd = openat(dir, "x.txt", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_true(dir >= 0 && fd >= 0);
    assert_int_equal(write(fd, raw, n), n);
    close(fd);
    assert_int_equal(textpiece_read(&p, dir, "x.pdf"), 0);
    assert_int_equal(p.total, n);
    assert_int_equal(textpiece_clean(&p, &out), n);
    assert_string_equal(out.data ? out.data : "", want);
    textpiece_free(&p);
    buf_free(&out);
    unlinkat(dir, "x.txt", 0);
    close(dir);
    rmdir(name);
}

static void a_text_is_shown_without_what_acts(void **state)
{
    (void)state;
    clean_is("a\tb\nc\f", 6, "a\tb\nc\f");
    clean_is("a\0b\x1b[0mc\x7f", 9, "ab[0mc");
    clean_is("\xc2\x9b"
             "1\xe2\x80\xae"
             "2\xe2\x80\xa8"
             "3",
             11, "123");
    clean_is("x\xf3\xa0\x81\x81y\xf3\xa0\x81\xbfz\xf3\xa0\x84\x80", 15, "xyz\xf3\xa0\x84\x80");
    clean_is("\xff"
             "a\xc3",
             3,
             "\xef\xbf\xbd"
             "a\xef\xbf\xbd");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_come_however_they_are_cut),
        cmocka_unit_test(a_long_line_is_told_once),
        cmocka_unit_test(the_longest_line_is_one),
        cmocka_unit_test(messages_are_told_apart),
        cmocka_unit_test(an_id_comes_back_as_it_was),
        cmocka_unit_test(revisions),
        cmocka_unit_test(arguments_are_held_against_their_table),
        cmocka_unit_test(a_text_is_shown_without_what_acts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
