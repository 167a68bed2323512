#include "extractd/parser/facts.h"

#include <math.h>
#include <string.h>

#include "extractd/parser/letterform.h"
#include "extractd/parser/marks.h"
#include "extractd/parser/mupdf.h"
#include "extractd/parser/progress.h"

/* Scans have 72 dpi or more; what is coarser than this is a texture or a shadow. */
#define LEAST_DPI 45.0f
/* Nothing lighter than this leaves ink. */
#define WHITE 0.985f

typedef void fill_text_fn(fz_context *, fz_device *, const fz_text *, fz_matrix, fz_colorspace *,
                          const float *, float, fz_color_params);
typedef void stroke_text_fn(fz_context *, fz_device *, const fz_text *, const fz_stroke_state *,
                            fz_matrix, fz_colorspace *, const float *, float, fz_color_params);
typedef void clip_text_fn(fz_context *, fz_device *, const fz_text *, fz_matrix, fz_rect);
typedef void ignore_text_fn(fz_context *, fz_device *, const fz_text *, fz_matrix);
typedef void image_fn(fz_context *, fz_device *, fz_image *, fz_matrix, float, fz_color_params);

/* The page whose run is watched. */
static struct {
    struct marks marks;
    float x, y, per_x, per_y; /* the page's corner; cells for a point */
    const fz_text *last_text; /* so that what is filled, then stroked, counts once */
    fill_text_fn *fill_text;  /* what the device had; NULL: nothing */
    stroke_text_fn *stroke_text;
    clip_text_fn *clip_text;
    ignore_text_fn *ignore_text;
    image_fn *fill_image;
} w;

/* ---- colours and places ---- */

static bool is_white(fz_context *ctx, fz_colorspace *cs, const float *color, float alpha)
{
    int n = cs ? fz_colorspace_n(ctx, cs) : 0;
    bool subtractive =
        cs && (fz_colorspace_is_subtractive(ctx, cs) || fz_colorspace_is_cmyk(ctx, cs));
    bool known =
        cs && (subtractive || fz_colorspace_is_gray(ctx, cs) || fz_colorspace_is_rgb(ctx, cs));
    if (alpha <= 1 - WHITE)
        return true;
    if (!known || !color)
        return false;
    for (int i = 0; i < n; i++)
        if (subtractive ? color[i] > 1 - WHITE : color[i] < WHITE)
            return false;
    return true;
}

/* What is clipped away is not there. clip: in cells. */
static void clip_of(fz_context *ctx, fz_device *dev, float clip[4])
{
    fz_rect r = fz_device_current_scissor(ctx, dev);
    clip[0] = fmaxf((r.x0 - w.x) * w.per_x, 0);
    clip[1] = fmaxf((r.y0 - w.y) * w.per_y, 0);
    clip[2] = fminf((r.x1 - w.x) * w.per_x, GRID);
    clip[3] = fminf((r.y1 - w.y) * w.per_y, GRID);
}

static bool on_page(fz_rect r, const float clip[4])
{
    return (r.x1 - w.x) * w.per_x >= clip[0] && (r.x0 - w.x) * w.per_x <= clip[2] &&
           (r.y1 - w.y) * w.per_y >= clip[1] && (r.y0 - w.y) * w.per_y <= clip[3];
}

/* ---- text ---- */

static void note_span(const fz_text_span *span, fz_matrix ctm, const float clip[4], bool invisible)
{
    fz_matrix trm = fz_concat(span->trm, ctm);
    /* A glyph stands right of and above the point where it begins. */
    float dx = (trm.a + trm.c) / 4 - w.x, dy = (trm.b + trm.d) / 4 - w.y;
    for (int i = 0; i < span->len; i++) {
        const fz_text_item *item = &span->items[i];
        if (item->gid < 0 || item->ucs == ' ' || item->ucs == 0xa0)
            continue;
        fz_point p = fz_transform_point_xy(item->x, item->y, ctm);
        float x = (p.x + dx) * w.per_x, y = (p.y + dy) * w.per_y;
        if (x >= clip[0] && x < clip[2] && y >= clip[1] && y < clip[3])
            marks_glyph(&w.marks, x, y, invisible);
    }
}

