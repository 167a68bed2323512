#include "extractd/parser/regions.h"

#include <stdlib.h>
#include <string.h>

#include "extractd/parser/outline.h"
#include "extractd/parser/survey.h"

enum { CLUSTERS = 128, LETTERS = 30, LINES_COVER = 5 };

static const float WIDTH_LEAST = 40, HEIGHT_LEAST = 12; /* points: a word of small print */
static const float DPI_LEAST = 70;                      /* letters of 10 points are 7 pixels high */
static const float APART = 2;          /* points between images that are one region still */
static const float COVER_SHARE = 0.1f; /* lines over so much of a region: it is known already */
static const float COVER_HEIGHT = 0.6f;

struct cluster {
    fz_rect box;
    float dpi;
    bool outlines;
};

struct clusters {
    struct cluster list[CLUSTERS];
    uint32_t count;
};

static bool touch(fz_rect a, fz_rect b)
{
    return !rect_empty(rect_common(fz_expand_rect(a, APART), b));
}

/* Join with all that it touches, until nothing touches it. */
static void add(struct clusters *c, struct cluster one)
{
    for (uint32_t i = 0; i < c->count;) {
        if (!touch(c->list[i].box, one.box)) {
            i++;
            continue;
        }
        one.box = rect_join(one.box, c->list[i].box);
        one.dpi = one.dpi > c->list[i].dpi ? one.dpi : c->list[i].dpi;
        one.outlines = one.outlines || c->list[i].outlines;
        c->list[i] = c->list[--c->count];
        i = 0; /* at most `count` times: each time there is one less */
    }
    if (c->count < CLUSTERS)
        c->list[c->count++] = one;
    else
        c->list[CLUSTERS - 1].box = rect_join(c->list[CLUSTERS - 1].box, one.box);
}

/* Is it hidden by an image or a white area that was drawn later? */
static bool hidden(const struct survey *s, const struct survey_image *one)
{
    for (uint32_t i = 0; i < s->image_count; i++)
        if (s->images[i].order > one->order && s->images[i].plain && !s->images[i].stencil &&
            rect_within(s->images[i].seen, one->seen, 1))
            return true;
    for (uint32_t i = 0; i < s->mark_count; i++)
        if (s->marks[i].order > one->order && s->marks[i].white &&
            rect_within(s->marks[i].box, one->seen, 1))
            return true;
    return false;
}

static void gather(const struct survey *s, struct clusters *c)
{
    for (uint32_t i = 0; i < s->image_count; i++) {
        const struct survey_image *one = &s->images[i];
        float dpi = one->dpi[0] > one->dpi[1] ? one->dpi[0] : one->dpi[1];
        if (!hidden(s, one))
            add(c, (struct cluster){one->seen, dpi, false});
    }
    if (s->outlines >= LETTERS)
        add(c, (struct cluster){s->outlined, 300, true});
}

/* Does the text layer have this part already? */
static bool known(fz_rect box, const struct picture_area *lines, uint32_t n)
{
    float share = 0, top = box.y1, bottom = box.y0;
    uint32_t inside = 0;
    for (uint32_t i = 0; i < n; i++) {
        fz_rect line = {lines[i].x0, lines[i].y0, lines[i].x1, lines[i].y1};
        fz_rect both = rect_common(line, box);
        if (rect_empty(both) || rect_area(both) < 0.5f * rect_area(line))
            continue;
        share += rect_area(both) / rect_area(box);
        top = both.y0 < top ? both.y0 : top;
        bottom = both.y1 > bottom ? both.y1 : bottom;
        inside++;
    }
    return share >= COVER_SHARE ||
           (inside >= LINES_COVER && bottom - top >= COVER_HEIGHT * (box.y1 - box.y0));
}

static bool worth_it(const struct cluster *c, const struct picture_area *lines, uint32_t n)
{
    return c->box.x1 - c->box.x0 >= WIDTH_LEAST && c->box.y1 - c->box.y0 >= HEIGHT_LEAST &&
           c->dpi >= DPI_LEAST && !known(c->box, lines, n);
}

static int by_area(const void *a, const void *b)
{
    float x = rect_area(((const struct cluster *)a)->box);
    float y = rect_area(((const struct cluster *)b)->box);
    return x > y ? -1 : x < y;
}

static int by_place(const void *a, const void *b)
{
    const struct picture_area *x = a, *y = b;
    if (x->y0 != y->y0)
        return x->y0 < y->y0 ? -1 : 1;
    return x->x0 < y->x0 ? -1 : x->x0 > y->x0;
}

static void keep(const struct survey *s, const struct clusters *c, struct regions *out)
{
    float page = s->width * s->height;
    for (uint32_t i = 0; i < c->count; i++) {
        fz_rect r = c->list[i].box;
        if (out->count == REGIONS_MOST) {
            out->left_out++;
            continue;
        }
        out->areas[out->count++] = (struct picture_area){r.x0, r.y0, r.x1, r.y1};
        out->outlines = out->outlines || c->list[i].outlines;
        out->share += page > 0 ? rect_area(r) / page : 0;
    }
    qsort(out->areas, out->count, sizeof out->areas[0], by_place);
}

void regions_to_read(struct document *d, uint32_t page, const struct picture_area *lines,
                     uint32_t line_count, struct regions *out)
{
    struct survey s;
    struct clusters c = {.count = 0};
    uint32_t kept = 0;
    memset(out, 0, sizeof *out);
    survey_page(d, page, &s);
    gather(&s, &c);
    for (uint32_t i = 0; i < c.count; i++)
        if (worth_it(&c.list[i], lines, line_count))
            c.list[kept++] = c.list[i];
    c.count = kept;
    qsort(c.list, c.count, sizeof c.list[0], by_area);
    keep(&s, &c, out);
    out->failed = s.failed;
    out->memory = s.memory;
    survey_free(&s);
}
