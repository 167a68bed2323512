/*
 * What comes out of a parser's pipe: frames that are none, frames at the wrong time, and the good
 * ones.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "extractd/accept.h"
#include "extractd/frame.h"
#include "extractd/wire.h"

/* ---- frame ---- */

static size_t put(uint8_t *to, uint8_t type, uint32_t page, const void *payload, uint32_t n)
{
    frame_header(to, type, page, n);
    if (n)
        memcpy(to + FRAME_HEADER, payload, n);
    return FRAME_HEADER + n;
}

static void round_trip(void **state)
{
    uint8_t bytes[64];
    struct frame f;
    size_t used, n = put(bytes, FRAME_TEXT, 0x01020304, "hello", 5);
    (void)state;
    assert_int_equal(frame_decode(bytes, n, &f, &used), FRAME_WHOLE);
    assert_int_equal(used, n);
    assert_int_equal(f.type, FRAME_TEXT);
    assert_int_equal(f.page, 0x01020304);
    assert_int_equal(f.length, 5);
    assert_memory_equal(f.bytes, "hello", 5);
}

static void every_prefix_asks_for_more(void **state)
{
    uint8_t bytes[64];
    struct frame f;
    size_t used, n = put(bytes, FRAME_END, 0, "message", 7);
    (void)state;
    for (size_t i = 0; i < n; i++)
        assert_int_equal(frame_decode(bytes, i, &f, &used), FRAME_MORE);
}

static void unknown_types_break_at_the_first_byte(void **state)
{
    struct frame f;
    size_t used;
    (void)state;
    for (int t = 0; t < 256; t++) {
        uint8_t byte = (uint8_t)t;
        bool known = t >= FRAME_CAGED && t < FRAME_TYPE_END;
        assert_int_equal(frame_decode(&byte, 1, &f, &used), known ? FRAME_MORE : FRAME_BROKEN);
    }
}

static void too_long_breaks_at_the_header(void **state)
{
    uint8_t header[FRAME_HEADER];
    struct frame f;
    size_t used;
    (void)state;
    for (uint8_t t = FRAME_CAGED; t < FRAME_TYPE_END; t++) {
        uint32_t most = frame_payload_max(t);
        frame_header(header, t, 0, most);
        assert_int_equal(frame_decode(header, sizeof header, &f, &used),
                         most ? FRAME_MORE : FRAME_WHOLE);
        frame_header(header, t, 0, most + 1);
        assert_int_equal(frame_decode(header, sizeof header, &f, &used), FRAME_BROKEN);
        frame_header(header, t, 0, UINT32_MAX);
        assert_int_equal(frame_decode(header, sizeof header, &f, &used), FRAME_BROKEN);
    }
}

static void no_frame_exceeds_the_buffer(void **state)
{
    (void)state;
    for (uint8_t t = FRAME_CAGED; t < FRAME_TYPE_END; t++)
        assert_true(FRAME_HEADER + frame_payload_max(t) <= FRAME_BYTES_MAX);
}

/* ---- accept ---- */

struct fixture {
    struct accept a;
    struct parse_result r;
    struct parse_limits limits;
    const char *why;
};

static int setup(void **state)
{
    struct fixture *x = calloc(1, sizeof *x);
    if (!x)
        return -1;
    x->limits = (struct parse_limits){.max_pages = 3, .max_page_text = 20, .max_text = 30};
    accept_begin(&x->a, &x->r, &x->limits);
    *state = x;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *x = *state;
    buf_free(&x->r.text);
    buf_free(&x->r.meta);
    free(x->r.pages);
    free(x);
    return 0;
}

static enum accept_verdict feed(struct fixture *x, uint8_t type, uint32_t page, const void *p,
                                size_t n)
{
    const struct frame f = {type, page, (uint32_t)n, p};
    return accept_frame(&x->a, &f, &x->why);
}

static enum accept_verdict feed_page(struct fixture *x, uint32_t page, uint32_t tier,
                                     uint32_t chars, uint32_t unmapped, const char *message)
{
    uint8_t p[WIRE_PAGE_SIZE + 64] = {0};
    frame_put_u32(p, tier);
    frame_put_u32(p + 4, chars);
    frame_put_u32(p + 12, unmapped);
    memcpy(p + WIRE_PAGE_SIZE, message, strlen(message));
    return feed(x, FRAME_PAGE, page, p, WIRE_PAGE_SIZE + strlen(message));
}

