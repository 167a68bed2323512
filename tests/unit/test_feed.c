/* feed: who gives never waits, and every byte comes through in its order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "spoold/hand/feed.h"

enum { PIECE = 5000 };

/* Has somebody who waits got room? Waits for that a moment. */
static bool has_room(struct feed *f, int ms)
{
    struct pollfd fds[FEED_FDS];
    bool room = false;
    for (int i = 0; i < 2 && !room; i++) { /* what was poked comes first */
        feed_poll(f, fds);
        room = poll(fds, FEED_FDS, ms) > 0 && feed_step(f, fds);
    }
    return room;
}

static void fill(char *piece, uint64_t at)
{
    for (size_t i = 0; i < PIECE; i++)
        piece[i] = (char)((at + i) * 7 % 251);
}

static void all_comes_through(void **state)
{
    char piece[PIECE], got[PIECE];
    uint64_t given = 0, taken = 0;
    unsigned full = 0;
    struct feed *f = feed_new();
    (void)state;
    assert_non_null(f);
    feed_hold(f);
    int in = dup(feed_child(f));
    feed_started(f);
    while (given < 4 * FEED_PIPE) {
        fill(piece, given);
        ssize_t n = feed_give(f, piece, PIECE);
        assert_true(n >= 0);
        given += (uint64_t)n;
        if (n == PIECE)
            continue;
        full++;
        assert_true(feed_waits_since(f) != INT64_MAX);
        assert_false(has_room(f, 0));
        for (ssize_t k; taken < given && (k = read(in, got, PIECE)) > 0; taken += (uint64_t)k)
            for (ssize_t i = 0; i < k; i++)
                assert_int_equal((unsigned char)got[i], (taken + (uint64_t)i) * 7 % 251);
        assert_true(has_room(f, 1000));
        assert_true(feed_waits_since(f) == INT64_MAX);
    }
    assert_true(full >= 2);
    assert_false(feed_ended(f));
    feed_end(f);
    assert_true(feed_ended(f));
    for (ssize_t k; (k = read(in, got, PIECE)) > 0;)
        taken += (uint64_t)k;
    assert_int_equal(taken, given);
    assert_int_equal(read(in, got, 1), 0);
    close(in);
    feed_close(f);
}

static void a_hand_that_has_gone_takes_nothing(void **state)
{
    struct feed *f = feed_new();
    (void)state;
    assert_non_null(f);
    feed_hold(f);
    feed_started(f); /* and nobody reads */
    assert_int_equal(feed_give(f, "x", 1), -1);
    assert_int_equal(feed_give(f, "x", 1), -1);
    feed_close(f);
    feed_end(f);
}

/* Who waits is woken, and then finds that nobody reads. */
static void one_that_goes_wakes_who_waits(void **state)
{
    static char much[2 * FEED_PIPE];
    struct feed *f = feed_new();
    (void)state;
    assert_non_null(f);
    feed_hold(f);
    int in = dup(feed_child(f));
    feed_started(f);
    ssize_t n = feed_give(f, much, sizeof much);
    assert_true(n > 0 && n < (ssize_t)sizeof much);
    assert_int_equal(feed_give(f, much, sizeof much), 0);
    close(in);
    assert_true(has_room(f, 1000));
    assert_int_equal(feed_give(f, much, 1), -1);
    feed_end(f);
    feed_close(f);
}

static void what_is_cut_takes_nothing(void **state)
{
    struct feed *f = feed_new();
    char c;
    (void)state;
    assert_non_null(f);
    feed_hold(f);
    int in = dup(feed_child(f));
    feed_started(f);
    assert_int_equal(feed_give(f, "x", 1), 1);
    feed_cut(f);
    assert_int_equal(feed_give(f, "x", 1), -1);
    assert_int_equal(read(in, &c, 1), 1);
    assert_int_equal(read(in, &c, 1), 0);
    close(in);
    feed_close(f);
    feed_end(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_comes_through),
        cmocka_unit_test(a_hand_that_has_gone_takes_nothing),
        cmocka_unit_test(one_that_goes_wakes_who_waits),
        cmocka_unit_test(what_is_cut_takes_nothing),
    };
    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
