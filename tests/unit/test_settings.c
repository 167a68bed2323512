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
#include "base/log.h"
#include "base/num.h"
#include "spool/settings.h"

static char file[64];
static struct buf told; /* "LINE|section|key|what\n" for each problem */
static size_t problems;
static struct settings s;

static void tell(void *arg, const char *where, int line, const char *section, const char *key,
                 const char *what)
{
    assert_ptr_equal(arg, &told);
    assert_true(strcmp(where, file) == 0 || strcmp(where, "settings") == 0);
    buf_fmt(&told, "%d|%s|%s|%s\n", line, section, key, what);
    problems++;
}

static int make_file(void **state)
{
    (void)state;
    snprintf(file, sizeof file, "/tmp/test_settings.XXXXXX");
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
    problems = 0;
    int rc = settings_load(&s, file, scope, tell, &told);
    assert_int_equal(rc, problems ? -1 : 0);
    return rc;
}

static void loads(const char *text)
{
    if (load(text, SETTINGS_CLUSTER) != 0)
        fail_msg("%s: %s", text, told.data);
}

/* Exactly this one problem, and the settings stay as they were. */
static void refuses(const char *text, enum settings_scope scope, const char *expected)
{
    struct settings before;

    memcpy(&before, &s, sizeof s);
    assert_int_equal(load(text, scope), -1);
    if (strncmp(told.data, expected, strlen(expected)) != 0)
        fail_msg("%s: %s instead of %s", text, told.data, expected);
    assert_int_equal(problems, 1);
    assert_memory_equal(&before, &s, sizeof s);
}

static void test_defaults_as_the_header_says(void **state)
{
    (void)state;
    assert_int_equal(s.format, 1);
    assert_int_equal(s.beat_interval, 20000);
    assert_int_equal(s.self_stop, 60000);
    assert_int_equal(s.lease_timeout, 180000);
    assert_int_equal(s.settle, 30000);
    assert_int_equal(s.max_attempts, 4);
    assert_int_equal(s.max_unspent, 20);
    assert_int_equal(s.retry_delay, 60000);
    assert_int_equal(s.retry_delay_max, 3600000);
    assert_int_equal(s.sweep_age, 86400000);
    assert_int_equal(s.empty_folder_age, 86400000);
    assert_int_equal(s.slots, 0);
    assert_int_equal(s.cores, 0);
    assert_int_equal(s.poll_min, 1000);
    assert_int_equal(s.poll_max, 15000);
    assert_int_equal(s.janitor_interval, 30000);
    assert_int_equal(s.shutdown_grace, 30000);
    assert_int_equal(s.free_space_floor, 2);
    assert_true(s.memory_file == UINT64_C(64) << 20);
    assert_string_equal(s.scratch_dir, "/var/tmp");
    assert_int_equal(s.sandbox, SANDBOX_REQUIRE);
    assert_int_equal(s.parser_documents, 64);
    assert_int_equal(s.document_timeout, 3600000);
    assert_int_equal(s.stall_timeout, 120000);
    assert_int_equal(s.cpu_limit, 60000);
    assert_true(s.memory_limit == UINT64_C(1) << 30);
    assert_true(s.max_input == UINT64_C(512) << 20);
    assert_int_equal(s.max_pages, 10000);
    assert_true(s.max_page_text == UINT64_C(16) << 20);
    assert_true(s.max_text == UINT64_C(256) << 20);
    assert_false(s.dehyphenate);
    assert_true(s.open_archives);
    assert_int_equal(s.attachments, ATTACHMENTS_PORTFOLIO);
    assert_int_equal(s.max_entries, 10000);
    assert_true(s.max_unpacked == UINT64_C(4) << 30);
    assert_int_equal(s.max_ratio, 200);
    assert_int_equal(s.log_format, LOG_LOGFMT);
    assert_int_equal(s.log_level, LEVEL_INFO);
    assert_string_equal(s.log_file, "");
    assert_string_equal(s.listen, "127.0.0.1:8090");
    assert_string_equal(s.allowed_hosts, "");
    assert_string_equal(s.token_file, "");
    assert_string_equal(s.keep_file, "");
    assert_true(s.upload_max == 512u * 1024 * 1024);
    assert_false(s.read_only);
    assert_false(s.allow_insecure);
    assert_int_equal(settings_check(&s, tell, &told), 0);
}

