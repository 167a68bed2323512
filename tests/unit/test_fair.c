/* fair: whose turn it is, by a simulation of hosts in virtual time. */
#include "extractd/fair.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { LANES = 4, SLOTS = 16, HOUR = 3600 * 1000 };

/* What a lane's documents are like, and when they come. */
struct kind {
    int64_t priority, weight;
    unsigned most;
    int64_t shortest, longest; /* ms in a slot */
    int64_t every;             /* ms between two drops; 0: there are always some */
    int64_t from, to;          /* ms: only in this time */
};

struct job {
    int lane; /* FAIR_NONE: the slot is free */
    int64_t began, ends;
};

struct host {
    const struct kind *kind;
    struct fair_lane lane[LANES];
    unsigned n, slots;
    struct job slot[SLOTS];
    int64_t ended[LANES], waiting[LANES], dropped[LANES], busy[LANES];
    int64_t waits_since[LANES], longest_wait[LANES], now;
    unsigned most_seen[LANES];
    uint64_t seed;
};

static int64_t roll(struct host *h, int64_t from, int64_t to)
{
    h->seed = h->seed * 6364136223846793005u + 1442695040888963407u;
    return from + (int64_t)((h->seed >> 33) % (uint64_t)(to - from + 1));
}

static int64_t expected(const struct host *h, unsigned i)
{
    return h->ended[i] ? h->lane[i].used_ms / h->ended[i] : 1000;
}

static void look(struct host *h)
{
    for (unsigned i = 0; i < h->n; i++) {
        struct fair_lane *l = &h->lane[i];
        l->in_hand = 0;
        l->open_ms = 0;
        for (unsigned k = 0; k < h->slots; k++) {
            int64_t had = h->now - h->slot[k].began;
            if (h->slot[k].lane != (int)i)
                continue;
            l->in_hand++;
            l->open_ms += had > expected(h, i) ? had : expected(h, i);
        }
        l->wants = h->waiting[i] > 0;
        l->idle = !l->wants;
        if (l->in_hand > h->most_seen[i])
            h->most_seen[i] = l->in_hand;
        if (!l->wants || l->in_hand > 0)
            h->waits_since[i] = h->now;
        int64_t waits = h->now - h->waits_since[i];
        h->longest_wait[i] = waits > h->longest_wait[i] ? waits : h->longest_wait[i];
    }
}

static void drops(struct host *h)
{
    for (unsigned i = 0; i < h->n; i++) {
        const struct kind *k = &h->kind[i];
        bool open = h->now >= k->from && (k->to == 0 || h->now < k->to);
        if (k->every == 0)
            h->waiting[i] = open;
        else if (open && h->now - k->from >= h->dropped[i] * k->every) {
            h->waiting[i]++;
            h->dropped[i]++;
        }
    }
}

static void step(struct host *h)
{
    int pick;
    drops(h);
    for (unsigned k = 0; k < h->slots; k++) {
        struct job *j = &h->slot[k];
        if (j->lane == FAIR_NONE || h->now < j->ends)
            continue;
        h->lane[j->lane].used_ms += j->ends - j->began;
        h->ended[j->lane]++;
        j->lane = FAIR_NONE;
    }
    for (unsigned k = 0; k < h->slots; k++) {
        look(h);
        if (h->slot[k].lane != FAIR_NONE || (pick = fair_pick(h->lane, h->n)) == FAIR_NONE)
            continue;
        const struct kind *of = &h->kind[pick];
        h->slot[k] = (struct job){pick, h->now, h->now + roll(h, of->shortest, of->longest)};
        h->waiting[pick] -= of->every != 0;
    }
    look(h);
}

static void run(struct host *h, const struct kind *kind, unsigned n, unsigned slots, int64_t until)
{
    if (!h->kind) {
        for (unsigned k = 0; k < SLOTS; k++)
            h->slot[k].lane = FAIR_NONE;
        h->n = n;
        h->slots = slots;
        h->kind = kind;
        for (unsigned i = 0; i < n; i++) {
            h->lane[i].priority = kind[i].priority;
            h->lane[i].weight = kind[i].weight;
            h->lane[i].most = kind[i].most;
        }
    }
    for (; h->now < until; h->now += 20) {
        step(h);
        for (unsigned k = 0; k < slots; k++)
            if (h->slot[k].lane != FAIR_NONE)
                h->busy[h->slot[k].lane] += 20;
    }
}

static double share(const struct host *h, unsigned i)
{
    double sum = 0;
    for (unsigned k = 0; k < h->n; k++)
        sum += (double)h->busy[k];
    return 100 * (double)h->busy[i] / sum;
}

