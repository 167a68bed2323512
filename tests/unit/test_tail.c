/* tail and line: every whole line once, whatever becomes of the file; and what is no line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "extractd/report.h"
#include "spoold/scan/line.h"
#include "spoold/scan/tail.h"

static char name[] = "/tmp/pdfspool-tail-XXXXXX";
static struct buf told, scratch;
static uint64_t last_offset;

static void tell(void *arg, uint64_t offset, const char *line, size_t n)
{
    (void)arg;
    last_offset = offset;
    buf_add(&told, line, n);
    buf_char(&told, '|');
}

static void append(const char *text, size_t n)
{
    int fd = open(name, O_WRONLY | O_APPEND | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, n), (ssize_t)n);
    close(fd);
}

#define APPEND(text) append(text, sizeof(text) - 1)

/* Meet and read on, as far as it goes. What was told. */
static const char *forward(struct tail *t)
{
    struct stat st;
    int error, fd = open(name, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0 && fstat(fd, &st) == 0);
    buf_clear(&told);
    buf_str(&told, "");
    tail_meet(t, fd, st.st_ino, (uint64_t)st.st_size, &error);
    assert_int_equal(error, 0);
    while (tail_forward(t, fd, (uint64_t)st.st_size, &scratch, tell, NULL) == 1)
        ;
    close(fd);
    return told.data;
}

static const char *backward(struct tail *t)
{
    int fd = open(name, O_RDONLY | O_CLOEXEC);
    buf_clear(&told);
    buf_str(&told, "");
    assert_true(tail_backward(t, fd, &scratch, tell, NULL) >= 0);
    close(fd);
    return told.data;
}

static int set_up(void **state)
{
    (void)state;
    int fd = mkstemp(name);
    if (fd >= 0)
        close(fd);
    return fd >= 0 ? 0 : -1;
}

static int anew(void **state)
{
    (void)state;
    return truncate(name, 0);
}

static int tear_down(void **state)
{
    (void)state;
    buf_free(&told);
    buf_free(&scratch);
    return unlink(name);
}

static void lines_come_as_they_are_finished(void **state)
{
    struct tail t = {0};
    (void)state;
    assert_string_equal(forward(&t), "");
    APPEND("one\ntwo\nthr");
    assert_string_equal(forward(&t), "one|two|");
    assert_string_equal(forward(&t), "");
    APPEND("ee");
    assert_string_equal(forward(&t), "");
    APPEND("\n\nfour\n");
    assert_string_equal(forward(&t), "three||four|");
    assert_int_equal(last_offset, 15);
    assert_int_equal(t.from, 0);
    assert_int_equal(t.harmed, 0);
}

static void what_was_there_is_read_backwards(void **state)
{
    struct tail t = {0};
    char line[64];
    struct buf all = {0};
    unsigned next = 60000, blocks = 0;
    (void)state;
    for (unsigned i = 0; i < 60000; i++)
        buf_fmt(&all, "line %u%.*s\n", i, (int)(i % 7), "xxxxxxx");
    append(all.data, all.len);
    buf_free(&all);
    APPEND("not yet whole");
    assert_string_equal(forward(&t), "");
    APPEND(", now\nnew\n");
    assert_string_equal(forward(&t), "not yet whole, now|new|");
    while (t.from > 0) {
        const char *p = backward(&t);
        unsigned first = (unsigned)strtoul(p + 5, NULL, 10);
        assert_true(first < next && *p);
        for (unsigned i = first; i < next; i++) { /* all of them, in order */
            int n = snprintf(line, sizeof line, "line %u%.*s|", i, (int)(i % 7), "xxxxxxx");
            assert_memory_equal(p, line, (size_t)n);
            p += n;
        }
        assert_int_equal(*p, 0);
        next = first;
        blocks++;
    }
    assert_int_equal(next, 0);
    assert_true(blocks > 2);
    assert_int_equal(tail_backward(&t, -1, &scratch, tell, NULL), 0);
    assert_int_equal(t.harmed, 0);
}

