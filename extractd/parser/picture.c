#include "extractd/parser/picture.h"

#include <stdlib.h>
#include <string.h>

enum { BLOCK = 64, WHITE = 255 };

bool picture_make(struct picture *p, uint32_t width, uint32_t height)
{
    *p = (struct picture){0};
    if (width == 0 || height == 0 || (size_t)width > SIZE_MAX / height)
        return false;
    uint8_t *samples = malloc((size_t)width * height);
    if (!samples)
        return false;
    memset(samples, WHITE, (size_t)width * height);
    *p = (struct picture){.samples = samples,
                          .width = width,
                          .height = height,
                          .stride = width,
                          .bits = 8,
                          .dpi = 72,
                          .m = {1, 0, 0, 1, 0, 0}};
    return true;
}

void picture_free(struct picture *p)
{
    free(p->samples);
    *p = (struct picture){0};
}

void picture_to_page(const struct picture *p, float x, float y, float *page_x, float *page_y)
{
    *page_x = p->m[0] * x + p->m[2] * y + p->m[4];
    *page_y = p->m[1] * x + p->m[3] * y + p->m[5];
}

/* ---- painting ---- */

/* One axis of a source as displayed: `have` pixels of it are laid over `want` of the picture. */
struct axis {
    uint32_t have;
    int64_t want;
    bool flip;
    uint32_t step; /* so many of its pixels make one */
};

static uint32_t least(int64_t a, uint32_t b)
{
    return a < (int64_t)b ? (uint32_t)a : b;
}

/* Where pixel i of the picture begins in the source. */
static uint32_t source_at(const struct axis *a, int64_t i)
{
    int64_t at = a->want == (int64_t)a->have ? i : i * (int64_t)a->have / a->want;
    uint32_t from = least(at, a->have - 1);
    return a->flip ? a->have - 1 - from : from;
}

static uint8_t sample(const struct picture_source *s, uint32_t x, uint32_t y)
{
    uint32_t u = s->turn.swap ? y : x, v = s->turn.swap ? x : y;
    return s->samples[(int64_t)v * s->stride + u];
}

/* The mean of the step x step pixels that begin there, away from the origin in display space. */
static uint8_t mean(const struct picture_source *s, const struct axis *ax, const struct axis *ay,
                    uint32_t x, uint32_t y)
{
    uint32_t sum = 0, n = 0; /* the first pixel is always there */
    for (uint32_t j = 0; j < ay->step; j++) {
        uint32_t v = ay->flip ? y - j : y + j;
        if (v >= ay->have)
            break;
        for (uint32_t i = 0; i < ax->step; i++) {
            uint32_t u = ax->flip ? x - i : x + i;
            if (u >= ax->have)
                break;
            sum += sample(s, u, v);
            n++;
        }
    }
    return (uint8_t)(n ? (sum + n / 2) / n : WHITE);
}

static void put(uint8_t *to, const struct picture_source *s, uint8_t value)
{
    if (!s->stencil) {
        *to = value;
        return;
    }
    unsigned ink = (unsigned)(WHITE - s->grey) * value / 255;
    uint8_t grey = (uint8_t)(WHITE - ink);
    if (grey < *to)
        *to = grey;
}

static struct picture_rect common(struct picture_rect a, struct picture_rect b)
{
    return (struct picture_rect){
        .x0 = a.x0 > b.x0 ? a.x0 : b.x0,
        .y0 = a.y0 > b.y0 ? a.y0 : b.y0,
        .x1 = a.x1 < b.x1 ? a.x1 : b.x1,
        .y1 = a.y1 < b.y1 ? a.y1 : b.y1,
    };
}

static struct picture_rect whole(const struct picture *p)
{
    return (struct picture_rect){0, 0, p->width, p->height};
}

/* A turned source is read across its rows: in blocks, so that they stay in the cache. */
static void paint_block(struct picture *p, const struct picture_source *s, struct picture_rect at,
                        const struct axis axes[2], struct picture_rect block)
{
    for (int64_t y = block.y0; y < block.y1; y++) {
        uint8_t *row = p->samples + y * p->stride;
        uint32_t v = source_at(&axes[1], y - at.y0);
        for (int64_t x = block.x0; x < block.x1; x++) {
            uint32_t u = source_at(&axes[0], x - at.x0);
            put(&row[x], s,
                axes[0].step * axes[1].step > 1 ? mean(s, &axes[0], &axes[1], u, v)
                                                : sample(s, u, v));
        }
    }
}

static void paint_rows(struct picture *p, const struct picture_source *s, struct picture_rect at,
                       struct picture_rect part)
{
    for (int64_t y = part.y0; y < part.y1; y++)
        memcpy(p->samples + y * p->stride + part.x0,
               s->samples + (y - at.y0) * s->stride + (part.x0 - at.x0),
               (size_t)(part.x1 - part.x0));
}

