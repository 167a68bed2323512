#include "extractd/parser/repair.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "extractd/parser/glyphs.h"
#include "extractd/parser/line.h"
#include "extractd/parser/mupdf.h"
#include "extractd/parser/pagetext.h"
#include "extractd/parser/progress.h"

enum { NUMBERS = 65536 };

struct repair {
    struct document *document;
    struct glyphs *glyphs;
    enum repair_way way;
    uint32_t mended;
    /* Of the last page, how often each: characters that were readable, and numbers of glyphs whose
     * characters were not. */
    uint32_t readable[NUMBERS], unread[NUMBERS];
};

/* The functions of the text device, before ours were put in front of them, and for whom: a device
 * has no room of its own for that, and there is one page at a time. */
static fz_device original;
static struct repair *current;

struct repair *repair_open(struct document *d)
{
    struct repair *r = calloc(1, sizeof *r);
    if (!r)
        return NULL;
    r->document = d;
    r->glyphs = glyphs_new(d->engine->ctx);
    if (!r->glyphs) {
        free(r);
        return NULL;
    }
    return r;
}

void repair_close(struct repair *r)
{
    if (!r)
        return;
    glyphs_free(r->glyphs);
    free(r);
}

/* ---- characters ---- */

/* Does the document's mapping say nothing that a person could read? */
static bool unreadable(int c)
{
    return c < ' ' || (c >= 0x7f && c < 0xa0) || c == 0xfffd || (c >= 0xd800 && c <= 0xf8ff) ||
           c >= 0xf0000;
}

static void count(uint32_t counts[NUMBERS], int c)
{
    if (c >= 0 && c < NUMBERS)
        counts[c]++;
}

/* Throws. The character that an item becomes. */
static int mended_character(struct repair *r, fz_font *font, const fz_text_item *item)
{
    bool bad = unreadable(item->ucs);
    count(bad ? r->unread : r->readable, bad ? item->gid : item->ucs);
    if (!bad)
        glyphs_mapped(r->glyphs, font);
    if (!bad && r->way == REPAIR_MISSING)
        return item->ucs;
    uint32_t c = glyphs_character(r->glyphs, font, item->gid);
    return c ? (int)c : item->ucs;
}

/* Throws. A glyph of several characters has an item with them one by one, all but the first with
 * gid -1: those go when the glyph has become something else. */
static void mend_span(struct repair *r, fz_text *out, const fz_text_span *span)
{
    bool replaced = false;
    for (int i = 0; i < span->len; i++) {
        const fz_text_item *item = &span->items[i];
        int c = item->ucs;
        if (item->gid >= 0) {
            c = mended_character(r, span->font, item);
            replaced = c != item->ucs;
            r->mended += replaced;
        } else if (replaced) {
            continue;
        } else {
            count(r->readable, c);
        }
        fz_matrix trm = span->trm;
        trm.e = item->x;
        trm.f = item->y;
        fz_show_glyph(r->document->engine->ctx, out, span->font, trm, item->gid, c,
                      (int)span->wmode, (int)span->bidi_level, (fz_bidi_direction)span->markup_dir,
                      (fz_text_language)span->language);
    }
}

/* Throws. Ours to drop. */
static fz_text *mend(fz_context *ctx, const fz_text *text)
{
    fz_text *out = fz_new_text(ctx);
    progress_tick();
    fz_try(ctx)
    {
        for (const fz_text_span *span = text->head; span; span = span->next)
            mend_span(current, out, span);
    }
    fz_catch(ctx)
    {
        fz_drop_text(ctx, out);
        fz_rethrow(ctx);
    }
    return out;
}

/* ---- between the interpreter and the text device: all ways in which text is shown ---- */

/* What stands in the call besides the text. */
struct shown {
    enum { FILL, STROKE, CLIP, CLIP_STROKE, IGNORE } how;
    const fz_stroke_state *stroke;
    fz_matrix ctm;
    fz_rect scissor;
    fz_colorspace *cs;
    const float *color;
    float alpha;
    fz_color_params params;
};

static void pass(fz_context *ctx, fz_device *dev, const fz_text *t, const struct shown *s)
{
    if (s->how == FILL)
        original.fill_text(ctx, dev, t, s->ctm, s->cs, s->color, s->alpha, s->params);
    else if (s->how == STROKE)
        original.stroke_text(ctx, dev, t, s->stroke, s->ctm, s->cs, s->color, s->alpha, s->params);
    else if (s->how == CLIP)
        original.clip_text(ctx, dev, t, s->ctm, s->scissor);
    else if (s->how == CLIP_STROKE)
        original.clip_stroke_text(ctx, dev, t, s->stroke, s->ctm, s->scissor);
    else
        original.ignore_text(ctx, dev, t, s->ctm);
}

/* Throws. */
static void show(fz_context *ctx, fz_device *dev, const fz_text *text, const struct shown *s)
{
    fz_text *mended = mend(ctx, text);
    fz_try(ctx)
    {
        pass(ctx, dev, mended, s);
    }
    fz_always(ctx)
    {
        fz_drop_text(ctx, mended);
    }
    fz_catch(ctx)
    {
        fz_rethrow(ctx);
    }
}

static void fill_text(fz_context *ctx, fz_device *dev, const fz_text *text, fz_matrix ctm,
                      fz_colorspace *cs, const float *color, float alpha, fz_color_params params)
{
    const struct shown s = {
        .how = FILL, .ctm = ctm, .cs = cs, .color = color, .alpha = alpha, .params = params};
    show(ctx, dev, text, &s);
}

