/* The sections [lane:NAME] and [tier:NAME]. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "spool/settings.h"

static char file[64];
static struct buf told; /* "LINE|section|key|what\n" for each problem */
static struct settings s;

static void tell(void *arg, const char *where, int line, const char *section, const char *key,
                 const char *what)
{
    (void)arg, (void)where;
    buf_fmt(&told, "%d|%s|%s|%s\n", line, section, key, what);
}

static int make_file(void **state)
{
    (void)state;
    snprintf(file, sizeof file, "/tmp/test_lanes.XXXXXX");
    int fd = mkstemp(file);
    close(fd);
    settings_defaults(&s);
    return fd < 0 ? -1 : 0;
}

static int drop_file(void **state)
{
    (void)state;
    buf_free(&told);
    return unlink(file);
}

static int load(const char *text, enum settings_scope scope)
{
    FILE *f = fopen(file, "we");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
    buf_clear(&told);
    buf_add(&told, "", 0);
    return settings_load(&s, file, scope, tell, &told);
}

static void loads(const char *text)
{
    if (load(text, SETTINGS_CLUSTER) != 0)
        fail_msg("%s: %s", text, told.data);
}

static void test_what_a_lane_says(void **state)
{
    (void)state;
    loads("[lane:letters]\npriority = 5\nweight = 20\nlanguages = deu+eng\nmemory_limit = 64M\n"
          "ocr = never\nmax_running = 3\nper_minute = 60\n[lane:rush]\nfolder = To Day\n");
    assert_int_equal(s.n_lanes, 2);
    const struct lane_settings *l = &s.lanes[0];
    assert_string_equal(settings_named(l->section), "letters");
    assert_int_equal(l->priority, 5);
    assert_int_equal(l->weight, 20);
    assert_int_equal(l->max_running, 3);
    assert_int_equal(l->per_minute, 60);
    assert_int_equal(s.lanes[1].priority, 0);
    assert_int_equal(s.lanes[1].weight, 10);
    assert_int_equal(settings_check(&s, tell, &told), 0);
}

static void test_which_lane(void **state)
{
    (void)state;
    loads("[lane:letters]\nweight = 20\n[lane:rush]\nfolder = To Day\n");
    assert_ptr_equal(settings_lane_of(&s, "letters/a.pdf"), &s.lanes[0]);
    assert_ptr_equal(settings_lane_of(&s, "letters/b/a.pdf"), &s.lanes[0]);
    assert_ptr_equal(settings_lane_of(&s, "To Day/a.pdf"), &s.lanes[1]);
    assert_null(settings_lane_of(&s, "rush/a.pdf"));
    assert_null(settings_lane_of(&s, "letters"));
    assert_null(settings_lane_of(&s, "letters2/a.pdf"));
    loads("[lane:default]\nweight = 2\n");
    assert_ptr_equal(settings_lane_of(&s, "rush/a.pdf"), &s.lanes[2]);
    assert_ptr_equal(settings_lane_of(&s, "a.pdf"), &s.lanes[2]);
    assert_ptr_equal(settings_lane_of(&s, "default/a.pdf"), &s.lanes[2]);
    assert_ptr_equal(settings_lane_of(&s, "letters/a.pdf"), &s.lanes[0]);
}

/* What the lane says counts, what it does not say stays; even where it says the default. */
static void test_applied(void **state)
{
    struct settings with;
    (void)state;
    loads(
        "[ocr]\nocr = later\nlanguages = deu\n[parser]\nmax_pages = 7\nmemory_limit = 128M\n"
        "[lane:letters]\nocr = auto\nmemory_limit = 64M\npasswords = /etc/pw\ndehyphenate = yes\n");
    with = s;
    settings_lane_apply(&with, NULL);
    assert_memory_equal(&with, &s, sizeof s);
    settings_lane_apply(&with, &s.lanes[0]);
    assert_int_equal(with.ocr, OCR_AUTO);
    assert_string_equal(with.languages, "deu");
    assert_int_equal(with.max_pages, 7);
    assert_true(with.memory_limit == UINT64_C(64) << 20);
    assert_string_equal(with.passwords, "/etc/pw");
    assert_true(with.dehyphenate);
    assert_int_equal(with.document_timeout, s.document_timeout);
}

static void test_tiers(void **state)
{
    (void)state;
    loads(
        "[lane:a]\ntiers = text, repair,cloud\n[lane:b]\ntiers = ocr-hard , paddle\n[tier:paddle]\n"
        "per_minute = 6\nburst = 2\n[tier:cloud]\nwhen = ocr\n");
    assert_int_equal(settings_check(&s, tell, &told), 0);
    assert_int_equal(s.n_tiers, 2);
    assert_int_equal(settings_lane_tiers(&s, NULL), 15);
    assert_int_equal(settings_lane_tiers(&s, &s.lanes[0]),
                     1u << USE_TEXT | 1u << USE_REPAIR | USE_EXTERNAL << 1);
    assert_int_equal(settings_lane_tiers(&s, &s.lanes[1]), 1u << USE_HARD | USE_EXTERNAL);
    assert_ptr_equal(settings_tier(&s, "cloud"), &s.tiers[1]);
    assert_null(settings_tier(&s, "clouds"));
    assert_int_equal(s.tiers[1].when, TIER_WHEN_OCR);
    assert_int_equal(s.tiers[0].timeout, 120000);
    assert_int_equal(s.tiers[0].resolution, 300);
    assert_string_equal(s.tiers[0].command, "");
    assert_int_equal(load("[tier:cloud]\ncommand = /bin/cat\n", SETTINGS_HOST), 0);
    assert_string_equal(s.tiers[1].command, "/bin/cat");
    assert_int_equal(s.n_tiers, 2);
}