static void a_shorter_or_another_file_is_met_anew(void **state)
{
    struct tail t = {0};
    char other[64];
    (void)state;
    APPEND("one\ntwo\n");
    assert_string_equal(forward(&t), "");
    assert_string_equal(backward(&t), "one|two|");
    assert_int_equal(truncate(name, 0), 0);
    APPEND("new\n");
    assert_string_equal(forward(&t), "");
    assert_string_equal(backward(&t), "new|");
    /* Rotation: another file takes the name, longer than what was read. */
    snprintf(other, sizeof other, "%s.other", name);
    int fd = open(other, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_int_equal(write(fd, "first\nsecond\n", 13), 13);
    close(fd);
    assert_int_equal(rename(other, name), 0);
    assert_string_equal(forward(&t), "");
    assert_string_equal(backward(&t), "first|second|");
    APPEND("third\n");
    assert_string_equal(forward(&t), "third|");
}

static void harmed_lines_are_passed_over(void **state)
{
    struct tail t = {0};
    char *giant = malloc(1000000);
    (void)state;
    assert_string_equal(forward(&t), "");
    memset(giant, 'x', 1000000);
    append(giant, 1000000);
    assert_string_equal(forward(&t), "");
    APPEND("end of it\nnext\n");
    assert_string_equal(forward(&t), "next|");
    assert_int_equal(t.harmed, 1);
    /* A block that has not arrived is waited for; when it comes, nothing is lost. */
    APPEND("a\nb\0\0\0\0\nc\n");
    assert_string_equal(forward(&t), "a|");
    assert_string_equal(forward(&t), "");
    int fd = open(name, O_WRONLY | O_CLOEXEC);
    assert_int_equal(pwrite(fd, "cdef", 4, (off_t)t.to + 1), 4);
    close(fd);
    assert_string_equal(forward(&t), "bcdef|c|");
    /* One that never comes is given up. */
    APPEND("d\n\0\ne\n");
    assert_string_equal(forward(&t), "d|");
    t.hole_ms -= 10001;
    assert_string_equal(forward(&t), "e|");
    assert_int_equal(t.harmed, 2);
    free(giant);
}

/* The same from the other side. */
static void harmed_lines_are_passed_over_backwards(void **state)
{
    struct tail t = {0};
    struct buf all = {0};
    char *giant = malloc(1000000);
    (void)state;
    memset(giant, 'x', 1000000);
    APPEND("first\nsecond\n");
    append(giant, 1000000);
    APPEND("\nthird\nhole\0\nfourth\n");
    assert_string_equal(forward(&t), "");
    while (t.from > 0) {
        struct buf now = {0};
        buf_str(&now, backward(&t));
        buf_add(&now, all.data ? all.data : "", all.len);
        buf_free(&all);
        all = now;
    }
    assert_string_equal(all.data, "first|second|third|fourth|");
    assert_true(t.harmed >= 2);
    buf_free(&all);
    free(giant);
}

static void events_are_what_workers_write(void **state)
{
    struct parse_result parsed;
    struct parsed_page pages[3];
    struct token token = {
        .attempt = 3, .history = "cd", .document = "abcdefghjkmn-4", .claim = "x-1"};
    struct report r = {.path = "a/\xff%\n.pdf",
                       .token = &token,
                       .outcome = OUTCOME_PARTIAL,
                       .message = "page 2: \"quoted\"",
                       .sha256 = "",
                       .folder = "",
                       .size = 77,
                       .began_ms = 1790000000000,
                       .ended_ms = 1790000001234,
                       .load_ms = 11,
                       .parse_ms = 1200,
                       .wait_ms = 5,
                       .stage = "text",
                       .parsed = &parsed};
    struct buf b = {0};
    struct line l = {0};
    (void)state;
    memset(&parsed, 0, sizeof parsed);
    memset(pages, 0, sizeof pages);
    parsed.pages = pages;
    parsed.n_pages = 3;
    for (int i = 0; i < 3; i++)
        pages[i].done = true;
    pages[0].tier = TIER_TEXT;
    pages[1].tier = TIER_BAD;
    pages[2].tier = TIER_TEXT;
    report_event("done", &r, "done/a/\xff%\n.pdf", &b);
    assert_true(line_read(&l, b.data, b.len - 1));
    const struct fact_event *e = &l.event;
    assert_int_equal(e->what, EVENT_DONE);
    assert_int_equal(e->outcome, OUTCOME_PARTIAL);
    assert_int_equal(e->time_ms, r.ended_ms);
    assert_int_equal(e->took_ms, 1234);
    assert_string_equal(e->path, r.path);
    assert_string_equal(e->as, "done/a/\xff%\n.pdf");
    assert_string_equal(e->document, "abcdefghjkmn-4");
    assert_string_equal(e->claim, "x-1");
    assert_string_equal(e->version, PDFSPOOL_VERSION);
    assert_int_equal(e->load_ms, 11);
    assert_int_equal(e->parse_ms, 1200);
    assert_int_equal(e->wait_ms, 5);
    assert_string_equal(e->stage, ""); /* it has not failed */
    assert_string_equal(e->history, "cd");
    assert_string_equal(e->message, r.message);
    assert_int_equal(e->attempt, 3);
    assert_int_equal(e->pages, 3);
    assert_int_equal(e->size, 77);
    assert_true(e->known_tiers);
    assert_int_equal(e->tiers[PAGES_TEXT], 2);
    assert_int_equal(e->tiers[PAGES_BAD], 1);
    assert_int_equal(e->tiers[PAGES_OCR], 0);
    for (size_t n = 0; n + 2 < b.len; n++) /* every line that was cut off */
        assert_false(line_read(&l, b.data, n));
    buf_clear(&b);
    r.outcome = OUTCOME_CRASHED;
    report_event("failed", &r, "failed/crashed/a", &b);
    assert_true(line_read(&l, b.data, b.len - 1));
    assert_string_equal(l.event.stage, "text");
    buf_clear(&b);
    r.stage = NULL;
    report_event("failed", &r, "failed/crashed/a", &b);
    assert_true(line_read(&l, b.data, b.len - 1));
    assert_string_equal(l.event.stage, "");
    line_free(&l);
    buf_free(&b);
}

/* What older workers do not say is not known; what is no claim, version or time is none. */
static void what_a_line_lacks_is_not_known(void **state)
{
    static const char *const lines[] = {
        "{\"time\":\"2026-11-22T04:31:08.123Z\",\"event\":\"done\",\"outcome\":\"ok\"}",
        "{\"time\":\"2026-11-22T04:31:08.123Z\",\"event\":\"done\",\"outcome\":\"ok\","
        "\"claim\":\"<b>\",\"version\":\"1 2\",\"load_ms\":-7,\"parse_ms\":9223372036854775807,"
        "\"wait_ms\":\"3\",\"stage\":\"a stage that is much too long\"}"};
    struct line l = {0};
    (void)state;
    for (int i = 0; i < 2; i++) {
        assert_true(line_read(&l, lines[i], strlen(lines[i])));
        assert_string_equal(l.event.claim, "");
        assert_string_equal(l.event.version, "");
        assert_string_equal(l.event.stage, "");
        assert_int_equal(l.event.load_ms, -1);
        assert_int_equal(l.event.parse_ms, -1);
        assert_int_equal(l.event.wait_ms, -1);
    }
    line_free(&l);
}

static void what_is_no_event_is_refused(void **state)
{
    static const char *const bad[] = {
        "{}",
        "[]",
        "7",
        "{\"time\":\"2026-11-22T04:31:08.123Z\",\"event\":\"done\",\"path\":\"a\"}",
        "{\"time\":\"2026-11-22T04:31:08.123Z\",\"event\":\"gone\",\"outcome\":\"ok\"}",
        "{\"time\":\"2026-13-22T04:31:08.123Z\",\"event\":\"done\",\"outcome\":\"ok\"}",
        "{\"time\":\"2026-11-22T04:31:08\",\"event\":\"done\",\"outcome\":\"ok\"}",
        "{\"time\":\"2026-11-22T04:31:08.123Z\",\"event\":\"done\",\"outcome\":\"ok\",\"size\":-1}",
        "{\"time\":\"2026-11-22T04:31:08.123Z\",\"event\":\"done\",\"outcome\":\"ok\",\"path\":\"%"
        "00\"}",
        "{\"time\":\"2026-11-22T04:31:08.123Z\",\"event\":\"done\",\"outcome\":\"ok\",\"history\":["
        "\"ok\"]}",
        "{\"time\":\"2026-11-22T04:31:08.123Z\",\"event\":\"done\",\"outcome\":\"ok\",\"history\":["
        "7]}"};
    static const char good[] =
        "{\"time\":\"2026-11-22T04:31:08.123Z\",\"event\":\"done\",\"outcome\":\"ok\"}";
    struct line l = {0};
    (void)state;
    assert_true(line_read(&l, good, sizeof good - 1)); /* and the frame is refused: no path */
    assert_false(l.event.known_tiers);
    struct fact f = {.type = FACT_EVENT, .event = l.event};
    f.event.host = "a";
    f.event.lease = "abc";
    f.event.length = 10;
    struct buf b = {0};
    assert_false(fact_encode(&f, &b));
    buf_free(&b);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(line_read(&l, bad[i], strlen(bad[i])));
    line_free(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(lines_come_as_they_are_finished, anew),
        cmocka_unit_test_setup(what_was_there_is_read_backwards, anew),
        cmocka_unit_test_setup(a_shorter_or_another_file_is_met_anew, anew),
        cmocka_unit_test_setup(harmed_lines_are_passed_over, anew),
        cmocka_unit_test_setup(harmed_lines_are_passed_over_backwards, anew),
        cmocka_unit_test(events_are_what_workers_write),
        cmocka_unit_test(what_a_line_lacks_is_not_known),
        cmocka_unit_test(what_is_no_event_is_refused),
    };
    return cmocka_run_group_tests_name("tail", tests, set_up, tear_down);
}
