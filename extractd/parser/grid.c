#include "extractd/parser/grid.h"

#include <math.h>
#include <stddef.h>

/* A number as the index of a cell, kept within the grid; what is no number is 0. */
static int cell(float at)
{
    return at >= GRID ? GRID - 1 : at >= 0 ? (int)at : 0;
}

/* Is the point in the shape? The sides are solved for by Cramer's rule; a flat shape has none. */
static bool inside(const struct grid_shape *s, float det, float x, float y)
{
    float dx = x - s->x, dy = y - s->y;
    float u = (dx * s->by - dy * s->bx) / det, v = (dy * s->ax - dx * s->ay) / det;
    return u >= 0 && u <= 1 && v >= 0 && v <= 1;
}

/* A thin shape would slip between the middles of cells: its own middle line is marked. */
static void mark_line(struct grid *g, const struct grid_shape *s, const float clip[4])
{
    for (int i = 0; i <= 2 * GRID; i++) {
        float t = (float)i / (2 * GRID);
        bool along_a = hypotf(s->ax, s->ay) > hypotf(s->bx, s->by);
        float u = along_a ? t : 0.5f, v = along_a ? 0.5f : t;
        float x = s->x + u * s->ax + v * s->bx, y = s->y + u * s->ay + v * s->by;
        if (x >= clip[0] && x < clip[2] && y >= clip[1] && y < clip[3] && x >= 0 && y >= 0 &&
            x < GRID && y < GRID)
            grid_dot(g, (int)x, (int)y);
    }
}

static float least(float a, float b, float c, float d)
{
    return fminf(fminf(a, b), fminf(c, d));
}

static float most(float a, float b, float c, float d)
{
    return fmaxf(fmaxf(a, b), fmaxf(c, d));
}

void grid_mark(struct grid *g, const struct grid_shape *s, const float clip[4])
{
    float det = s->ax * s->by - s->ay * s->bx;
    float longest = fmaxf(hypotf(s->ax, s->ay), hypotf(s->bx, s->by));
    if (!(longest > 0))
        return;
    if (!(fabsf(det) > longest)) { /* less than a cell across */
        mark_line(g, s, clip);
        return;
    }
    float left = least(s->x, s->x + s->ax, s->x + s->bx, s->x + s->ax + s->bx);
    float right = most(s->x, s->x + s->ax, s->x + s->bx, s->x + s->ax + s->bx);
    float top = least(s->y, s->y + s->ay, s->y + s->by, s->y + s->ay + s->by);
    float bottom = most(s->y, s->y + s->ay, s->y + s->by, s->y + s->ay + s->by);
    int y1 = cell(fminf(bottom, clip[3])), x1 = cell(fminf(right, clip[2]));
    for (int y = cell(fmaxf(top, clip[1])); y <= y1; y++)
        for (int x = cell(fmaxf(left, clip[0])); x <= x1; x++) {
            float mx = (float)x + 0.5f, my = (float)y + 0.5f;
            if (mx >= clip[0] && mx <= clip[2] && my >= clip[1] && my <= clip[3] &&
                inside(s, det, mx, my))
                grid_dot(g, x, y);
        }
}

uint32_t grid_cells(const struct grid *g)
{
    uint32_t n = 0;
    for (int y = 0; y < GRID; y++)
        n += (uint32_t)__builtin_popcountll(g->row[y]);
    return n;
}

uint32_t grid_rows(const struct grid *g)
{
    uint32_t n = 0;
    for (int y = 0; y < GRID; y++)
        n += g->row[y] != 0;
    return n;
}

void grid_add(struct grid *to, const struct grid *more)
{
    for (int y = 0; y < GRID; y++)
        to->row[y] |= more->row[y];
}

void grid_common(const struct grid *a, const struct grid *b, struct grid *out)
{
    for (int y = 0; y < GRID; y++)
        out->row[y] = a->row[y] & b->row[y];
}

/* Let row y of the piece grow into its neighbours, as far as `in` goes. Has it grown? */
static bool grow_row(struct grid *piece, const struct grid *in, int y)
{
    uint64_t above = y > 0 ? piece->row[y - 1] : 0;
    uint64_t below = y < GRID - 1 ? piece->row[y + 1] : 0;
    uint64_t had = piece->row[y], now = had | ((above | below) & in->row[y]);
    for (uint64_t before = 0; before != now;) {
        before = now;
        now |= (now << 1 | now >> 1) & in->row[y];
    }
    piece->row[y] = now;
    return now != had;
}

bool grid_take_piece(struct grid *from, struct grid *piece)
{
    int y = 0;
    while (y < GRID && !from->row[y])
        y++;
    if (y == GRID)
        return false;
    *piece = (struct grid){.row = {0}};
    piece->row[y] = from->row[y] & -from->row[y];
    for (bool grown = true; grown;) { /* each pass marks a cell more: at most GRID * GRID */
        grown = false;
        for (int i = 0; i < GRID; i++)
            grown |= grow_row(piece, from, i);
    }
    for (int i = 0; i < GRID; i++)
        from->row[i] &= ~piece->row[i];
    return true;
}
