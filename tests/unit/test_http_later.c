#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <sys/socket.h>
#include <unistd.h>

#include "spoold/http/later.h"
#include "spoold/http/reaper.h"

/* ---- later ---- */

struct end {
    bool sleeps;
    int wakes;
};

static void on_sleep(void *arg)
{
    struct end *e = arg;

    assert_false(e->sleeps);
    e->sleeps = true;
}

static void on_wake(void *arg)
{
    struct end *e = arg;

    assert_true(e->sleeps);
    e->sleeps = false;
    e->wakes++;
}

static struct answer answer_of(const char *text)
{
    struct answer a = {.status = 201};

    buf_str(&a.body, text);
    return a;
}

static void test_is_answered(void **state)
{
    struct later *l = later_new(on_sleep, on_wake);
    struct end e = {0};
    struct answer a, mine = answer_of("late"), second = answer_of("later");
    uint64_t t = later_open(l, &e, 1000);

    (void)state;
    assert_true(t != 0);
    assert_int_equal(later_wait(l, t, &a), LATER_SLEEPS);
    assert_true(e.sleeps);
    assert_int_equal(later_wait(l, t, &a), LATER_SLEEPS); /* not put to sleep twice */
    assert_true(later_complete(l, t, &mine));
    assert_null(mine.body.data);
    assert_false(e.sleeps);
    assert_false(later_complete(l, t, &second)); /* only one answers */
    assert_null(second.body.data);
    assert_int_equal(later_tick(l, 2000), INT64_MAX);
    assert_int_equal(later_wait(l, t, &a), LATER_READY);
    assert_int_equal(a.status, 201);
    assert_string_equal(a.body.data, "late");
    answer_free(&a);
    assert_int_equal(later_wait(l, t, &a), LATER_OVER); /* closed */
    assert_int_equal(e.wakes, 1);
    later_free(l);
}

/* The answer may be there before the connection sleeps. */
static void test_is_answered_before_it_sleeps(void **state)
{
    struct later *l = later_new(on_sleep, on_wake);
    struct end e = {0};
    struct answer a, mine = answer_of("x");
    uint64_t t = later_open(l, &e, 1000);

    (void)state;
    assert_true(later_complete(l, t, &mine));
    assert_int_equal(later_wait(l, t, &a), LATER_READY);
    answer_free(&a);
    assert_false(e.sleeps);
    assert_int_equal(e.wakes, 0);
    later_free(l);
}

static void test_time_is_over(void **state)
{
    struct later *l = later_new(on_sleep, on_wake);
    struct end e = {0}, f = {0};
    struct answer a, mine = answer_of("x");
    uint64_t t = later_open(l, &e, 1000), u = later_open(l, &f, 2000);

    (void)state;
    later_wait(l, t, &a);
    later_wait(l, u, &a);
    assert_int_equal(later_tick(l, 999), 1000);
    assert_true(e.sleeps);
    assert_int_equal(later_tick(l, 1000), 2000);
    assert_false(e.sleeps);
    assert_true(f.sleeps);
    assert_false(later_complete(l, t, &mine)); /* too late */
    assert_null(mine.body.data);
    assert_int_equal(later_wait(l, t, &a), LATER_OVER);
    later_close(l, u);
    assert_true(f.sleeps); /* its connection has ended: nobody wakes it */
    later_free(l);
}

static void test_tickets_are_not_used_again(void **state)
{
    struct later *l = later_new(on_sleep, on_wake);
    struct end e = {0};
    struct answer mine = answer_of("x");
    uint64_t t = later_open(l, &e, 1000);

    (void)state;
    later_close(l, t);
    later_close(l, t);
    later_close(l, 0);
    uint64_t u = later_open(l, &e, 1000); /* the same place */
    assert_true(u != t);
    assert_false(later_complete(l, t, &mine));
    assert_false(later_complete(l, 0, &mine));
    for (int i = 1; i < LATER_COUNT; i++)
        assert_true(later_open(l, &e, 1000) != 0);
    assert_true(later_open(l, &e, 1000) == 0);
    later_close(l, u);
    assert_true(later_open(l, &e, 1000) != 0);
    later_free(l);
}