void picture_paint(struct picture *p, const struct picture_source *s, struct picture_rect at,
                   struct picture_rect within)
{
    struct picture_rect part = common(common(at, within), whole(p));
    if (part.x0 >= part.x1 || part.y0 >= part.y1 || s->width == 0 || s->height == 0)
        return;
    struct axis axes[2] = {
        {s->turn.swap ? s->height : s->width, at.x1 - at.x0, s->turn.flip_x, 1},
        {s->turn.swap ? s->width : s->height, at.y1 - at.y0, s->turn.flip_y, 1},
    };
    bool same = axes[0].have == axes[0].want && axes[1].have == axes[1].want;
    for (int i = 0; i < 2; i++)
        if (axes[i].have / axes[i].want > 1)
            axes[i].step = least(axes[i].have / axes[i].want, 64);
    if (same && !s->stencil && !s->turn.swap && !s->turn.flip_x && !s->turn.flip_y) {
        paint_rows(p, s, at, part);
        return;
    }
    for (int64_t y = part.y0; y < part.y1; y += BLOCK)
        for (int64_t x = part.x0; x < part.x1; x += BLOCK)
            paint_block(p, s, at, axes,
                        common(part, (struct picture_rect){x, y, x + BLOCK, y + BLOCK}));
}

/* ---- cutting and stretching ---- */

static void move_origin(struct picture *p, float x, float y)
{
    float to_x, to_y;
    picture_to_page(p, x, y, &to_x, &to_y);
    p->m[4] = to_x;
    p->m[5] = to_y;
}

bool picture_crop(struct picture *p, struct picture_rect part)
{
    part = common(part, whole(p));
    if (part.x0 >= part.x1 || part.y0 >= part.y1)
        return false;
    uint32_t width = (uint32_t)(part.x1 - part.x0), height = (uint32_t)(part.y1 - part.y0);
    for (uint32_t y = 0; y < height; y++)
        memmove(p->samples + (size_t)y * width,
                p->samples + (size_t)(part.y0 + y) * p->stride + (size_t)part.x0, width);
    move_origin(p, (float)part.x0, (float)part.y0);
    p->width = p->stride = width;
    p->height = height;
    uint8_t *less = realloc(p->samples, (size_t)width * height);
    if (less)
        p->samples = less;
    return true;
}

/* A place between two pixels of a source, in 1/256. */
struct between {
    uint32_t low, high, part;
};

static struct between between(uint32_t i, uint32_t want, uint32_t have)
{
    int64_t at = ((2 * (int64_t)i + 1) * have * 128) / want - 128;
    int64_t most = ((int64_t)have - 1) * 256;
    at = at < 0 ? 0 : at > most ? most : at;
    uint32_t low = (uint32_t)(at >> 8);
    return (struct between){low, low + 1 < have ? low + 1 : low, (uint32_t)(at & 255)};
}

static void stretch_row(const struct picture *from, struct between y, uint8_t *to, uint32_t width)
{
    const uint8_t *above = from->samples + (size_t)y.low * from->stride;
    const uint8_t *below = from->samples + (size_t)y.high * from->stride;
    for (uint32_t i = 0; i < width; i++) {
        struct between x = between(i, width, from->width);
        uint32_t a = above[x.low] * (256 - x.part) + above[x.high] * x.part;
        uint32_t b = below[x.low] * (256 - x.part) + below[x.high] * x.part;
        to[i] = (uint8_t)((a * (256 - y.part) + b * y.part + 32768) >> 16);
    }
}

bool picture_stretch(struct picture *p, uint32_t width, uint32_t height)
{
    struct picture to;
    if (!picture_make(&to, width, height))
        return false;
    for (uint32_t y = 0; y < height; y++)
        stretch_row(p, between(y, height, p->height), to.samples + (size_t)y * to.stride, width);
    float by_x = (float)width / (float)p->width, by_y = (float)height / (float)p->height;
    to.dpi = p->dpi * (by_x > by_y ? by_x : by_y);
    memcpy(to.m, p->m, sizeof to.m);
    to.m[0] /= by_x;
    to.m[1] /= by_x;
    to.m[2] /= by_y;
    to.m[3] /= by_y;
    picture_free(p);
    *p = to;
    return true;
}

bool picture_bounds(const struct picture *p, uint8_t ink, struct picture_rect *out)
{
    *out = (struct picture_rect){p->width, p->height, 0, 0};
    for (uint32_t y = 0; y < p->height; y++) {
        const uint8_t *row = p->samples + (size_t)y * p->stride;
        for (uint32_t x = 0; x < p->width; x++) {
            if (row[x] >= ink)
                continue;
            out->x0 = x < out->x0 ? x : out->x0;
            out->x1 = x + 1 > out->x1 ? x + 1 : out->x1;
            out->y0 = y < out->y0 ? y : out->y0;
            out->y1 = y + 1;
        }
    }
    return out->y1 > 0;
}
