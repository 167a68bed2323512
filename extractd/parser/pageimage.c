#include "extractd/parser/pageimage.h"

#include <math.h>
#include <stdlib.h>

#include "extractd/parser/imageplane.h"
#include "extractd/parser/outline.h"
#include "extractd/parser/progress.h"

enum { HALVED_MOST = 6 };

static const float SLACK = 1;           /* points by which a cover may be short of what it covers */
static const float ALIKE = 0.03f;       /* resolutions that differ by less are one */
static const float ENOUGH = 0.95f;      /* of the wanted resolution is enough to halve */
static const float SPECK_SHARE = 1e-4f; /* of the page: an image or mark as small is nothing */

/* ---- which images show ---- */

/* Is there a plain image over this box that was drawn later? */
static bool covered(const struct survey *s, fz_rect box, uint32_t order)
{
    for (uint32_t i = s->image_count; i-- > 0 && s->images[i].order > order;)
        if (s->images[i].plain && !s->images[i].stencil &&
            rect_within(s->images[i].seen, box, SLACK))
            return true;
    return false;
}

static bool speck(const struct survey *s, fz_rect box)
{
    return rect_area(box) < SPECK_SHARE * s->width * s->height && box.x1 - box.x0 < s->width / 50 &&
           box.y1 - box.y0 < s->height / 50;
}

/* White paper under everything. */
static bool only_paper(const struct survey *s, const struct survey_mark *m)
{
    return m->white && (s->image_count == 0 || m->order < s->images[0].order);
}

static const char *marks_in_the_way(const struct survey *s)
{
    for (uint32_t i = 0; i < s->mark_count; i++) {
        const struct survey_mark *m = &s->marks[i];
        if (only_paper(s, m) || covered(s, m->box, m->order))
            continue;
        if (m->text)
            return "text is drawn beside or over its images";
        if (!speck(s, m->box))
            return "lines or areas are drawn beside or over its images";
    }
    return NULL;
}

/* The resolution along x (0) or y (1) of the page. */
static float dpi_along(const struct survey_image *i, int axis)
{
    bool turned = fabsf(i->ctm.a) < fabsf(i->ctm.b);
    return i->dpi[turned ? 1 - axis : axis];
}

/* Mark what shows; a reason why it cannot be put together, or NULL. */
static const char *choose(const struct survey *s, struct pageimage_plan *p, uint8_t *taken)
{
    const struct survey_image *largest = NULL;
    for (uint32_t i = 0; i < s->image_count; i++) {
        const struct survey_image *one = &s->images[i];
        if (covered(s, one->seen, one->order))
            continue;
        if (!one->plain && speck(s, one->seen))
            continue;
        if (!one->plain)
            return "an image is cut, blended or leans";
        taken[i] = 1;
        p->count++;
        p->area = rect_join(p->area, one->seen);
        if (!largest || rect_area(one->seen) > rect_area(largest->seen))
            largest = one;
    }
    if (!largest)
        return "it has no image";
    for (int axis = 0; axis < 2; axis++)
        p->dpi[axis] = dpi_along(largest, axis);
    for (uint32_t i = 0; i < s->image_count; i++)
        for (int axis = 0; axis < 2 && taken[i]; axis++)
            if (fabsf(dpi_along(&s->images[i], axis) - p->dpi[axis]) > ALIKE * p->dpi[axis])
                return "its images differ in resolution";
    return NULL;
}

/* ---- how large ---- */

static float larger(const float dpi[2])
{
    return dpi[0] > dpi[1] ? dpi[0] : dpi[1];
}

static bool same_axes(const float dpi[2])
{
    return fabsf(dpi[0] - dpi[1]) <= ALIKE * larger(dpi);
}

/* Sides in pixels after so many halvings, along both axes at their own resolution, or at one. */
static void sides(const struct pageimage_plan *p, int halved, bool square, double out[2])
{
    const float points[2] = {p->area.x1 - p->area.x0, p->area.y1 - p->area.y0};
    for (int axis = 0; axis < 2; axis++) {
        float dpi = square && !same_axes(p->dpi) ? larger(p->dpi) : p->dpi[axis];
        out[axis] = ceil((double)points[axis] * (double)dpi / 72 / (double)(1 << halved) - 0.01);
        if (out[axis] < 1)
            out[axis] = 1;
    }
}

/* Bytes at most: the decoded image with its grey plane beside the picture, or the picture beside
 * its stretched self. */
static uint64_t bytes_of(const struct survey *s, const struct pageimage_plan *p, int halved)
{
    double own[2], square[2];
    uint64_t decoding = 0;
    sides(p, halved, false, own);
    sides(p, halved, true, square);
    for (uint32_t i = 0; i < s->image_count; i++) {
        uint64_t one = p->taken[i] ? imageplane_bytes(s->ctx, &s->images[i], halved) : 0;
        decoding = one > decoding ? one : decoding;
    }
    uint64_t picture = (uint64_t)(own[0] * own[1]);
    uint64_t stretched = same_axes(p->dpi) ? 0 : (uint64_t)(square[0] * square[1]);
    return picture + (decoding > stretched ? decoding : stretched);
}

static bool fits(const struct survey *s, const struct pageimage_plan *p,
                 const struct pageimage_limits *l, int halved)
{
    double side[2];
    sides(p, halved, true, side);
    if (side[0] > l->max_side || side[1] > l->max_side || side[0] * side[1] > (double)l->max_pixels)
        return false;
    for (uint32_t i = 0; i < s->image_count; i++)
        if (p->taken[i] && imageplane_pixels(s->ctx, &s->images[i], halved) > l->max_pixels)
            return false;
    return bytes_of(s, p, halved) <= l->max_bytes;
}