static void near_to(const struct host *h, unsigned i, double percent, const char *what)
{
    double is = share(h, i);
    print_message("%s: lane %u has %.1f %% of the slots' time, by its weight %.1f %%\n", what, i,
                  is, percent);
    assert_true(is > percent - 5 && is < percent + 5);
}

/* Three to one, and the lane of the smaller weight has documents ten times as large. */
static void test_shares_by_weight(void **state)
{
    static const struct kind kinds[] = {{0, 30, 0, 200, 3000, 0, 0, 0},
                                        {0, 10, 0, 5000, 30000, 0, 0, 0}};
    static const unsigned slots[] = {1, 2, 6, 16};
    (void)state;
    for (unsigned i = 0; i < sizeof slots / sizeof *slots; i++) {
        struct host h = {.seed = 7 + i};
        run(&h, kinds, 2, slots[i], HOUR);
        near_to(&h, 0, 75, "3 to 1");
        near_to(&h, 1, 25, "3 to 1");
    }
}

/* Hosts know nothing of each other: what holds for each holds for all. */
static void test_three_hosts(void **state)
{
    static const struct kind kinds[] = {{0, 50, 0, 100, 500, 0, 0, 0},
                                        {0, 30, 0, 1000, 9000, 0, 0, 0},
                                        {0, 20, 0, 60000, 60000, 0, 0, 0}};
    static const double percent[] = {50, 30, 20};
    struct host all = {.n = 3};
    (void)state;
    for (unsigned host = 0; host < 3; host++) {
        struct host h = {.seed = 100 + host};
        run(&h, kinds, 3, 4 + host, 3 * HOUR);
        for (unsigned i = 0; i < 3; i++) {
            near_to(&h, i, percent[i], "5 to 3 to 2");
            all.busy[i] += h.busy[i];
            assert_true(h.longest_wait[i] < 5 * 60000);
        }
    }
    for (unsigned i = 0; i < 3; i++)
        near_to(&all, i, percent[i], "of three hosts");
}

static void test_priority_is_strict(void **state)
{
    static const struct kind kinds[] = {{0, 1000, 0, 5000, 5000, 0, 0, 0},
                                        {1, 1, 0, 100, 100, 7000, 0, 0},
                                        {2, 1, 0, 1000, 1000, 0, HOUR / 2, HOUR / 2 + 60000}};
    struct host h = {.seed = 1};
    (void)state;
    run(&h, kinds, 3, 4, HOUR / 2);
    assert_true(h.longest_wait[1] <= 5000 + 20); /* as long as a document in work takes */
    run(&h, kinds, 3, 4, HOUR / 2 + 10000);
    int64_t low = h.ended[0];
    run(&h, kinds, 3, 4, HOUR / 2 + 60000);
    assert_int_equal(h.ended[0], low); /* while the highest has work for all slots */
}

/* A night alone is not paid back for a day. */
static void test_idle_saves_no_credit(void **state)
{
    static const struct kind kinds[] = {{0, 10, 0, 1000, 3000, 0, 0, 0},
                                        {0, 10, 0, 1000, 3000, 0, HOUR, 0}};
    struct host h = {.seed = 3};
    (void)state;
    run(&h, kinds, 2, 4, HOUR);
    assert_int_equal(h.busy[1], 0);
    memset(h.busy, 0, sizeof h.busy);
    run(&h, kinds, 2, 4, HOUR + 60000);
    near_to(&h, 0, 50, "after an hour alone");
}

/* Nor is it a debt that others were idle, once these come and it has been idle, too. */
static void test_alone_makes_no_debt(void **state)
{
    static const struct kind kinds[] = {{0, 10, 0, 1000, 3000, 0, 0, 0},
                                        {0, 10, 0, 1000, 3000, 0, 0, HOUR}};
    static const struct kind then[] = {{0, 10, 0, 1000, 3000, 0, HOUR + 30000, 0},
                                       {0, 10, 0, 1000, 3000, 0, HOUR + 10000, 0}};
    struct host h = {.seed = 4};
    (void)state;
    run(&h, kinds + 1, 1, 4, HOUR); /* the first lane alone */
    h.n = 2;
    h.lane[1] = (struct fair_lane){.weight = 10};
    h.kind = then;
    run(&h, then, 2, 4, HOUR + 30000);
    memset(h.busy, 0, sizeof h.busy);
    run(&h, then, 2, 4, HOUR + 90000);
    near_to(&h, 0, 50, "after an hour alone, and idle then");
}

