/* heap: what was freed among what is still in use goes back to the system, once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/heap.h"

enum { BLOCKS = 2000, BYTES = 32768, MIB = 1 << 20 };

static size_t resident(void)
{
    unsigned long size, pages = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    assert_non_null(f);
    assert_int_equal(fscanf(f, "%lu %lu", &size, &pages), 2);
    fclose(f);
    return (size_t)pages * (size_t)sysconf(_SC_PAGESIZE);
}

static void freed_goes_back(void **state)
{
    static char *all[BLOCKS];
    (void)state;
#ifdef __SANITIZE_ADDRESS__
    skip(); /* its memory is not malloc's */
#endif
    for (int i = 0; i < BLOCKS; i++) {
        all[i] = malloc(BYTES);
        assert_non_null(all[i]);
        memset(all[i], 1, BYTES);
    }
    for (int i = 0; i < BLOCKS; i += 2) {
        free(all[i]);
        all[i] = NULL;
    }
    size_t before = resident();
    assert_false(heap_give_back((size_t)BLOCKS * BYTES)); /* half of that is free */
    assert_true(heap_give_back(16 * MIB));
    assert_true(before - resident() > 16 * MIB);
    assert_false(heap_give_back(16 * MIB)); /* little has changed */
    for (int i = 1; i < BLOCKS; i += 2) {
        assert_int_equal(all[i][BYTES - 1], 1);
        free(all[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(freed_goes_back)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
