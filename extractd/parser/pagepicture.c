#include "extractd/parser/pagepicture.h"

#include <math.h>
#include <stdio.h>

#include "extractd/parser/engine.h"
#include "extractd/parser/outline.h"
#include "extractd/parser/pageimage.h"
#include "extractd/parser/render.h"
#include "extractd/parser/survey.h"

enum { BYTES_A_PIXEL = 6 };

static const float LARGE_SHARE = 0.02f; /* of the page: an image whose resolution counts */
static const float LOW_DPI = 190;       /* coarser images do not say how finely to draw the page */
static const float PAPER = 17;          /* inches; the long side of A3 has 16.5 */
static const float MARGIN = 9;          /* points around what is drawn, when paper is left out */

const struct picture_limits picture_limits_default = {
    .max_pixels = (uint64_t)100 * 1000 * 1000,
    .max_bytes = 0,
    .max_side = 32767,
    .dpi_min = 100,
    .dpi_want = 300,
};

const char *picture_how_name(enum picture_how how)
{
    static const char *const names[] = {"none", "own image", "strips", "rendered"};
    return names[how];
}

const char *picture_result_name(enum picture_result result)
{
    static const char *const names[] = {"ok", "partial", "empty", "limit", "memory", "bad"};
    return names[result];
}

uint64_t picture_bytes_most(const struct picture_limits *limits)
{
    return limits->max_bytes ? limits->max_bytes : limits->max_pixels * BYTES_A_PIXEL;
}

/* ---- what is asked for ---- */

struct job {
    struct document *d;
    uint32_t page;
    const struct picture_limits *limits;
    const struct picture_area *area; /* NULL: the whole page */
    struct picture *out;
    enum picture_how *how;
    char *why;
};

static enum picture_result say(const struct job *j, enum picture_result result, const char *what)
{
    snprintf(j->why, PICTURE_WHY, "%s", what);
    return result;
}

/* ---- rendered ---- */

/* As finely as the finest image of some size, within reason. */
static float natural_dpi(const struct survey *s, fz_rect part, const struct picture_limits *l)
{
    float most = 0;
    for (uint32_t i = 0; i < s->image_count; i++) {
        const struct survey_image *one = &s->images[i];
        float dpi = one->dpi[0] > one->dpi[1] ? one->dpi[0] : one->dpi[1];
        if (rect_area(rect_common(one->seen, part)) >= LARGE_SHARE * rect_area(part) && dpi > most)
            most = dpi;
    }
    while (most * 0.5f >= l->dpi_want * 0.95f)
        most *= 0.5f;
    return most < LOW_DPI ? l->dpi_want : most;
}

/* The most dots an inch at which a part stays within the limits. */
static float most_dpi(fz_rect r, const struct picture_limits *l)
{
    double w = (double)(r.x1 - r.x0) / 72, h = (double)(r.y1 - r.y0) / 72;
    uint64_t pixels = picture_bytes_most(l);
    pixels = pixels < l->max_pixels ? pixels : l->max_pixels;
    double by_area = sqrt((double)pixels / (w * h)), by_side = l->max_side / (w > h ? w : h);
    return (float)((by_area < by_side ? by_area : by_side) * 0.999);
}

static enum picture_result rendered(const struct job *j, const struct survey *s, fz_rect part)
{
    struct render_result result;
    float dpi = natural_dpi(s, part, j->limits), most = most_dpi(part, j->limits);
    if (most < dpi) { /* all that is drawn, if that is less than the paper */
        fz_rect drawn = rect_common(fz_expand_rect(s->content, MARGIN), part);
        part = rect_empty(drawn) ? part : drawn;
        most = most_dpi(part, j->limits);
    }
    dpi = most < dpi ? most : dpi;
    if (dpi < j->limits->dpi_min)
        return say(j, PICTURE_LIMIT, "limit (pixels)");
    struct render_order order = {part.x0, part.y0, part.x1, part.y1, dpi, j->area != NULL};
    render_page(j->d, j->page, &order, j->out, &result);
    if (result.memory && dpi > 1.5f * j->limits->dpi_min) { /* once more, coarser */
        picture_free(j->out);
        order.dpi = dpi / 2 > j->limits->dpi_min ? dpi / 2 : j->limits->dpi_min;
        render_page(j->d, j->page, &order, j->out, &result);
    }
    if (!result.drawn)
        return say(j, result.memory ? PICTURE_MEMORY : PICTURE_BAD, result.message);
    *j->how = PICTURE_RENDERED;
    return result.errors ? say(j, PICTURE_PARTIAL, result.message) : PICTURE_OK;
}

/* ---- from its images ---- */

/* False when decoding failed: then it is worth rendering, where a broken image costs only itself.
 */
static bool composed(const struct job *j, const struct survey *s, const struct pageimage_plan *plan,
                     bool *memory)
{
    fz_context *ctx = s->ctx;
    uint32_t refusals = engine_refusals(j->d->engine);
    bool done = false;
    fz_var(done);
    fz_try(ctx)
    {
        pageimage_make(s, plan, j->out);
        done = true;
    }
    fz_catch(ctx)
    {
        *memory = engine_refusals(j->d->engine) != refusals || fz_caught(ctx) == FZ_ERROR_MEMORY;
    }
    return done;
}

