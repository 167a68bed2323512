/* accept: what a parser may say when, and what it adds up to; result: pages put together. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "extractd/accept.h"
#include "extractd/frame.h"

static const struct page_order all = {0};

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
    accept_begin(&x->a, &x->r, &x->limits, &all);
    *state = x;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *x = *state;
    parse_result_free(&x->r);
    free(x);
    return 0;
}

static enum accept_verdict feed(struct fixture *x, uint8_t type, uint32_t page, const void *p,
                                size_t n)
{
    const struct frame f = {type, page, (uint32_t)n, p};
    return accept_frame(&x->a, &f, &x->why);
}

static void put_page(uint8_t p[WIRE_PAGE_SIZE], const struct wire_page *w)
{
    const uint32_t values[] = {w->tier,     w->reason,     w->chars, w->micros,
                               w->unmapped, w->confidence, w->score, w->dpi};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        frame_put_u32(p + 4 * i, values[i]);
}

static enum accept_verdict feed_whole_page(struct fixture *x, uint32_t page,
                                           const struct wire_page *w, const char *message)
{
    uint8_t p[WIRE_PAGE_SIZE + 64] = {0};
    put_page(p, w);
    memcpy(p + WIRE_PAGE_SIZE, message, strlen(message));
    return feed(x, FRAME_PAGE, page, p, WIRE_PAGE_SIZE + strlen(message));
}

static enum accept_verdict feed_page(struct fixture *x, uint32_t page, uint32_t tier,
                                     uint32_t chars, uint32_t unmapped, const char *message)
{
    const struct wire_page w = {.tier = tier,
                                .reason = tier == TIER_BAD ? OUTCOME_CORRUPT : OUTCOME_OK,
                                .chars = chars,
                                .unmapped = unmapped,
                                .confidence = WIRE_UNKNOWN,
                                .score = WIRE_UNKNOWN};
    return feed_whole_page(x, page, &w, message);
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
    assert_int_equal(feed(x, FRAME_END, OUTCOME_OK, "", 0), ACCEPT_END);
    assert_string_equal(x->r.text.data, "one \xef\xbf\xbd\f\f");
    assert_int_equal(x->r.n_pages, 2);
    assert_int_equal(parse_result_count(&x->r, TIER_NONE), 1);
    assert_int_equal(x->r.outcome, OUTCOME_PARTIAL);
    assert_string_equal(x->r.pages[0].message, "note");
    assert_int_equal(x->r.meta.len, 10);
    assert_string_equal(x->a.sandbox, "full");
    BREACH(feed(x, FRAME_END, OUTCOME_OK, "", 0));
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
    BREACH(feed(x, FRAME_END, OUTCOME_OK, "", 0)); /* a page is missing */
    ACCEPTED(feed(x, FRAME_TEXT, 1, "x", 1));
    BREACH(feed(x, FRAME_END, OUTCOME_OK, "", 0)); /* and still is */
    ACCEPTED(feed_page(x, 1, TIER_BAD, 1, 0, "broken"));
    BREACH(feed(x, FRAME_END, OUTCOME_PARTIAL, "", 0)); /* what it comes to is not its business */
    BREACH(feed(x, FRAME_END, OUTCOME_EMPTY, "", 0));
    assert_int_equal(feed(x, FRAME_END, OUTCOME_OK, "", 0), ACCEPT_END);
    assert_int_equal(x->r.outcome, OUTCOME_PARTIAL);
}

static void numbers_of_a_page_have_bounds(void **state)
{
    struct fixture *x = *state;
    const struct wire_page good = {.tier = TIER_OCR,
                                   .chars = 1,
                                   .confidence = WIRE_CONFIDENCE_MAX,
                                   .score = WIRE_SCORE_MAX,
                                   .dpi = 300};
    struct wire_page w = good;
    start(x, 2);
    ACCEPTED(feed(x, FRAME_TEXT, 0, "x", 1));
    w.confidence++;
    BREACH(feed_whole_page(x, 0, &w, ""));
    w = good;
    w.score++;
    BREACH(feed_whole_page(x, 0, &w, ""));
    w = good;
    w.dpi = 10001;
    BREACH(feed_whole_page(x, 0, &w, ""));
    w = good;
    w.reason = OUTCOME_LIMIT; /* of a good page */
    BREACH(feed_whole_page(x, 0, &w, ""));
    w.tier = TIER_BAD;
    w.reason = OUTCOME_CRASHED; /* only those outside know that */
    BREACH(feed_whole_page(x, 0, &w, ""));
    ACCEPTED(feed_whole_page(x, 0, &good, ""));
    assert_int_equal(x->r.pages[0].dpi, 300);
    assert_int_equal(x->r.pages[0].confidence, WIRE_CONFIDENCE_MAX);
    w = (struct wire_page){.tier = TIER_OCR, .confidence = WIRE_UNKNOWN, .score = WIRE_UNKNOWN};
    ACCEPTED(feed_whole_page(x, 1, &w, "")); /* a picture without words */
    assert_int_equal(feed(x, FRAME_END, OUTCOME_OK, "", 0), ACCEPT_END);
    assert_int_equal(x->r.outcome, OUTCOME_OK);
}