static void test_stops(void **state)
{
    struct later *l = later_new(on_sleep, on_wake);
    struct end e = {0};
    struct answer a;
    uint64_t t = later_open(l, &e, 1000), u = later_open(l, &e, 1000);

    (void)state;
    later_wait(l, t, &a);
    later_stop(l);
    assert_false(e.sleeps);
    assert_int_equal(later_wait(l, t, &a), LATER_OVER);
    assert_int_equal(later_wait(l, u, &a), LATER_OVER); /* never sleeps */
    assert_false(e.sleeps);
    assert_true(later_open(l, &e, 1000) == 0);
    later_free(l);
    later_free(NULL);
}

/* A body for which there is no room: it is woken when there is, and never misses that. */
static void test_pauses(void **state)
{
    struct later *l = later_new(on_sleep, on_wake);
    struct end e = {0};
    struct answer a;
    uint64_t t = later_open(l, &e, INT64_MAX);

    (void)state;
    assert_int_equal(later_pause(l, t), LATER_SLEEPS);
    assert_true(e.sleeps);
    assert_int_equal(later_tick(l, 1000000), INT64_MAX); /* however long it takes */
    assert_true(e.sleeps);
    later_nudge(l, t);
    assert_false(e.sleeps);
    later_nudge(l, t); /* between two looks */
    assert_int_equal(later_pause(l, t), LATER_READY);
    assert_int_equal(later_pause(l, t), LATER_SLEEPS); /* that one is used up */
    later_nudge(l, t);
    assert_int_equal(e.wakes, 2);
    later_limit(l, t, 500); /* all has come: from now on it has an end */
    assert_int_equal(later_wait(l, t, &a), LATER_SLEEPS);
    assert_int_equal(later_tick(l, 499), 500);
    later_tick(l, 500);
    assert_int_equal(later_wait(l, t, &a), LATER_OVER);
    later_nudge(l, t); /* too late, and no harm */
    assert_int_equal(later_pause(l, t), LATER_OVER);
    later_free(l);
}

/* Who was told before all has come takes the rest, and is answered. */
static void test_is_answered_while_it_pauses(void **state)
{
    struct later *l = later_new(on_sleep, on_wake);
    struct end e = {0};
    struct answer a, mine = answer_of("full");
    uint64_t t = later_open(l, &e, INT64_MAX);

    (void)state;
    assert_int_equal(later_pause(l, t), LATER_SLEEPS);
    assert_true(later_complete(l, t, &mine));
    assert_false(e.sleeps);
    assert_int_equal(later_pause(l, t), LATER_READY);
    assert_int_equal(later_pause(l, t), LATER_READY); /* however often */
    later_limit(l, t, 500);
    assert_int_equal(later_wait(l, t, &a), LATER_READY);
    assert_string_equal(a.body.data, "full");
    answer_free(&a);
    t = later_open(l, &e, INT64_MAX);
    assert_int_equal(later_pause(l, t), LATER_SLEEPS);
    later_stop(l);
    assert_false(e.sleeps);
    assert_int_equal(later_pause(l, t), LATER_OVER);
    later_close(l, t);
    later_free(l);
}

/* ---- reaper ---- */

struct line {
    int fd[2];
    struct reaper_conn *c;
};

static void line_open(struct line *l, struct reaper *r, int64_t now)
{
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, l->fd), 0);
    l->c = reaper_open(r, l->fd[0], now);
    assert_non_null(l->c);
}

static bool is_ended(const struct line *l)
{
    char c;

    return read(l->fd[1], &c, 1) == 0; /* else EAGAIN */
}

static void line_close(struct line *l, struct reaper *r)
{
    reaper_close(r, l->c);
    close(l->fd[0]);
    close(l->fd[1]);
}

