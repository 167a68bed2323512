/* formerly: the latest ids of keys, and the oldest are forgotten. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "spoold/model/formerly.h"

static void as(char place[40], unsigned n)
{
    snprintf(place, 40, "pending/%u.pdf", n);
}

static void the_latest_of_them(void **state)
{
    struct formerly *f = calloc(1, sizeof *f);
    char place[40], key[PLACEKEY_CAP], id[ID_CAP];
    (void)state;
    assert_non_null(f);
    formerly_init(f);
    assert_false(formerly_find(f, "", id));
    assert_false(formerly_find(f, "t-000000000000000000000000", id));
    for (unsigned n = 0; n < FORMERLY + 10; n++) {
        as(place, n);
        snprintf(id, sizeof id, "host-%u", n);
        formerly_note(f, place, id);
    }
    for (unsigned n = 0; n < FORMERLY + 11; n += n == 20 ? FORMERLY - 30 : 1) {
        char want[ID_CAP];
        as(place, n);
        placekey(place, strlen(place), key);
        bool found = formerly_find(f, key, id);
        assert_int_equal(found, n >= 10 && n < FORMERLY + 10);
        snprintf(want, sizeof want, "host-%u", n);
        if (found)
            assert_string_equal(id, want);
    }
    formerly_free(f);
    free(f);
}

static void another_at_the_same_place(void **state)
{
    struct formerly *f = calloc(1, sizeof *f);
    char key[PLACEKEY_CAP], id[ID_CAP];
    (void)state;
    assert_non_null(f);
    formerly_init(f);
    formerly_note(f, "pending/a.pdf", "first-1");
    formerly_note(f, "pending/b.pdf", "other-1");
    formerly_note(f, "pending/a.pdf", "second-1");
    placekey("pending/a.pdf", strlen("pending/a.pdf"), key);
    assert_true(formerly_find(f, key, id));
    assert_string_equal(id, "second-1");
    formerly_free(f);
    free(f);
}

/* As docs/openapi.yaml has it: t- and 24 digits of the SHA-256. (sha256sum says the same.) */
static void keys_are_those_of_the_contract(void **state)
{
    char key[PLACEKEY_CAP];
    (void)state;
    placekey("pending/a.pdf", strlen("pending/a.pdf"), key);
    assert_string_equal(key, "t-e2dac71232f583ad6a627769");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_latest_of_them),
        cmocka_unit_test(another_at_the_same_place),
        cmocka_unit_test(keys_are_those_of_the_contract),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
