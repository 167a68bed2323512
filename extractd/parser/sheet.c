#include "extractd/parser/sheet.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "extractd/parser/engine.h"
#include "extractd/parser/mupdf.h"

enum { WHITE = 255 };
static const double POINTS_AN_INCH = 72;

/* Pixels a point, within all bounds; 0: the page has no size. */
static double scale_of(fz_rect box, const struct sheet_order *o)
{
    double w = (double)box.x1 - (double)box.x0, h = (double)box.y1 - (double)box.y0;
    if (!isfinite(w) || !isfinite(h) || w <= 0 || h <= 0)
        return 0;
    double by = o->most.width / w;
    if (o->dpi)
        by = fmin(by, o->dpi / POINTS_AN_INCH);
    by = fmin(by, o->most.height / h);
    if (w * h * by * by > o->most.pixels)
        by = sqrt(o->most.pixels / (w * h));
    return by;
}

/* A whole number of pixels, never more than that. */
static uint32_t side(float points, double by)
{
    double n = floor((double)points * by + 1e-6);
    return n < 1 ? 1 : (uint32_t)n;
}

/* Throws. The picture is made before anything is drawn, so that it stays when that fails. */
static void draw(struct document *d, uint32_t number, const struct sheet_order *o, fz_pixmap **out,
                 fz_cookie *cookie)
{
    fz_context *ctx = d->engine->ctx;
    fz_page *page = fz_load_page(ctx, &d->pdf->super, (int)number);
    fz_device *dev = NULL;
    fz_var(dev);
    fz_try(ctx)
    {
        fz_rect box = fz_bound_page(ctx, page);
        double by = scale_of(box, o);
        if (by <= 0)
            fz_throw(ctx, FZ_ERROR_GENERIC, "the page has no size");
        uint32_t w = side(box.x1 - box.x0, by), h = side(box.y1 - box.y0, by);
        if (!pagewire_size_ok(w, h, &o->most)) /* one side is cut to a pixel: nothing to look at */
            fz_throw(ctx, FZ_ERROR_GENERIC, "the page is too long for its width");
        fz_matrix ctm = fz_concat(fz_translate(-box.x0, -box.y0), fz_scale((float)by, (float)by));
        *out = fz_new_pixmap(ctx, fz_device_rgb(ctx), (int)w, (int)h, NULL, 0);
        fz_clear_pixmap_with_value(ctx, *out, WHITE);
        dev = fz_new_draw_device(ctx, fz_identity, *out);
        fz_run_page(ctx, page, dev, ctm, cookie);
        fz_close_device(ctx, dev);
    }
    fz_always(ctx)
    {
        fz_drop_device(ctx, dev);
        fz_drop_page(ctx, page);
    }
    fz_catch(ctx)
    {
        fz_rethrow(ctx);
    }
}

static bool blank(const struct sheet *s)
{
    size_t n = (size_t)s->width * s->height * PAGEWIRE_COLOURS;
    for (size_t i = 0; i < n; i++)
        if (s->pixels[i] != WHITE)
            return false;
    return true;
}

/* False: no memory. */
static bool copy(fz_context *ctx, fz_pixmap *from, struct sheet *to)
{
    to->width = (uint32_t)fz_pixmap_width(ctx, from);
    to->height = (uint32_t)fz_pixmap_height(ctx, from);
    size_t row = (size_t)to->width * PAGEWIRE_COLOURS;
    to->pixels = malloc(row * to->height);
    for (uint32_t y = 0; to->pixels && y < to->height; y++)
        memcpy(to->pixels + y * row,
               fz_pixmap_samples(ctx, from) + (ptrdiff_t)y * fz_pixmap_stride(ctx, from), row);
    return to->pixels != NULL;
}

enum pagewire_kind sheet_draw(struct document *d, uint32_t number, const struct sheet_order *o,
                              struct sheet *out)
{
    struct engine *e = d->engine;
    fz_pixmap *picture = NULL;
    fz_cookie cookie = {0};
    uint32_t refusals = engine_refusals(e);
    bool failed = false;
    enum pagewire_kind kind = PAGEWIRE_PICTURE;
    fz_var(picture);
    fz_var(failed);
    *out = (struct sheet){0};
    fz_try(e->ctx)
    {
        draw(d, number, o, &picture, &cookie);
    }
    fz_catch(e->ctx)
    {
        failed = true;
    }
    failed = failed || cookie.errors;
    if (picture && !copy(e->ctx, picture, out))
        kind = PAGEWIRE_MEMORY;
    else if (!picture || (failed && blank(out)))
        kind = engine_refusals(e) != refusals ? PAGEWIRE_MEMORY : PAGEWIRE_CORRUPT;
    if (kind != PAGEWIRE_PICTURE) {
        free(out->pixels);
        *out = (struct sheet){0};
    }
    fz_drop_pixmap(e->ctx, picture);
    return kind;
}
