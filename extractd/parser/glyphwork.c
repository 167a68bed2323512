#include "extractd/parser/glyphwork.h"

#include <math.h>

enum { PAGE = 256 }; /* glyphs; as MuPDF's own cache of widths has them */
#define NEAR 2.0f    /* ems */

static bool text_alone;

void glyphwork_text_alone(bool alone)
{
    text_alone = alone;
}

/* ---- widths ---- */

/* Throws. The place of a glyph's width in the font's cache, made with no width in it. */
static float *place_of(fz_context *ctx, fz_font *font, int glyph)
{
    if (!font->advance_cache)
        font->advance_cache =
            fz_calloc(ctx, ((size_t)font->glyph_count + PAGE - 1) / PAGE, sizeof(float *));
    float **page = &font->advance_cache[glyph / PAGE];
    if (!*page) {
        *page = fz_malloc_array(ctx, PAGE, float);
        for (int i = 0; i < PAGE; i++)
            (*page)[i] = NAN;
    }
    return &(*page)[glyph % PAGE];
}

float __wrap_fz_advance_glyph(fz_context *ctx, fz_font *font, int glyph, int wmode)
{
    if (!font->ft_face || wmode || glyph < 0 || glyph >= font->glyph_count)
        return __real_fz_advance_glyph(ctx, font, glyph, wmode);
    float *width = place_of(ctx, font, glyph);
    if (isnan(
            *width)) { /* of a glyph that it does not have, MuPDF asks FreeType, and caches nothing */
        int count = font->glyph_count;
        font->glyph_count = 0;
        *width = __real_fz_advance_glyph(ctx, font, glyph, 0);
        font->glyph_count = count;
    }
    return *width;
}

/* ---- boxes ---- */

fz_rect __wrap_fz_bound_glyph(fz_context *ctx, fz_font *font, int glyph, fz_matrix trm)
{
    return text_alone ? fz_infinite_rect : __real_fz_bound_glyph(ctx, font, glyph, trm);
}

fz_rect __wrap_fz_bound_text(fz_context *ctx, const fz_text *text, const fz_stroke_state *stroke,
                             fz_matrix ctm)
{
    bool alone = text_alone;
    text_alone = false;
    fz_rect r = __real_fz_bound_text(ctx, text, stroke, ctm);
    text_alone = alone;
    return r;
}

/* Is what is NEAR a glyph's origin, in any direction, well within the box? Written out: it is asked
 * of each glyph. */
static bool is_inside(const fz_matrix *trm, const fz_matrix *ctm, const fz_text_item *item,
                      const fz_rect *box)
{
    float x = item->x * ctm->a + item->y * ctm->c + ctm->e;
    float y = item->x * ctm->b + item->y * ctm->d + ctm->f;
    float wide = NEAR * (fabsf(trm->a * ctm->a + trm->b * ctm->c) +
                         fabsf(trm->c * ctm->a + trm->d * ctm->c));
    float high = NEAR * (fabsf(trm->a * ctm->b + trm->b * ctm->d) +
                         fabsf(trm->c * ctm->b + trm->d * ctm->d));
    return x - wide > box->x0 && x + wide < box->x1 && y - high > box->y0 && y + high < box->y1;
}

int __wrap_fz_glyph_entirely_outside_box(fz_context *ctx, fz_matrix *ctm, fz_text_span *span,
                                         fz_text_item *item, fz_rect *box)
{
    /* (glyphs of Type 3 fonts stand anywhere) */
    if (span->font->ft_face && is_inside(&span->trm, ctm, item, box))
        return 0;
    bool alone = text_alone;
    text_alone = false;
    int outside = __real_fz_glyph_entirely_outside_box(ctx, ctm, span, item, box);
    text_alone = alone;
    return outside;
}