/* The sample with its keys no longer commented out: no errors, and the defaults. */
static void sample_gives_the_defaults(enum settings_scope scope, size_t *keys)
{
    struct buf sample = {0}, text = {0};
    struct settings_row row;
    char value[600];

    *keys = 0;
    settings_sample(&sample, scope);
    assert_true(buf_ok(&sample));
    for (char *line = strtok(sample.data, "\n"); line; line = strtok(NULL, "\n")) {
        bool key = line[0] == '#' && line[1] != ' ';
        *keys += key;
        buf_fmt(&text, "%s\n", key ? line + 1 : line);
    }
    /* other values first, so that each key has something to do */
    loads("[spool]\nbeat_interval = 1s\n[worker]\nslots = 3\n[log]\nlog_file = /x\nlog_level = "
          "warn\n");
    if (load(text.data, scope) != 0)
        fail_msg("%s", told.data);
    for (size_t i = 0; settings_row(&s, i, &row, value, sizeof value); i++) {
        if (scope == SETTINGS_HOST && row.scope == SETTINGS_CLUSTER)
            continue;
        assert_string_equal(value, row.fallback);
        assert_string_equal(row.origin, scope == SETTINGS_HOST ? file : "spool.ini");
    }
    buf_free(&sample);
    buf_free(&text);
}

static void test_samples(void **state)
{
    struct settings_row row;
    size_t keys, rows = 0, host_rows = 0;

    (void)state;
    for (; settings_row(&s, rows, &row, NULL, 0); rows++)
        host_rows += row.scope == SETTINGS_HOST;
    assert_true(rows > host_rows && host_rows > 0);
    sample_gives_the_defaults(SETTINGS_CLUSTER, &keys);
    assert_int_equal(keys, rows);
    settings_defaults(&s);
    sample_gives_the_defaults(SETTINGS_HOST, &keys);
    assert_int_equal(keys, host_rows);
}

/* The sample as it is says nothing, and changes nothing. */
static void test_sample_untouched(void **state)
{
    struct buf sample = {0};
    struct settings before = s;

    (void)state;
    settings_sample(&sample, SETTINGS_CLUSTER);
    loads(sample.data);
    assert_memory_equal(&before, &s, sizeof s);
    buf_free(&sample);
}

/* A right value for the row that is not its default. */
static const char *another_value(const char *key, const char *fallback)
{
    if (strcmp(key, "format") == 0)
        return "1"; /* there is no other */
    if (strcmp(key, "sandbox") == 0)
        return "prefer";
    if (strcmp(key, "log_format") == 0)
        return "json";
    if (strcmp(key, "log_level") == 0)
        return "error";
    if (strcmp(key, "dehyphenate") == 0)
        return "yes";
    if (strcmp(key, "duplicates") == 0)
        return "extract";
    if (strcmp(key, "ocr") == 0)
        return "later";
    if (strcmp(key, "ocr_here") == 0 || strcmp(key, "upgrade") == 0 || strcmp(key, "open") == 0)
        return "no";
    if (strcmp(key, "attachments") == 0 || strcmp(key, "read_only") == 0 ||
        strcmp(key, "allow_insecure") == 0)
        return "yes";
    if (strcmp(key, "languages") == 0)
        return "deu+script/Latin";
    if (strcmp(key, "scratch_dir") == 0 || strcmp(key, "log_file") == 0 ||
        strcmp(key, "token_file") == 0 || strcmp(key, "keep_file") == 0 ||
        strcmp(key, "passwords") == 0 || strcmp(key, "state_folder") == 0)
        return "\"/a b/c#d;e\"";
    if (strcmp(key, "failure_window") == 0)
        return "7m"; /* its least is a minute */
    if (strchr("KMGT", fallback[strlen(fallback) - 1]))
        return "33M";
    if (strchr("smhd", fallback[strlen(fallback) - 1]))
        return "7001ms";
    return "9";
}