/* Paper beyond A3 is mostly no paper, but a point or a millimetre for each pixel. Whoever enlarges
 * what is too coarse to read must not believe it. The place on the page is not touched. */
static void believe_dpi(struct picture *p, float dpi_want)
{
    float side = (float)(p->width > p->height ? p->width : p->height);
    if (side <= PAPER * p->dpi || p->dpi >= dpi_want)
        return;
    p->dpi = side / PAPER < dpi_want ? side / PAPER : dpi_want;
}

static struct pageimage_limits limits_of(const struct picture_limits *l)
{
    return (struct pageimage_limits){l->max_pixels, picture_bytes_most(l), l->max_side, l->dpi_min,
                                     l->dpi_want};
}

/* The survey of a part: text is none of its marks, and what lies outside is cut away. */
static void narrow(struct survey *s, fz_rect part)
{
    uint32_t images = 0, marks = 0;
    for (uint32_t i = 0; i < s->image_count; i++) {
        struct survey_image one = s->images[i];
        one.seen = rect_common(one.seen, part);
        if (rect_empty(one.seen))
            fz_drop_image(s->ctx, one.image);
        else
            s->images[images++] = one;
    }
    for (uint32_t i = 0; i < s->mark_count; i++) {
        struct survey_mark one = s->marks[i];
        one.box = rect_common(one.box, part);
        if (!one.text && !rect_empty(one.box))
            s->marks[marks++] = one;
    }
    s->image_count = images;
    s->mark_count = marks;
    s->content = rect_common(s->content, part);
}

/* As its images are; for lack of memory once or twice more, coarser. False when it did not work. */
static bool from_images(const struct job *j, const struct survey *s, bool *limit, bool *memory)
{
    enum { TRIES = 3 };
    struct pageimage_limits limits = limits_of(j->limits);
    bool done = false;
    *limit = *memory = false;
    for (int i = 0; i < TRIES && !done; i++) {
        struct pageimage_plan plan;
        pageimage_plan(s, &limits, &plan);
        bool tried = plan.count > 0;
        if (!tried && i == 0) {
            *limit = plan.limit;
            say(j, PICTURE_OK, plan.why);
        }
        if (tried) {
            *memory = false;
            done = composed(j, s, &plan, memory);
            *j->how = !done ? PICTURE_NONE : plan.count == 1 ? PICTURE_OWN_IMAGE : PICTURE_STRIPS;
            limits.max_pixels = (uint64_t)plan.width * plan.height / 3;
            say(j, PICTURE_OK,
                done && i == 0 ? ""
                : done         ? "halved for lack of memory"
                               : "its images cannot be decoded");
        }
        pageimage_forget(&plan);
        if (!tried || !*memory)
            break;
    }
    return done;
}

static enum picture_result by_survey(const struct job *j, const struct survey *s, fz_rect part)
{
    bool limit, memory;
    if (rect_empty(part))
        return say(j, PICTURE_BAD, "the page has no size");
    if (!s->failed && !s->errors && rect_empty(s->content))
        return say(j, PICTURE_EMPTY, "nothing is drawn");
    if (from_images(j, s, &limit, &memory)) {
        believe_dpi(j->out, j->limits->dpi_want);
        return s->errors ? PICTURE_PARTIAL : PICTURE_OK;
    }
    if (limit) /* rendering would have to decode the same */
        return say(j, PICTURE_LIMIT, "limit (pixels)");
    if (memory)
        return say(j, PICTURE_MEMORY, "no memory to decode its images");
    return rendered(j, s, part);
}

static enum picture_result picture(const struct job *j)
{
    struct survey s;
    *j->out = (struct picture){0};
    *j->how = PICTURE_NONE;
    j->why[0] = '\0';
    survey_page(j->d, j->page, &s);
    fz_rect part = {0, 0, s.width, s.height};
    if (j->area) {
        part = rect_common(part, (fz_rect){j->area->x0, j->area->y0, j->area->x1, j->area->y1});
        narrow(&s, part);
    }
    enum picture_result result;
    if (s.memory && s.failed)
        result = say(j, PICTURE_MEMORY, s.message);
    else if (s.failed && s.width <= 0)
        result = say(j, PICTURE_BAD, s.message);
    else
        result = by_survey(j, &s, part);
    survey_free(&s);
    return result;
}

enum picture_result picture_of_page(struct document *d, uint32_t page,
                                    const struct picture_limits *limits, struct picture *out,
                                    enum picture_how *how, char *why)
{
    const struct job j = {d, page, limits, NULL, out, how, why};
    return picture(&j);
}

enum picture_result picture_of_area(struct document *d, uint32_t page,
                                    const struct picture_area *area,
                                    const struct picture_limits *limits, struct picture *out,
                                    enum picture_how *how, char *why)
{
    const struct job j = {d, page, limits, area, out, how, why};
    return picture(&j);
}
