/* restarts: at once, 2 s, 4 s, ... 60 s; 30 s of health begin anew. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "extractd/restarts.h"

static void waits_grow_to_a_cap(void **state)
{
    static const int64_t waits[] = {0, 2000, 4000, 8000, 16000, 32000, 60000, 60000, 60000};
    struct restarts r = {0};
    int64_t now = 5000;
    (void)state;
    assert_true(restarts_may_start(&r, now));
    for (size_t i = 0; i < sizeof waits / sizeof *waits; i++) {
        assert_int_equal(restarts_died(&r, 100, now), waits[i]);
        assert_int_equal(restarts_may_start(&r, now), waits[i] == 0);
        assert_false(waits[i] > 0 && restarts_may_start(&r, now + waits[i] - 1));
        assert_true(restarts_may_start(&r, now + waits[i]));
        assert_int_equal(restarts_in_loop(&r), i + 1 >= RESTARTS_LOOP);
        now += waits[i] + 100;
    }
    /* However long that goes on. */
    for (int i = 0; i < 100000; i++)
        assert_int_equal(restarts_died(&r, 0, now), RESTARTS_MOST_MS);
}

static void health_begins_anew(void **state)
{
    struct restarts r = {0};
    (void)state;
    for (int i = 0; i < RESTARTS_LOOP; i++)
        restarts_died(&r, 0, 0);
    assert_int_equal(restarts_died(&r, RESTARTS_HEALTHY_MS - 1, 0), 32000);
    assert_true(restarts_in_loop(&r));
    assert_int_equal(restarts_died(&r, RESTARTS_HEALTHY_MS, 7), 0);
    assert_false(restarts_in_loop(&r));
    assert_true(restarts_may_start(&r, 7));
    assert_int_equal(restarts_died(&r, 0, 7), 2000);
}

static void no_start_waits(void **state)
{
    struct restarts r = {0};
    (void)state;
    restarts_not_started(&r, 100);
    assert_false(restarts_may_start(&r, 100 + RESTARTS_FIRST_MS - 1));
    assert_true(restarts_may_start(&r, 100 + RESTARTS_FIRST_MS));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(waits_grow_to_a_cap),
        cmocka_unit_test(health_begins_anew),
        cmocka_unit_test(no_start_waits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
