/* breaker: opens by trouble in a row, tries one document after a rest, closes when that ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "extractd/breaker.h"

static struct breaker b;
static struct breaker_seen s;

static int setup(void **state)
{
    (void)state;
    breaker_reset(&b);
    s = (struct breaker_seen){.now = 1000, .well = true, .idle = true};
    return 0;
}

/* One look, so much later; what is an event lasts for one look alone. */
static enum breaker_state after(int64_t ms)
{
    s.now += ms;
    enum breaker_state now = breaker_step(&b, &s);
    s.loop = s.environment = false;
    return now;
}

static enum breaker_state looped(int64_t ms)
{
    s.loop = true;
    s.trouble++;
    return after(ms);
}

static void all_well_is_closed(void **state)
{
    (void)state;
    s.trouble = 1000; /* of long ago, or not in a row */
    s.well = false;   /* some process is just being started */
    for (int i = 0; i < 1000; i++) {
        s.trouble++;
        s.ended += 2;
        assert_int_equal(after(100), BREAKER_CLOSED);
    }
}

static void a_document_closes_it(void **state)
{
    (void)state;
    assert_int_equal(looped(0), BREAKER_OPEN);
    assert_int_equal(after(BREAKER_REST_MS - 1), BREAKER_OPEN);
    s.ended++; /* that another slot brings one to its end mends no loop */
    s.well = false;
    assert_int_equal(after(1), BREAKER_OPEN);
    assert_int_equal(after(10 * BREAKER_REST_MS), BREAKER_OPEN);
    s.well = true;
    assert_int_equal(after(0), BREAKER_TRYING);
    s.idle = false; /* the one that it is tried on may take its time */
    assert_int_equal(after(100 * BREAKER_QUIET_MS), BREAKER_TRYING);
    s.ended++;
    assert_int_equal(after(0), BREAKER_CLOSED);
    assert_int_equal(after(0), BREAKER_CLOSED);
}

static void trouble_while_it_tries(void **state)
{
    int64_t rest = BREAKER_REST_MS;
    (void)state;
    assert_int_equal(looped(0), BREAKER_OPEN);
    for (int i = 0; i < 8; i++) {
        assert_int_equal(after(rest - 1), BREAKER_OPEN);
        assert_int_equal(after(1), BREAKER_TRYING);
        s.trouble++; /* one death alone will do now */
        assert_int_equal(after(10), BREAKER_OPEN);
        rest = 2 * rest < BREAKER_REST_MOST_MS ? 2 * rest : BREAKER_REST_MOST_MS;
    }
    assert_int_equal(rest, BREAKER_REST_MOST_MS);
    assert_int_equal(after(rest), BREAKER_TRYING);
    s.ended++;
    assert_int_equal(after(0), BREAKER_CLOSED);
    /* The next time it begins with the short rest. */
    assert_int_equal(looped(0), BREAKER_OPEN);
    assert_int_equal(after(BREAKER_REST_MS), BREAKER_TRYING);
}

static void nothing_to_try_it_on(void **state)
{
    (void)state;
    assert_int_equal(looped(0), BREAKER_OPEN);
    assert_int_equal(after(BREAKER_REST_MS), BREAKER_TRYING);
    assert_int_equal(after(BREAKER_QUIET_MS - 1), BREAKER_TRYING);
    assert_int_equal(after(1), BREAKER_CLOSED);
}

static void the_environment(void **state)
{
    (void)state;
    s.environment = true;
    assert_int_equal(after(0), BREAKER_OPEN);
    /* What is in hand still fails: the rest begins anew. */
    s.trouble++;
    assert_int_equal(after(BREAKER_REST_MS - 1), BREAKER_OPEN);
    assert_int_equal(after(BREAKER_REST_MS - 1), BREAKER_OPEN);
    /* What is in hand comes to its end: the share is back. */
    s.ended++;
    assert_int_equal(after(0), BREAKER_CLOSED);
    /* But not where a process loops as well. */
    s.environment = true;
    assert_int_equal(after(0), BREAKER_OPEN);
    assert_int_equal(looped(0), BREAKER_OPEN);
    s.ended++;
    assert_int_equal(after(0), BREAKER_OPEN);
    assert_int_equal(after(BREAKER_REST_MS), BREAKER_TRYING);
}

static void a_person_closes_it(void **state)
{
    (void)state;
    assert_int_equal(looped(0), BREAKER_OPEN);
    breaker_reset(&b);
    assert_int_equal(after(0), BREAKER_CLOSED);
    assert_int_equal(looped(0), BREAKER_OPEN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(all_well_is_closed, setup),
        cmocka_unit_test_setup(a_document_closes_it, setup),
        cmocka_unit_test_setup(trouble_while_it_tries, setup),
        cmocka_unit_test_setup(nothing_to_try_it_on, setup),
        cmocka_unit_test_setup(the_environment, setup),
        cmocka_unit_test_setup(a_person_closes_it, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
