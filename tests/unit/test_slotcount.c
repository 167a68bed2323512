/* slotcount: how many slots take documents, by memory and by what others do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "extractd/slotcount.h"
#include "spool/hoststatus.h"

#define U STATUS_UNKNOWN
enum { GIB = 1 << 30, MIB = 1 << 20, STEPS = 40 };

/* One step of a host of four cores with 16 GiB and ten slots at most, two at least. */
static const struct {
    const char *what;
    unsigned before;
    int64_t available_mib, still, others, per_slot_mib;
    int64_t calm_for; /* ms */
    unsigned after;
    const char *why; /* a part of it */
} table[] = {
    {"idle and healthy: all, at once", 0, 12000, 0, 0, U, 0, 10, ""},
    {"nothing can be measured: all", 0, U, U, U, U, 0, 10, ""},
    {"it works, and others do a little", 10, 8000, 0, 200, 200, 0, 10, ""},
    {"short: one fewer", 10, 1500, 0, 0, 200, 0, 9, "memory is or was short (9 %"},
    {"tight: half", 10, 700, 0, 0, 200, 0, 5, "memory is or was short (4 %"},
    {"enough by the count, but all stand still for it", 10, 8000, 1200, 0, 200, 0, 5, "memory"},
    {"a little of that", 10, 8000, 300, 0, 200, 0, 9, "memory"},
    {"never below slots_min", 2, 100, 5000, 1000, 200, 0, 2, "memory"},
    {"neither short nor calm: as it is", 5, 2000, 0, 0, 200, 60000, 5, "memory"},
    {"calm, not for long", 5, 8000, 0, 0, 200, 5000, 5, "memory"},
    {"calm for long: one more", 5, 8000, 0, 0, 200, 60000, 6, "memory"},
    {"calm, but one more would make it short", 5, 3000, 0, 0, 2000, 60000, 5, "memory"},
    {"half of the processors are others'", 10, 8000, 0, 500, 200, 0, 8, "50 % of the processors"},
    {"all of them are", 10, 8000, 0, 1000, 200, 0, 5, "100 % of the processors"},
    {"half of them are, and memory is short", 10, 1000, 0, 500, 200, 0, 8,
     "50 % of the processors"},
    {"most of them are, and memory is tight", 10, 700, 0, 300, 200, 0, 5, "memory"},
};

static struct slotcount_facts facts(size_t i)
{
    return (struct slotcount_facts){
        .min = 2,
        .max = 10,
        .cores = 4,
        .memory_total = (int64_t)16 * GIB,
        .memory_available = table[i].available_mib == U ? U : table[i].available_mib * MIB,
        .still = table[i].still,
        .others = table[i].others,
        .per_slot = table[i].per_slot_mib == U ? U : table[i].per_slot_mib * MIB};
}

static void steps(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct slotcount_facts f = facts(i);
        struct slotcount s = {
            .memory = table[i].before, .max = f.max, .calm_since = 100000 - table[i].calm_for};
        slotcount_step(&s, &f, 100000);
        if (s.active != table[i].after || !strstr(s.why, table[i].why) ||
            (table[i].why[0] == 0) != (s.why[0] == 0))
            fail_msg("%s: %u, %s", table[i].what, s.active, s.why);
    }
}

/* A machine whose memory goes and comes back: down in seconds, up in a minute, and no swinging. */
static void there_and_back(void **state)
{
    struct slotcount s = {0};
    struct slotcount_facts f = facts(2);
    int64_t now = 1000;
    (void)state;
    f.memory_available = (int64_t)500 * MIB;
    for (int i = 0; i < 3; i++, now += SLOTCOUNT_EVERY_MS)
        slotcount_step(&s, &f, now);
    assert_int_equal(s.active, 2);
    f.memory_available = (int64_t)2000 * MIB; /* 12 %: it stays */
    for (int i = 0; i < STEPS; i++, now += SLOTCOUNT_EVERY_MS)
        slotcount_step(&s, &f, now);
    assert_int_equal(s.active, 2);
    f.memory_available = (int64_t)8000 * MIB;
    int64_t began = now;
    while (s.active < 10 && now - began < 120000) {
        slotcount_step(&s, &f, now);
        now += SLOTCOUNT_EVERY_MS;
    }
    assert_in_range(now - began, SLOTCOUNT_CALM_MS, 60000);
    assert_string_equal(s.why, "");
}

