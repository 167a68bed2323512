/* accept_files: what a parser may say when files were asked for, and what its receiver is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "extractd/accept.h"
#include "extractd/receiver.h"

struct fixture {
    struct accept a;
    struct parse_result r;
    struct parse_limits limits;
    struct receiver to;
    struct page_order order;
    struct buf told;
    int refuse; /* the call that is answered by ENOSPC, from 1; 0: none */
    const char *why;
};

static int answer(struct fixture *x)
{
    errno = ENOSPC;
    return x->refuse && --x->refuse == 0 ? -1 : 0;
}

static int on_begin(void *user, const char *name, size_t n, bool zip)
{
    struct fixture *x = user;
    buf_fmt(&x->told, "[%.*s%s", (int)n, name, zip ? " (zip)" : "");
    return answer(x);
}

static int on_bytes(void *user, const void *bytes, size_t n)
{
    struct fixture *x = user;
    buf_fmt(&x->told, " %.*s", (int)n, (const char *)bytes);
    return answer(x);
}

static int on_end(void *user, enum entryfate fate, const char *message)
{
    struct fixture *x = user;
    buf_fmt(&x->told, " %s %s]", entryfate_name(fate), message);
    return answer(x);
}

static int setup(void **state)
{
    struct fixture *x = calloc(1, sizeof *x);
    if (!x)
        return -1;
    x->limits = (struct parse_limits){.max_pages = 3, .max_page_text = 20, .max_text = 30};
    x->to = (struct receiver){.size = 100,
                              .entries = 4,
                              .each = 10,
                              .total = 15,
                              .ratio = 1,
                              .begin = on_begin,
                              .bytes = on_bytes,
                              .end = on_end,
                              .user = x};
    x->order.files = &x->to;
    x->a.caged = true;
    accept_begin(&x->a, &x->r, &x->limits, &x->order);
    *state = x;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *x = *state;
    parse_result_free(&x->r);
    buf_free(&x->told);
    free(x);
    return 0;
}

static enum accept_verdict feed(struct fixture *x, uint8_t type, uint32_t page, const void *p,
                                size_t n)
{
    const struct frame f = {type, page, (uint32_t)n, p};
    return accept_frame(&x->a, &f, &x->why);
}

#define ACCEPTED(call) assert_int_equal(call, ACCEPT_MORE)
#define BREACH(call)   assert_int_equal(call, ACCEPT_BREACH)

static void begin(struct fixture *x)
{
    accept_begin(&x->a, &x->r, &x->limits, &x->order);
    ACCEPTED(feed(x, FRAME_BEGIN, 0, "", 0));
}

static enum accept_verdict entry(struct fixture *x, uint32_t number, const char *name)
{
    char payload[64] = {0};
    memcpy(payload + 1, name, strlen(name));
    return feed(x, FRAME_ENTRY, number, payload, 1 + strlen(name));
}

static enum accept_verdict fate(struct fixture *x, uint32_t number, uint8_t which)
{
    return feed(x, FRAME_FATE, number, &which, 1);
}

static enum accept_verdict end(struct fixture *x, enum outcome outcome)
{
    return feed(x, FRAME_END, outcome, "", 0);
}

static void pass_over(struct fixture *x, uint32_t number, uint8_t which)
{
    ACCEPTED(entry(x, number, "e"));
    ACCEPTED(fate(x, number, which));
}

static void take(struct fixture *x, uint32_t number)
{
    ACCEPTED(entry(x, number, "e"));
    ACCEPTED(feed(x, FRAME_BYTES, number, "ab", 2));
    ACCEPTED(fate(x, number, ENTRY_TAKEN));
}

static void a_good_archive(void **state)
{
    struct fixture *x = *state;
    begin(x);
    ACCEPTED(entry(x, 0, "a.pdf"));
    ACCEPTED(feed(x, FRAME_BYTES, 0, "ab", 2));
    ACCEPTED(feed(x, FRAME_BYTES, 0, "c", 1));
    ACCEPTED(feed(x, FRAME_FATE, 0, "\0", 1));
    ACCEPTED(feed(x, FRAME_ENTRY, 1, "\1b", 2));
    ACCEPTED(feed(x, FRAME_FATE, 1, "\1why", 4));
    assert_int_equal(end(x, OUTCOME_OK), ACCEPT_END);
    assert_string_equal(x->told.data, "[a.pdf ab c taken ][b (zip) not_pdf why]");
    assert_int_equal(x->r.outcome, OUTCOME_OK);
    assert_int_equal(x->a.pages, 2);
    BREACH(end(x, OUTCOME_OK));
}

