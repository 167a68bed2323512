/* ahead: what is claimed beyond what can start at once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "extractd/ahead.h"

enum { SLOTS = 6, MANY = 64 };

/* A host of two cores and six slots, in states that it comes through. */
static const struct {
    const char *what;
    unsigned used, coming, free_cores;
    uint64_t each_ms; /* what its documents lasted; 0: none has ended yet */
    unsigned n;       /* slots at work */
    int64_t since[SLOTS];
    unsigned soon, room;
} table[] = {
    {"nothing is known: some", 0, 0, 2, 0, 0, {0}, 3, 5},
    {"milliseconds: a whole batch at once", 0, 0, 2, 5, 0, {0}, 12, 12},
    {"the same, all slots at work: as many again", 6, 2, 0, 5, 4, {1, 2, 3, 4}, 12, 6},
    {"the same, one queued besides: not yet", 7, 3, 0, 5, 4, {1, 2, 3, 4}, 12, 0},
    {"a second each: the next three", 2, 0, 0, 1000, 2, {10, 500}, 3, 3},
    {"of which two are there", 4, 2, 0, 1000, 2, {10, 500}, 3, 1},
    {"of which all are there", 5, 3, 0, 1000, 2, {10, 500}, 3, 0},
    {"ten seconds each: one ahead, so that its loading costs no time",
     2,
     0,
     0,
     10000,
     2,
     {0, 0},
     1,
     1},
    {"a minute each: none", 2, 0, 0, 60000, 2, {0, 0}, 0, 0},
    {"a minute each, a core is free: one", 1, 0, 1, 60000, 1, {0}, 0, 1},
    {"a minute each, for that core one is on its way", 2, 1, 1, 60000, 1, {0}, 0, 0},
    {"milliseconds, but these two have lasted for minutes", 2, 0, 0, 5, 2, {100000, 200000}, 0, 0},
    {"one of them has, and one not: the other's core goes on", 2, 0, 0, 5, 2, {100000, 3}, 12, 10},
    {"more in hand than slots were shrunk to", 12, 2, 0, 5, 6, {1, 1, 1, 1, 1, 1}, 12, 0},
};

static void rooms(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct ahead_view v = {.slots = SLOTS,
                               .used = table[i].used,
                               .coming = table[i].coming,
                               .free_cores = table[i].free_cores,
                               .pace = table[i].each_ms ? AHEAD_UNIT_MS / table[i].each_ms : 0,
                               .at_work = table[i].since,
                               .n_at_work = table[i].n};
        unsigned soon = ahead_soon(&v), room = ahead_room(&v);
        if (soon != table[i].soon || room != table[i].room)
            fail_msg("%s: soon %u, room %u", table[i].what, soon, room);
    }
}

/* Whatever the figures: never more than twice the slots in hand, and a free core is never left
 * without a document that could be claimed for it. */
static void bounds(void **state)
{
    (void)state;
    for (unsigned used = 0; used <= MANY; used++)
        for (unsigned coming = 0; coming <= used; coming++)
            for (unsigned cores = 0; cores <= 4; cores++)
                for (uint64_t pace = 1; pace < 10 * AHEAD_UNIT_MS; pace *= 10) {
                    struct ahead_view v = {.slots = SLOTS,
                                           .used = used,
                                           .coming = coming,
                                           .free_cores = cores,
                                           .pace = pace};
                    unsigned room = ahead_room(&v);
                    assert_true(room == 0 || used + room <= 2 * SLOTS);
                    if (cores > 0 && coming == 0 && used < SLOTS)
                        assert_true(room > 0);
                }
}

static void pace(void **state)
{
    (void)state;
    struct ahead_pace p = {0};
    ahead_note(&p, 0, 0);
    assert_int_equal(p.pace, 0);
    ahead_note(&p, AHEAD_UNIT_MS / 100, 1); /* the first counts whole */
    assert_int_equal(p.pace, AHEAD_UNIT_MS / 100);
    ahead_note(&p, AHEAD_UNIT_MS / 100, 1); /* nothing new */
    assert_int_equal(p.pace, AHEAD_UNIT_MS / 100);
    uint64_t sum = AHEAD_UNIT_MS / 100, n = 1;
    for (int i = 0; i < MANY; i++) /* ten times as slow from now on */
        ahead_note(&p, sum += AHEAD_UNIT_MS / 1000, ++n);
    assert_in_range(p.pace, AHEAD_UNIT_MS / 1000, AHEAD_UNIT_MS / 900);
    ahead_note(&p, sum += 0, ++n); /* an hour is as good as no end, and no division by it */
    assert_true(p.pace > 0);
    ahead_note(&p, 0, 0); /* the counts begin anew */
    assert_int_equal(p.pace, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rooms),
        cmocka_unit_test(bounds),
        cmocka_unit_test(pace),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