/* The settings change while it runs; one that makes no sense does no harm. */
static void bounds_change(void **state)
{
    struct slotcount s = {0};
    struct slotcount_facts f = facts(0);
    (void)state;
    slotcount_step(&s, &f, 1000);
    f.max = 3;
    slotcount_step(&s, &f, 2000);
    assert_int_equal(s.active, 3);
    f.max = 8; /* at once: memory was no bound */
    slotcount_step(&s, &f, 2500);
    assert_int_equal(s.active, 8);
    f.max = 1; /* below min */
    slotcount_step(&s, &f, 3000);
    assert_int_equal(s.active, 1);
    f.max = 0;
    f.min = 0;
    f.memory_available = 0;
    slotcount_step(&s, &f, 4000);
    assert_int_equal(s.active, 1);
}

/* A host of two cores: six slots for a share that is near, eighteen at most. */
static const struct {
    const char *what;
    int64_t round_trip_us, core_us;
    unsigned most, after;
} distances[] = {
    {"a local spool, with the smallest documents", 5, 1000, 18, 6},
    {"not known yet", 0, 1000, 18, 6},
    {"a share in the same room", 250, 1000, 18, 6},
    {"2 ms away, nothing has ended yet", 2000, 0, 18, 14},
    {"2 ms away, 8 ms each: for 40 ms on the way 5 more for each core", 2000, 8000, 18, 16},
    {"2 ms away, a tenth of a second each", 2000, 100000, 18, 7},
    {"2 ms away, all tiny: no more than the most", 2000, 700, 18, 18},
    {"at the other end of the world", 300000, 8000, 18, 18},
    {"slots_max was set", 2000, 700, 6, 6},
};

static void far_shares(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof distances / sizeof *distances; i++) {
        struct slotcount_facts f = facts(0);
        struct slotcount s = {0};
        f.cores = 2;
        f.max = 6;
        f.most = distances[i].most;
        f.round_trip_us = distances[i].round_trip_us;
        f.ended = distances[i].core_us > 0 ? 100 : 0;
        f.core_ms = distances[i].core_us / 10; /* a hundred of them */
        slotcount_step(&s, &f, 1000);
        if (s.active != distances[i].after || s.why[0])
            fail_msg("%s: %u, %s", distances[i].what, s.active, s.why);
    }
}

/* What documents need of a core is learnt from those of late; memory and others still count; a share
 * that has come near needs no more than any. */
static void distance_changes(void **state)
{
    struct slotcount s = {0};
    struct slotcount_facts f = facts(0);
    (void)state;
    f.cores = 2;
    f.max = 6;
    f.most = 18;
    f.round_trip_us = 2000;
    slotcount_step(&s, &f, 1000);
    assert_int_equal(s.active, 14);
    f.ended = 1000;
    f.core_ms = 2000;
    slotcount_step(&s, &f, 3000);
    assert_int_equal(s.active, 18);
    slotcount_step(&s, &f, 5000); /* nothing has ended since: as it was */
    assert_int_equal(s.active, 18);
    for (int i = 0; i < 12; i++) { /* pages to be read: seconds each */
        f.ended += 3;
        f.core_ms += 6000;
        slotcount_step(&s, &f, 7000 + i * SLOTCOUNT_EVERY_MS);
    }
    assert_int_equal(s.active, 7);
    f.others = 1000;
    slotcount_step(&s, &f, 40000);
    assert_int_equal(s.active, 3);
    assert_non_null(strstr(s.why, "3 of 7 slots"));
    f.others = 0;
    f.memory_available = (int64_t)700 * MIB;
    slotcount_step(&s, &f, 42000);
    assert_int_equal(s.active, 3);
    assert_non_null(strstr(s.why, "memory"));
    f.memory_available = (int64_t)12000 * MIB;
    s = (struct slotcount){0};
    f.round_trip_us = 100;
    slotcount_step(&s, &f, 44000);
    assert_int_equal(s.active, 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps),
        cmocka_unit_test(there_and_back),
        cmocka_unit_test(bounds_change),
        cmocka_unit_test(far_shares),
        cmocka_unit_test(distance_changes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