static void test_rows(void **state)
{
    struct settings_row row;
    struct buf bounds = {0};
    size_t plain = 0, n;
    char value[600];
    (void)state;
    for (; settings_row(&s, plain, &row, NULL, 0); plain++)
        ;
    loads("[parser]\nmax_pages = 7\n[lane:x]\npriority = 3\n[tier:y]\nwhen = ocr\n"
          "[webhook:z]\nurl = https://x\n");
    for (n = plain; settings_row(&s, n, &row, value, sizeof value); n++) {
        assert_string_equal(row.section, n < plain + LANE_KEYS               ? "lane:x"
                                         : n < plain + LANE_KEYS + TIER_KEYS ? "tier:y"
                                                                             : "webhook:z");
        if (strcmp(row.key, "priority") == 0) {
            assert_string_equal(value, "3");
            assert_string_equal(row.origin, "spool.ini");
            settings_row_bounds(&s, n, &bounds);
            assert_string_equal(bounds.data, "-100 to 100");
        }
        if (strcmp(row.key, "max_pages") == 0) { /* what counts for the lane */
            assert_string_equal(value, "7");
            assert_string_equal(row.origin, "default");
        }
    }
    assert_int_equal(n, plain + LANE_KEYS + TIER_KEYS + WEBHOOK_KEYS);
    buf_free(&bounds);
}

static void refused(const char *text, enum settings_scope scope, const char *expected)
{
    struct settings before = s;
    assert_int_equal(load(text, scope), -1);
    if (strncmp(told.data, expected, strlen(expected)) != 0)
        fail_msg("%s: %s instead of %s", text, told.data, expected);
    assert_memory_equal(&before, &s, sizeof s);
}

static void test_wrong_lines(void **state)
{
    (void)state;
    refused("[lane:a.b]\nweight = 1\n", SETTINGS_CLUSTER,
            "2|lane:a.b|weight|the name of a lane has letters, digits, _ and -, at most 31");
    refused("[tier:seventeen-letters]\nwhen = bad\n", SETTINGS_CLUSTER,
            "2|tier:seventeen-letters|when|the name of a tier");
    refused("[lane:a]\nwieght = 1\n", SETTINGS_CLUSTER,
            "2|lane:a|wieght|there is no such key; did you mean weight?");
    refused("[lane:a]\nx = 1\n", SETTINGS_CLUSTER,
            "2|lane:a|x|there is no such key; a lane has folder, priority, ");
    refused("[lane:a]\nweight = 0\n", SETTINGS_CLUSTER,
            "2|lane:a|weight|0 is out of range: it must be 1 to 1000");
    refused("[lane:a]\nweight = 1\n", SETTINGS_HOST,
            "2|lane:a|weight|must be the same on all hosts");
    refused("[lane:a]\nfolder = a/b\n", SETTINGS_CLUSTER,
            "2|lane:a|folder|\"a/b\" is no folder in the top of pending/");
    refused("[lane:a]\nfolder = .retry\n", SETTINGS_CLUSTER, "2|lane:a|folder|\".retry\" is no");
    refused("[tier:x]\ncommand = cat\n", SETTINGS_CLUSTER,
            "2|tier:x|command|is a command of one host");
    refused("[tier:x]\nper_minute = 1\n", SETTINGS_HOST, "2|tier:x|per_minute|must be the same");
}

static void contradicts(const char *text, const char *expected)
{
    settings_defaults(&s);
    loads(text);
    buf_clear(&told);
    assert_int_equal(settings_check(&s, tell, &told), -1);
    if (strncmp(told.data, expected, strlen(expected)) != 0)
        fail_msg("%s: %s instead of %s", text, told.data, expected);
}

static void test_what_does_not_fit(void **state)
{
    char text[64];
    (void)state;
    contradicts("[lane:a]\ntiers = text, clod\n[tier:cloud]\nwhen = bad\n",
                "0|lane:a|tiers|names a tier that there is not");
    contradicts("[lane:a]\nfolder = b\n[lane:b]\nweight = 1\n",
                "0|lane:b|folder|is another lane's folder, too");
    contradicts("[lane:default]\nfolder = b\n", "0|lane:default|folder|this lane has all that no");
    contradicts("[lane:a]\ndocument_timeout = 1s\n", "0|lane:a|document_timeout|is shorter than");
    contradicts("[lane:a]\nper_minute = 2\nburst = 3\n", "0|lane:a|burst|is more than per_minute");
    contradicts("[tier:a]\nburst = 3\n", "0|tier:a|burst|is more than per_minute");
    contradicts("[tier:ocr]\nwhen = bad\n", "0|tier:ocr||is the name of a built-in tier");
    settings_defaults(&s);
    for (int i = 0; i < LANES; i++) {
        snprintf(text, sizeof text, "[lane:n%d]\nweight = 1\n", i);
        loads(text);
    }
    refused("[lane:more]\nweight = 1\n", SETTINGS_CLUSTER,
            "2|lane:more|weight|there are more than 32 sections [lane:...]");
}

int main(void)
{
#define WITH_FILE(f) cmocka_unit_test_setup_teardown(f, make_file, drop_file)
    const struct CMUnitTest tests[] = {
        WITH_FILE(test_what_a_lane_says),
        WITH_FILE(test_which_lane),
        WITH_FILE(test_applied),
        WITH_FILE(test_tiers),
        WITH_FILE(test_rows),
        WITH_FILE(test_wrong_lines),
        WITH_FILE(test_what_does_not_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
