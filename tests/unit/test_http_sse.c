#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "spoold/http/sse.h"

/* A client as the server has it: does it sleep, was it ended? */
struct end {
    bool sleeps, kicked;
    int wakes;
};

static void on_sleep(void *arg)
{
    struct end *e = arg;

    assert_false(e->sleeps);
    e->sleeps = true;
}

/* Waking what does not sleep is not allowed by the library below. */
static void on_wake(void *arg)
{
    struct end *e = arg;

    assert_true(e->sleeps);
    e->sleeps = false;
    e->wakes++;
}

static void on_kick(void *arg)
{
    struct end *e = arg;

    assert_false(e->kicked);
    e->kicked = true;
}

static int pokes;

static void on_poke(void *hub)
{
    assert_ptr_equal(hub, &pokes);
    pokes++;
}

static const struct sse_calls calls = {on_sleep, on_wake, on_kick, on_poke, &pokes};

static void publish(struct sse *s, const char *name, const char *key, const char *text, int64_t now)
{
    assert_int_equal(sse_publish(s, name, key, text, strlen(text), now), 0);
}

/* All that there is, in pieces of `cap`, until it sleeps or ends. The caller frees. */
static char *take(struct sse *s, struct sse_client *c, size_t cap)
{
    struct buf all = {0};
    char piece[4096];
    ssize_t n;

    buf_str(&all, "");
    while ((n = sse_take(s, c, piece, cap)) > 0)
        buf_add(&all, piece, (size_t)n);
    if (n < 0)
        buf_str(&all, "END");
    assert_true(buf_ok(&all));
    return all.data;
}

static struct sse_client *join(struct sse *s, void *arg, const char *last_id)
{
    const struct sse_wish wish = {.last_id = last_id};

    return sse_join(s, arg, &wish);
}

/* "id: START-3" -> START-3 of the last event in a text. */
static void last_id(const char *text, char id[40])
{
    const char *at = text, *found = NULL;

    while ((at = strstr(at, "id: "))) {
        found = at + 4;
        at++;
    }
    assert_non_null(found);
    snprintf(id, 40, "%.*s", (int)strcspn(found, "\n"), found);
}

static void test_tells_the_first_at_once(void **state)
{
    struct sse *s = sse_new(&calls, 2);
    struct end e = {0};
    struct sse_client *c = join(s, &e, NULL);
    char id[40];

    (void)state;
    char *text = take(s, c, 4096);
    assert_true(e.sleeps);
    assert_non_null(strstr(text, "retry: 3000\n\n"));
    assert_non_null(strstr(text, "event: hello\n"));
    free(text);
    publish(s, "state", "k", "{\"a\":\n1}", 1000);
    assert_int_equal(e.wakes, 1);
    text = take(s, c, 7); /* in small pieces */
    last_id(text, id);
    char want[100];
    snprintf(want, sizeof want, "id: %s\nevent: state\ndata: {\"a\": 1}\n\n", id);
    assert_string_equal(text, want);
    free(text);
    sse_leave(s, c);
    sse_free(s);
}

static void test_what_comes_together_is_told_together(void **state)
{
    struct sse *s = sse_new(&calls, 2);
    struct end e = {0};
    struct sse_client *c = join(s, &e, NULL);

    (void)state;
    sse_tick(s, 999); /* the first comment */
    free(take(s, c, 4096));
    publish(s, "state", "k", "0", 1000);
    free(take(s, c, 4096));
    assert_int_equal(sse_gap(s, 1000), 0);
    publish(s, "state", "k", "1", 1000); /* one ahead of its time */
    assert_false(e.sleeps);
    free(take(s, c, 4096));
    assert_int_equal(sse_gap(s, 1001), 124);
    pokes = 0;
    publish(s, "state", "k", "2", 1001);
    assert_int_equal(pokes, 1); /* the clocks must come */
    publish(s, "state", "other", "9", 1002);
    publish(s, "journal", "k", "8", 1003);
    publish(s, "each", NULL, "6", 1003);
    publish(s, "each", NULL, "7", 1003);
    publish(s, "state", "k", "3", 1099);
    assert_int_equal(pokes, 1);
    assert_true(e.sleeps);
    assert_int_equal(sse_tick(s, 1050), 1125);
    assert_true(e.sleeps);
    sse_tick(s, 1125);
    assert_false(e.sleeps);
    char *text = take(s, c, 4096);
    assert_null(strstr(text, "data: 2\n"));
    const char *three = strstr(text, "data: 3\n"), *seven = strstr(text, "data: 7\n");
    assert_non_null(three);
    assert_non_null(strstr(text, "data: 9\n"));
    assert_non_null(strstr(text, "data: 8\n"));
    assert_non_null(strstr(text, "data: 6\n"));
    assert_true(seven > three); /* in the order in which they were first told */
    free(text);
    assert_true(sse_tick(s, 1126) > 1300); /* nothing waits */
    sse_leave(s, c);
    sse_free(s);
}

