/* What can be told of a picture without recognising anything. */
#include "extractd/parser/prepare.h"

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"
#pragma GCC diagnostic ignored "-Wstrict-prototypes"
#include <leptonica/allheaders.h>
#pragma GCC diagnostic pop

enum {
    WHITE = 255,
    TILE = 32,        /* pixels of a side, of a tile of paper in prepare_look */
    SPECK_SIDE = 2,   /* pixels */
    COARSE_DPI = 150, /* at which text is found, and its lie */
    COARSE_SIDE = 32, /* pixels; less has no text */
    BAND_PIXELS = 90, /* rows of the coarse picture: 0.6 inches */
    SCREEN_PIXELS = 4 /* a row that changes oftener, on average, is a halftone's, not text's */
};

static const float SKEW_MOST = 12.0f;  /* degrees */
static const float SKEW_COARSE = 1.0f; /* degrees from one try to the next */
static const float SKEW_FINE = 0.02f;  /* degrees */
static const double BAND_SHARE = 0.5;  /* of the text: a band with more is not worth cutting out */

/* The paper's grey, tile by tile: the lightest pixel that a tile has, in a histogram. */
static void look_at_paper(PIX *grey, struct prepared_look *out)
{
    uint32_t seen[256] = {0}, tiles_seen = 0, sum = 0;
    PIX *lightest = pixScaleGrayMinMax(grey, TILE, TILE, L_CHOOSE_MAX);
    out->background = out->paper = WHITE;
    if (!lightest)
        return;
    l_int32 w = pixGetWidth(lightest), h = pixGetHeight(lightest);
    for (l_int32 y = 0; y < h; y++)
        for (l_int32 x = 0; x < w; x++, tiles_seen++) {
            l_uint32 v = 0;
            pixGetPixel(lightest, x, y, &v);
            seen[v & 255]++;
        }
    pixDestroy(&lightest);
    out->background = out->paper = 0;
    for (unsigned v = 0; v < 256; v++) {
        sum += seen[v];
        if (sum * 10 < tiles_seen)
            out->background = v + 1;
        if (sum * 2 < tiles_seen)
            out->paper = v + 1;
    }
}

static void look_at_parts(PIX *binary, struct prepared_look *out)
{
    l_int32 all = 0, larger = 0;
    if (pixCountConnComp(binary, 8, &all))
        return;
    out->components = (uint32_t)all;
    PIX *rest = pixSelectBySize(binary, SPECK_SIDE + 1, SPECK_SIDE + 1, 8, L_SELECT_IF_EITHER,
                                L_SELECT_IF_GTE, NULL);
    if (rest && pixCountConnComp(rest, 8, &larger) == 0)
        out->specks = (uint32_t)(all - larger);
    pixDestroy(&rest);
}

static void look_at_skew(PIX *binary, struct prepared_look *out)
{
    l_float32 angle = 0, confidence = 0;
    if (pixFindSkewSweepAndSearch(binary, &angle, &confidence, 4, 2, SKEW_MOST, SKEW_COARSE,
                                  SKEW_FINE))
        return;
    out->skew = angle;
    out->skew_confidence = confidence;
}

bool prepare_look(const struct prepared *s, struct prepared_look *out)
{
    *out = (struct prepared_look){.background = WHITE, .paper = WHITE};
    PIX *pix = prepare_pix(s);
    l_int32 w = pixGetWidth(pix), h = pixGetHeight(pix);
    if (w < 4 * TILE || h < 4 * TILE)
        return true;
    if (!prepare_room_beside(s))
        return false;
    look_at_paper(pix, out);
    PIX *binary = prepare_threshold(pix);
    if (!binary)
        return false;
    look_at_parts(binary, out);
    look_at_skew(binary, out);
    pixDestroy(&binary);
    return true;
}

/* ---- text, coarsely ---- */

/* Black and white at COARSE_DPI. NULL when it is too small, or without memory. */
static PIX *coarse(const struct prepared *s)
{
    float by = (float)COARSE_DPI / prepare_size(s).dpi;
    PIX *pix = prepare_pix(s), *small = NULL, *binary = NULL;
    if (!prepare_room_beside(s) || (float)pixGetWidth(pix) * by < COARSE_SIDE ||
        (float)pixGetHeight(pix) * by < COARSE_SIDE)
        return NULL;
    small = by < 1 ? pixScaleBySampling(pix, by, by) : pixClone(pix);
    binary = small ? prepare_threshold(small) : NULL;
    pixDestroy(&small);
    return binary;
}

int prepare_lie(const struct prepared *s)
{
    static const int quarters[] = {[L_TEXT_ORIENT_UNKNOWN] = -1,
                                   [L_TEXT_ORIENT_UP] = 0,
                                   [L_TEXT_ORIENT_LEFT] = 1,
                                   [L_TEXT_ORIENT_DOWN] = 2,
                                   [L_TEXT_ORIENT_RIGHT] = 3};
    l_float32 up = 0, left = 0;
    l_int32 lie = L_TEXT_ORIENT_UNKNOWN;
    PIX *binary = coarse(s);
    if (binary && pixOrientDetect(binary, &up, &left, 0, 0) == 0)
        makeOrientDecision(up, left, 0, 0, &lie, 0);
    pixDestroy(&binary);
    return quarters[lie];
}

/* How often a row goes from white to black or back: text does so more than anything but screens. */
static uint32_t changes_of_row(const l_uint32 *words, uint32_t width)
{
    uint32_t changes = 0, last = 0;
    for (uint32_t i = 0; i < width / 32; i++) {
        changes += (uint32_t)__builtin_popcount(words[i] ^ (words[i] >> 1 | last << 31));
        last = words[i] & 1;
    }
    return changes * SCREEN_PIXELS > width ? 0 : changes;
}

/* The row from which BAND_PIXELS rows have the most changes; *share: of those of the page. */
static uint32_t busiest(PIX *binary, double *share)
{
    const uint32_t width = (uint32_t)pixGetWidth(binary), height = (uint32_t)pixGetHeight(binary);
    const size_t per_row = (size_t)pixGetWpl(binary);
    const l_uint32 *data = pixGetData(binary);
    double all = 0, band = 0, most = 0;
    uint32_t best = 0;
    for (uint32_t y = 0; y < height; y++) {
        uint32_t now = changes_of_row(data + y * per_row, width);
        all += now;
        band += now;
        if (y >= BAND_PIXELS)
            band -= changes_of_row(data + (y - BAND_PIXELS) * per_row, width);
        if (band > most) {
            most = band;
            best = y + 1 > BAND_PIXELS ? y + 1 - BAND_PIXELS : 0;
        }
    }
    *share = all > 0 ? most / all : 1;
    return best;
}

struct prepared *prepare_band(const struct prepared *s)
{
    double share = 1;
    PIX *binary = coarse(s);
    if (!binary)
        return NULL;
    const float by = (float)pixGetHeight(prepare_pix(s)) / (float)pixGetHeight(binary);
    uint32_t from = busiest(binary, &share);
    pixDestroy(&binary);
    if (share > BAND_SHARE)
        return NULL;
    return prepare_rows(s, (uint32_t)((float)from * by), (uint32_t)(BAND_PIXELS * by));
}
