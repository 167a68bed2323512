#include "extractd/parser/prepare.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"
#pragma GCC diagnostic ignored "-Wstrict-prototypes"
#include <leptonica/allheaders.h>
#pragma GCC diagnostic pop

enum {
    STEP_BYTES_A_PIXEL = 4, /* beside the source; the most measured was 3.1 (Otsu's sums) */
    STEP_BYTES_FIXED = 4 * 1024 * 1024,
    SOURCE_SIDE_MOST = 1000000, /* pixels, before scaling */
    WHITE = 255,
    NORMAL_TILE = 40,   /* pixels; leptonica's defaults, at about 300 dpi */
    NORMAL_DARK = 100,  /* what is darker is ink */
    NORMAL_COUNT = 600, /* pixels of paper that a tile must show; the rest is interpolated */
    NORMAL_WHITE = 235,
    SAUVOLA_HALF = 20 /* pixels */
};

static const float SAUVOLA_FACTOR = 0.3f;
static const float PI_F = 3.14159265f;

struct prepared {
    PIX *pix; /* 8 bits grey */
    float dpi;
    float m[6]; /* its pixel -> page points, as in struct picture */
};

void prepare_quiet(void)
{
    setMsgSeverity(L_SEVERITY_NONE);
}

bool prepare_memory_for(uint64_t bytes)
{
    void *p = bytes > SIZE_MAX ? MAP_FAILED
                               : mmap(NULL, (size_t)bytes, PROT_READ | PROT_WRITE,
                                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p == MAP_FAILED)
        return false;
    munmap(p, (size_t)bytes);
    return true;
}

static bool room_for(uint64_t width, uint64_t height)
{
    errno = EINVAL;
    if (width < 1 || height < 1 || width > SOURCE_SIDE_MOST || height > SOURCE_SIDE_MOST)
        return false;
    errno = ENOMEM;
    return prepare_memory_for(width * height * STEP_BYTES_A_PIXEL + STEP_BYTES_FIXED);
}

bool prepare_room_beside(const struct prepared *s)
{
    return room_for((uint64_t)pixGetWidth(s->pix), (uint64_t)pixGetHeight(s->pix));
}

/* new pixel -> old pixel by n, old pixel -> page by m: both in one. */
static void compose(const float m[6], const float n[6], float out[6])
{
    for (int i = 0; i < 2; i++) {
        out[i] = m[i] * n[0] + m[2 + i] * n[1];
        out[2 + i] = m[i] * n[2] + m[2 + i] * n[3];
        out[4 + i] = m[i] * n[4] + m[2 + i] * n[5] + m[4 + i];
    }
}

/* Takes pix over; NULL is passed on. n: new pixel -> pixel of the source. */
static struct prepared *made(const struct prepared *source, PIX *pix, const float n[6], float dpi)
{
    struct prepared *p = pix ? calloc(1, sizeof *p) : NULL;
    if (!p) {
        pixDestroy(&pix);
        return NULL;
    }
    p->pix = pix;
    p->dpi = dpi;
    compose(source->m, n, p->m);
    pixSetResolution(pix, (l_int32)lroundf(dpi), (l_int32)lroundf(dpi));
    return p;
}

/* A step that leaves every pixel where it was. */
static struct prepared *made_in_place(const struct prepared *source, PIX *pix)
{
    static const float same[6] = {1, 0, 0, 1, 0, 0};
    return made(source, pix, same, source->dpi);
}

/* leptonica keeps four pixels in a word of the machine, the first in its high byte. */
static void copy_rows(const struct picture *p, PIX *pix)
{
    l_uint32 *words = pixGetData(pix);
    size_t per_row = (size_t)pixGetWpl(pix);
    for (uint32_t y = 0; y < p->height; y++)
        memcpy(words + y * per_row, p->samples + (size_t)y * p->stride, p->width);
    pixEndianByteSwap(pix);
}

static struct prepared *copied(const struct picture *p)
{
    struct prepared source = {.dpi = p->dpi};
    memcpy(source.m, p->m, sizeof source.m);
    PIX *pix = pixCreate((l_int32)p->width, (l_int32)p->height, 8);
    if (pix)
        copy_rows(p, pix);
    return made_in_place(&source, pix);
}

static struct prepared *mirrored(const struct prepared *s)
{
    const float n[6] = {-1, 0, 0, 1, (float)pixGetWidth(s->pix), 0};
    return prepare_room_beside(s) ? made(s, pixFlipLR(NULL, s->pix), n, s->dpi) : NULL;
}

/* Free the step before and go on with the next; NULL stays NULL. */
static struct prepared *instead(struct prepared *before, struct prepared *after)
{
    prepare_free(before);
    return after;
}

