/* sorted: every element of arrays of every small size is found, and what is not there has its place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/sorted.h"

enum { MOST = 40 };

/* Element i is 2 i + 1: the odd numbers are there, the even ones are not. */
static int order_of(const void *sought, size_t i)
{
    size_t element = 2 * i + 1, number = *(const size_t *)sought;
    return (element > number) - (element < number);
}

static void each_has_its_place(void **state)
{
    (void)state;
    for (size_t n = 0; n <= MOST; n++)
        for (size_t number = 0; number <= 2 * n; number++) {
            size_t at = MOST + 1;
            assert_int_equal(sorted_find(n, order_of, &number, &at), number % 2);
            assert_int_equal(at, number / 2);
        }
}

static size_t asked;

static int order_counted(const void *sought, size_t i)
{
    asked++;
    return order_of(sought, i);
}

/* A million elements: twenty questions. */
static void few_are_looked_at(void **state)
{
    const size_t n = 1000000, some[] = {0, 1, 999999, 1000000, 2 * n - 1, 2 * n};
    (void)state;
    for (size_t i = 0; i < sizeof some / sizeof *some; i++) {
        size_t at;
        asked = 0;
        assert_int_equal(sorted_find(n, order_counted, &some[i], &at), some[i] % 2);
        assert_int_equal(at, some[i] / 2);
        assert_in_range(asked, 1, 20);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_has_its_place),
        cmocka_unit_test(few_are_looked_at),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