static bool settle(const struct survey *s, const struct pageimage_limits *l,
                   struct pageimage_plan *p)
{
    int halved = 0;
    while (halved < HALVED_MOST && larger(p->dpi) / (float)(2 << halved) >= l->dpi_want * ENOUGH)
        halved++;
    int before = halved;
    while (halved < HALVED_MOST && !fits(s, p, l, halved))
        halved++;
    float dpi = larger(p->dpi) / (float)(1 << halved);
    if (!fits(s, p, l, halved) || (halved > before && dpi < l->dpi_min))
        return false;
    double side[2];
    sides(p, halved, false, side);
    p->width = (uint32_t)side[0];
    p->height = (uint32_t)side[1];
    p->bytes = bytes_of(s, p, halved);
    p->halved = halved;
    return true;
}

void pageimage_plan(const struct survey *s, const struct pageimage_limits *l,
                    struct pageimage_plan *plan)
{
    *plan = (struct pageimage_plan){.area = rect_nothing};
    uint8_t *taken = calloc(s->image_count + 1, 1);
    plan->taken = taken;
    if (!taken)
        plan->why = "no memory";
    else if (s->many)
        plan->why = "it has too many images or marks";
    else if (s->failed)
        plan->why = "its content could not be read to the end";
    else
        plan->why = choose(s, plan, taken);
    if (!plan->why)
        plan->why = marks_in_the_way(s);
    if (!plan->why && !settle(s, l, plan)) {
        plan->why = "its images have too many pixels";
        plan->limit = true;
    }
    if (plan->why)
        plan->count = 0;
}

void pageimage_forget(struct pageimage_plan *plan)
{
    free((void *)(uintptr_t)plan->taken);
    *plan = (struct pageimage_plan){0};
}

/* ---- putting together ---- */

static int64_t pixel(float points, float origin, float dpi)
{
    return llround(((double)points - (double)origin) * (double)dpi / 72);
}

/* Where an image lies in the picture: at its own size, when that is what its place has but for
 * rounding. */
static void place(const struct survey_image *one, const struct pageimage_plan *p,
                  const float dpi[2], struct picture_source *source, struct picture_rect *at)
{
    fz_rect box = fz_transform_rect(fz_unit_rect, one->ctm);
    int64_t across = source->turn.swap ? source->height : source->width;
    int64_t down = source->turn.swap ? source->width : source->height;
    *at =
        (struct picture_rect){pixel(box.x0, p->area.x0, dpi[0]), pixel(box.y0, p->area.y0, dpi[1]),
                              pixel(box.x1, p->area.x0, dpi[0]), pixel(box.y1, p->area.y0, dpi[1])};
    if (llabs(at->x1 - at->x0 - across) <= 2)
        at->x1 = at->x0 + across;
    if (llabs(at->y1 - at->y0 - down) <= 2)
        at->y1 = at->y0 + down;
    if (at->x1 <= at->x0)
        at->x1 = at->x0 + 1;
    if (at->y1 <= at->y0)
        at->y1 = at->y0 + 1;
}

/* Throws. */
static void add(fz_context *ctx, const struct survey_image *one, const struct pageimage_plan *p,
                struct picture *out)
{
    struct imageplane plane;
    const float dpi[2] = {72 / out->m[0], 72 / out->m[3]};
    imageplane_load(ctx, one, p->halved, &plane);
    struct picture_rect at;
    place(one, p, dpi, &plane.source, &at);
    struct picture_rect within = {
        pixel(one->seen.x0, p->area.x0, dpi[0]), pixel(one->seen.y0, p->area.y0, dpi[1]),
        pixel(one->seen.x1, p->area.x0, dpi[0]), pixel(one->seen.y1, p->area.y0, dpi[1])};
    if (rect_within(one->seen, fz_transform_rect(fz_unit_rect, one->ctm), SLACK))
        within = at;
    picture_paint(out, &plane.source, at, within);
    imageplane_drop(ctx, &plane);
    progress_tick();
}

/* Throws. */
static void square_pixels(fz_context *ctx, const struct pageimage_plan *p, struct picture *out)
{
    double side[2];
    if (same_axes(p->dpi))
        return;
    sides(p, p->halved, true, side);
    if (!picture_stretch(out, (uint32_t)side[0], (uint32_t)side[1]))
        fz_throw(ctx, FZ_ERROR_MEMORY, "no memory for the picture");
}

void pageimage_make(const struct survey *s, const struct pageimage_plan *p, struct picture *out)
{
    fz_context *ctx = s->ctx;
    float by = (float)(1 << p->halved), dpi[2] = {p->dpi[0] / by, p->dpi[1] / by};
    if (!picture_make(out, p->width, p->height))
        fz_throw(ctx, FZ_ERROR_MEMORY, "no memory for the picture");
    out->m[0] = 72 / dpi[0];
    out->m[3] = 72 / dpi[1];
    out->m[4] = p->area.x0;
    out->m[5] = p->area.y0;
    fz_try(ctx)
    {
        for (uint32_t i = 0; i < s->image_count; i++)
            if (p->taken[i])
                add(ctx, &s->images[i], p, out);
        square_pixels(ctx, p, out);
        out->dpi = same_axes(p->dpi) ? sqrtf(dpi[0] * dpi[1]) : larger(dpi);
    }
    fz_catch(ctx)
    {
        picture_free(out);
        fz_rethrow(ctx);
    }
}
