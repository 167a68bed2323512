#include "extractd/parser/letterform.h"

#include <math.h>

#include "extractd/parser/mupdf.h"

/* In points: from the x-height of the smallest print to the em of a heading. */
#define LEAST_SIZE 1.0f
#define MOST_SIZE  72.0f
enum { LEAST_CURVES = 2 };

struct walk {
    fz_matrix ctm;
    float x0, y0, x1, y1;
    uint32_t curves, lines;
    void (*fn)(const struct letterform *piece);
};

static void finish(struct walk *w)
{
    float width = w->x1 - w->x0, height = w->y1 - w->y0;
    const struct letterform found = {(w->x0 + w->x1) / 2, (w->y0 + w->y1) / 2, w->curves, w->lines};
    if (w->curves >= LEAST_CURVES && width >= LEAST_SIZE && height >= LEAST_SIZE &&
        width <= MOST_SIZE && height <= MOST_SIZE)
        w->fn(&found);
    w->curves = w->lines = 0;
}

static void touch(struct walk *w, float x, float y)
{
    fz_point p = fz_transform_point_xy(x, y, w->ctm);
    w->x0 = fminf(w->x0, p.x);
    w->y0 = fminf(w->y0, p.y);
    w->x1 = fmaxf(w->x1, p.x);
    w->y1 = fmaxf(w->y1, p.y);
}

static void on_move(fz_context *ctx, void *arg, float x, float y)
{
    struct walk *w = arg;
    (void)ctx;
    finish(w);
    w->x0 = w->y0 = INFINITY;
    w->x1 = w->y1 = -INFINITY;
    touch(w, x, y);
}

static void on_line(fz_context *ctx, void *arg, float x, float y)
{
    struct walk *w = arg;
    (void)ctx;
    w->lines++;
    touch(w, x, y);
}

/* A curve's end says enough of where it is. */
static void on_curve(fz_context *ctx, void *arg, float x1, float y1, float x2, float y2, float x3,
                     float y3)
{
    struct walk *w = arg;
    (void)ctx, (void)x1, (void)y1, (void)x2, (void)y2;
    w->curves++;
    touch(w, x3, y3);
}

static void on_close(fz_context *ctx, void *arg)
{
    (void)ctx, (void)arg;
}

/* No letter is a rectangle, but what came before it may be one. */
static void on_rect(fz_context *ctx, void *arg, float x1, float y1, float x2, float y2)
{
    (void)ctx, (void)x1, (void)y1, (void)x2, (void)y2;
    finish(arg);
}

void letterform_each(struct fz_context *ctx, const struct fz_path *path, const float matrix[6],
                     void (*fn)(const struct letterform *piece))
{
    static const fz_path_walker walker = {.moveto = on_move,
                                          .lineto = on_line,
                                          .curveto = on_curve,
                                          .closepath = on_close,
                                          .rectto = on_rect};
    struct walk w = {.ctm = {matrix[0], matrix[1], matrix[2], matrix[3], matrix[4], matrix[5]},
                     .fn = fn};
    fz_walk_path(ctx, path, &walker, &w);
    finish(&w);
}
