/* claimer_retry: how long a listing of .retry/ puts off the next one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "extractd/claimer_parts.h"

/* Hours, so that no machine is slow enough to matter. */
enum { MINUTE = 60 * 1000, HOUR = 60 * MINUTE, POLL_MAX = 10 * HOUR };

static struct extractd x;
static struct course first;
static struct dirlist *const at_hand =
    (struct dirlist *)&first; /* is asked for NULL, and no more */

static struct claimer begin(void)
{
    x = (struct extractd){.spool.settings.poll_max = POLL_MAX};
    first = (struct course){0};
    return (struct claimer){.x = &x, .course = {&first}, .n = 1};
}

/* A call in the middle of a listing, and one that comes to its end. */
static void goes_on(struct claimer *c, unsigned got, int64_t ms)
{
    c->retry.list = at_hand;
    claimer_note_listing(c, got, ms);
}

static void ends(struct claimer *c, unsigned got, int64_t ms)
{
    c->retry.list = NULL;
    claimer_note_listing(c, got, ms);
}

/* May there be another one so long after the last? */
static bool may_after(struct claimer *c, int64_t ms)
{
    c->retry_listed = clock_boot_ms() - ms;
    return claimer_may_list_retry(c);
}

static void nothing_found_waits_for_ten_times_the_cost(void **state)
{
    (void)state;
    struct claimer c = begin();
    ends(&c, 0, 6 * MINUTE);
    assert_int_equal(c.retry_cost, 6 * MINUTE);
    assert_false(may_after(&c, 30 * MINUTE));
    assert_true(may_after(&c, HOUR));
    x.once = true; /* nobody looks again later */
    assert_true(may_after(&c, 1));
}

static void all_calls_of_a_listing_are_its_cost(void **state)
{
    (void)state;
    struct claimer c = begin();
    goes_on(&c, 0, 2 * MINUTE);
    assert_int_equal(c.retry_cost, 0);
    goes_on(&c, 0, 3 * MINUTE);
    ends(&c, 0, MINUTE);
    assert_int_equal(c.retry_cost, 6 * MINUTE);
    ends(&c, 0, 3 * MINUTE); /* the next one begins anew */
    assert_int_equal(c.retry_cost, 3 * MINUTE);
}

static void what_was_found_puts_nothing_off(void **state)
{
    (void)state;
    struct claimer c = begin();
    ends(&c, 0, 6 * MINUTE);
    ends(&c, 1, 20 * MINUTE); /* claims take their time */
    assert_int_equal(c.retry_cost, 0);
    assert_true(may_after(&c, 1));
    goes_on(&c, 64, 20 * MINUTE); /* in any of its calls */
    goes_on(&c, 0, MINUTE);
    ends(&c, 0, MINUTE);
    assert_int_equal(c.retry_cost, 0);
    ends(&c, 0, 6 * MINUTE); /* the next one has found nothing */
    assert_int_equal(c.retry_cost, 6 * MINUTE);
}

/* The share stood still in the middle of it. */
static void never_longer_than_poll_max(void **state)
{
    (void)state;
    struct claimer c = begin();
    ends(&c, 0, 5 * HOUR);
    assert_int_equal(c.retry_cost, HOUR);
    assert_false(may_after(&c, POLL_MAX - HOUR));
    assert_true(may_after(&c, POLL_MAX));
    x.spool.settings.poll_max = HOUR; /* changed meanwhile: holds from the next one on */
    ends(&c, 0, 5 * HOUR);
    assert_true(may_after(&c, HOUR));
}

/* What waits, but is not due, is not listed but once in a walk's pause. */
static void not_before_the_first_is_due(void **state)
{
    (void)state;
    struct lease_shared shared = {0};
    struct claimer c = begin();
    int64_t now = clock_boot_ms();
    c.lease.shared = &shared;
    c.last_retry_look = now - 2 * MINUTE;
    c.retry.waiting = 3;
    c.retry.next_due_ms = lease_server_now(&c.lease) + HOUR;
    first.pause = HOUR;
    assert_false(claimer_may_list_retry(&c));
    first.pause = MINUTE;
    assert_true(claimer_may_list_retry(&c));
    first.pause = HOUR;
    c.retry.next_due_ms = lease_server_now(&c.lease);
    assert_true(claimer_may_list_retry(&c));
    c.last_retry_look = now + HOUR; /* a second at least lies between two */
    assert_false(claimer_may_list_retry(&c));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_found_waits_for_ten_times_the_cost),
        cmocka_unit_test(all_calls_of_a_listing_are_its_cost),
        cmocka_unit_test(what_was_found_puts_nothing_off),
        cmocka_unit_test(never_longer_than_poll_max),
        cmocka_unit_test(not_before_the_first_is_due),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