static void start(struct fixture *x, uint32_t pages)
{
    assert_int_equal(feed(x, FRAME_CAGED, 0, "full", 4), ACCEPT_MORE);
    assert_int_equal(feed(x, FRAME_BEGIN, 0, "", 0), ACCEPT_MORE);
    if (pages)
        assert_int_equal(feed(x, FRAME_PAGES, pages, "", 1), ACCEPT_MORE);
}

#define ACCEPTED(call) assert_int_equal(call, ACCEPT_MORE)
#define BREACH(call)   assert_int_equal(call, ACCEPT_BREACH)

static void a_good_document(void **state)
{
    struct fixture *x = *state;
    start(x, 2);
    ACCEPTED(feed(x, FRAME_META, 0, "Title\0T\xc3\xa4", 9));
    ACCEPTED(feed(x, FRAME_TEXT, 0, "one ", 4));
    ACCEPTED(feed(x, FRAME_TEXT, 0, "\xef\xbf\xbd", 3));
    ACCEPTED(feed_page(x, 0, TIER_TEXT, 5, 1, "note"));
    ACCEPTED(feed_page(x, 1, TIER_NONE, 0, 0, ""));
    assert_int_equal(feed(x, FRAME_END, OUTCOME_PARTIAL, "", 0), ACCEPT_END);
    assert_string_equal(x->r.text.data, "one \xef\xbf\xbd\f\f");
    assert_int_equal(x->r.n_pages, 2);
    assert_int_equal(x->r.pages_without_text, 1);
    assert_int_equal(x->r.outcome, OUTCOME_PARTIAL);
    assert_string_equal(x->r.pages[0].message, "note");
    assert_int_equal(x->r.meta.len, 10);
    assert_string_equal(x->a.sandbox, "full");
    BREACH(feed(x, FRAME_END, OUTCOME_PARTIAL, "", 0));
}

static void order_of_frames(void **state)
{
    struct fixture *x = *state;
    BREACH(feed(x, FRAME_BEGIN, 0, "", 0)); /* before CAGED */
    BREACH(feed(x, FRAME_CAGED, 0, "fullx", 5));
    ACCEPTED(feed(x, FRAME_CAGED, 0, "none", 4));
    BREACH(feed(x, FRAME_CAGED, 0, "none", 4));
    BREACH(feed(x, FRAME_PAGES, 1, "", 1)); /* before BEGIN */
    ACCEPTED(feed(x, FRAME_BEGIN, 0, "", 0));
    BREACH(feed(x, FRAME_BEGIN, 0, "", 0));
    BREACH(feed(x, FRAME_CAGED, 0, "none", 4));
    BREACH(feed(x, FRAME_TEXT, 0, "x", 1)); /* before PAGES */
    BREACH(feed(x, FRAME_META, 0, "k\0v", 3));
    BREACH(feed_page(x, 0, TIER_BLANK, 0, 0, ""));
    ACCEPTED(feed(x, FRAME_PAGES, 1, "", 1));
    BREACH(feed(x, FRAME_PAGES, 1, "", 1));
    ACCEPTED(feed(x, FRAME_TEXT, 0, "x", 1));
    BREACH(feed(x, FRAME_META, 0, "k\0v", 3)); /* after text */
}

static void page_numbers(void **state)
{
    struct fixture *x = *state;
    start(x, 0);
    BREACH(feed(x, FRAME_PAGES, 0, "", 1));
    BREACH(feed(x, FRAME_PAGES, 4, "", 1)); /* more than max_pages */
    BREACH(feed(x, FRAME_PAGES, 1, "\x80", 1));
    BREACH(feed(x, FRAME_PAGES, 1, "", 0));
    ACCEPTED(feed(x, FRAME_PAGES, 2, "", 1));
    BREACH(feed(x, FRAME_TEXT, UINT32_MAX, "x", 1));
    BREACH(feed(x, FRAME_TEXT, 1, "x", 1));
    BREACH(feed_page(x, 1, TIER_BLANK, 0, 0, ""));
    ACCEPTED(feed_page(x, 0, TIER_BLANK, 0, 0, ""));
    BREACH(feed_page(x, 0, TIER_BLANK, 0, 0, ""));
    ACCEPTED(feed_page(x, 1, TIER_BLANK, 0, 0, ""));
    BREACH(feed_page(x, 2, TIER_BLANK, 0, 0, ""));
    BREACH(feed(x, FRAME_TEXT, 2, "x", 1));
}