/* A lane with max_slots has no claim on what it could not use. */
static void test_most(void **state)
{
    static const struct kind kinds[] = {{0, 90, 1, 1000, 3000, 0, 0, 0},
                                        {0, 10, 0, 1000, 3000, 0, 0, 0}};
    struct host h = {.seed = 5};
    (void)state;
    run(&h, kinds, 2, 4, HOUR);
    assert_int_equal(h.most_seen[0], 1);
    near_to(&h, 0, 25, "one slot of four");
    memset(h.busy, 0, sizeof h.busy);
    h.lane[0].most = 0;
    h.lane[0].weight = 10;
    run(&h, kinds, 2, 4, HOUR + 60000);
    near_to(&h, 0, 50, "max_slots is lifted");
}

static void test_held(void **state)
{
    struct fair_lane l[2] = {{.priority = 5, .weight = 1, .wants = true, .held = true},
                             {.priority = 0, .weight = 1, .wants = true}};
    (void)state;
    assert_int_equal(fair_pick(l, 2), 1);
    l[0].held = false;
    assert_int_equal(fair_pick(l, 2), 0);
    l[0].wants = l[1].wants = false;
    l[0].idle = l[1].idle = true;
    assert_int_equal(fair_pick(l, 2), FAIR_NONE);
    assert_int_equal(fair_pick(l, 0), FAIR_NONE);
}

/* One lane may have something, and its documents cost next to nothing; others are known to have some. */
static void test_what_is_known_has_a_place(void **state)
{
    struct fair_lane l[4] = {{.weight = 10, .usual_ms = 1, .wants = true},
                             {.weight = 10, .usual_ms = 30000, .wants = true, .known = true},
                             {.weight = 10, .usual_ms = 30000, .wants = true, .known = true},
                             {.weight = 10, .usual_ms = 30000, .wants = true}};
    unsigned quota[4];
    (void)state;
    fair_pick(l, 4); /* all begin together; then three of them had turns */
    l[1].in_hand = l[2].in_hand = l[3].in_hand = 2;
    for (unsigned i = 1; i < 4; i++)
        l[i].open_ms = 60000;
    assert_int_equal(fair_deal(l, 4, 8, quota), 0);
    assert_int_equal(quota[0], 6);
    assert_int_equal(quota[1], 1);
    assert_int_equal(quota[2], 1);
    assert_int_equal(quota[3], 0);
    assert_int_equal(l[1].in_hand, 3);
    assert_int_equal(l[0].in_hand, 6);
    assert_int_equal(l[0].open_ms, 6);
}

/* Who is known to have something keeps what it was dealt; who may begin none gets none. */
static void test_a_place_is_taken_from_nobody_who_needs_it(void **state)
{
    struct fair_lane l[3] = {{.weight = 10, .usual_ms = 1, .wants = true, .known = true},
                             {.weight = 10, .usual_ms = 9000, .wants = true, .known = true},
                             {.weight = 10, .usual_ms = 9000, .wants = true, .known = true}};
    unsigned quota[3];
    (void)state;
    fair_pick(l, 3);
    l[1].in_hand = l[2].in_hand = 1;
    l[1].open_ms = l[2].open_ms = 9000;
    assert_int_equal(fair_deal(l, 3, 4, quota), 0);
    assert_int_equal(quota[0], 4);
    l[0].in_hand = 0;
    l[0].open_ms = 0;
    l[0].known = false;
    l[1].held = true;
    l[2].most = 1;
    assert_int_equal(fair_deal(l, 3, 4, quota), 0);
    assert_int_equal(quota[0], 4);
    assert_int_equal(quota[1] + quota[2], 0);
}

/* What nobody wants is left over. */
static void test_left_over(void **state)
{
    struct fair_lane l[2] = {{.weight = 10, .usual_ms = 5, .wants = true, .known = true, .most = 2},
                             {.weight = 10, .usual_ms = 5}};
    unsigned quota[2];
    (void)state;
    assert_int_equal(fair_deal(l, 2, 7, quota), 5);
    assert_int_equal(quota[0], 2);
    assert_int_equal(quota[1], 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shares_by_weight),
        cmocka_unit_test(test_three_hosts),
        cmocka_unit_test(test_priority_is_strict),
        cmocka_unit_test(test_idle_saves_no_credit),
        cmocka_unit_test(test_alone_makes_no_debt),
        cmocka_unit_test(test_most),
        cmocka_unit_test(test_held),
        cmocka_unit_test(test_what_is_known_has_a_place),
        cmocka_unit_test(test_a_place_is_taken_from_nobody_who_needs_it),
        cmocka_unit_test(test_left_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
