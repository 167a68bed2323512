#include "extractd/parser/blank.h"

#include "extractd/parser/mupdf.h"
#include "extractd/parser/progress.h"

/* A device that notes the first mark and stops the run: what follows would not change the answer.
 */
struct marks {
    fz_device super;
    fz_cookie *cookie;
    bool any;
};

static void mark(fz_device *dev)
{
    struct marks *m = (struct marks *)dev;
    m->any = true;
    m->cookie->abort = 1;
    progress_tick();
}

static void on_fill_path(fz_context *ctx, fz_device *dev, const fz_path *path, int even_odd,
                         fz_matrix ctm, fz_colorspace *cs, const float *color, float alpha,
                         fz_color_params params)
{
    (void)even_odd, (void)cs, (void)color, (void)alpha, (void)params;
    if (!fz_is_empty_rect(fz_bound_path(ctx, path, NULL, ctm)))
        mark(dev);
}

static void on_stroke_path(fz_context *ctx, fz_device *dev, const fz_path *path,
                           const fz_stroke_state *stroke, fz_matrix ctm, fz_colorspace *cs,
                           const float *color, float alpha, fz_color_params params)
{
    (void)cs, (void)color, (void)alpha, (void)params;
    if (!fz_is_empty_rect(fz_bound_path(ctx, path, stroke, ctm)))
        mark(dev);
}

static void on_fill_shade(fz_context *ctx, fz_device *dev, fz_shade *shade, fz_matrix ctm,
                          float alpha, fz_color_params params)
{
    (void)ctx, (void)shade, (void)ctm, (void)alpha, (void)params;
    mark(dev);
}

static void on_fill_image(fz_context *ctx, fz_device *dev, fz_image *image, fz_matrix ctm,
                          float alpha, fz_color_params params)
{
    (void)ctx, (void)image, (void)ctm, (void)alpha, (void)params;
    mark(dev);
}

static void on_fill_image_mask(fz_context *ctx, fz_device *dev, fz_image *image, fz_matrix ctm,
                               fz_colorspace *cs, const float *color, float alpha,
                               fz_color_params params)
{
    (void)ctx, (void)image, (void)ctm, (void)cs, (void)color, (void)alpha, (void)params;
    mark(dev);
}

/* Throws. */
static struct marks *new_marks(fz_context *ctx, fz_cookie *cookie)
{
    struct marks *m = fz_new_derived_device(ctx, struct marks);
    m->super.fill_path = on_fill_path;
    m->super.stroke_path = on_stroke_path;
    m->super.fill_shade = on_fill_shade;
    m->super.fill_image = on_fill_image;
    m->super.fill_image_mask = on_fill_image_mask;
    m->cookie = cookie;
    return m;
}

bool blank_page(struct document *d, uint32_t number)
{
    fz_context *ctx = d->engine->ctx;
    fz_cookie cookie = {0};
    struct marks *m = NULL;
    fz_page *page = NULL;
    bool blank = false;
    fz_var(m);
    fz_var(page);
    fz_var(blank);
    fz_try(ctx)
    {
        page = fz_load_page(ctx, &d->pdf->super, (int)number);
        m = new_marks(ctx, &cookie);
        fz_run_page(ctx, page, &m->super, fz_identity, &cookie);
        blank = !m->any && !cookie.errors;
        fz_close_device(ctx, &m->super);
    }
    fz_always(ctx)
    {
        fz_drop_device(ctx, &m->super);
        fz_drop_page(ctx, page);
    }
    fz_catch(ctx)
    {
        blank = false;
    }
    return blank;
}