static void pages_and_files_do_not_mix(void **state)
{
    struct fixture *x = *state;
    begin(x);
    BREACH(feed(x, FRAME_PAGES, 1, "", 1));
    BREACH(feed(x, FRAME_META, 0, "k\0v", 3));
    BREACH(feed(x, FRAME_TEXT, 0, "x", 1));
    x->order.files = NULL;
    begin(x);
    BREACH(entry(x, 0, "a"));
    BREACH(feed(x, FRAME_BYTES, 0, "x", 1));
    BREACH(fate(x, 0, ENTRY_NO_PDF));
    assert_null(x->told.data);
}

static void order_of_frames(void **state)
{
    struct fixture *x = *state;
    accept_begin(&x->a, &x->r, &x->limits, &x->order);
    BREACH(entry(x, 0, "a")); /* before BEGIN */
    begin(x);
    BREACH(feed(x, FRAME_BYTES, 0, "x", 1)); /* of no entry */
    BREACH(fate(x, 0, ENTRY_NO_PDF));
    BREACH(entry(x, 1, "a")); /* not the next */
    ACCEPTED(entry(x, 0, "a"));
    BREACH(entry(x, 1, "b")); /* while one is open */
    BREACH(feed(x, FRAME_BYTES, 1, "x", 1));
    BREACH(feed(x, FRAME_BYTES, 0, "", 0));
    BREACH(fate(x, 1, ENTRY_NO_PDF));
    ACCEPTED(fate(x, 0, ENTRY_NO_PDF));
    BREACH(feed(x, FRAME_BYTES, 0, "x", 1)); /* after its fate */
    BREACH(fate(x, 0, ENTRY_NO_PDF));
    BREACH(entry(x, 0, "a"));
}

static void payloads_are_looked_at(void **state)
{
    struct fixture *x = *state;
    begin(x);
    BREACH(feed(x, FRAME_ENTRY, 0, "", 0));
    BREACH(feed(x, FRAME_ENTRY, 0, "\2a", 2));
    BREACH(feed(x, FRAME_ENTRY, 0, "\0a\0b", 4));
    ACCEPTED(feed(x, FRAME_ENTRY, 0, "\0", 1)); /* no name */
    BREACH(feed(x, FRAME_FATE, 0, "", 0));
    BREACH(fate(x, 0, ENTRY_FATES));
    BREACH(fate(x, 0, 255));
    BREACH(feed(x, FRAME_FATE, 0, "\1\xff", 2));
    BREACH(feed(x, FRAME_FATE, 0, "\1a\nb", 4));
    BREACH(fate(x, 0, ENTRY_TAKEN)); /* of nothing */
    ACCEPTED(feed(x, FRAME_BYTES, 0, "x", 1));
    BREACH(fate(x, 0, ENTRY_NO_PDF)); /* which is known before any byte is sent */
    BREACH(fate(x, 0, ENTRY_ENCRYPTED));
    ACCEPTED(fate(x, 0, ENTRY_DAMAGED));
}

static void each_has_a_limit(void **state)
{
    struct fixture *x = *state;
    begin(x);
    ACCEPTED(entry(x, 0, "a"));
    ACCEPTED(feed(x, FRAME_BYTES, 0, "0123456789", 10));
    BREACH(feed(x, FRAME_BYTES, 0, "x", 1));
}

static void all_have_a_limit(void **state)
{
    struct fixture *x = *state;
    begin(x);
    ACCEPTED(entry(x, 0, "a"));
    ACCEPTED(feed(x, FRAME_BYTES, 0, "0123456789", 10));
    ACCEPTED(fate(x, 0, ENTRY_DAMAGED)); /* does not count: it is thrown away */
    ACCEPTED(entry(x, 1, "b"));
    ACCEPTED(feed(x, FRAME_BYTES, 1, "0123456789", 10));
    ACCEPTED(fate(x, 1, ENTRY_TAKEN));
    ACCEPTED(entry(x, 2, "c"));
    ACCEPTED(feed(x, FRAME_BYTES, 2, "01234", 5));
    BREACH(feed(x, FRAME_BYTES, 2, "x", 1));
}