/* again: perhaps the same text in another way. */
static void note_text(fz_context *ctx, fz_device *dev, const fz_text *text, fz_matrix ctm,
                      bool invisible, bool again)
{
    float clip[4];
    if (again && text == w.last_text)
        return;
    w.last_text = text;
    clip_of(ctx, dev, clip);
    for (const fz_text_span *span = text->head; span; span = span->next)
        note_span(span, ctm, clip, invisible);
}

static void on_fill_text(fz_context *ctx, fz_device *dev, const fz_text *text, fz_matrix ctm,
                         fz_colorspace *cs, const float *color, float alpha, fz_color_params params)
{
    note_text(ctx, dev, text, ctm, alpha <= 1 - WHITE, false);
    if (w.fill_text)
        w.fill_text(ctx, dev, text, ctm, cs, color, alpha, params);
}

static void on_stroke_text(fz_context *ctx, fz_device *dev, const fz_text *text,
                           const fz_stroke_state *stroke, fz_matrix ctm, fz_colorspace *cs,
                           const float *color, float alpha, fz_color_params params)
{
    note_text(ctx, dev, text, ctm, alpha <= 1 - WHITE, true);
    if (w.stroke_text)
        w.stroke_text(ctx, dev, text, stroke, ctm, cs, color, alpha, params);
}

static void on_clip_text(fz_context *ctx, fz_device *dev, const fz_text *text, fz_matrix ctm,
                         fz_rect scissor)
{
    note_text(ctx, dev, text, ctm, false, true);
    if (w.clip_text)
        w.clip_text(ctx, dev, text, ctm, scissor);
}

static void on_ignore_text(fz_context *ctx, fz_device *dev, const fz_text *text, fz_matrix ctm)
{
    note_text(ctx, dev, text, ctm, true, false);
    if (w.ignore_text)
        w.ignore_text(ctx, dev, text, ctm);
}

/* ---- images ---- */

/* Dots for an inch, the lesser of both directions. */
static float resolution(const fz_image *image, fz_matrix ctm)
{
    float wide = hypotf(ctm.a, ctm.b), high = hypotf(ctm.c, ctm.d);
    return 72 * fminf((float)image->w / fmaxf(wide, 0.01f), (float)image->h / fmaxf(high, 0.01f));
}

static void note_image(fz_context *ctx, fz_device *dev, const fz_image *image, fz_matrix ctm)
{
    float clip[4];
    clip_of(ctx, dev, clip);
    const struct marks_image mark = {.shape = {(ctm.e - w.x) * w.per_x, (ctm.f - w.y) * w.per_y,
                                               ctm.a * w.per_x, ctm.b * w.per_y, ctm.c * w.per_x,
                                               ctm.d * w.per_y},
                                     .clip = clip,
                                     .fine = resolution(image, ctm) >= LEAST_DPI,
                                     .grey = image->imagemask || image->bpc == 1 ||
                                             fz_colorspace_is_gray(ctx, image->colorspace),
                                     .opaque = !image->imagemask && !image->mask};
    marks_image(&w.marks, &mark);
    progress_tick();
}

static void on_fill_image(fz_context *ctx, fz_device *dev, fz_image *image, fz_matrix ctm,
                          float alpha, fz_color_params params)
{
    note_image(ctx, dev, image, ctm);
    if (w.fill_image)
        w.fill_image(ctx, dev, image, ctm, alpha, params);
}

/* A stencil of one dot is how some programs fill a rectangle. */
static void on_fill_image_mask(fz_context *ctx, fz_device *dev, fz_image *image, fz_matrix ctm,
                               fz_colorspace *cs, const float *color, float alpha,
                               fz_color_params params)
{
    (void)params;
    if (!is_white(ctx, cs, color, alpha))
        note_image(ctx, dev, image, ctm);
}

static void on_fill_shade(fz_context *ctx, fz_device *dev, fz_shade *shade, fz_matrix ctm,
                          float alpha, fz_color_params params)
{
    (void)ctx, (void)dev, (void)shade, (void)ctm, (void)alpha, (void)params;
    w.marks.ink = true;
    progress_tick();
}

