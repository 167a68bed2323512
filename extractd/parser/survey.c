#include "extractd/parser/survey.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "extractd/parser/engine.h"
#include "extractd/parser/outline.h"
#include "extractd/parser/progress.h"

enum { LAYERS = 128 };

static const float NO_MARK = 2;      /* points: what is smaller in both directions is dust */
static const float WHITE = 0.94f;    /* as light as this is taken for paper */
static const float UPRIGHT = 0.002f; /* so much of a side may lean: 2 pixels in 1,000 */

/* What cuts or blends what is drawn now. */
struct layer {
    fz_rect scissor;
    bool odd; /* not a plain rectangular cut */
};

struct surveyor {
    fz_device super;
    struct survey *out;
    fz_rect page;
    uint32_t order;
    struct layer layers[LAYERS];
    uint32_t depth; /* may be more than LAYERS */
    uint32_t masks; /* soft masks being drawn now */
};

static struct surveyor *of(fz_device *dev)
{
    return (struct surveyor *)dev;
}

/* ---- layers: the device's own account of clips, groups and masks ---- */

static struct layer top(const struct surveyor *s)
{
    if (s->depth == 0)
        return (struct layer){s->page, false};
    if (s->depth > LAYERS)
        return (struct layer){s->layers[LAYERS - 1].scissor, true};
    return s->layers[s->depth - 1];
}

static void push(struct surveyor *s, fz_rect box, bool odd)
{
    struct layer now = top(s);
    now.scissor = rect_common(now.scissor, box);
    now.odd = now.odd || odd;
    if (s->depth < LAYERS)
        s->layers[s->depth] = now;
    s->depth++;
    progress_tick();
}

static void pop(struct surveyor *s)
{
    if (s->depth > 0)
        s->depth--;
}

/* ---- marks ---- */

/* Thin lines have an empty box: they get a little width. */
static fz_rect visible(const struct surveyor *s, fz_rect box)
{
    const float little = 0.05f;
    box = rect_common(fz_expand_rect(box, little), top(s).scissor);
    return rect_empty(box) ? rect_nothing : box;
}

static bool dust(fz_rect r)
{
    return rect_empty(r) || (r.x1 - r.x0 < NO_MARK && r.y1 - r.y0 < NO_MARK);
}

static void mark(struct surveyor *s, fz_rect box, bool white, bool text)
{
    struct survey *out = s->out;
    progress_tick();
    s->order++;
    box = visible(s, box);
    if (s->masks || dust(box))
        return;
    out->texts += text;
    if (!white)
        out->content = rect_join(out->content, box);
    if (out->mark_count < SURVEY_MARKS)
        out->marks[out->mark_count++] = (struct survey_mark){box, s->order, white, text};
    else
        out->many = true;
}

/* Throws. How light a paint is on paper. */
static float lightness(fz_context *ctx, fz_colorspace *cs, const float *color, float alpha)
{
    float grey = 0;
    if (cs && color)
        fz_convert_color(ctx, cs, color, fz_device_gray(ctx), &grey, NULL, fz_default_color_params);
    return 1 - alpha * (1 - grey);
}

static void on_fill_path(fz_context *ctx, fz_device *dev, const fz_path *path, int even_odd,
                         fz_matrix ctm, fz_colorspace *cs, const float *color, float alpha,
                         fz_color_params params)
{
    (void)even_odd, (void)params;
    struct surveyor *s = of(dev);
    fz_rect box = fz_bound_path(ctx, path, NULL, ctm);
    bool white = lightness(ctx, cs, color, alpha) >= WHITE;
    mark(s, box, white, false);
    if (s->masks || white || rect_empty(visible(s, box)))
        return;
    uint32_t letters = outline_letters(ctx, path, ctm);
    s->out->outlines += letters;
    if (letters)
        s->out->outlined = rect_join(s->out->outlined, visible(s, box));
}

static void on_stroke_path(fz_context *ctx, fz_device *dev, const fz_path *path,
                           const fz_stroke_state *stroke, fz_matrix ctm, fz_colorspace *cs,
                           const float *color, float alpha, fz_color_params params)
{
    (void)params;
    mark(of(dev), fz_bound_path(ctx, path, stroke, ctm), lightness(ctx, cs, color, alpha) >= WHITE,
         false);
}

static bool only_blanks(const fz_text *text)
{
    for (const fz_text_span *span = text->head; span; span = span->next)
        for (int i = 0; i < span->len; i++)
            if (span->items[i].ucs != ' ' && span->items[i].ucs != 0xa0)
                return false;
    return true;
}

static void on_fill_text(fz_context *ctx, fz_device *dev, const fz_text *text, fz_matrix ctm,
                         fz_colorspace *cs, const float *color, float alpha, fz_color_params params)
{
    (void)cs, (void)color, (void)params;
    if (alpha > 0 && !only_blanks(text))
        mark(of(dev), fz_bound_text(ctx, text, NULL, ctm), false, true);
}