/* Mirrored and turned by quarters, until its x axis points to the right of the page and its y axis
 * down. A picture that lies at a slant on the page comes as near as quarters bring it. */
static struct prepared *as_displayed(struct prepared *s)
{
    if (s && s->m[0] * s->m[3] - s->m[1] * s->m[2] < 0)
        s = instead(s, mirrored(s));
    if (!s)
        return NULL;
    unsigned quarters = 0;
    if (fabsf(s->m[1]) > fabsf(s->m[0]))
        quarters = s->m[1] > 0 ? 1 : 3;
    else if (s->m[0] < 0)
        quarters = 2;
    return quarters ? instead(s, prepare_turned(s, quarters)) : s;
}

static bool possible(const struct picture *p)
{
    errno = EINVAL;
    return p->samples && p->bits == 8 && p->stride >= p->width && p->dpi > 0 && p->dpi < 1e5f &&
           fabsf(p->m[0] * p->m[3] - p->m[1] * p->m[2]) > 1e-9f && room_for(p->width, p->height);
}

/* The resolution that keeps a picture under its most pixels, and its sides in tesseract's reach. */
static float bounded(const struct prepared *s, float dpi, uint64_t pixels_most)
{
    double w = pixGetWidth(s->pix), h = pixGetHeight(s->pix), by = (double)dpi / (double)s->dpi;
    double side = w > h ? w : h;
    if (pixels_most && w * h * by * by > (double)pixels_most)
        by = sqrt((double)pixels_most / (w * h));
    if (side * by > PREPARE_SIDE_MOST)
        by = PREPARE_SIDE_MOST / side;
    return (float)(by * (double)s->dpi);
}

struct prepared *prepare_picture(const struct picture *p, float dpi, uint64_t pixels_most)
{
    struct prepared *s = possible(p) ? copied(p) : NULL;
    if (!s)
        return NULL;
    float to = bounded(s, dpi > 0 ? dpi : s->dpi, pixels_most);
    if (fabsf(to - s->dpi) > 0.02f * s->dpi || to < s->dpi - 0.5f)
        s = instead(s, prepare_scaled(s, to));
    return as_displayed(s);
}

struct prepared *prepare_scaled(const struct prepared *s, float dpi)
{
    float by = dpi / s->dpi;
    int w = pixGetWidth(s->pix), h = pixGetHeight(s->pix);
    long to_w = lroundf((float)w * by), to_h = lroundf((float)h * by);
    errno = EINVAL;
    if (!(by > 0) || to_w > PREPARE_SIDE_MOST || to_h > PREPARE_SIDE_MOST ||
        !prepare_room_beside(s) || !room_for((uint64_t)to_w, (uint64_t)to_h))
        return NULL;
    PIX *pix = pixScaleGeneral(s->pix, by, by, 0.0f, 0);
    if (!pix)
        return NULL;
    const float x = (float)w / (float)pixGetWidth(pix), y = (float)h / (float)pixGetHeight(pix);
    const float n[6] = {x, 0, 0, y, 0, 0};
    return made(s, pix, n, dpi);
}

struct prepared *prepare_rows(const struct prepared *s, uint32_t from, uint32_t count)
{
    const uint32_t w = (uint32_t)pixGetWidth(s->pix), h = (uint32_t)pixGetHeight(s->pix);
    const float n[6] = {1, 0, 0, 1, 0, (float)from};
    errno = EINVAL;
    if (count < 1 || from >= h || count > h - from || !room_for(w, count))
        return NULL;
    BOX *box = boxCreate(0, (l_int32)from, (l_int32)w, (l_int32)count);
    PIX *pix = box ? pixClipRectangle(s->pix, box, NULL) : NULL;
    boxDestroy(&box);
    return made(s, pix, n, s->dpi);
}

struct prepared *prepare_same(const struct prepared *s)
{
    return made_in_place(s, pixClone(s->pix));
}

struct prepared *prepare_turned(const struct prepared *s, unsigned quarters)
{
    const float w = (float)pixGetWidth(s->pix), h = (float)pixGetHeight(s->pix);
    /* new pixel (x, y) -> the old one: after one quarter clockwise (x, y) was (y, h - x) */
    const float n[4][6] = {
        {1, 0, 0, 1, 0, 0}, {0, -1, 1, 0, 0, h}, {-1, 0, 0, -1, w, h}, {0, 1, -1, 0, w, 0}};
    quarters &= 3;
    if (!prepare_room_beside(s))
        return NULL;
    return made(s, pixRotateOrth(s->pix, (l_int32)quarters), n[quarters], s->dpi);
}