static void there_is_a_number_of_entries(void **state)
{
    struct fixture *x = *state;
    begin(x);
    for (uint32_t i = 0; i < x->to.entries; i++)
        pass_over(x, i, ENTRY_LITTER);
    BREACH(entry(x, x->to.entries, "one too many"));
}

/* 1 MiB at a time out of 100 bytes, all of it thrown away: only the ratio stops that. */
static void there_is_a_ratio(void **state)
{
    static const char mebibyte[1 << 20];
    struct fixture *x = *state;
    enum accept_verdict v = ACCEPT_MORE;
    uint32_t i = 0;
    x->to.entries = 1000;
    x->to.each = x->to.total = UINT64_MAX;
    begin(x);
    while (v == ACCEPT_MORE && i < x->to.entries) {
        ACCEPTED(entry(x, i, "b"));
        v = feed(x, FRAME_BYTES, i, mebibyte, sizeof mebibyte);
        if (v == ACCEPT_MORE)
            ACCEPTED(fate(x, i++, ENTRY_TOO_LARGE));
    }
    assert_int_equal(v, ACCEPT_BREACH);
    assert_int_equal(i, 10); /* RECEIVER_RATIO_FREE */
}

static void the_end_agrees_with_the_entries(void **state)
{
    struct fixture *x = *state;
    static const enum outcome never[] = {OUTCOME_CANCELLED, OUTCOME_CRASHED, OUTCOME_POISON,
                                         OUTCOME_COUNT};
    begin(x);
    for (size_t i = 0; i < sizeof never / sizeof *never; i++)
        BREACH(end(x, never[i]));
    BREACH(end(x, OUTCOME_OK)); /* with nothing */
    BREACH(end(x, OUTCOME_PARTIAL));
    assert_int_equal(end(x, OUTCOME_NOT_PDF), ACCEPT_END);
    begin(x);
    pass_over(x, 0, ENTRY_NO_PDF);
    BREACH(end(x, OUTCOME_NOT_PDF));
    assert_int_equal(end(x, OUTCOME_EMPTY), ACCEPT_END);
    begin(x);
    take(x, 0);
    BREACH(end(x, OUTCOME_EMPTY));
    BREACH(end(x, OUTCOME_ENCRYPTED));
    pass_over(x, 1, ENTRY_DAMAGED);
    BREACH(end(x, OUTCOME_OK)); /* something is lost */
    ACCEPTED(entry(x, 2, "open"));
    BREACH(end(x, OUTCOME_PARTIAL));
    assert_int_equal(end(x, OUTCOME_LIMIT), ACCEPT_END); /* in the middle of an entry */
    assert_int_equal(x->r.outcome, OUTCOME_LIMIT);
}

/* The receiver's trouble is not the parser's fault. */
static void the_receiver_may_refuse(void **state)
{
    for (int at = 1; at <= 3; at++) {
        struct fixture *x = *state;
        enum accept_verdict v;
        x->refuse = at;
        begin(x);
        if ((v = entry(x, 0, "a")) == ACCEPT_MORE && (v = feed(x, FRAME_BYTES, 0, "x", 1)) == 0)
            v = fate(x, 0, ENTRY_TAKEN);
        assert_int_equal(v, ACCEPT_NO_ROOM);
        assert_int_equal(x->a.error, ENOSPC);
        assert_int_equal(x->refuse, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_good_archive, setup, teardown),
        cmocka_unit_test_setup_teardown(pages_and_files_do_not_mix, setup, teardown),
        cmocka_unit_test_setup_teardown(order_of_frames, setup, teardown),
        cmocka_unit_test_setup_teardown(payloads_are_looked_at, setup, teardown),
        cmocka_unit_test_setup_teardown(each_has_a_limit, setup, teardown),
        cmocka_unit_test_setup_teardown(all_have_a_limit, setup, teardown),
        cmocka_unit_test_setup_teardown(there_is_a_number_of_entries, setup, teardown),
        cmocka_unit_test_setup_teardown(there_is_a_ratio, setup, teardown),
        cmocka_unit_test_setup_teardown(the_end_agrees_with_the_entries, setup, teardown),
        cmocka_unit_test_setup_teardown(the_receiver_may_refuse, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