static void on_stroke_text(fz_context *ctx, fz_device *dev, const fz_text *text,
                           const fz_stroke_state *stroke, fz_matrix ctm, fz_colorspace *cs,
                           const float *color, float alpha, fz_color_params params)
{
    (void)cs, (void)color, (void)params;
    if (alpha > 0 && !only_blanks(text))
        mark(of(dev), fz_bound_text(ctx, text, stroke, ctm), false, true);
}

static void on_ignore_text(fz_context *ctx, fz_device *dev, const fz_text *text, fz_matrix ctm)
{
    (void)ctx, (void)dev, (void)text, (void)ctm;
    progress_tick();
}

static void on_fill_shade(fz_context *ctx, fz_device *dev, fz_shade *shade, fz_matrix ctm,
                          float alpha, fz_color_params params)
{
    (void)alpha, (void)params;
    mark(of(dev), fz_bound_shade(ctx, shade, ctm), false, false);
}

/* ---- images ---- */

static bool by_quarters(fz_matrix m)
{
    float lean = (fabsf(m.a) + fabsf(m.b) + fabsf(m.c) + fabsf(m.d)) * UPRIGHT;
    return (fabsf(m.b) <= lean && fabsf(m.c) <= lean) || (fabsf(m.a) <= lean && fabsf(m.d) <= lean);
}

static void note_image(struct surveyor *s, fz_context *ctx, fz_image *image,
                       struct survey_image how)
{
    struct survey *out = s->out;
    float across = hypotf(how.ctm.a, how.ctm.b), down = hypotf(how.ctm.c, how.ctm.d);
    progress_tick();
    s->order++;
    how.seen = rect_common(fz_transform_rect(fz_unit_rect, how.ctm), top(s).scissor);
    if (s->masks || rect_empty(how.seen) || !(across > 0) || !(down > 0) || image->w < 1 ||
        image->h < 1)
        return;
    out->content = rect_join(out->content, how.seen);
    if (out->image_count == SURVEY_IMAGES) {
        out->many = true;
        return;
    }
    how.order = s->order;
    how.dpi[0] = 72 * (float)image->w / across;
    how.dpi[1] = 72 * (float)image->h / down;
    how.plain = how.plain && !top(s).odd && by_quarters(how.ctm) && !image->mask &&
                !image->use_colorkey && !image->scalable;
    how.image = fz_keep_image(ctx, image);
    out->images[out->image_count++] = how;
}

static void on_fill_image(fz_context *ctx, fz_device *dev, fz_image *img, fz_matrix ctm,
                          float alpha, fz_color_params params)
{
    (void)params;
    if (alpha > 0)
        note_image(of(dev), ctx, img, (struct survey_image){.ctm = ctm, .plain = alpha >= 0.99f});
}

static void on_fill_image_mask(fz_context *ctx, fz_device *dev, fz_image *img, fz_matrix ctm,
                               fz_colorspace *cs, const float *color, float alpha,
                               fz_color_params params)
{
    (void)params;
    float grey = lightness(ctx, cs, color, alpha);
    note_image(
        of(dev), ctx, img,
        (struct survey_image){.ctm = ctm, .grey = grey, .stencil = true, .plain = grey < WHITE});
}

/* ---- clips, masks, groups, tiles ---- */

static void on_clip_path(fz_context *ctx, fz_device *dev, const fz_path *path, int even_odd,
                         fz_matrix ctm, fz_rect scissor)
{
    (void)even_odd, (void)scissor;
    push(of(dev), fz_bound_path(ctx, path, NULL, ctm), !outline_is_box(ctx, path, ctm));
}

static void on_clip_stroke_path(fz_context *ctx, fz_device *dev, const fz_path *path,
                                const fz_stroke_state *stroke, fz_matrix ctm, fz_rect scissor)
{
    (void)scissor;
    push(of(dev), fz_bound_path(ctx, path, stroke, ctm), true);
}

static void on_clip_text(fz_context *ctx, fz_device *dev, const fz_text *text, fz_matrix ctm,
                         fz_rect scissor)
{
    (void)scissor;
    push(of(dev), fz_bound_text(ctx, text, NULL, ctm), true);
}

static void on_clip_stroke_text(fz_context *ctx, fz_device *dev, const fz_text *text,
                                const fz_stroke_state *stroke, fz_matrix ctm, fz_rect scissor)
{
    (void)scissor;
    push(of(dev), fz_bound_text(ctx, text, stroke, ctm), true);
}

/* A soft mask may be finer than the image that shows through it: scans in layers have their letters
 * in it. */
static void on_clip_image_mask(fz_context *ctx, fz_device *dev, fz_image *img, fz_matrix ctm,
                               fz_rect scissor)
{
    (void)scissor;
    note_image(of(dev), ctx, img, (struct survey_image){.ctm = ctm, .stencil = true});
    push(of(dev), fz_transform_rect(fz_unit_rect, ctm), true);
}