static void test_reaps_slow_headers(void **state)
{
    struct reaper *r = reaper_new(0);
    struct line a, b, c;

    (void)state;
    line_open(&a, r, 0);
    line_open(&b, r, 1);
    line_open(&c, r, 0);
    reaper_phase(r, c.c, REAPER_WORK, 0, 5);
    assert_int_equal(reaper_tick(r, REAPER_PATIENCE_MS - 1), 0);
    assert_int_equal(reaper_tick(r, REAPER_PATIENCE_MS), 1);
    assert_true(is_ended(&a));
    assert_false(is_ended(&b));
    assert_false(is_ended(&c));
    assert_int_equal(reaper_tick(r, REAPER_PATIENCE_MS + 1), 1); /* a is not counted again */
    assert_true(is_ended(&b));
    /* After its answer it may ask again, for as long. */
    reaper_phase(r, c.c, REAPER_HEADER, 0, 50000);
    assert_int_equal(reaper_tick(r, 50000 + REAPER_PATIENCE_MS - 1), 0);
    assert_int_equal(reaper_tick(r, 50000 + REAPER_PATIENCE_MS), 1);
    assert_int_equal(reaper_count(r), 3);
    line_close(&b, r); /* of the middle, the last, the first */
    line_close(&a, r);
    line_close(&c, r);
    assert_int_equal(reaper_count(r), 0);
    reaper_free(r);
    reaper_free(NULL);
}

static void test_reaps_slow_bodies_and_readers(void **state)
{
    struct reaper *r = reaper_new(0);
    struct line a, b, c;

    (void)state;
    line_open(&a, r, 0);
    line_open(&b, r, 0);
    line_open(&c, r, 0);
    reaper_phase(r, a.c, REAPER_BODY, 0, 0);
    reaper_progress(r, a.c, REAPER_PIECE - 1, 9000); /* not enough */
    reaper_phase(r, b.c, REAPER_BODY, 0, 0);
    reaper_progress(r, b.c, REAPER_PIECE - 1, 8000);
    reaper_progress(r, b.c, 1, 9000);
    reaper_phase(r, c.c, REAPER_ANSWER, 160000, 0);
    assert_int_equal(reaper_tick(r, REAPER_PATIENCE_MS), 1);
    assert_true(is_ended(&a));
    assert_false(is_ended(&b));
    assert_int_equal(reaper_tick(r, 9000 + REAPER_PATIENCE_MS - 1), 0);
    assert_int_equal(reaper_tick(r, 9000 + REAPER_PATIENCE_MS), 1);
    assert_true(is_ended(&b));
    assert_int_equal(reaper_tick(r, REAPER_ANSWER_MS + 9999), 0); /* 10 s for its bytes */
    assert_int_equal(reaper_tick(r, REAPER_ANSWER_MS + 10000), 1);
    assert_true(is_ended(&c));
    line_close(&a, r);
    line_close(&b, r);
    line_close(&c, r);
    line_open(&a, r, 0);
    reaper_phase(r, a.c, REAPER_STREAM, 0, 0);
    assert_int_equal(reaper_tick(r, INT64_MAX - 1), 0);
    reaper_kick(r, a.c);
    reaper_kick(r, a.c);
    assert_true(is_ended(&a));
    line_close(&a, r);
    reaper_free(r);
}

static void test_patience_can_be_set(void **state)
{
    struct reaper *r = reaper_new(77);
    struct line a;

    (void)state;
    line_open(&a, r, 0);
    assert_int_equal(reaper_tick(r, 76), 0);
    reaper_phase(r, a.c, REAPER_BODY, 0, 76);
    assert_int_equal(reaper_tick(r, 152), 0);
    assert_int_equal(reaper_tick(r, 153), 1);
    line_close(&a, r);
    reaper_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_is_answered),
        cmocka_unit_test(test_is_answered_before_it_sleeps),
        cmocka_unit_test(test_time_is_over),
        cmocka_unit_test(test_tickets_are_not_used_again),
        cmocka_unit_test(test_stops),
        cmocka_unit_test(test_pauses),
        cmocka_unit_test(test_is_answered_while_it_pauses),
        cmocka_unit_test(test_reaps_slow_headers),
        cmocka_unit_test(test_reaps_slow_bodies_and_readers),
        cmocka_unit_test(test_patience_can_be_set),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
