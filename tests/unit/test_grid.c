#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <math.h>

#include "extractd/parser/grid.h"

static const float all[4] = {0, 0, GRID, GRID};

static uint32_t marked(struct grid_shape s, const float clip[4])
{
    struct grid g = {.row = {0}};
    grid_mark(&g, &s, clip);
    return grid_cells(&g);
}

static void shapes_cover_their_area(void **state)
{
    (void)state;
    assert_int_equal(marked((struct grid_shape){0, 0, GRID, 0, 0, GRID}, all), GRID * GRID);
    assert_int_equal(marked((struct grid_shape){GRID, GRID, -GRID, 0, 0, -GRID}, all), GRID * GRID);
    assert_int_equal(marked((struct grid_shape){10, 10, 4, 0, 0, 8}, all), 32);
    /* a square that stands on its corner: half of what is around it */
    uint32_t turned = marked((struct grid_shape){32, 12, 20, 20, -20, 20}, all);
    assert_true(turned > 750 && turned < 870);
    /* far larger than the page, and beside it */
    assert_int_equal(marked((struct grid_shape){-1e6f, -1e6f, 3e6f, 0, 0, 3e6f}, all), GRID * GRID);
    assert_int_equal(marked((struct grid_shape){100, 100, 40, 0, 0, 40}, all), 0);
}

static void clips_cut(void **state)
{
    const float half[4] = {0, 0, GRID, GRID / 2};
    const float none[4] = {INFINITY, INFINITY, -INFINITY, -INFINITY};
    (void)state;
    assert_int_equal(marked((struct grid_shape){0, 0, GRID, 0, 0, GRID}, half), GRID * GRID / 2);
    assert_int_equal(marked((struct grid_shape){0, 0, GRID, 0, 0, GRID}, none), 0);
}

/* A strip of a scan may be thinner than a cell, and many of them make a page. */
static void thin_strips_count(void **state)
{
    struct grid g = {.row = {0}};
    (void)state;
    for (int i = 0; i < 200; i++) {
        const struct grid_shape strip = {0, (float)i * GRID / 200, GRID, 0, 0, (float)GRID / 200};
        grid_mark(&g, &strip, all);
    }
    assert_int_equal(grid_cells(&g), GRID * GRID);
}

static void what_is_no_number_marks_nothing_outside(void **state)
{
    struct grid g = {.row = {0}};
    const struct grid_shape bad[] = {{NAN, NAN, NAN, NAN, NAN, NAN},
                                     {INFINITY, 0, 1, 0, 0, 1},
                                     {0, 0, INFINITY, 0, 0, INFINITY},
                                     {0, 0, 0, 0, 0, 0}};
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        grid_mark(&g, &bad[i], all);
    assert_true(grid_cells(&g) <= GRID * GRID);
}

static void pieces_are_taken_one_by_one(void **state)
{
    struct grid g = {.row = {0}}, piece;
    const struct grid_shape a = {2, 2, 5, 0, 0, 5}, b = {30, 30, 3, 0, 0, 3};
    (void)state;
    grid_mark(&g, &a, all);
    grid_mark(&g, &b, all);
    for (int y = 40; y < 60; y++) /* a snake, to grow along */
        for (int x = 0; x < GRID; x++)
            if (y % 2 == 0 || x == (y % 4 == 1 ? 0 : GRID - 1))
                grid_dot(&g, x, y);
    assert_true(grid_take_piece(&g, &piece));
    assert_int_equal(grid_cells(&piece), 25);
    assert_int_equal(grid_rows(&piece), 5);
    assert_true(grid_take_piece(&g, &piece));
    assert_int_equal(grid_cells(&piece), 9);
    assert_true(grid_take_piece(&g, &piece));
    assert_int_equal(grid_cells(&piece), 10 * GRID + 10);
    assert_false(grid_take_piece(&g, &piece));
    assert_int_equal(grid_cells(&g), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shapes_cover_their_area),
        cmocka_unit_test(clips_cut),
        cmocka_unit_test(thin_strips_count),
        cmocka_unit_test(what_is_no_number_marks_nothing_outside),
        cmocka_unit_test(pieces_are_taken_one_by_one),
    };
    return cmocka_run_group_tests_name("grid", tests, NULL, NULL);
}
