#include "extractd/parser/render.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "extractd/parser/engine.h"
#include "extractd/parser/mupdf.h"
#include "extractd/parser/progress.h"

/* The draw device's own functions, between which and the interpreter we count progress. One page is
 * drawn at a time. */
static struct {
    void (*fill_path)(fz_context *, fz_device *, const fz_path *, int, fz_matrix, fz_colorspace *,
                      const float *, float, fz_color_params);
    void (*stroke_path)(fz_context *, fz_device *, const fz_path *, const fz_stroke_state *,
                        fz_matrix, fz_colorspace *, const float *, float, fz_color_params);
    void (*fill_text)(fz_context *, fz_device *, const fz_text *, fz_matrix, fz_colorspace *,
                      const float *, float, fz_color_params);
    void (*stroke_text)(fz_context *, fz_device *, const fz_text *, const fz_stroke_state *,
                        fz_matrix, fz_colorspace *, const float *, float, fz_color_params);
    void (*fill_image)(fz_context *, fz_device *, fz_image *, fz_matrix, float, fz_color_params);
    void (*fill_image_mask)(fz_context *, fz_device *, fz_image *, fz_matrix, fz_colorspace *,
                            const float *, float, fz_color_params);
    void (*clip_image_mask)(fz_context *, fz_device *, fz_image *, fz_matrix, fz_rect);
    void (*clip_path)(fz_context *, fz_device *, const fz_path *, int, fz_matrix, fz_rect);
    bool without_text;
} own;

static void on_fill_path(fz_context *ctx, fz_device *dev, const fz_path *path, int even_odd,
                         fz_matrix ctm, fz_colorspace *cs, const float *color, float alpha,
                         fz_color_params params)
{
    progress_tick();
    own.fill_path(ctx, dev, path, even_odd, ctm, cs, color, alpha, params);
}

static void on_stroke_path(fz_context *ctx, fz_device *dev, const fz_path *path,
                           const fz_stroke_state *stroke, fz_matrix ctm, fz_colorspace *cs,
                           const float *color, float alpha, fz_color_params params)
{
    progress_tick();
    own.stroke_path(ctx, dev, path, stroke, ctm, cs, color, alpha, params);
}

static void on_fill_text(fz_context *ctx, fz_device *dev, const fz_text *text, fz_matrix ctm,
                         fz_colorspace *cs, const float *color, float alpha, fz_color_params params)
{
    progress_tick();
    if (!own.without_text)
        own.fill_text(ctx, dev, text, ctm, cs, color, alpha, params);
}

static void on_stroke_text(fz_context *ctx, fz_device *dev, const fz_text *text,
                           const fz_stroke_state *stroke, fz_matrix ctm, fz_colorspace *cs,
                           const float *color, float alpha, fz_color_params params)
{
    progress_tick();
    if (!own.without_text)
        own.stroke_text(ctx, dev, text, stroke, ctm, cs, color, alpha, params);
}

static void on_fill_image(fz_context *ctx, fz_device *dev, fz_image *image, fz_matrix ctm,
                          float alpha, fz_color_params params)
{
    progress_tick();
    own.fill_image(ctx, dev, image, ctm, alpha, params);
}

static void on_fill_image_mask(fz_context *ctx, fz_device *dev, fz_image *image, fz_matrix ctm,
                               fz_colorspace *cs, const float *color, float alpha,
                               fz_color_params params)
{
    progress_tick();
    own.fill_image_mask(ctx, dev, image, ctm, cs, color, alpha, params);
}

static void on_clip_image_mask(fz_context *ctx, fz_device *dev, fz_image *image, fz_matrix ctm,
                               fz_rect scissor)
{
    progress_tick();
    own.clip_image_mask(ctx, dev, image, ctm, scissor);
}

static void on_clip_path(fz_context *ctx, fz_device *dev, const fz_path *path, int even_odd,
                         fz_matrix ctm, fz_rect scissor)
{
    progress_tick();
    own.clip_path(ctx, dev, path, even_odd, ctm, scissor);
}

