/*
 * The arena gives blocks that do not overlap, keeps what is in them, and holds to its cap.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "extractd/parser/arena.h"

enum { BLOCKS = 3000, ROUNDS = 200000, MEGABYTE = 1 << 20 };

static struct arena a;

static uint32_t drawn(void)
{
    static uint64_t state = 42;
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(state >> 33);
}

static int begin(void **state)
{
    (void)state;
    arena_begin(&a, 0);
    return 0;
}

/* All was given back: nothing is out, and nothing is kept. (Leaks are AddressSanitizer's to see.) */
static int end(void **state)
{
    (void)state;
    arena_end(&a);
    return a.used == 0 && a.pooled == 0 ? 0 : -1;
}

/* Small ones mostly, and the sizes where one way ends and the next begins. */
static size_t some_size(void)
{
    static const size_t edges[] = {0, 1, 8, 9, 24, 25, 1000, 1016, 1017, 1024, 1032, 16384};
    uint32_t r = drawn() % 16;
    if (r < 3)
        return edges[drawn() % (sizeof edges / sizeof *edges)];
    return r < 14 ? drawn() % 200 : drawn() % 40000;
}

static void fill(uint8_t *p, size_t n, uint8_t mark)
{
    if (n)
        memset(p, mark, n);
}

static void holds(const uint8_t *p, size_t n, uint8_t mark)
{
    for (size_t i = 0; i < n; i++)
        assert_int_equal(p[i], mark);
}

/* Take, resize and give by chance; each block is wholly of one mark, so what overlaps is seen. */
static void test_blocks_are_apart(void **state)
{
    static struct {
        uint8_t *p, mark;
        size_t n;
    } b[BLOCKS];
    (void)state;
    for (uint32_t round = 0; round < ROUNDS; round++) {
        uint32_t i = drawn() % BLOCKS, what = drawn() % 8;
        size_t n = some_size();
        holds(b[i].p, b[i].n, b[i].mark);
        if (!b[i].p) {
            b[i].p = arena_take(&a, n);
        } else if (what < 3) {
            b[i].p = arena_resize(&a, b[i].p, n);
            holds(b[i].p, n < b[i].n ? n : b[i].n, b[i].mark);
        } else {
            arena_give(&a, b[i].p);
            b[i].p = NULL;
            n = 0;
        }
        b[i].n = n;
        b[i].mark = (uint8_t)drawn();
        assert_true(n == 0 || b[i].p);
        assert_int_equal((uintptr_t)b[i].p % 16, 0);
        fill(b[i].p, n, b[i].mark);
        if (round % 50000 == 49999) /* as between documents: waves, not only a steady state */
            for (uint32_t k = 0; k < BLOCKS; k += 1 + drawn() % 2) {
                holds(b[k].p, b[k].n, b[k].mark);
                arena_give(&a, b[k].p);
                b[k].p = NULL;
                b[k].n = 0;
            }
    }
    for (int i = 0; i < BLOCKS; i++) {
        holds(b[i].p, b[i].n, b[i].mark);
        arena_give(&a, b[i].p);
    }
    assert_int_equal(a.refusals, 0);
}

/* Blocks of a size until it refuses. Each points to the one before. */
static size_t take_all(size_t n, void **last)
{
    size_t count = 0;
    for (void *p; (p = arena_take(&a, n)); count++, *last = p)
        *(void **)p = *last;
    return count;
}

static void give_all(void **last)
{
    while (*last) {
        void *p = *last;
        *last = *(void **)p;
        arena_give(&a, p);
    }
}

/* Whatever a document asks for, the cap holds, nearly all of it can be had, and the next document
 * has as much, in other sizes too. */
static void test_cap(void **state)
{
    static const size_t sizes[] = {8, 40, 1016, 1017, 50000, 16, 300, 8};
    void *last = NULL;
    (void)state;
    a.cap = 8 * MEGABYTE;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        uint32_t refusals = a.refusals;
        size_t n = take_all(sizes[i], &last), each = (sizes[i] + 8 + 15) / 16 * 16;
        assert_int_equal(a.refusals, refusals + 1);
        assert_true(n * sizes[i] <= a.cap && n * each > a.cap / 10 * 8);
        assert_true(a.used <= a.cap);
        give_all(&last);
        assert_true(a.used < MEGABYTE / 2); /* an empty slab of each size that was used */
    }
}

/* One block of each slab stays: the others of that slab can be had again, no more. */
static void test_holes_are_used(void **state)
{
    static void *p[20000];
    uint64_t used;
    (void)state;
    for (int i = 0; i < 20000; i++)
        assert_non_null(p[i] = arena_take(&a, 100));
    used = a.used;
    for (int i = 0; i < 20000; i++)
        if (i % 50)
            arena_give(&a, p[i]);
    for (int i = 0; i < 20000; i++)
        if (i % 50)
            assert_non_null(p[i] = arena_take(&a, 100));
    assert_int_equal(a.used, used);
    for (int i = 0; i < 20000; i++)
        arena_give(&a, p[i]);
}

/* What cannot be had leaves the old block as it was. */
static void test_refusals(void **state)
{
    uint8_t *small = arena_take(&a, 64), *large = arena_take(&a, 5000);
    (void)state;
    fill(small, 64, 1);
    fill(large, 5000, 2);
    assert_null(arena_take(&a, SIZE_MAX));
    assert_null(arena_take(&a, SIZE_MAX / 2));
    assert_null(arena_resize(&a, small, SIZE_MAX - 8));
    assert_null(arena_resize(&a, large, SIZE_MAX - 8));
    a.cap = a.used + 4000;
    assert_null(arena_take(&a, 4000));
    assert_null(arena_take(&a, 500)); /* its size has no slab yet */
    assert_null(arena_resize(&a, small, 4000));
    assert_null(arena_resize(&a, large, 9500));
    assert_int_equal(a.refusals, 8);
    holds(small, 64, 1);
    holds(large, 5000, 2);
    assert_non_null(small = arena_resize(&a, small, 2000));
    holds(small, 64, 1);
    assert_non_null(large = arena_resize(&a, large, 20));
    holds(large, 20, 2);
    arena_give(&a, small);
    arena_give(&a, large);
    arena_give(&a, NULL);
}

/* Of a large block only what it grows by counts against the cap; one that shrinks is never refused. */
static void test_cap_of_what_grows(void **state)
{
    void *large = arena_take(&a, 6 * MEGABYTE), *other = arena_take(&a, MEGABYTE);
    (void)state;
    a.cap = 10 * MEGABYTE;
    assert_non_null(large = arena_resize(&a, large, 8 * MEGABYTE));
    assert_null(arena_resize(&a, large, 10 * MEGABYTE));
    assert_int_equal(a.refusals, 1);
    a.cap = a.used;
    assert_non_null(large = arena_resize(&a, large, 7 * MEGABYTE));
    assert_non_null(large = arena_resize(&a, large, 2000));
    assert_int_equal(a.refusals, 1);
    assert_true(a.used < 2 * MEGABYTE);
    arena_give(&a, large);
    arena_give(&a, other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_blocks_are_apart, begin, end),
        cmocka_unit_test_setup_teardown(test_cap, begin, end),
        cmocka_unit_test_setup_teardown(test_holes_are_used, begin, end),
        cmocka_unit_test_setup_teardown(test_refusals, begin, end),
        cmocka_unit_test_setup_teardown(test_cap_of_what_grows, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
