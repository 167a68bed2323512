#include "extractd/parser/outline.h"

#include <math.h>

static const float LOWEST = 1.5f, HIGHEST = 100, WIDEST = 150; /* points, of a letter */
enum { CORNERS = 6 };

struct walk {
    fz_matrix ctm;
    fz_rect part; /* the subpath so far */
    uint32_t lines, curves, parts, letters;
    fz_point corners[CORNERS]; /* of the first part */
    uint32_t corner_count;
};

static void end_part(struct walk *w)
{
    float width = w->part.x1 - w->part.x0, height = w->part.y1 - w->part.y0;
    if (w->lines + w->curves > 0) {
        w->parts++;
        if ((w->curves > 0 || w->lines >= 5) && height >= LOWEST && height <= HIGHEST &&
            width <= WIDEST)
            w->letters++;
    }
    w->lines = w->curves = 0;
    w->part = rect_nothing;
}

static void reach(struct walk *w, float x, float y)
{
    fz_point p = fz_transform_point_xy(x, y, w->ctm);
    w->part = rect_join(w->part, (fz_rect){p.x, p.y, p.x, p.y});
    if (w->corner_count < CORNERS)
        w->corners[w->corner_count] = p;
    w->corner_count++;
}

static void on_move(fz_context *ctx, void *arg, float x, float y)
{
    (void)ctx;
    end_part(arg);
    reach(arg, x, y);
}

static void on_line(fz_context *ctx, void *arg, float x, float y)
{
    (void)ctx;
    ((struct walk *)arg)->lines++;
    reach(arg, x, y);
}

static void on_curve(fz_context *ctx, void *arg, float x1, float y1, float x2, float y2, float x3,
                     float y3)
{
    (void)ctx, (void)x1, (void)y1, (void)x2, (void)y2;
    ((struct walk *)arg)->curves++;
    reach(arg, x3, y3);
}

static void on_close(fz_context *ctx, void *arg)
{
    (void)ctx, (void)arg;
}

static void walk(fz_context *ctx, const fz_path *path, struct walk *w)
{
    static const fz_path_walker walker = {
        .moveto = on_move, .lineto = on_line, .curveto = on_curve, .closepath = on_close};
    fz_walk_path(ctx, path, &walker, w);
}

uint32_t outline_letters(fz_context *ctx, const fz_path *path, fz_matrix ctm)
{
    struct walk w = {.ctm = ctm, .part = rect_nothing};
    walk(ctx, path, &w);
    end_part(&w);
    return w.letters;
}

/* A side that runs along one of the page's directions, but for a hundredth of a point. */
static bool along(fz_point a, fz_point b)
{
    return fabsf(a.x - b.x) < 0.01f || fabsf(a.y - b.y) < 0.01f;
}

bool outline_is_box(fz_context *ctx, const fz_path *path, fz_matrix ctm)
{
    struct walk w = {.ctm = ctm, .part = rect_nothing};
    walk(ctx, path, &w);
    bool curved = w.curves > 0;
    end_part(&w);
    if (curved || w.parts != 1 || w.corner_count < 4 || w.corner_count > CORNERS - 1)
        return false;
    for (uint32_t i = 0; i + 1 < w.corner_count; i++)
        if (!along(w.corners[i], w.corners[i + 1]))
            return false;
    return along(w.corners[w.corner_count - 1], w.corners[0]);
}