static void stroke_text(fz_context *ctx, fz_device *dev, const fz_text *text,
                        const fz_stroke_state *stroke, fz_matrix ctm, fz_colorspace *cs,
                        const float *color, float alpha, fz_color_params params)
{
    const struct shown s = {.how = STROKE,
                            .stroke = stroke,
                            .ctm = ctm,
                            .cs = cs,
                            .color = color,
                            .alpha = alpha,
                            .params = params};
    show(ctx, dev, text, &s);
}

static void clip_text(fz_context *ctx, fz_device *dev, const fz_text *text, fz_matrix ctm,
                      fz_rect scissor)
{
    const struct shown s = {.how = CLIP, .ctm = ctm, .scissor = scissor};
    show(ctx, dev, text, &s);
}

static void clip_stroke_text(fz_context *ctx, fz_device *dev, const fz_text *text,
                             const fz_stroke_state *stroke, fz_matrix ctm, fz_rect scissor)
{
    const struct shown s = {.how = CLIP_STROKE, .stroke = stroke, .ctm = ctm, .scissor = scissor};
    show(ctx, dev, text, &s);
}

static void ignore_text(fz_context *ctx, fz_device *dev, const fz_text *text, fz_matrix ctm)
{
    const struct shown s = {.how = IGNORE, .ctm = ctm};
    show(ctx, dev, text, &s);
}

static void stand_before(fz_device *dev)
{
    original = *dev;
    if (dev->fill_text)
        dev->fill_text = fill_text;
    if (dev->stroke_text)
        dev->stroke_text = stroke_text;
    if (dev->clip_text)
        dev->clip_text = clip_text;
    if (dev->clip_stroke_text)
        dev->clip_stroke_text = clip_stroke_text;
    if (dev->ignore_text)
        dev->ignore_text = ignore_text;
}

/* ---- a page ---- */

/* Throws; *out has then what came before. */
static void run(struct repair *r, fz_page *page, fz_stext_page **out, fz_cookie *cookie)
{
    fz_context *ctx = r->document->engine->ctx;
    const fz_stext_options options = {FZ_STEXT_MEDIABOX_CLIP, 1};
    *out = fz_new_stext_page(ctx, fz_bound_page(ctx, page));
    fz_device *dev = fz_new_stext_device(ctx, *out, &options);
    current = r;
    stand_before(dev);
    fz_try(ctx)
    {
        fz_run_page(ctx, page, dev, fz_identity, cookie);
        fz_close_device(ctx, dev);
    }
    fz_always(ctx)
    {
        fz_drop_device(ctx, dev);
    }
    fz_catch(ctx)
    {
        fz_rethrow(ctx);
    }
}

/* Throws. */
static void collect(struct repair *r, int number, fz_stext_page **out, fz_cookie *cookie)
{
    fz_context *ctx = r->document->engine->ctx;
    pdf_page *page = pdf_load_page(ctx, r->document->pdf, number);
    fz_try(ctx)
    {
        run(r, &page->super, out, cookie);
    }
    fz_always(ctx)
    {
        fz_drop_page(ctx, &page->super);
    }
    fz_catch(ctx)
    {
        fz_rethrow(ctx);
    }
}

static bool put_page(const fz_stext_page *text, struct page_text *to)
{
    for (const fz_stext_block *b = text->first_block; b; b = b->next) {
        if (b->type != FZ_STEXT_BLOCK_TEXT)
            continue;
        for (const fz_stext_line *l = b->u.t.first_line; l; l = l->next)
            if (!line_put(l, to) || !page_text_char(to, '\n'))
                return false;
        if (!page_text_char(to, '\n'))
            return false;
    }
    return true;
}

bool repair_page(struct repair *r, uint32_t page, enum repair_way way, struct page_text *t,
                 uint32_t *mended, char *err, size_t cap)
{
    fz_context *ctx = r->document->engine->ctx;
    fz_stext_page *text = NULL;
    fz_cookie cookie = {0};
    bool done = true;
    fz_var(text);
    fz_var(done);
    r->way = way;
    r->mended = 0;
    memset(r->readable, 0, sizeof r->readable);
    memset(r->unread, 0, sizeof r->unread);
    fz_try(ctx)
    {
        collect(r, (int)page, &text, &cookie);
    }
    fz_catch(ctx)
    {
        done = false;
        snprintf(err, cap, "%s", fz_caught_message(ctx));
    }
    if (text && !put_page(text, t)) {
        done = false;
        snprintf(err, cap, "its text does not fit");
    }
    fz_drop_stext_page(ctx, text);
    *mended = r->mended;
    return done;
}

/* ---- is another engine's text made of numbers? ---- */

/* The next character of valid UTF-8, as it is in a page's text. */
static uint32_t next_character(const char **at, const char *end)
{
    uint8_t lead = (uint8_t) * (*at)++;
    int more = lead < 0xc0 ? 0 : lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
    uint32_t c = more ? lead & (0x3fu >> more) : lead;
    while (more-- && *at < end)
        c = c << 6 | ((uint8_t) * (*at)++ & 0x3f);
    return c;
}

unsigned repair_numbers_percent(const struct repair *r, const struct page_text *other)
{
    uint32_t *left = calloc(NUMBERS, sizeof *left);
    uint64_t all = 0, found = 0;
    if (!left)
        return 0;
    const char *at = other->bytes, *end = other->len ? at + other->len : at;
    while (at < end)
        count(left, (int)next_character(&at, end));
    for (size_t c = 0; c < NUMBERS; c++) {
        uint32_t beyond = left[c] > r->readable[c] ? left[c] - r->readable[c] : 0;
        all += r->unread[c];
        found += beyond < r->unread[c] ? beyond : r->unread[c];
    }
    free(left);
    return all ? (unsigned)(100 * found / all) : 0;
}