static void the_other_text(void **state)
{
    struct fixture *x = *state;
    start(x, 2);
    BREACH(feed(x, FRAME_OTHER, 1,
                "\x01"
                "ab",
                3)); /* not due */
    BREACH(feed(x, FRAME_OTHER, 0, "\x01", 1));
    BREACH(feed(x, FRAME_OTHER, 0,
                "\x63"
                "ab",
                3)); /* no tier */
    BREACH(feed(x, FRAME_OTHER, 0,
                "\x01"
                "a\f",
                3));
    BREACH(feed(x, FRAME_OTHER, 0,
                "\x01"
                "\xff",
                2));
    ACCEPTED(feed(x, FRAME_OTHER, 0,
                  "\x01"
                  "ab",
                  3));
    BREACH(feed(x, FRAME_OTHER, 0,
                "\x02"
                "ab",
                3)); /* a third tier */
    ACCEPTED(feed(x, FRAME_OTHER, 0,
                  "\x01"
                  "cd",
                  3));
    BREACH(feed(x, FRAME_OTHER, 0,
                "\x01"
                "12345678901234567",
                18)); /* too much */
    ACCEPTED(feed(x, FRAME_TEXT, 0, "x", 1));
    ACCEPTED(feed_page(x, 0, TIER_OCR, 1, 0, ""));
    ACCEPTED(feed_page(x, 1, TIER_BLANK, 0, 0, ""));
    assert_int_equal(x->r.pages[0].other_bytes, 4);
    assert_int_equal(x->r.pages[0].other_tier, TIER_TEXT);
    assert_memory_equal(x->r.others.data + x->r.pages[0].other_at, "abcd", 4);
    assert_int_equal(x->r.pages[1].other_bytes, 0);
}

/* A parser that ends at page 2 of 3; another one for the rest. */
static void a_second_job_for_the_rest(void **state)
{
    struct fixture *x = *state;
    start(x, 3);
    ACCEPTED(feed(x, FRAME_META, 0, "k\0v", 3));
    ACCEPTED(feed(x, FRAME_TEXT, 0, "one", 3));
    ACCEPTED(feed_page(x, 0, TIER_TEXT, 3, 0, ""));
    ACCEPTED(feed(x, FRAME_TEXT, 1, "half", 4));
    assert_int_equal(x->r.due, 1);
    accept_abandon(&x->a);
    assert_string_equal(x->r.text.data, "one\f");
    assert_true(parse_result_bad(&x->r, 1, OUTCOME_CRASHED, "SIGSEGV"));
    accept_begin(&x->a, &x->r, &x->limits, &(struct page_order){.first = 2});
    ACCEPTED(feed(x, FRAME_BEGIN, 0, "", 0));
    BREACH(feed(x, FRAME_PAGES, 2, "", 1)); /* there were three */
    ACCEPTED(feed(x, FRAME_PAGES, 3, "", 1));
    BREACH(feed(x, FRAME_META, 0, "l\0v", 3)); /* all of it came with the first */
    BREACH(feed(x, FRAME_TEXT, 1, "x", 1));
    ACCEPTED(feed(x, FRAME_TEXT, 2, "three", 5));
    ACCEPTED(feed_page(x, 2, TIER_TEXT, 5, 0, ""));
    assert_int_equal(feed(x, FRAME_END, OUTCOME_OK, "", 0), ACCEPT_END);
    assert_int_equal(x->r.outcome, OUTCOME_PARTIAL);
    assert_int_equal(x->r.pages[1].reason, OUTCOME_CRASHED);
    assert_true(parse_result_assemble(&x->r));
    assert_string_equal(x->r.text.data, "one\f\fthree\f");
}

/* Pages that are done again later: the document's text has them in their order, once. */
/* What a parser asks for that another one has: only when it may, where a page would come, and then
 * nothing but END. */
static void what_another_parser_has(void **state)
{
    struct fixture *x = *state;
    start(x, 3);
    BREACH(feed(x, FRAME_WANT, 0, "", 0)); /* it has all engines */
    BREACH(feed(x, FRAME_WANT, 0, "deu", 3));
    accept_begin(&x->a, &x->r, &x->limits, &(struct page_order){.lean = true});
    ACCEPTED(feed(x, FRAME_BEGIN, 0, "", 0));
    BREACH(feed(x, FRAME_WANT, 0, "", 0)); /* before the number of pages */
    ACCEPTED(feed(x, FRAME_PAGES, 3, "", 1));
    ACCEPTED(feed(x, FRAME_TEXT, 0, "one", 3));
    BREACH(feed(x, FRAME_WANT, 0, "", 0)); /* in the middle of a page */
    ACCEPTED(feed_page(x, 0, TIER_TEXT, 3, 0, ""));
    BREACH(feed(x, FRAME_WANT, 0, "", 0)); /* a page that is not due */
    BREACH(feed(x, FRAME_WANT, 1, "deu", 3));
    ACCEPTED(feed(x, FRAME_WANT, 1, "", 0));
    BREACH(feed(x, FRAME_TEXT, 1, "x", 1));
    assert_int_equal(feed(x, FRAME_END, OUTCOME_OK, "", 0), ACCEPT_END);
    assert_true(x->a.wants_whole);
    assert_int_equal(x->r.due, 1);
    assert_string_equal(x->r.wanted, "");
    accept_begin(&x->a, &x->r, &x->limits, &(struct page_order){.first = 1, .advise = true});
    assert_false(x->a.wants_whole);
    ACCEPTED(feed(x, FRAME_BEGIN, 0, "", 0));
    ACCEPTED(feed(x, FRAME_PAGES, 3, "", 1));
    BREACH(feed(x, FRAME_WANT, 1, "", 0));
    BREACH(feed(x, FRAME_WANT, 1, "../deu", 6));
    ACCEPTED(feed(x, FRAME_WANT, 1, "deu", 3));
    assert_string_equal(x->r.wanted, "deu");
    assert_false(x->a.wants_whole);
}