/* ---- paths ---- */

static void note_outline(const struct letterform *o)
{
    marks_outline(&w.marks, (o->x - w.x) * w.per_x, (o->y - w.y) * w.per_y, o->curves, o->lines);
}

static bool note_path(fz_context *ctx, fz_device *dev, fz_rect bounds, bool white)
{
    float clip[4];
    clip_of(ctx, dev, clip);
    if (white || fz_is_empty_rect(bounds) || !on_page(bounds, clip))
        return false;
    w.marks.ink = true;
    w.marks.facts.paths++;
    return true;
}

static void on_fill_path(fz_context *ctx, fz_device *dev, const fz_path *path, int even_odd,
                         fz_matrix ctm, fz_colorspace *cs, const float *color, float alpha,
                         fz_color_params params)
{
    const float matrix[6] = {ctm.a, ctm.b, ctm.c, ctm.d, ctm.e, ctm.f};
    (void)even_odd, (void)params;
    if (note_path(ctx, dev, fz_bound_path(ctx, path, NULL, ctm), is_white(ctx, cs, color, alpha)))
        letterform_each(ctx, path, matrix, note_outline);
    progress_tick();
}

static void on_stroke_path(fz_context *ctx, fz_device *dev, const fz_path *path,
                           const fz_stroke_state *stroke, fz_matrix ctm, fz_colorspace *cs,
                           const float *color, float alpha, fz_color_params params)
{
    (void)params;
    note_path(ctx, dev, fz_bound_path(ctx, path, stroke, ctm), is_white(ctx, cs, color, alpha));
    progress_tick();
}

/* ---- the whole ---- */

void facts_watch(struct fz_device *dev, const float box[4])
{
    float width = fmaxf(box[2] - box[0], 1), height = fmaxf(box[3] - box[1], 1);
    memset(&w, 0, sizeof w);
    w.x = box[0];
    w.y = box[1];
    w.per_x = GRID / width;
    w.per_y = GRID / height;
    w.marks.facts.width = width;
    w.marks.facts.height = height;
    w.fill_text = dev->fill_text;
    w.stroke_text = dev->stroke_text;
    w.clip_text = dev->clip_text;
    w.ignore_text = dev->ignore_text;
    w.fill_image = dev->fill_image;
    dev->fill_text = on_fill_text;
    dev->stroke_text = on_stroke_text;
    dev->clip_text = on_clip_text;
    dev->ignore_text = on_ignore_text;
    dev->fill_image = on_fill_image;
    dev->fill_image_mask = on_fill_image_mask;
    dev->fill_shade = on_fill_shade;
    dev->fill_path = on_fill_path;
    dev->stroke_path = on_stroke_path;
}

void facts_watched(bool complete, struct page_facts *out)
{
    marks_sum(&w.marks, complete, out);
}

/* Throws. */
static void run(struct document *d, uint32_t number, fz_cookie *cookie)
{
    fz_context *ctx = d->engine->ctx;
    fz_page *page = fz_load_page(ctx, &d->pdf->super, (int)number);
    fz_device *dev = NULL;
    fz_var(dev);
    fz_try(ctx)
    {
        fz_rect r = fz_bound_page(ctx, page);
        const float box[4] = {r.x0, r.y0, r.x1, r.y1};
        dev = fz_new_device_of_size(ctx, sizeof *dev);
        facts_watch(dev, box);
        fz_run_page(ctx, page, dev, fz_identity, cookie);
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

bool facts_of_page(struct document *d, uint32_t page, struct page_facts *out)
{
    fz_cookie cookie = {0};
    bool complete = false;
    fz_var(complete);
    memset(&w, 0, sizeof w);
    fz_try(d->engine->ctx)
    {
        run(d, page, &cookie);
        complete = true;
    }
    fz_catch(d->engine->ctx)
    {
        complete = false;
    }
    complete = complete && !cookie.errors;
    facts_watched(complete, out);
    return complete;
}