/* Every row is read into its own place and nowhere else, and shown as it was written. */
static void test_every_row_round_trips(void **state)
{
    struct settings_row row, other;
    char text[700], value[600], other_value[600];

    (void)state;
    for (size_t i = 0; settings_row(&s, i, &row, value, sizeof value); i++) {
        settings_defaults(&s);
        settings_row(&s, i, &row, value, sizeof value);
        assert_string_equal(value, row.fallback);
        assert_string_equal(row.origin, "default");
        assert_true(strlen(row.help) > 10);
        snprintf(text, sizeof text, "[%s]\n%s = %s\n", row.section, row.key,
                 another_value(row.key, row.fallback));
        loads(text);
        for (size_t k = 0; settings_row(&s, k, &other, other_value, sizeof other_value); k++) {
            assert_string_equal(other_value,
                                k == i ? another_value(row.key, row.fallback) : other.fallback);
            assert_string_equal(other.origin, k == i ? "spool.ini" : "default");
        }
        /* and what is shown can be read again */
        settings_row(&s, i, &row, value, sizeof value);
        struct settings first = s;
        snprintf(text, sizeof text, "[%s]\n%s = %s\n", row.section, row.key, value);
        loads(text);
        assert_memory_equal(&first, &s, sizeof s);
        if (row.scope == SETTINGS_CLUSTER) {
            char expected[100];
            snprintf(expected, sizeof expected, "2|%s|%s|must be the same on all hosts",
                     row.section, row.key);
            refuses(text, SETTINGS_HOST, expected);
        } else {
            assert_int_equal(load(text, SETTINGS_HOST), 0);
        }
    }
}

static void test_bounds_themselves_are_allowed(void **state)
{
    static const char *const good[] = {
        "beat_interval = 50ms",  "beat_interval = 10m", "self_stop = 200ms",
        "lease_timeout = 500ms", "settle_time = 0",     "retry_delay = 0",
        "retry_delay = 0s",      "max_attempts = 1",    "empty_folder_age = 0"};
    static const char *const good_worker[] = {"poll_min = 10ms",       "janitor_interval = 100ms",
                                              "shutdown_grace = 0",    "free_space_floor = 0",
                                              "free_space_floor = 90", "memory_file = 0"};
    char text[100];

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        snprintf(text, sizeof text, "[spool]\n%s\n", good[i]);
        loads(text);
    }
    for (size_t i = 0; i < sizeof good_worker / sizeof good_worker[0]; i++) {
        snprintf(text, sizeof text, "[worker]\n%s\n", good_worker[i]);
        loads(text);
    }
}