static void text_is_text(void **state)
{
    struct fixture *x = *state;
    start(x, 1);
    BREACH(feed(x, FRAME_TEXT, 0, "a\0b", 3));
    BREACH(feed(x, FRAME_TEXT, 0, "a\fb", 3));
    BREACH(feed(x, FRAME_TEXT, 0, "\xc0\x80", 2));
    BREACH(feed(x, FRAME_TEXT, 0, "\xed\xa0\x80", 3)); /* half of a surrogate pair */
    BREACH(feed(x, FRAME_TEXT, 0, "\xe2\x82", 2));     /* cut off */
    BREACH(feed(x, FRAME_TEXT, 0, "", 0));
}

static void text_has_limits(void **state)
{
    struct fixture *x = *state;
    start(x, 2);
    ACCEPTED(feed(x, FRAME_TEXT, 0, "12345678901234567890", 20));
    BREACH(feed(x, FRAME_TEXT, 0, "1", 1)); /* of the page */
    teardown(state);
    setup(state);
    x = *state;
    start(x, 2);
    ACCEPTED(feed(x, FRAME_TEXT, 0, "12345678901234567890", 20));
    ACCEPTED(feed_page(x, 0, TIER_TEXT, 20, 0, ""));
    BREACH(feed(x, FRAME_TEXT, 1, "12345678901", 11)); /* of the document */
}

static void a_page_agrees_with_its_text(void **state)
{
    struct fixture *x = *state;
    start(x, 1);
    BREACH(feed_page(x, 0, TIER_TEXT, 0, 0, ""));
    BREACH(feed_page(x, 0, TIER_COUNT, 0, 0, ""));
    BREACH(feed_page(x, 0, TIER_BLANK, 0, 0, "two\nlines"));
    BREACH(feed_page(x, 0, TIER_BLANK, 0, 0, "\xff"));
    BREACH(feed(x, FRAME_PAGE, 0, "short", 5));
    ACCEPTED(feed(x, FRAME_TEXT, 0, " \n", 2));
    BREACH(feed_page(x, 0, TIER_TEXT, 2, 0, "")); /* nothing to be seen */
    ACCEPTED(feed(x, FRAME_TEXT, 0, "x", 1));
    BREACH(feed_page(x, 0, TIER_TEXT, 2, 0, ""));
    BREACH(feed_page(x, 0, TIER_TEXT, 3, 1, ""));
    BREACH(feed_page(x, 0, TIER_BLANK, 3, 0, ""));
    ACCEPTED(feed_page(x, 0, TIER_TEXT, 3, 0, ""));
}

static void the_end_agrees_with_the_pages(void **state)
{
    struct fixture *x = *state;
    start(x, 0);
    BREACH(feed(x, FRAME_END, OUTCOME_OK, "", 0)); /* no pages */
    BREACH(feed(x, FRAME_END, OUTCOME_COUNT, "", 0));
    BREACH(feed(x, FRAME_END, UINT32_MAX, "", 0));
    BREACH(feed(x, FRAME_END, OUTCOME_CRASHED, "", 0)); /* only those outside know that */
    BREACH(feed(x, FRAME_END, OUTCOME_CORRUPT, "\x1b[2J", 4));
    ACCEPTED(feed(x, FRAME_PAGES, 2, "", 1));
    BREACH(feed(x, FRAME_END, OUTCOME_NOT_PDF, "", 0));
    ACCEPTED(feed_page(x, 0, TIER_BLANK, 0, 0, ""));
    BREACH(feed(x, FRAME_END, OUTCOME_EMPTY, "", 0)); /* a page is missing */
    ACCEPTED(feed_page(x, 1, TIER_BAD, 0, 0, "broken"));
    BREACH(feed(x, FRAME_END, OUTCOME_OK, "", 0));
    BREACH(feed(x, FRAME_END, OUTCOME_PARTIAL, "", 0));
    assert_int_equal(feed(x, FRAME_END, OUTCOME_EMPTY, "", 0), ACCEPT_END);
}

