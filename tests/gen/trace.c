#include "tests/gen/trace.h"

#include "tests/gen/dotfont.h"

#include <stdbool.h>
#include <string.h>

/* The border of the dots of a letter is followed with the ink at the right hand. Directions: right,
 * up, left, down. */
enum { ADVANCE = 6, LEADING = 16, SIDES = 4 };
static const int step_x[SIDES] = {1, 0, -1, 0}, step_y[SIDES] = {0, 1, 0, -1};

struct letter {
    const char *dots;
    bool seen[DOTFONT_HEIGHT + 1][DOTFONT_WIDTH + 1][SIDES]; /* border steps that were drawn */
};

/* Is there ink at column x, row y from below? */
static bool ink(const struct letter *l, int x, int y)
{
    return x >= 0 && x < DOTFONT_WIDTH && y >= 0 && y < DOTFONT_HEIGHT &&
           l->dots[(DOTFONT_HEIGHT - 1 - y) * DOTFONT_WIDTH + x] == '#';
}

/* Does the border go from the corner (x, y) in this direction: ink at the right, none at the left?
 */
static bool borders(const struct letter *l, int x, int y, int side)
{
    static const int left_x[SIDES] = {0, -1, -1, 0}, left_y[SIDES] = {0, 0, -1, -1};
    static const int right_x[SIDES] = {0, 0, -1, -1}, right_y[SIDES] = {-1, 0, 0, -1};

    return ink(l, x + right_x[side], y + right_y[side]) &&
           !ink(l, x + left_x[side], y + left_y[side]);
}

/* The direction in which the border goes on: to the right, where the ink is, if it can. */
static int next_side(const struct letter *l, int x, int y, int side)
{
    static const int turns[] = {3, 0, 1, 2};

    for (size_t i = 0; i < sizeof turns / sizeof turns[0]; i++) {
        int next = (side + turns[i]) % SIDES;

        if (borders(l, x, y, next))
            return next;
    }
    return side;
}

/* One closed border from here: straight pieces, and a curve at each corner. */
static void trace_border(struct buf *out, struct letter *l, int x, int y, int side)
{
    buf_fmt(out, "%d %d m ", 2 * x + step_x[side], 2 * y + step_y[side]);
    while (!l->seen[y][x][side]) {
        int next, from_x = 2 * x + step_x[side], from_y = 2 * y + step_y[side];

        l->seen[y][x][side] = true;
        x += step_x[side];
        y += step_y[side];
        next = next_side(l, x, y, side);
        if (next == side)
            buf_fmt(out, "%d %d l ", 2 * x + step_x[side], 2 * y + step_y[side]);
        else
            buf_fmt(out, "%d %d %d %d %d %d c ", (from_x + 2 * x) / 2, (from_y + 2 * y) / 2, 2 * x,
                    2 * y, 2 * x + step_x[next], 2 * y + step_y[next]);
        side = next;
    }
    buf_str(out, "h\n");
}

static void trace_letter(struct buf *content, int x, int y, unsigned char c)
{
    int drop = 0;
    struct letter l = {.dots = dotfont_glyph(c, &drop)};

    if (!l.dots)
        return;
    buf_fmt(content, "q 0.5 0 0 0.5 %d %d cm\n", x, y - drop);
    for (int row = 0; row <= DOTFONT_HEIGHT; row++)
        for (int column = 0; column <= DOTFONT_WIDTH; column++)
            for (int side = 0; side < SIDES; side++)
                if (!l.seen[row][column][side] && borders(&l, column, row, side))
                    trace_border(content, &l, column, row, side);
    buf_str(content, "f Q\n");
}

int trace_para(struct buf *content, int x, int y, size_t columns, const char *text)
{
    while (*text) {
        size_t n = strnlen(text, columns + 1);

        if (n > columns) {
            while (n > 0 && text[n - 1] != ' ')
                n--;
            if (n == 0)
                n = columns;
        }
        for (size_t i = 0; i < n; i++)
            trace_letter(content, x + (int)i * ADVANCE, y, (unsigned char)text[i]);
        y -= LEADING;
        text += n;
    }
    return y;
}