/* Something new each millisecond: how often is it told, in any second of five? */
static void test_ten_a_second(void **state)
{
    enum { SECONDS = 5, MS = SECONDS * 1000 };
    static bool told[MS];
    struct sse *s = sse_new(&calls, 2);
    struct end e = {0};
    struct sse_client *c = join(s, &e, NULL);
    unsigned in_all = 0, most = 0;

    (void)state;
    sse_tick(s, 0);
    free(take(s, c, 4096));
    for (int now = 0; now < MS; now++) {
        e.wakes = 0;
        publish(s, "state", "k", "1", now);
        sse_tick(s, now);
        told[now] = e.wakes > 0;
        in_all += told[now];
        if (told[now])
            free(take(s, c, 4096));
    }
    for (int from = 0; from + 1000 <= MS; from++) {
        unsigned n = 0;
        for (int at = from; at < from + 1000; at++)
            n += told[at];
        most = n > most ? n : most;
    }
    assert_true(most <= 10);
    assert_in_range(in_all, 8 * SECONDS, 8 * SECONDS + 2);
    sse_leave(s, c);
    sse_free(s);
}

static void test_a_set_is_told_together(void **state)
{
    struct sse *s = sse_new(&calls, 2);
    struct end e = {0};
    struct sse_client *c = join(s, &e, NULL);

    (void)state;
    sse_tick(s, 999);
    free(take(s, c, 4096));
    pokes = 0;
    sse_hold(s);
    publish(s, "a", "k", "1", 1000);
    assert_true(sse_tick(s, 1000) > 2000);
    publish(s, "b", "k", "2", 1001);
    assert_true(e.sleeps);
    assert_int_equal(pokes, 0);
    sse_release(s, 1001);
    assert_false(e.sleeps);
    char *text = take(s, c, 4096);
    assert_non_null(strstr(text, "event: a\n"));
    assert_non_null(strstr(text, "event: b\n"));
    free(text);
    sse_hold(s);
    publish(s, "a", "k", "3", 1002);
    sse_release(s, 1002); /* at once, ahead of its time */
    free(take(s, c, 4096));
    sse_hold(s);
    publish(s, "a", "k", "4", 1003);
    sse_release(s, 1003); /* not yet: the clocks must come */
    assert_true(e.sleeps);
    assert_int_equal(pokes, 1);
    sse_tick(s, 1126);
    assert_false(e.sleeps);
    sse_leave(s, c);
    sse_free(s);
}

static void test_replays(void **state)
{
    struct sse *s = sse_new(&calls, 4);
    struct end e[4] = {{0}};
    struct sse_client *c = join(s, &e[0], NULL);
    char id[40], *text;

    (void)state;
    publish(s, "n", NULL, "1", 1000);
    publish(s, "n", NULL, "2", 2000);
    text = take(s, c, 4096);
    last_id(text, id);
    free(text);
    sse_leave(s, c);
    publish(s, "n", NULL, "3", 3000);
    publish(s, "n", NULL, "4", 4000);
    c = join(s, &e[1], id);
    text = take(s, c, 4096);
    assert_null(strstr(text, "hello"));
    assert_null(strstr(text, "reset"));
    assert_null(strstr(text, "data: 2\n"));
    assert_non_null(strstr(text, "data: 3\n"));
    assert_non_null(strstr(text, "data: 4\n"));
    last_id(text, id);
    free(text);
    sse_leave(s, c);
    /* Up to date: nothing again. */
    c = join(s, &e[2], id);
    text = take(s, c, 4096);
    assert_string_equal(text, "retry: 3000\n\n");
    free(text);
    sse_leave(s, c);
    /* Not ours, or not yet told: a reset. */
    static const char *const strange[] = {"xxxxxxxx-1", "1",   "-",
                                          "",           "abc", "99999999999999999999"};
    for (size_t i = 0; i < sizeof strange / sizeof strange[0]; i++) {
        struct end other = {0};
        c = join(s, &other, strange[i]);
        text = take(s, c, 4096);
        assert_non_null(strstr(text, *strange[i] ? "event: reset" : "event: hello"));
        free(text);
        sse_leave(s, c);
    }
    char ahead[60];
    snprintf(ahead, sizeof ahead, "%s9", id);
    c = join(s, &e[3], ahead);
    text = take(s, c, 4096);
    assert_non_null(strstr(text, "event: reset"));
    free(text);
    sse_leave(s, c);
    sse_free(s);
}