static void hook(fz_device *dev, bool without_text)
{
    own.fill_path = dev->fill_path;
    own.stroke_path = dev->stroke_path;
    own.fill_text = dev->fill_text;
    own.stroke_text = dev->stroke_text;
    own.fill_image = dev->fill_image;
    own.fill_image_mask = dev->fill_image_mask;
    own.clip_image_mask = dev->clip_image_mask;
    own.clip_path = dev->clip_path;
    own.without_text = without_text;
    dev->fill_path = on_fill_path;
    dev->stroke_path = on_stroke_path;
    dev->fill_text = on_fill_text;
    dev->stroke_text = on_stroke_text;
    dev->fill_image = on_fill_image;
    dev->fill_image_mask = on_fill_image_mask;
    dev->clip_image_mask = on_clip_image_mask;
    dev->clip_path = on_clip_path;
}

/* Throws; what was drawn before stands in the picture. */
static void draw(struct document *d, uint32_t number, const struct render_order *o,
                 struct picture *out, fz_cookie *cookie)
{
    fz_context *ctx = d->engine->ctx;
    fz_pixmap *pixmap = NULL;
    fz_device *dev = NULL;
    fz_page *page = NULL;
    float by = o->dpi / 72;
    fz_matrix ctm = fz_concat(fz_translate(-o->x0, -o->y0), fz_scale(by, by));
    fz_var(pixmap);
    fz_var(dev);
    fz_var(page);
    fz_try(ctx)
    {
        pixmap = fz_new_pixmap_with_data(ctx, fz_device_gray(ctx), (int)out->width,
                                         (int)out->height, NULL, 0, (int)out->stride, out->samples);
        dev = fz_new_draw_device(ctx, fz_identity, pixmap);
        hook(dev, o->without_text);
        page = fz_load_page(ctx, &d->pdf->super, (int)number);
        fz_run_page(ctx, page, dev, ctm, cookie);
        fz_close_device(ctx, dev);
    }
    fz_always(ctx)
    {
        fz_drop_page(ctx, page);
        fz_drop_device(ctx, dev);
        fz_drop_pixmap(ctx, pixmap);
    }
    fz_catch(ctx)
    {
        fz_rethrow(ctx);
    }
}

static bool blank(const struct picture *p)
{
    struct picture_rect bounds;
    return !picture_bounds(p, 255, &bounds);
}

static uint32_t side(float points, float dpi)
{
    double n = ceil((double)points * (double)dpi / 72 - 0.01);
    return n < 1 ? 1 : n > INT32_MAX ? 0 : (uint32_t)n;
}

void render_page(struct document *d, uint32_t number, const struct render_order *o,
                 struct picture *out, struct render_result *result)
{
    struct engine *e = d->engine;
    uint32_t refusals = engine_refusals(e);
    fz_cookie cookie = {0};
    *result = (struct render_result){.drawn = true};
    if (!picture_make(out, side(o->x1 - o->x0, o->dpi), side(o->y1 - o->y0, o->dpi))) {
        *result = (struct render_result){.memory = true, .message = "no memory for the picture"};
        return;
    }
    out->dpi = o->dpi;
    out->m[0] = out->m[3] = 72 / o->dpi;
    out->m[4] = o->x0;
    out->m[5] = o->y0;
    fz_try(e->ctx)
    {
        draw(d, number, o, out, &cookie);
    }
    fz_catch(e->ctx)
    {
        result->errors = 1;
        snprintf(result->message, sizeof result->message, "%s", fz_caught_message(e->ctx));
    }
    result->errors += cookie.errors;
    result->memory = result->errors && engine_refusals(e) != refusals;
    if (result->errors && !result->message[0])
        snprintf(result->message, sizeof result->message, "%d errors in its content",
                 result->errors);
    if (result->errors && blank(out)) {
        picture_free(out);
        result->drawn = false;
    }
}
