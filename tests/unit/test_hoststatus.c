/* hoststatus: what is written is read back; what is read is hostile. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/jsonr.h"
#include "spool/hoststatus.h"

static struct host_status *sample(void)
{
    struct host_status *h = calloc(1, sizeof *h);
    assert_non_null(h);
    strcpy(h->host, "alpha");
    strcpy(h->lease, "abcdefghjkmn.1.2.3.4");
    strcpy(h->version, "0.1.0");
    strcpy(h->sandbox, "full");
    strcpy(h->state, "draining");
    strcpy(h->reason, "SIGTERM: \"quoted\"\n");
    strcpy(h->wake, "inotify+scan");
    h->pid = 4711;
    h->written_ms = 1234567890123;
    h->uptime_ms = 99;
    h->cores = 8;
    h->protocol = 3;
    h->n_slots = 18;
    h->done = UINT64_C(1) << 40;
    h->failed = 2;
    h->restarts = 7;
    h->parser_kills = 6;
    h->ignored_names = 5;
    h->shown_slots = 2;
    strcpy(h->languages, "deu script/Latin ");
    h->ocr = STATUS_OCR_YES;
    h->load = (struct host_load){.cpu_permille = 915,
                                 .own_cpu_permille = 0,
                                 .load_hundredths = 1243,
                                 .memory_total = INT64_C(1) << 40,
                                 .memory_available = 12345678901,
                                 .own_memory = STATUS_UNKNOWN,
                                 .temperature_millidegrees = -7250};
    strcpy(h->slots[0].need, "ocr");
    h->slots[0].size = 1 << 20;
    strcpy(h->slots[0].stage, "text");
    strcpy(h->slots[0].path, "a/\xff\n b%.pdf");
    strcpy(h->slots[0].document, "abc-1");
    h->slots[0].attempt = 2;
    h->slots[0].page = 3;
    h->slots[0].pages = 10;
    h->slots[0].running_ms = 1500;
    h->slots[0].progress_ms = 20;
    strcpy(h->slots[1].stage, "idle");
    return h;
}

static void what_is_written_is_read(void **state)
{
    struct host_status *h = sample(), *back = malloc(sizeof *back);
    struct buf b = {0};
    (void)state;
    hoststatus_write(h, &b);
    assert_true(buf_ok(&b));
    assert_null(memchr(b.data, '\n', b.len - 1)); /* one line */
    memset(back, 0xAA, sizeof *back);
    assert_int_equal(hoststatus_read(back, b.data, b.len), 0);
    assert_memory_equal(h, back,
                        sizeof *h); /* no padding is compared but such as memset made 0 in both */
    buf_free(&b);
    free(h);
    free(back);
}

/* Parts, as those show them who tell people of a host. */
static void parts_are_written(void **state)
{
    struct host_status *h = sample();
    struct buf b = {0};
    struct jsonw w;
    (void)state;
    jsonw_init(&w, &b, false);
    jsonw_object(&w, NULL);
    hoststatus_write_counts(&w, h);
    hoststatus_write_languages(&w, h);
    jsonw_array(&w, "slots");
    hoststatus_write_slot(&w, &h->slots[0]);
    hoststatus_write_slot(&w, &h->slots[1]);
    jsonw_end_array(&w);
    jsonw_end_object(&w);
    assert_true(buf_ok(&b));
    assert_string_equal(
        b.data,
        "{\"done\":1099511627776,\"failed\":2,\"retried\":0,\"unspent\":0,\"pages\":0,\"bytes\":0,"
        "\"claims_tried\":0,\"claims_won\":0,\"parser_kills\":6,\"restarts\":7,"
        "\"languages\":[\"deu\",\"script/Latin\"],\"slots\":["
        "{\"stage\":\"text\",\"path\":\"a/%FF%0A "
        "b%25.pdf\",\"document\":\"abc-1\",\"need\":\"ocr\","
        "\"size\":1048576,\"attempt\":2,\"page\":3,\"pages\":10,\"running_ms\":1500,\"progress_"
        "ms\":20},"
        "{\"stage\":\"idle\",\"path\":\"\",\"document\":\"\",\"attempt\":0,\"page\":0,\"pages\":0,"
        "\"running_ms\":0,\"progress_ms\":0}]}");
    buf_free(&b);
    free(h);
}

static void numbers_are_clamped_and_strings_cut(void **state)
{
    static const char json[] =
        "{\"host\":"
        "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
        "aaaaa\","
        "\"lease\":\"l\",\"state\":"
        "\"ab\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\","
        "\"done\":-5,\"failed\":\"seven\",\"cores\":99999999999,\"pid\":-1,"
        "\"slots\":[{\"path\":\"bad%ZZ\",\"page\":-3},{\"path\":\"%00\"},7,{\"stage\":"
        "\"textextextextext\"}]}";
    struct host_status *h = malloc(sizeof *h);
    (void)state;
    assert_int_equal(hoststatus_read(h, json, sizeof json - 1), 0);
    assert_int_equal(strlen(h->host), HOST_CAP - 1);
    assert_string_equal(
        h->state,
        "ab\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4"); /* 14 bytes: no half character */
    assert_int_equal(h->done, 0);
    assert_int_equal(h->failed, 0);
    assert_int_equal(h->cores, UINT32_MAX);
    assert_int_equal(h->pid, 0);
    assert_int_equal(h->shown_slots, 4);
    assert_string_equal(h->slots[0].path, "");
    assert_int_equal(h->slots[0].page, 0);
    assert_string_equal(h->slots[1].path, "");
    assert_string_equal(h->slots[3].stage, "textextexte");
    free(h);
}

