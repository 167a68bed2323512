/* bucket: the arithmetic of a rate, in virtual time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "spool/bucket.h"

#define NOW    INT64_C(1790000000000)
#define MINUTE INT64_C(60000)
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)

static void a_full_one_gives_its_burst_and_no_more(void **state)
{
    const struct bucket_limits l = {.per_minute = 60, .burst = 5};
    struct rate_bucket b = bucket_new(&l, NOW);
    (void)state;
    assert_int_equal(bucket_take(&b, &l, NOW, 3), 3);
    assert_int_equal(bucket_take(&b, &l, NOW, 10), 2);
    assert_int_equal(bucket_take(&b, &l, NOW, 1), 0);
    assert_int_equal(bucket_wait(&b, &l), 1000);
    assert_int_equal(bucket_take(&b, &l, NOW + 999, 1), 0);
    assert_int_equal(bucket_wait(&b, &l), 1);
    assert_int_equal(bucket_take(&b, &l, NOW + 1000, 2), 1);
    assert_int_equal(bucket_take(&b, &l, NOW + HOUR, 100), 5);
}

static void no_burst_is_a_minute_of_it(void **state)
{
    const struct bucket_limits l = {.per_minute = 7};
    const struct bucket_limits more = {.per_minute = 7, .burst = 9};
    struct rate_bucket b = bucket_new(&l, NOW), c = bucket_new(&more, NOW);
    (void)state;
    assert_int_equal(bucket_take(&b, &l, NOW, 100), 7);
    assert_int_equal(bucket_take(&c, &more, NOW, 100), 7);
}

static void slow_rates_lose_nothing_to_rounding(void **state)
{
    const struct bucket_limits l = {.per_minute = 1};
    struct rate_bucket b = bucket_new(&l, NOW);
    unsigned had = bucket_take(&b, &l, NOW, 1);
    (void)state;
    /* Looked at each ms for ten minutes: as if it had been looked at once. */
    for (int64_t t = NOW; t <= NOW + 10 * MINUTE; t++)
        had += bucket_take(&b, &l, t, 1);
    assert_int_equal(had, 11);
}

static void a_day_has_so_many(void **state)
{
    const struct bucket_limits l = {.per_day = 10};
    const struct bucket_limits both = {.per_minute = 600, .per_day = 3};
    struct rate_bucket b = bucket_new(&l, NOW), c = bucket_new(&both, NOW);
    (void)state;
    assert_int_equal(bucket_take(&b, &l, NOW, 4), 4);
    assert_int_equal(bucket_take(&b, &l, NOW + 23 * HOUR, 9), 6);
    assert_int_equal(bucket_wait(&b, &l), HOUR);
    assert_int_equal(bucket_take(&b, &l, NOW + DAY - 1, 1), 0);
    assert_int_equal(bucket_take(&b, &l, NOW + DAY, 11), 10); /* the next day begins here */
    assert_int_equal(bucket_take(&b, &l, NOW + DAY + 5 * HOUR, 1), 0);
    assert_int_equal(bucket_take(&c, &both, NOW, 5), 3);
    assert_int_equal(bucket_wait(&c, &both), DAY);
}

static void what_was_not_used_goes_back(void **state)
{
    const struct bucket_limits l = {.per_minute = 60, .burst = 5, .per_day = 6};
    struct rate_bucket b = bucket_new(&l, NOW);
    (void)state;
    assert_int_equal(bucket_take(&b, &l, NOW, 5), 5);
    bucket_give(&b, &l, NOW, 3);
    assert_int_equal(bucket_take(&b, &l, NOW, 9), 3);
    bucket_give(&b, &l, NOW, 1000000); /* never above what it can have */
    assert_int_equal(b.level, 5 * BUCKET_ONE);
    assert_int_equal(b.used, 0);
}

static void time_that_goes_back_stands(void **state)
{
    const struct bucket_limits l = {.per_minute = 60, .burst = 2, .per_day = 100};
    struct rate_bucket b = bucket_new(&l, NOW);
    (void)state;
    assert_int_equal(bucket_take(&b, &l, NOW, 2), 2);
    assert_int_equal(bucket_take(&b, &l, NOW - 30 * MINUTE, 1), 0);
    assert_int_equal(b.ms, NOW);
    assert_int_equal(bucket_take(&b, &l, NOW + 500, 1), 0); /* not refilled from the earlier time */
    /* The server's clock was a year ahead, and is set right: half a second is not waited for a year. */
    assert_int_equal(bucket_take(&b, &l, NOW - 365 * DAY, 1), 0);
    assert_int_equal(bucket_take(&b, &l, NOW - 365 * DAY + 500, 1), 1);
    assert_true(b.day <= b.ms);
}