/* That the languages are settled: only where it was asked for, of the page that has just come, once. */
static void settled(void **state)
{
    struct fixture *x = *state;
    const struct page_order asked = {.ocr = true, .advise = true};
    struct page_order known = asked;
    known.settled = true;
    start(x, 3);
    ACCEPTED(feed_page(x, 0, TIER_BLANK, 0, 0, ""));
    BREACH(feed(x, FRAME_SETTLED, 0, "", 0)); /* nobody asked */
    accept_begin(&x->a, &x->r, &x->limits, &asked);
    ACCEPTED(feed(x, FRAME_BEGIN, 0, "", 0));
    ACCEPTED(feed(x, FRAME_PAGES, 3, "", 1));
    BREACH(feed(x, FRAME_SETTLED, 0, "", 0)); /* no page has come */
    ACCEPTED(feed(x, FRAME_TEXT, 0, "one", 3));
    ACCEPTED(feed_page(x, 0, TIER_OCR, 3, 0, ""));
    BREACH(feed(x, FRAME_SETTLED, 1, "", 0)); /* another page */
    assert_false(x->r.settled);
    ACCEPTED(feed(x, FRAME_SETTLED, 0, "", 0));
    assert_true(x->r.settled);
    BREACH(feed(x, FRAME_SETTLED, 0, "", 0)); /* once more */
    accept_begin(&x->a, &x->r, &x->limits, &known);
    ACCEPTED(feed(x, FRAME_BEGIN, 0, "", 0));
    ACCEPTED(feed(x, FRAME_PAGES, 3, "", 1));
    ACCEPTED(feed(x, FRAME_TEXT, 0, "one", 3));
    ACCEPTED(feed_page(x, 0, TIER_OCR, 3, 0, ""));
    BREACH(feed(x, FRAME_SETTLED, 0, "", 0)); /* it was told */
}

static void pages_out_of_order(void **state)
{
    struct fixture *x = *state;
    start(x, 2);
    ACCEPTED(feed(x, FRAME_TEXT, 0, "stray", 5));
    ACCEPTED(feed_page(x, 0, TIER_NONE, 5, 0, ""));
    ACCEPTED(feed(x, FRAME_TEXT, 1, "two", 3));
    ACCEPTED(feed_page(x, 1, TIER_TEXT, 3, 0, ""));
    assert_int_equal(feed(x, FRAME_END, OUTCOME_OK, "", 0), ACCEPT_END);
    assert_int_equal(x->r.outcome, OUTCOME_PARTIAL);
    x->r.announced_pages = 0; /* as if for page 0 alone */
    accept_begin(&x->a, &x->r, &x->limits, &all);
    ACCEPTED(feed(x, FRAME_BEGIN, 0, "", 0));
    ACCEPTED(feed(x, FRAME_PAGES, 1, "", 1));
    ACCEPTED(feed(x, FRAME_TEXT, 0, "read", 4));
    ACCEPTED(feed_page(x, 0, TIER_OCR, 4, 0, ""));
    assert_int_equal(feed(x, FRAME_END, OUTCOME_OK, "", 0), ACCEPT_END);
    assert_true(parse_result_assemble(&x->r));
    assert_string_equal(x->r.text.data, "read\ftwo\f");
    assert_int_equal(x->r.outcome, OUTCOME_OK);
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
    parse_result_clear(&x->r);
    accept_begin(&x->a, &x->r, &x->limits, &all);
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
        accept_begin(&x->a, &x->r, &x->limits, &all);
        x->a.caged = round & 1;
        parse_result_clear(&x->r);
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
        cmocka_unit_test_setup_teardown(numbers_of_a_page_have_bounds, setup, teardown),
        cmocka_unit_test_setup_teardown(the_other_text, setup, teardown),
        cmocka_unit_test_setup_teardown(a_second_job_for_the_rest, setup, teardown),
        cmocka_unit_test_setup_teardown(what_another_parser_has, setup, teardown),
        cmocka_unit_test_setup_teardown(settled, setup, teardown),
        cmocka_unit_test_setup_teardown(pages_out_of_order, setup, teardown),
        cmocka_unit_test_setup_teardown(noise, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