static void what_is_not_said_is_not_known(void **state)
{
    static const char old[] = "{\"host\":\"a\",\"lease\":\"b\",\"slots\":[{\"page\":1}]}";
    struct host_status *h = malloc(sizeof *h);
    struct buf b = {0};
    (void)state;
    assert_int_equal(hoststatus_read(h, old, sizeof old - 1), 0);
    assert_true(h->load.cpu_permille == STATUS_UNKNOWN);
    assert_true(h->load.memory_total == STATUS_UNKNOWN);
    assert_true(h->load.temperature_millidegrees == STATUS_UNKNOWN);
    assert_int_equal(h->ocr, STATUS_OCR_UNKNOWN);
    assert_string_equal(h->slots[0].need, "");
    assert_int_equal(h->slots[0].size, 0);
    hoststatus_write(h, &b); /* nor is it made up on the way back */
    assert_null(strstr(b.data, "languages"));
    assert_null(strstr(b.data, "permille"));
    buf_free(&b);
    free(h);
}

static void figures_that_cannot_be_are_not_known(void **state)
{
    static const char json[] =
        "{\"host\":\"a\",\"lease\":\"b\",\"load\":{\"cpu_permille\":1001,"
        "\"own_cpu_permille\":-1,\"memory_total\":9223372036854775807,\"own_memory\":\"7\","
        "\"memory_available\":7,\"load_hundredths\":1.5,\"temperature_millidegrees\":900000},"
        "\"ocr\":7,\"languages\":[\"deu\",\"<img src=x>\",5,\"a b\",\"\","
        "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\",\"eng\"],"
        "\"slots\":[{\"need\":\"<b>\",\"size\":-1},{\"need\":\"text\"}]}";
    struct host_status *h = malloc(sizeof *h);
    (void)state;
    assert_int_equal(hoststatus_read(h, json, sizeof json - 1), 0);
    assert_true(h->load.cpu_permille == STATUS_UNKNOWN);
    assert_true(h->load.own_cpu_permille == STATUS_UNKNOWN);
    assert_true(h->load.load_hundredths == STATUS_UNKNOWN);
    assert_true(h->load.memory_total == STATUS_UNKNOWN);
    assert_true(h->load.own_memory == STATUS_UNKNOWN);
    assert_int_equal(h->load.memory_available, 7);
    assert_true(h->load.temperature_millidegrees == STATUS_UNKNOWN);
    assert_int_equal(h->ocr, STATUS_OCR_NO);
    assert_string_equal(h->languages, "deu eng ");
    assert_string_equal(h->slots[0].need, "");
    assert_int_equal(h->slots[0].size, 0);
    assert_string_equal(h->slots[1].need, "text");
    free(h);
}

static void languages_are_gone_through(void **state)
{
    struct host_status *h = malloc(sizeof *h);
    struct buf b = {0};
    const char *at, *name;
    size_t n, count = 0;
    (void)state;
    buf_str(&b, "{\"host\":\"a\",\"lease\":\"b\",\"ocr\":true,\"languages\":[");
    for (int i = 0; i < 200; i++) /* more than find room */
        buf_fmt(&b, "%s\"%c%03d_abcdef\"", i ? "," : "", 'a' + i % 26, i);
    buf_str(&b, "]}");
    assert_int_equal(hoststatus_read(h, b.data, b.len), 0);
    for (at = h->languages; (n = hoststatus_language(&at, &name)); count++)
        assert_int_equal(n, 11); /* none is cut */
    assert_int_equal(count, (STATUS_LANGUAGES - 1) / 12);
    assert_int_equal(*at, 0);
    buf_free(&b);
    free(h);
}

static void more_slots_than_fit_are_dropped(void **state)
{
    struct host_status *h = malloc(sizeof *h);
    struct buf b = {0};
    (void)state;
    buf_str(&b, "{\"host\":\"a\",\"lease\":\"b\",\"slots\":[");
    for (int i = 0; i < STATUS_SLOTS + 50; i++)
        buf_fmt(&b, "%s{\"page\":%d}", i ? "," : "", i);
    buf_str(&b, "]}");
    assert_int_equal(hoststatus_read(h, b.data, b.len), 0);
    assert_int_equal(h->shown_slots, STATUS_SLOTS);
    assert_int_equal(h->slots[STATUS_SLOTS - 1].page, STATUS_SLOTS - 1);
    buf_free(&b);
    free(h);
}

static void what_is_no_status_is_refused(void **state)
{
    static const char *const bad[] = {"",
                                      "{",
                                      "[]",
                                      "7",
                                      "{}",
                                      "{\"host\":\"a\"}",
                                      "{\"host\":1,\"lease\":\"b\"}",
                                      "{\"host\":\"a\",\"lease\":\"b\"}x",
                                      "{\"host\":\"a\",\"host\":\"a\",\"lease\":\"b\"}"};
    struct host_status *h = malloc(sizeof *h);
    struct host_status *full = sample();
    struct buf b = {0};
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(hoststatus_read(h, bad[i], strlen(bad[i])), -1);
    hoststatus_write(full, &b);
    for (size_t n = 0; n + 1 < b.len; n++) /* every file that was cut off */
        assert_int_equal(hoststatus_read(h, b.data, n), -1);
    buf_free(&b);
    free(full);
    free(h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(parts_are_written),
        cmocka_unit_test(numbers_are_clamped_and_strings_cut),
        cmocka_unit_test(what_is_not_said_is_not_known),
        cmocka_unit_test(figures_that_cannot_be_are_not_known),
        cmocka_unit_test(languages_are_gone_through),
        cmocka_unit_test(more_slots_than_fit_are_dropped),
        cmocka_unit_test(what_is_no_status_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