static void failures_may_end_anywhere(void **state)
{
    struct fixture *x = *state;
    start(x, 1);
    ACCEPTED(feed(x, FRAME_TEXT, 0, "x", 1));
    assert_int_equal(feed(x, FRAME_END, OUTCOME_LIMIT, "too much", 8), ACCEPT_END);
    assert_string_equal(x->r.message, "too much");
}

static void long_messages_are_cut_at_a_character(void **state)
{
    struct fixture *x = *state;
    uint8_t p[WIRE_PAGE_SIZE + FRAME_MESSAGE_MAX] = {0};
    start(x, 1);
    frame_put_u32(p, TIER_BLANK);
    for (size_t i = 0; i + 2 <= FRAME_MESSAGE_MAX; i += 2)
        memcpy(p + WIRE_PAGE_SIZE + i, "\xc3\xa4", 2);
    ACCEPTED(feed(x, FRAME_PAGE, 0, p, sizeof p));
    assert_int_equal(strlen(x->r.pages[0].message), sizeof x->r.pages[0].message - 2);
}

static void the_next_document_begins_clean(void **state)
{
    struct fixture *x = *state;
    start(x, 1);
    ACCEPTED(feed(x, FRAME_TEXT, 0, "x", 1));
    assert_int_equal(feed(x, FRAME_END, OUTCOME_LIMIT, "", 0), ACCEPT_END);
    accept_begin(&x->a, &x->r, &x->limits);
    assert_string_equal(x->a.sandbox, "full");
    ACCEPTED(feed(x, FRAME_BEGIN, 0, "", 0)); /* CAGED was said, once and for all */
}

/* Any bytes at all: never a crash (sanitizers watch), never a frame beyond the buffer. */
static void noise(void **state)
{
    struct fixture *x = *state;
    uint8_t bytes[256];
    unsigned seed = 12345;
    for (int round = 0; round < 20000; round++) {
        for (size_t i = 0; i < sizeof bytes; i++) {
            seed = seed * 1103515245 + 12345;
            bytes[i] = (uint8_t)((seed >> 16) % (i % FRAME_HEADER < 6 ? 9u : 200u));
        }
        accept_begin(&x->a, &x->r, &x->limits);
        x->a.caged = round & 1;
        buf_clear(&x->r.text);
        x->r.n_pages = 0;
        struct frame f;
        size_t used;
        for (size_t at = 0;
             frame_decode(bytes + at, sizeof bytes - at, &f, &used) == FRAME_WHOLE;) {
            assert_true(at + used <= sizeof bytes);
            at += used;
            if (accept_frame(&x->a, &f, &x->why) != ACCEPT_MORE)
                break;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(round_trip),
        cmocka_unit_test(every_prefix_asks_for_more),
        cmocka_unit_test(unknown_types_break_at_the_first_byte),
        cmocka_unit_test(too_long_breaks_at_the_header),
        cmocka_unit_test(no_frame_exceeds_the_buffer),
        cmocka_unit_test_setup_teardown(a_good_document, setup, teardown),
        cmocka_unit_test_setup_teardown(order_of_frames, setup, teardown),
        cmocka_unit_test_setup_teardown(page_numbers, setup, teardown),
        cmocka_unit_test_setup_teardown(text_is_text, setup, teardown),
        cmocka_unit_test_setup_teardown(text_has_limits, setup, teardown),
        cmocka_unit_test_setup_teardown(a_page_agrees_with_its_text, setup, teardown),
        cmocka_unit_test_setup_teardown(the_end_agrees_with_the_pages, setup, teardown),
        cmocka_unit_test_setup_teardown(failures_may_end_anywhere, setup, teardown),
        cmocka_unit_test_setup_teardown(long_messages_are_cut_at_a_character, setup, teardown),
        cmocka_unit_test_setup_teardown(the_next_document_begins_clean, setup, teardown),
        cmocka_unit_test_setup_teardown(noise, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