struct prepared *prepare_deskewed(const struct prepared *s, float degrees)
{
    const float angle = degrees * PI_F / 180.0f, co = cosf(angle), si = sinf(angle);
    const float w = (float)pixGetWidth(s->pix), h = (float)pixGetHeight(s->pix);
    const float new_w = w * fabsf(co) + h * fabsf(si), new_h = h * fabsf(co) + w * fabsf(si);
    if (!room_for((uint64_t)new_w + 2, (uint64_t)new_h + 2))
        return NULL;
    PIX *pix =
        pixRotate(s->pix, angle, L_ROTATE_AREA_MAP, L_BRING_IN_WHITE, (l_int32)w, (l_int32)h);
    if (!pix)
        return NULL;
    /* about the middles: old = R(-angle) (new - middle of the new) + middle of the old */
    const float mx = (float)pixGetWidth(pix) / 2, my = (float)pixGetHeight(pix) / 2;
    const float n[6] = {co, -si, si, co, w / 2 - co * mx - si * my, h / 2 + si * mx - co * my};
    return made(s, pix, n, s->dpi);
}

struct prepared *prepare_normalised(const struct prepared *s)
{
    if (!prepare_room_beside(s))
        return NULL;
    return made_in_place(s, pixBackgroundNorm(s->pix, NULL, NULL, NORMAL_TILE, NORMAL_TILE,
                                              NORMAL_DARK, NORMAL_COUNT, NORMAL_WHITE, 2, 2));
}

/* Takes black-and-white over; NULL is passed on. */
static PIX *grey_again(PIX *binary)
{
    PIX *grey = binary ? pixConvert1To8(NULL, binary, WHITE, 0) : NULL;
    pixDestroy(&binary);
    return grey;
}

/* How many tiles so that each has room for the window and its sums. */
static l_int32 tiles(l_int32 side)
{
    l_int32 n = side / 1000;
    return n < 1 ? 1 : n;
}

struct prepared *prepare_sauvola(const struct prepared *s)
{
    PIX *binary = NULL;
    l_int32 w = pixGetWidth(s->pix), h = pixGetHeight(s->pix);
    if (!prepare_room_beside(s) || w < 4 * SAUVOLA_HALF || h < 4 * SAUVOLA_HALF)
        return NULL;
    if (pixSauvolaBinarizeTiled(s->pix, SAUVOLA_HALF, SAUVOLA_FACTOR, tiles(w), tiles(h), NULL,
                                &binary))
        return NULL;
    return made_in_place(s, grey_again(binary));
}

struct Pix *prepare_threshold(struct Pix *grey)
{
    PIX *binary = NULL;
    /* tiles as large as the picture: one threshold */
    if (pixOtsuAdaptiveThreshold(grey, pixGetWidth(grey), pixGetHeight(grey), 0, 0, 0.1f, NULL,
                                 &binary))
        return NULL;
    return binary;
}

struct prepared *prepare_otsu(const struct prepared *s)
{
    l_int32 w = pixGetWidth(s->pix), h = pixGetHeight(s->pix);
    if (!prepare_room_beside(s) || w < 16 || h < 16)
        return NULL;
    return made_in_place(s, grey_again(prepare_threshold(s->pix)));
}

struct prepared *prepare_despeckled(const struct prepared *s)
{
    return prepare_room_beside(s) ? made_in_place(s, pixMedianFilter(s->pix, 3, 3)) : NULL;
}

struct prepared *prepare_inverted(const struct prepared *s)
{
    return prepare_room_beside(s) ? made_in_place(s, pixInvert(NULL, s->pix)) : NULL;
}

struct prepared_size prepare_size(const struct prepared *s)
{
    return (struct prepared_size){(uint32_t)pixGetWidth(s->pix), (uint32_t)pixGetHeight(s->pix),
                                  s->dpi};
}

struct Pix *prepare_pix(const struct prepared *s)
{
    return s->pix;
}

void prepare_to_page(const struct prepared *s, const int box[4], float page[4])
{
    for (int corner = 0; corner < 4; corner++) {
        float x = (float)box[corner & 1 ? 2 : 0], y = (float)box[corner & 2 ? 3 : 1];
        float at[2] = {s->m[0] * x + s->m[2] * y + s->m[4], s->m[1] * x + s->m[3] * y + s->m[5]};
        for (int i = 0; i < 2; i++) {
            if (corner == 0 || at[i] < page[i])
                page[i] = at[i];
            if (corner == 0 || at[i] > page[2 + i])
                page[2 + i] = at[i];
        }
    }
}

void prepare_free(struct prepared *s)
{
    if (!s)
        return;
    pixDestroy(&s->pix);
    free(s);
}