static void test_wrong_values_say_what_is_right(void **state)
{
    static const struct {
        const char *text, *expected;
    } wrong[] = {
        {"[spool]\nbeat_interval = 49ms",
         "2|spool|beat_interval|49ms is out of range: it must be 50ms to 10m"},
        {"[spool]\nbeat_interval = 11m", "2|spool|beat_interval|11m is out of range"},
        {"[spool]\nself_stop = 199ms", "2|spool|self_stop|199ms is out of range"},
        {"[spool]\nlease_timeout = 499ms", "2|spool|lease_timeout|499ms is out of range"},
        {"[spool]\nsettle_time = 30",
         "2|spool|settle_time|\"30\" has no unit: write 30ms, 30s, 30m, 30h or 30d (0 to 7d)"},
        {"[spool]\nsettle_time = 30 s", "2|spool|settle_time|\"30 s\" is no duration"},
        {"[spool]\nsettle_time = soon",
         "2|spool|settle_time|\"soon\" is no duration: write a whole number and"},
        {"[spool]\nsettle_time = -1s", "2|spool|settle_time|\"-1s\" is no duration"},
        {"[spool]\nsettle_time =", "2|spool|settle_time|\"\" is no duration"},
        {"[spool]\nformat = 2\nnew_key = 1\n[new]\nother = 2",
         "2|spool|format|this spool has format 2, and this program knows format 1: upgrade "
         "pdfspool on "
         "this machine; nothing was touched\n"},
        {"[spool]\nformat = 0", "2|spool|format|0 is out of range: it must be 1\n"},
        {"[spool]\nmax_attempts = 0",
         "2|spool|max_attempts|0 is out of range: it must be 1 to 100"},
        {"[spool]\nmax_attempts = -4", "2|spool|max_attempts|-4 is out of range"},
        {"[spool]\nmax_attempts = 4x",
         "2|spool|max_attempts|\"4x\" is no whole number: write digits only (1 to 100)"},
        {"[spool]\nmax_attempts = 99999999999999999999",
         "2|spool|max_attempts|\"99999999999999999999\" is no whole"},
        {"[worker]\nmemory_file = 64MB",
         "2|worker|memory_file|\"64MB\" is no size: write a whole number and K, M, G"},
        {"[parser]\nmemory_limit = 1M",
         "2|parser|memory_limit|1M is out of range: it must be 16M to 1T"},
        {"[parser]\nmemory_limit = 18446744073709551615",
         "2|parser|memory_limit|18446744073709551615 is out of"},
        {"[worker]\nscratch_dir = tmp",
         "2|worker|scratch_dir|\"tmp\" is no absolute path: it must begin with /"},
        {"[worker]\nscratch_dir = \"\"", "2|worker|scratch_dir|\"\" is no absolute path"},
        {"[log]\nlog_file = pdfspool.log", "2|log|log_file|\"pdfspool.log\" is no absolute path"},
        {"[log]\nlog_level = warning",
         "2|log|log_level|\"warning\" is not known: it must be debug, info, warn or error"},
        {"[log]\nlog_level = eror",
         "2|log|log_level|\"eror\" is not known: it must be debug, info, warn or error; "
         "did you mean error?"},
        {"[parser]\nsandbox = yes",
         "2|parser|sandbox|\"yes\" is not known: it must be require, prefer or off\n"},
        {"[parser]\nsandbox = OFF", "2|parser|sandbox|\"OFF\" is not known"},
        {"[text]\ndehyphenate = tomato", "2|text|dehyphenate|\"tomato\" is neither yes nor no"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        refuses(wrong[i].text, SETTINGS_CLUSTER, wrong[i].expected);
}

static void test_unknown_names(void **state)
{
    static const struct {
        const char *text, *expected;
    } wrong[] = {
        {"[spool]\nbeat_intervall = 1s",
         "2|spool|beat_intervall|there is no such key; did you mean beat_interval?"},
        {"[spool]\nsettle = 1s",
         "2|spool|settle|there is no such key; [spool] has format, beat_interval"},
        {"[worker]\nslot = 1", "2|worker|slot|there is no such key; did you mean slots?"},
        {"[worker]\nsandbox = off",
         "2|worker|sandbox|there is no such key here; it belongs into [parser]"},
        {"[worker]\nsandbx = off",
         "2|worker|sandbx|there is no such key; did you mean sandbox in [parser]?"},
        {"[worker]\nentirely_unknown = 1", "2|worker|entirely_unknown|there is no such key; "
                                           "[worker] has slots, slots_min, slots_max, cores"},
        {"[wroker]\nslots = 1\ncores = 2",
         "2|wroker||there is no such section; did you mean [worker]?"},
        {"[xyz]\nslots = 1", "2|xyz||there is no such section; there are [spool], [worker], "
                             "[parser], [text], [ocr], [archives], [page], [alerts], [log]"},
    };
    char text[200];

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        refuses(wrong[i].text, SETTINGS_CLUSTER, wrong[i].expected);
    snprintf(text, sizeof text, "[worker]\n%0150d = 1",
             0); /* longer than any name that could be meant */
    refuses(text, SETTINGS_CLUSTER, "2|worker|000");
}

static void test_all_problems_at_once_and_nothing_taken(void **state)
{
    struct settings before = s;

    (void)state;
    assert_int_equal(load("[spool]\n"
                          "beat_interval = 5s\n" /* right, but not taken */
                          "beat_interval = 6s\n"
                          "settle_time = 30\n"
                          "max_attempts = 1000\n"
                          "[worker]\n"
                          "slotz = 3\n"
                          "scratch_dir = a#b\n"
                          "[nope]\n"
                          "x = 1\n",
                          SETTINGS_CLUSTER),
                     -1);
    assert_int_equal(problems, 6);
    static const char *const parts[] = {"3|spool|beat_interval|is set twice",
                                        "4|spool|settle_time|",
                                        "5|spool|max_attempts|",
                                        "7|worker|slotz|",
                                        "8|worker|scratch_dir|# or ;",
                                        "10|nope||"};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        if (!strstr(told.data, parts[i]))
            fail_msg("%s is not in %s", parts[i], told.data);
    assert_memory_equal(&before, &s, sizeof s);
}

static void test_no_file_and_a_file_of_others(void **state)
{
    char absent[80], saved[64];

    (void)state;
    loads("[worker]\nslots = 3\n");
    assert_int_equal(chmod(file, 0666), 0);
    problems = 0;
    buf_clear(&told);
    assert_int_equal(settings_load(&s, file, SETTINGS_HOST, tell, &told), -1);
    assert_int_equal(strncmp(told.data, "0|||may be written by everybody", 31), 0);
    assert_int_equal(chmod(file, 0600), 0);
    memcpy(saved, file, sizeof file);
    snprintf(absent, sizeof absent, "%.50s.no", saved);
    memcpy(file, absent, sizeof file); /* tell() compares */
    buf_clear(&told);
    assert_int_equal(settings_load(&s, file, SETTINGS_HOST, tell, &told), -1);
    assert_non_null(strstr(told.data, "cannot be opened"));
    memcpy(file, saved, sizeof file);
    assert_int_equal(s.slots, 3);
}

static void test_the_host_wins_and_origins(void **state)
{
    struct settings_row row;
    char value[600];

    (void)state;
    loads("[spool]\nsettle_time = 5s\n[worker]\nslots = 3\ncores = 4\n");
    assert_int_equal(load("[worker]\nslots = 5\n", SETTINGS_HOST), 0);
    assert_int_equal(s.settle, 5000);
    assert_int_equal(s.slots, 5);
    assert_int_equal(s.cores, 4);
    for (size_t i = 0; settings_row(&s, i, &row, value, sizeof value); i++) {
        const char *origin = "default";
        if (strcmp(row.key, "slots") == 0)
            origin = file;
        else if (strcmp(row.key, "cores") == 0 || strcmp(row.key, "settle_time") == 0)
            origin = "spool.ini";
        assert_string_equal(row.origin, origin);
    }
}

static void test_long_paths(void **state)
{
    char text[700];

    (void)state;
    snprintf(text, sizeof text, "[log]\nlog_file = /%0510d\n", 0);
    loads(text);
    assert_int_equal(strlen(s.log_file), 511);
    snprintf(text, sizeof text, "[log]\nlog_file = /%0511d\n", 0);
    refuses(text, SETTINGS_CLUSTER, "2|log|log_file|the path is too long: at most 511 bytes");
}

static void test_odd_paths_round_trip(void **state)
{
    static const char *const paths[] = {"/a\"b'c", "\"/a#b'c\"",     "'/a;b\"c'",
                                        "/a\\b",   "/\xC3\xBC \xFF", "\"/end \""};
    struct settings_row row;
    char text[100], value[600];

    (void)state;
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        snprintf(text, sizeof text, "[log]\nlog_file = %s\n", paths[i]);
        loads(text);
        for (size_t k = 0; settings_row(&s, k, &row, value, sizeof value); k++)
            if (strcmp(row.key, "log_file") == 0)
                assert_string_equal(value, paths[i]);
    }
}

static void contradicts(const char *text, const char *expected)
{
    settings_defaults(&s);
    loads(text);
    buf_clear(&told);
    problems = 0;
    assert_int_equal(settings_check(&s, tell, &told), -1);
    assert_int_equal(problems, 1);
    assert_string_equal(told.data, expected);
}

static void test_relations(void **state)
{
    (void)state;
    contradicts("[spool]\nself_stop = 30s\n", "0|spool|self_stop|is 30s, but must be at least 2 x "
                                              "beat_interval (20s): raise it to 40s, or "
                                              "lower beat_interval to 15s\n");
    contradicts("[spool]\nlease_timeout = 119999ms\n",
                "0|spool|lease_timeout|is 119999ms, but must be at least 2 x self_stop (1m): raise "
                "it to 2m, or "
                "lower self_stop to 59999ms\n");
    contradicts("[worker]\npoll_min = 1m\n",
                "0|worker|poll_max|is 15s, but must be at least poll_min (1m): "
                "raise it to 1m, or lower poll_min to 15s\n");
    contradicts("[spool]\nretry_delay = 2h\n",
                "0|spool|retry_delay_max|is 1h, but must be at least "
                "retry_delay (2h): raise it to 2h, or lower retry_delay to 1h\n");
    contradicts("[parser]\ndocument_timeout = 1m\n",
                "0|parser|document_timeout|is 1m, but must be at least stall_timeout (2m): raise "
                "it to 2m, or "
                "lower stall_timeout to 1m\n");
    contradicts("[parser]\nmax_text = 1M\n",
                "0|parser|max_text|is 1M, but must be at least max_page_text "
                "(16M): raise it to 16M, or lower max_page_text to 1M\n");
}

static void test_relations_at_their_boundary(void **state)
{
    (void)state;
    loads("[spool]\nbeat_interval = 20s\nself_stop = 40s\nlease_timeout = 80s\nretry_delay = 1h\n"
          "[worker]\npoll_min = 15s\n[parser]\nstall_timeout = 1h\nmax_text = 16M\n");
    assert_int_equal(settings_check(&s, tell, &told), 0);
    assert_int_equal(told.len, 0);
    settings_defaults(&s); /* several at once are all told */
    loads("[spool]\nself_stop = 200ms\n[worker]\npoll_max = 10ms\n");
    problems = 0;
    assert_int_equal(settings_check(&s, tell, &told), -1);
    assert_int_equal(problems, 2);
}

static void test_choices_are_the_enums(void **state)
{
    static const char *const sandboxes[] = {"require", "prefer", "off"};
    static const char *const attachments[] = {"no", "portfolio", "yes"};
    static const char *const formats[] = {"logfmt", "json"};
    static const char *const levels[] = {"debug", "info", "warn", "error"};
    char text[100];

    (void)state;
    for (int i = 0; i < 3; i++) {
        snprintf(text, sizeof text, "[parser]\nsandbox = %s\n", sandboxes[i]);
        loads(text);
        assert_int_equal(s.sandbox, i);
    }
    assert_int_equal(SANDBOX_OFF, 2);
    for (int i = 0; i < 3; i++) {
        snprintf(text, sizeof text, "[archives]\nattachments = %s\n", attachments[i]);
        loads(text);
        assert_int_equal(s.attachments, i);
    }
    assert_int_equal(ATTACHMENTS_YES, 2);
    loads("[text]\nduplicates = reuse\n");
    assert_int_equal(s.duplicates, DUPLICATES_REUSE);
    loads("[text]\nduplicates = extract\n");
    assert_int_equal(s.duplicates, DUPLICATES_EXTRACT);
    for (int i = 0; i < 2; i++) {
        snprintf(text, sizeof text, "[log]\nlog_format = %s\n", formats[i]);
        loads(text);
        assert_int_equal(s.log_format, log_format_of(formats[i]));
    }
    for (int i = 0; i < 4; i++) {
        snprintf(text, sizeof text, "[log]\nlog_level = %s\n", levels[i]);
        loads(text);
        assert_int_equal(s.log_level, log_level_of(levels[i]));
    }
}

static void test_report_on_stderr(void **state)
{
    int saved = dup(STDERR_FILENO), ends[2];
    char got[1000];

    (void)state;
    assert_int_equal(pipe(ends), 0);
    dup2(ends[1], STDERR_FILENO);
    settings_report_stderr(NULL, "/etc/x\n.ini", 7, "spool", "settle_time", "is \"\x1B\"");
    settings_report_stderr(NULL, "x.ini", 0, "", "", "cannot be opened");
    settings_report_stderr(NULL, "settings", 0, "spool", "self_stop", "is too short");
    dup2(saved, STDERR_FILENO);
    close(saved);
    close(ends[1]);
    ssize_t n = read(ends[0], got, sizeof got - 1);
    assert_true(n > 0);
    got[n] = 0;
    assert_string_equal(got, "/etc/x\\n.ini:7: [spool] settle_time: is \"\\x1B\"\n"
                             "x.ini: cannot be opened\n"
                             "settings: [spool] self_stop: is too short\n");
    close(ends[0]);
}

static void test_row_is_cut_to_its_room(void **state)
{
    struct settings_row row;
    char tiny[4] = "???";

    (void)state;
    assert_true(settings_row(&s, 1, &row, tiny, sizeof tiny));
    assert_string_equal(row.key, "beat_interval");
    assert_string_equal(tiny, "20s");
    assert_true(settings_row(&s, 1, &row, tiny, 2));
    assert_string_equal(tiny, "2");
    assert_false(settings_row(&s, SETTINGS_MAX, &row, tiny, sizeof tiny));
}

/* ---- webhooks ---- */

static void test_webhooks(void **state)
{
    const struct webhook_settings *h = s.webhooks;
    struct settings_row row;
    size_t plain = 0, rows = 0, secrets = 0;
    char value[600];

    (void)state;
    for (; settings_row(&s, plain, &row, NULL, 0); plain++)
        ;
    loads("[webhook:ops]\nurl = https://example.org/T0P-S3CRET\nevents = host_silent, folder_done\n"
          "secret_file = /etc/key\n[webhook:chat_2]\nurl = http://127.0.0.1:9/x\nformat = slack\n");
    assert_int_equal(s.n_webhooks, 2);
    assert_string_equal(h[0].section, "webhook:ops");
    assert_string_equal(h[0].url, "https://example.org/T0P-S3CRET");
    assert_int_equal(h[0].format, WEBHOOK_GENERIC);
    assert_int_equal(h[0].kinds, 1u << ALERT_HOST_SILENT | 1u << ALERT_FOLDER_DONE);
    assert_string_equal(h[0].secret_file, "/etc/key");
    assert_int_equal(h[1].format, WEBHOOK_SLACK);
    assert_int_equal(h[1].kinds, (1u << ALERT_KINDS) - 1);
    assert_int_equal(settings_check(&s, tell, &told), 0);
    for (rows = plain; settings_row(&s, rows, &row, value, sizeof value); rows++) {
        assert_null(strstr(value, "S3CRET"));
        assert_null(strstr(value, "127.0.0.1"));
        secrets += row.secret;
    }
    assert_int_equal(rows, plain + 2 * WEBHOOK_KEYS);
    assert_int_equal(secrets, 2); /* the addresses alone */
    assert_true(settings_row(&s, plain + WEBHOOK_KEYS + 1, &row, value, sizeof value));
    assert_string_equal(row.section, "webhook:chat_2");
    assert_string_equal(row.key, "format");
    assert_string_equal(value, "slack");
    assert_string_equal(row.origin, "spool.ini");
}

/* The host's file changes a key of the cluster's webhook, and leaves the others. */
static void test_webhook_of_both_files(void **state)
{
    (void)state;
    loads("[webhook:ops]\nurl = https://example.org/a\nevents = paused\n");
    assert_int_equal(load("[webhook:ops]\nurl = https://example.org/b\n", SETTINGS_HOST), 0);
    assert_int_equal(s.n_webhooks, 1);
    assert_string_equal(s.webhooks[0].url, "https://example.org/b");
    assert_int_equal(s.webhooks[0].kinds, 1u << ALERT_PAUSED);
}

/* What lies on the share may not say what is run here. */
static void test_command_of_the_host_alone(void **state)
{
    (void)state;
    loads("[alerts]\non_folder_done = reboot\n");
    assert_int_equal(settings_check(&s, tell, &told), -1);
    assert_non_null(strstr(told.data, "0|alerts|on_folder_done|is a command of one host"));
    assert_int_equal(load("[alerts]\non_folder_done = true\n", SETTINGS_HOST), 0);
    assert_int_equal(settings_check(&s, tell, &told), 0);
    loads("[alerts]\non_folder_done =\n");
    assert_int_equal(settings_check(&s, tell, &told), 0);
}

static void test_wrong_webhooks(void **state)
{
    static const struct {
        const char *text, *told;
    } cases[] = {
        {"[webhook:ops]\nurl = ftp://x",
         "2|webhook:ops|url|is no address: write https://HOST/..., in "
         "visible ASCII characters"},
        {"[webhook:ops]\nurl = https:///x", "2|webhook:ops|url|is no address: write "
                                            "https://HOST/..., in visible ASCII characters"},
        {"[webhook:ops]\nurl = https://a b", "2|webhook:ops|url|is no address: write "
                                             "https://HOST/..., in visible ASCII characters"},
        {"[webhook:ops]\nformat = xml",
         "2|webhook:ops|format|\"xml\" is none of generic, slack or discord"},
        {"[webhook:ops]\nsecret_file = key",
         "2|webhook:ops|secret_file|\"key\" is no absolute path"},
        {"[webhook:ops]\nurls = x", "2|webhook:ops|urls|there is no such key; a webhook has url, "
                                    "format, events, secret_file"},
        {"[webhook:on_folder_done]\nurl = https://x",
         "2|webhook:on_folder_done|url|this name stands for the command of that name: take "
         "another"},
        {"[webhook:ops]\nevents = paused, host_slient",
         "2|webhook:ops|events|\"host_slient\" is no event; there are all, share_not_answering, "
         "host_silent, host_sick, no_progress, failure_ratio, space_low, temperature, "
         "version_mismatch, paused, unreadable_folders, folder_done"},
    };
    char text[400];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        refuses(cases[i].text, SETTINGS_CLUSTER, cases[i].told);
    buf_clear(&told);
    loads("[webhook:ops]\nformat = slack\n");
    assert_int_equal(settings_check(&s, tell, &told), -1);
    assert_non_null(strstr(told.data, "0|webhook:ops|url|is missing"));
    buf_clear(&told);
    loads("[webhook:ops]\nurl = https://x\nformat = slack\nsecret_file = /x\n");
    assert_int_equal(settings_check(&s, tell, &told), -1);
    assert_non_null(
        strstr(told.data, "0|webhook:ops|secret_file|only generic messages are signed"));
    settings_defaults(&s);
    for (int i = 0; i < WEBHOOKS; i++) {
        snprintf(text, sizeof text, "[webhook:n%d]\nurl = https://x\n", i);
        loads(text);
    }
    refuses("[webhook:more]\nurl = https://x", SETTINGS_CLUSTER,
            "2|webhook:more|url|there are more than 8 webhooks");
}

#define WITH_FILE(test) cmocka_unit_test_setup_teardown(test, make_file, drop_file)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FILE(test_webhooks),
        WITH_FILE(test_webhook_of_both_files),
        WITH_FILE(test_wrong_webhooks),
        WITH_FILE(test_command_of_the_host_alone),
        WITH_FILE(test_defaults_as_the_header_says),
        WITH_FILE(test_samples),
        WITH_FILE(test_sample_untouched),
        WITH_FILE(test_every_row_round_trips),
        WITH_FILE(test_bounds_themselves_are_allowed),
        WITH_FILE(test_wrong_values_say_what_is_right),
        WITH_FILE(test_unknown_names),
        WITH_FILE(test_all_problems_at_once_and_nothing_taken),
        WITH_FILE(test_no_file_and_a_file_of_others),
        WITH_FILE(test_the_host_wins_and_origins),
        WITH_FILE(test_long_paths),
        WITH_FILE(test_odd_paths_round_trip),
        WITH_FILE(test_relations),
        WITH_FILE(test_relations_at_their_boundary),
        WITH_FILE(test_choices_are_the_enums),
        WITH_FILE(test_report_on_stderr),
        WITH_FILE(test_row_is_cut_to_its_room),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
