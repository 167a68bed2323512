/* spool: opening one, and making one. */
#include "spoolbox.h"

static int open_quietly(const char *path, int *code, char err[512])
{
    struct spool s;
    int bad = spool_open(&s, path, "h", NULL, settings_report_stderr, err, 512, code);
    if (bad == 0)
        spool_close(&s);
    return bad;
}

static void an_empty_folder_is_no_spool(void **state)
{
    struct box *b = *state;
    char path[128], err[512];
    int code;
    snprintf(path, sizeof path, "%s/done", b->top);
    assert_int_equal(open_quietly(path, &code, err), -1);
    assert_int_equal(code, 69);
    assert_non_null(strstr(err, "spool.ini"));
    assert_int_equal(box_count(b->s.root, "done", false), 0);
}

static void init_is_idempotent(void **state)
{
    struct box *b = *state;
    char err[512] = "";
    int code;
    box_write(b->s.pending, "keep.pdf", "x");
    box_write(b->s.root, "spool.ini", "[spool]\nsettle_time = 7s\n");
    assert_int_equal(spool_init(b->top, err, sizeof err), 0);
    box_expect(b->s.pending, "keep.pdf", "x");
    box_expect(b->s.root, "spool.ini", "[spool]\nsettle_time = 7s\n");
    assert_int_equal(open_quietly(b->top, &code, err), 0);
}

static void another_format_is_refused(void **state)
{
    struct box *b = *state;
    char err[512] = "";
    int code;
    box_write(b->s.root, "spool.ini", "[spool]\nformat = 2\n");
    assert_int_equal(open_quietly(b->top, &code, err), -1);
    assert_int_equal(code, 78);
}

static void a_missing_folder_is_told(void **state)
{
    struct box *b = *state;
    char err[512] = "";
    int code;
    assert_int_equal(unlinkat(b->s.root, "failed", AT_REMOVEDIR), 0);
    assert_int_equal(open_quietly(b->top, &code, err), -1);
    assert_int_equal(code, 69);
    assert_non_null(strstr(err, "failed"));
}

static void host_names(void **state)
{
    char host[HOST_CAP];
    (void)state;
    spool_host_name(host);
    assert_true(spool_host_ok(host));
    assert_false(spool_host_ok(""));
    assert_false(spool_host_ok("."));
    assert_false(spool_host_ok(".."));
    assert_false(spool_host_ok("-x"));
    assert_false(spool_host_ok("a/b"));
    assert_true(spool_host_ok("node-7.example"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOX_TEST(an_empty_folder_is_no_spool), BOX_TEST(init_is_idempotent),
        BOX_TEST(another_format_is_refused),   BOX_TEST(a_missing_folder_is_told),
        cmocka_unit_test(host_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
