#include "base/pagewire.h"

enum { FIELDS = PAGEWIRE_HEADER / 4 };

bool pagewire_bounds_ok(const struct pagewire_bounds *b)
{
    return b->width > 0 && b->width <= PAGEWIRE_SIDE_MOST && b->height > 0 &&
           b->height <= PAGEWIRE_SIDE_MOST && b->pixels > 0 && b->pixels <= PAGEWIRE_PIXELS_MOST;
}

bool pagewire_size_ok(uint32_t width, uint32_t height, const struct pagewire_bounds *b)
{
    return width > 0 && height > 0 && width <= b->width && height <= b->height &&
           (uint64_t)width * height <= b->pixels;
}

void pagewire_put(const struct pagewire *w, uint8_t out[PAGEWIRE_HEADER])
{
    const uint32_t fields[FIELDS] = {PAGEWIRE_MAGIC, w->kind, w->width, w->height, w->pages, 0};
    for (size_t i = 0; i < PAGEWIRE_HEADER; i++)
        out[i] = (uint8_t)(fields[i / 4] >> (8 * (i % 4)));
}

bool pagewire_take(const uint8_t in[PAGEWIRE_HEADER], const struct pagewire_bounds *b,
                   struct pagewire *w)
{
    uint32_t fields[FIELDS] = {0};
    for (size_t i = 0; i < PAGEWIRE_HEADER; i++)
        fields[i / 4] |= (uint32_t)in[i] << (8 * (i % 4));
    if (fields[0] != PAGEWIRE_MAGIC || fields[1] >= PAGEWIRE_KINDS || fields[5] != 0)
        return false;
    *w = (struct pagewire){(enum pagewire_kind)fields[1], fields[2], fields[3], fields[4]};
    if (w->kind != PAGEWIRE_PICTURE)
        return w->width == 0 && w->height == 0;
    return pagewire_size_ok(w->width, w->height, b);
}