static void test_what_is_forgotten_is_a_reset(void **state)
{
    struct sse *s = sse_new(&calls, 4);
    struct end e = {0}, late = {0};
    struct sse_client *c = join(s, &e, NULL), *slow = join(s, &late, NULL);
    char id[40], *text;

    (void)state;
    publish(s, "n", NULL, "0", 0);
    text = take(s, c, 4096);
    last_id(text, id);
    free(text);
    for (int i = 1; i <= SSE_RING; i++) {
        publish(s, "n", NULL, "1", i * SSE_GAP_MS);
        free(take(s, c, 4096));
    }
    /* The slow one was overtaken; its connection is ended and it gets no more. */
    assert_true(late.kicked);
    assert_false(e.kicked);
    text = take(s, slow, 4096);
    assert_string_equal(text, "END");
    free(text);
    sse_leave(s, slow);
    late = (struct end){0};
    slow = join(s, &late, id);
    text = take(s, slow, 4096);
    assert_null(strstr(text, "reset")); /* just still there: the next one is the oldest */
    free(text);
    sse_leave(s, slow);
    publish(s, "n", NULL, "1", (SSE_RING + 1) * SSE_GAP_MS);
    late = (struct end){0};
    slow = join(s, &late, id);
    text = take(s, slow, 4096);
    assert_non_null(strstr(text, "reset"));
    free(text);
    sse_leave(s, slow);
    sse_leave(s, c);
    sse_free(s);
}

static void test_too_many_at_once_are_a_reset(void **state)
{
    struct sse *s = sse_new(&calls, 4);
    struct end e = {0};
    struct sse_client *c = join(s, &e, NULL);
    char big[SSE_EVENT_BYTES + 1];

    (void)state;
    publish(s, "n", NULL, "0", 1000);
    publish(s, "n", NULL, "0", 1000);
    free(take(s, c, 4096));
    for (int i = 0; i < SSE_PENDING; i++)
        publish(s, "n", NULL, "x", 1001);
    assert_int_equal(sse_publish(s, "n", NULL, "x", 1, 1002), -1);
    sse_tick(s, 1125);
    char *text = take(s, c, 4096);
    assert_null(strstr(text, "data: x"));
    assert_non_null(strstr(text, "event: reset\ndata: {\"event_id\":\""));
    free(text);
    memset(big, 'x', sizeof big);
    assert_int_equal(sse_publish(s, "n", NULL, big, sizeof big, 2000), -1);
    text = take(s, c, 4096);
    assert_non_null(strstr(text, "event: reset"));
    free(text);
    assert_int_equal(sse_publish(s, "n", NULL, big, sizeof big - 1, 3000), 0);
    text = take(s, c, 4096);
    assert_int_equal(strspn(strstr(text, "data: ") + 6, "x"), SSE_EVENT_BYTES);
    free(text);
    sse_leave(s, c);
    sse_free(s);
}

static void test_ring_is_bounded_in_bytes(void **state)
{
    struct sse *s = sse_new(&calls, 4);
    struct end e = {0}, f = {0};
    struct sse_client *c = join(s, &e, NULL);
    static char big[SSE_EVENT_BYTES];
    char id[40];

    (void)state;
    memset(big, 'x', sizeof big);
    publish(s, "n", NULL, "0", 0);
    char *text = take(s, c, 4096);
    last_id(text, id);
    free(text);
    for (int i = 1; i < SSE_RING_BYTES / SSE_EVENT_BYTES; i++)
        assert_int_equal(sse_publish(s, "n", NULL, big, sizeof big, i * 100), 0);
    assert_false(e.kicked);
    struct sse_client *d = join(s, &f, id);
    text = take(s, d, 4096);
    assert_null(strstr(text, "reset"));
    free(text);
    sse_leave(s, d);
    assert_int_equal(sse_publish(s, "n", NULL, big, sizeof big, 9000), 0);
    assert_int_equal(sse_publish(s, "n", NULL, big, sizeof big, 9100), 0);
    assert_true(e.kicked);
    sse_leave(s, c);
    sse_free(s);
}