static void limits_may_change(void **state)
{
    const struct bucket_limits wide = {.per_minute = 600}, narrow = {.per_minute = 6}, none = {0};
    struct rate_bucket b = bucket_new(&wide, NOW);
    (void)state;
    assert_int_equal(bucket_take(&b, &narrow, NOW, 100), 6);
    assert_int_equal(bucket_take(&b, &wide, NOW, 100), 0); /* what was cut is gone */
    assert_int_equal(bucket_take(&b, &none, NOW, 100), 100);
    assert_false(bucket_limited(&none));
    assert_true(bucket_limited(&narrow));
    assert_int_equal(bucket_wait(&b, &none), 0);
}

static void nothing_runs_over(void **state)
{
    const struct bucket_limits l = {INT64_MAX, INT64_MAX, INT64_MAX};
    const struct bucket_limits slow = {.per_minute = 1, .per_day = 1};
    struct rate_bucket b = bucket_new(&l, 0), c = bucket_new(&slow, 0);
    (void)state;
    assert_true(bucket_sane(&b));
    assert_int_equal(bucket_take(&b, &l, INT64_MAX / 2, UINT32_MAX), 1000000);
    assert_int_equal(b.level, 0);
    assert_int_equal(bucket_take(&c, &slow, 253402300800000, 5), 1);
    assert_true(bucket_sane(&c));
    for (int i = 0; i < 2000; i++)
        bucket_take(&b, &l, INT64_MAX / 2 + i * MINUTE, UINT32_MAX);
    assert_true(b.used <= BUCKET_DAY_MOST);
    c.level = -1;
    assert_false(bucket_sane(&c));
    c = (struct rate_bucket){.ms = INT64_MAX};
    assert_false(bucket_sane(&c));
    c = (struct rate_bucket){.used = BUCKET_DAY_MOST + 1};
    assert_false(bucket_sane(&c));
    c = (struct rate_bucket){.level = INT64_MAX};
    assert_false(bucket_sane(&c));
}

/* At any time, in any window, whatever is asked for: never above burst + time * rate. */
static void the_law_holds_in_every_window(void **state)
{
    enum { EVENTS = 400, ROUNDS = 200 };
    (void)state;
    srand(1);
    for (int round = 0; round < ROUNDS; round++) {
        int64_t when[EVENTS], t = NOW;
        unsigned n[EVENTS];
        const struct bucket_limits l = {.per_minute = 1 + rand() % 300, .burst = rand() % 40};
        int64_t burst = l.burst > 0 && l.burst < l.per_minute ? l.burst : l.per_minute;
        struct rate_bucket b = bucket_new(&l, t);
        for (int i = 0; i < EVENTS; i++) {
            t += rand() % 5 == 0 ? rand() % 20000 : rand() % 50;
            when[i] = t;
            n[i] = bucket_take(&b, &l, t - rand() % 3 * 10, (unsigned)rand() % 10);
        }
        for (int from = 0; from < EVENTS; from++) {
            int64_t sum = 0;
            for (int to = from; to < EVENTS; to++) {
                sum += n[to];
                /* +20: a host may know the time 20 ms late, as above */
                assert_true(sum * MINUTE <=
                            burst * MINUTE + (when[to] - when[from] + 20) * l.per_minute);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_one_gives_its_burst_and_no_more),
        cmocka_unit_test(no_burst_is_a_minute_of_it),
        cmocka_unit_test(slow_rates_lose_nothing_to_rounding),
        cmocka_unit_test(a_day_has_so_many),
        cmocka_unit_test(what_was_not_used_goes_back),
        cmocka_unit_test(time_that_goes_back_stands),
        cmocka_unit_test(limits_may_change),
        cmocka_unit_test(nothing_runs_over),
        cmocka_unit_test(the_law_holds_in_every_window),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
