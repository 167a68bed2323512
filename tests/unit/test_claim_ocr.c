/* claim: what waits for OCR is for the hosts that do it, and for a part of their slots. */
#include "spoolbox.h"

#include "spool/claim.h"
#include "spool/retry.h"

enum { MAX = 16, LATER_S = 100 };

static struct claim_counts counts;
static struct claimed out[MAX];

static void wait_for(const struct box *b, const char *need, int id, long long due_s)
{
    char name[NAME_CAP];
    snprintf(name, sizeof name, "%lld.%s.1.%s-%d.abc-9~x.pdf", due_s, need, need, id);
    box_write(b->s.retry, name, "x");
}

static long long later(const struct box *b)
{
    return lease_server_now(&b->l) / 1000 + LATER_S;
}

static unsigned claim(const struct box *b, struct retry_walk *w, unsigned max)
{
    memset(&counts, 0, sizeof counts);
    memset(out, 0, sizeof out);
    return claim_retry(&b->s, &b->l, NULL, w, out, max, &counts);
}

static unsigned of_need(unsigned n, const char *need)
{
    unsigned k = 0;
    for (unsigned i = 0; i < n; i++) {
        assert_int_equal(out[i].state, CLAIM_HAVE);
        assert_int_equal(strncmp(out[i].token.document, out[i].need, strlen(out[i].need)), 0);
        k += strcmp(out[i].need, need) == 0;
    }
    return k;
}

/* The share is used up: they wait, and are told of; those that need no OCR are taken. */
static void no_room_now(void **state)
{
    struct box *b = *state;
    struct retry_walk w = {.ocr_most = 0};
    for (int i = 0; i < 3; i++)
        wait_for(b, NEED_OCR, i, 5);
    wait_for(b, NEED_TEXT, 1, 5);
    wait_for(b, NEED_TEXT, 2, 5);
    unsigned n = claim(b, &w, MAX);
    assert_int_equal(n, 2);
    assert_int_equal(of_need(n, NEED_TEXT), 2);
    assert_null(w.list);
    assert_int_equal(w.ocr_left, 3);
    assert_int_equal(w.foreign, 0);
    assert_int_equal(w.waiting, 3); /* nobody may think that nothing waits */
    assert_int_equal(counts.tried, 2);
    assert_int_equal(box_count(b->s.retry, ".", false), 3);
    w.ocr_most = MAX; /* and the next listing counts anew */
    assert_int_equal(of_need(claim(b, &w, MAX), NEED_OCR), 3);
    assert_int_equal(w.ocr_left, 0);
    assert_int_equal(w.waiting, 0);
}

/* As many as may be taken, over several calls of one listing, and no more. */
static void counted_down(void **state)
{
    struct box *b = *state;
    struct retry_walk w = {.ocr_most = 2};
    for (int i = 0; i < 5; i++) {
        wait_for(b, NEED_OCR, i, 5);
        wait_for(b, NEED_TEXT, i, 5);
    }
    unsigned ocr = 0, text = 0, calls = 0;
    do {
        unsigned n = claim(b, &w, 1);
        ocr += of_need(n, NEED_OCR);
        text += of_need(n, NEED_TEXT);
        assert_int_equal(w.ocr_most, 2 - ocr);
    } while (w.list && ++calls < 20);
    assert_int_equal(ocr, 2);
    assert_int_equal(text, 5);
    assert_int_equal(w.ocr_left, 3);
    assert_int_equal(w.waiting, 3);
}

/* A host that does no OCR: not its business, whether due or not: it may end, and sleep. */
static void foreign(void **state)
{
    struct box *b = *state;
    struct retry_walk w = {.no_ocr = true, .ocr_most = MAX};
    long long due = later(b);
    wait_for(b, NEED_OCR, 1, 5);
    wait_for(b, NEED_OCR, 2, due);
    wait_for(b, NEED_TEXT, 1, 5);
    unsigned n = claim(b, &w, MAX);
    assert_int_equal(n, 1);
    assert_int_equal(of_need(n, NEED_TEXT), 1);
    assert_int_equal(w.foreign, 2);
    assert_int_equal(w.ocr_left, 0);
    assert_int_equal(w.waiting, 0);
    assert_int_equal(w.next_due_ms, 0); /* nothing of its own to wake for */
    wait_for(b, NEED_TEXT, 2, due + LATER_S);
    assert_int_equal(claim(b, &w, MAX), 0);
    assert_int_equal(w.foreign, 2);
    assert_int_equal(w.waiting, 1);
    assert_int_equal(w.next_due_ms, (due + LATER_S) * 1000);
    assert_int_equal(box_count(b->s.retry, ".", false), 3);
}

/* One that is not due is waited for, by a host that does OCR, whatever room it has now. */
static void not_due_yet(void **state)
{
    struct box *b = *state;
    struct retry_walk w = {.ocr_most = 0};
    long long due = later(b);
    wait_for(b, NEED_OCR, 1, due);
    assert_int_equal(claim(b, &w, MAX), 0);
    assert_int_equal(w.ocr_left, 0); /* of those that are due */
    assert_int_equal(w.waiting, 1);
    assert_int_equal(w.next_due_ms, due * 1000);
}

/* Who cancels one need not wait for a host that does OCR, nor for room, nor until it is due. */
static void cancelled(void **state)
{
    struct box *b = *state;
    struct retry_walk w = {.no_ocr = true};
    struct control commands = {.cancels = 2, .cancel = {"ocr-2", "ocr-3"}};
    wait_for(b, NEED_OCR, 1, 5);
    wait_for(b, NEED_OCR, 2, 5);
    wait_for(b, NEED_OCR, 3, later(b));
    memset(&counts, 0, sizeof counts);
    assert_int_equal(claim_retry(&b->s, &b->l, &commands, &w, out, MAX, &counts), 2);
    assert_string_not_equal(out[0].token.document, "ocr-1");
    assert_string_not_equal(out[1].token.document, "ocr-1");
    assert_int_equal(w.foreign, 1);
    assert_int_equal(w.waiting, 0);
    wait_for(b, NEED_OCR, 2, 5);
    w = (struct retry_walk){.ocr_most = 0};
    assert_int_equal(claim_retry(&b->s, &b->l, &commands, &w, out, MAX, &counts), 1);
    assert_string_equal(out[0].token.document, "ocr-2");
    assert_int_equal(w.ocr_left, 1);
    assert_int_equal(w.waiting, 1);
}

/* It comes back as it went: its document id, its attempts and its need; the claim is a new one. */
static void the_same_document(void **state)
{
    struct box *b = *state;
    struct retry_walk w = {.ocr_most = 1};
    struct token t = {.attempt = 2, .history = "c", .document = "ocr-7", .claim = "abc-9"};
    char name[NAME_CAP];
    token_set_path(&t, "dir/x.pdf");
    token_name(&t, name);
    box_write(b->l.work, name, "x");
    assert_int_equal(retry_move(&b->s, b->l.work, name, &t, 5, NEED_OCR), MOVED);
    assert_int_equal(claim(b, &w, MAX), 1);
    assert_string_equal(out[0].need, NEED_OCR);
    assert_string_equal(out[0].token.document, "ocr-7");
    assert_string_not_equal(out[0].token.claim, "abc-9");
    assert_int_equal(out[0].token.attempt, 2);
    assert_string_equal(out[0].token.history, "c");
    assert_string_equal(out[0].token.encoded, t.encoded);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOX_TEST(no_room_now), BOX_TEST(counted_down), BOX_TEST(foreign),
        BOX_TEST(not_due_yet), BOX_TEST(cancelled),    BOX_TEST(the_same_document),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