static void test_comments_find_who_has_gone(void **state)
{
    struct sse *s = sse_new(&calls, 4);
    struct end e = {0}, dead = {0};
    struct sse_client *c = join(s, &e, NULL), *d = join(s, &dead, NULL);

    (void)state;
    sse_tick(s, 0);
    free(take(s, c, 4096));
    free(take(s, d, 4096));
    assert_int_equal(sse_tick(s, 1), SSE_COMMENT_MS);
    for (int i = 1; i <= 3; i++) {
        /* Both are woken; only one takes it (the other's socket is full). */
        sse_tick(s, i * SSE_COMMENT_MS);
        assert_false(e.sleeps);
        char *text = take(s, c, 4096);
        assert_string_equal(text, ": ka\n\n");
        free(text);
        assert_int_equal(dead.kicked, i == 3);
    }
    char *text = take(s, d, 4096);
    assert_string_equal(text, "END");
    free(text);
    sse_leave(s, c);
    sse_leave(s, d);
    assert_int_equal(sse_tick(s, 100000), INT64_MAX); /* nobody is there */
    sse_free(s);
}

static void test_only_so_many(void **state)
{
    struct sse *s = sse_new(&calls, 1);
    struct end e = {0};
    struct sse_client *c = join(s, &e, NULL);

    (void)state;
    assert_null(join(s, &e, NULL));
    assert_int_equal(sse_count(s), 1);
    sse_leave(s, c);
    assert_int_equal(sse_count(s), 0);
    c = join(s, &e, NULL);
    assert_non_null(c);
    sse_leave(s, c);
    sse_free(s);
}

static void test_stops_with_the_last_word(void **state)
{
    struct sse *s = sse_new(&calls, 2);
    struct end e = {0}, awake = {0};
    struct sse_client *c = join(s, &e, NULL), *d = join(s, &awake, NULL);

    (void)state;
    free(take(s, c, 4096));
    publish(s, "n", NULL, "0", 1000);
    publish(s, "n", NULL, "1", 1000);
    free(take(s, c, 4096));
    publish(s, "n", NULL, "2", 1001);
    assert_true(e.sleeps);
    sse_stop(s, 1002);
    assert_false(e.sleeps);
    char *text = take(s, c, 4096);
    assert_non_null(strstr(text, "data: 2\n\nEND"));
    free(text);
    text = take(s, d, 4096); /* one that did not sleep */
    assert_non_null(strstr(text, "data: 2\n\nEND"));
    free(text);
    assert_false(awake.sleeps);
    sse_leave(s, c);
    sse_leave(s, d);
    assert_null(join(s, &e, NULL));
    sse_free(s);
    sse_free(NULL);
}

static void test_topics_and_a_greeting(void **state)
{
    struct sse *s = sse_new(&calls, 2);
    struct end e = {0}, f = {0};
    struct sse_wish wish = {.topics = "b,c", .name = "a", .data = "{\"first\":1}"};
    char id[SSE_ID];

    (void)state;
    struct sse_client *c = sse_join(s, &e, &wish);
    char *text = take(s, c, 4096);
    assert_null(strstr(text, "event: a\n")); /* not among its topics */
    free(text);
    wish.topics = NULL;
    struct sse_client *d = sse_join(s, &f, &wish);
    text = take(s, d, 4096);
    assert_non_null(strstr(text, "event: a\ndata: {\"first\":1}\n\n"));
    free(text);
    publish(s, "a", NULL, "n1", 1000);
    publish(s, "b", NULL, "n2", 2000);
    publish(s, "bc", NULL, "n3", 3000);
    publish(s, "c", NULL, "n4", 4000);
    text = take(s, c, 7);
    assert_null(strstr(text, "data: n1"));
    assert_non_null(strstr(text, "data: n2"));
    assert_null(strstr(text, "data: n3"));
    assert_non_null(strstr(text, "data: n4"));
    free(text);
    sse_last_id(s, id);
    assert_string_equal(strchr(id, '-'), "-4");
    sse_leave(s, c);
    sse_leave(s, d);
    sse_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tells_the_first_at_once),
        cmocka_unit_test(test_what_comes_together_is_told_together),
        cmocka_unit_test(test_ten_a_second),
        cmocka_unit_test(test_a_set_is_told_together),
        cmocka_unit_test(test_replays),
        cmocka_unit_test(test_topics_and_a_greeting),
        cmocka_unit_test(test_what_is_forgotten_is_a_reset),
        cmocka_unit_test(test_too_many_at_once_are_a_reset),
        cmocka_unit_test(test_ring_is_bounded_in_bytes),
        cmocka_unit_test(test_comments_find_who_has_gone),
        cmocka_unit_test(test_only_so_many),
        cmocka_unit_test(test_stops_with_the_last_word),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