static void on_pop_clip(fz_context *ctx, fz_device *dev)
{
    (void)ctx;
    pop(of(dev));
}

static void on_begin_mask(fz_context *ctx, fz_device *dev, fz_rect area, int luminosity,
                          fz_colorspace *cs, const float *bc, fz_color_params params)
{
    (void)ctx, (void)luminosity, (void)cs, (void)bc, (void)params;
    of(dev)->masks++;
    push(of(dev), area, true);
}

static void on_end_mask(fz_context *ctx, fz_device *dev)
{
    (void)ctx;
    if (of(dev)->masks > 0)
        of(dev)->masks--;
}

static void on_begin_group(fz_context *ctx, fz_device *dev, fz_rect area, fz_colorspace *cs,
                           int isolated, int knockout, int blendmode, float alpha)
{
    (void)ctx, (void)cs, (void)isolated, (void)knockout;
    push(of(dev), area, blendmode != FZ_BLEND_NORMAL || alpha < 0.99f);
}

static void on_end_group(fz_context *ctx, fz_device *dev)
{
    (void)ctx;
    pop(of(dev));
}

static int on_begin_tile(fz_context *ctx, fz_device *dev, fz_rect area, fz_rect view, float xstep,
                         float ystep, fz_matrix ctm, int id)
{
    (void)ctx, (void)view, (void)xstep, (void)ystep, (void)id;
    fz_rect box = fz_transform_rect(area, ctm);
    mark(of(dev), box, false, false);
    push(of(dev), box, true);
    return 0;
}

/* ---- the run ---- */

/* Throws. */
static struct surveyor *new_surveyor(fz_context *ctx, struct survey *out)
{
    struct surveyor *s = fz_new_derived_device(ctx, struct surveyor);
    fz_device *dev = &s->super;
    dev->fill_path = on_fill_path;
    dev->stroke_path = on_stroke_path;
    dev->fill_text = on_fill_text;
    dev->stroke_text = on_stroke_text;
    dev->ignore_text = on_ignore_text;
    dev->fill_shade = on_fill_shade;
    dev->fill_image = on_fill_image;
    dev->fill_image_mask = on_fill_image_mask;
    dev->clip_path = on_clip_path;
    dev->clip_stroke_path = on_clip_stroke_path;
    dev->clip_text = on_clip_text;
    dev->clip_stroke_text = on_clip_stroke_text;
    dev->clip_image_mask = on_clip_image_mask;
    dev->pop_clip = on_pop_clip;
    dev->begin_mask = on_begin_mask;
    dev->end_mask = on_end_mask;
    dev->begin_group = on_begin_group;
    dev->end_group = on_end_group;
    dev->begin_tile = on_begin_tile;
    dev->end_tile = on_end_group;
    s->out = out;
    s->page = (fz_rect){0, 0, out->width, out->height};
    return s;
}

/* Throws; what came before the error stands in *out. */
static void run(struct document *d, uint32_t number, struct survey *out)
{
    fz_context *ctx = d->engine->ctx;
    fz_cookie cookie = {0};
    struct surveyor *s = NULL;
    fz_page *page = NULL;
    fz_var(s);
    fz_var(page);
    fz_try(ctx)
    {
        out->images = fz_calloc(ctx, SURVEY_IMAGES, sizeof *out->images);
        out->marks = fz_calloc(ctx, SURVEY_MARKS, sizeof *out->marks);
        page = fz_load_page(ctx, &d->pdf->super, (int)number);
        fz_rect box = fz_bound_page(ctx, page);
        out->width = box.x1 - box.x0;
        out->height = box.y1 - box.y0;
        s = new_surveyor(ctx, out);
        fz_run_page(ctx, page, &s->super, fz_identity, &cookie);
        fz_close_device(ctx, &s->super);
    }
    fz_always(ctx)
    {
        out->errors = cookie.errors;
        fz_drop_device(ctx, s ? &s->super : NULL);
        fz_drop_page(ctx, page);
    }
    fz_catch(ctx)
    {
        fz_rethrow(ctx);
    }
}

void survey_page(struct document *d, uint32_t number, struct survey *out)
{
    struct engine *e = d->engine;
    uint32_t refusals = engine_refusals(e);
    *out = (struct survey){.ctx = e->ctx, .content = rect_nothing, .outlined = rect_nothing};
    fz_try(e->ctx)
    {
        run(d, number, out);
    }
    fz_catch(e->ctx)
    {
        out->failed = true;
        snprintf(out->message, sizeof out->message, "%s", fz_caught_message(e->ctx));
    }
    out->memory = engine_refusals(e) != refusals && (out->failed || out->errors);
}

void survey_free(struct survey *s)
{
    for (uint32_t i = 0; i < s->image_count; i++)
        fz_drop_image(s->ctx, s->images[i].image);
    fz_free(s->ctx, s->images);
    fz_free(s->ctx, s->marks);
    s->images = NULL;
    s->marks = NULL;
    s->image_count = s->mark_count = 0;
}
