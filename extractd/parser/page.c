#include "extractd/parser/page.h"

#include <stdio.h>
#include <string.h>

#include "extractd/parser/ocr.h"
#include "extractd/parser/opinion.h"
#include "extractd/parser/picture.h"
#include "extractd/parser/render.h"
#include "extractd/parser/ruled.h"

enum {
    FEW_PATHS = 20,
    MANY_PATHS = 5000, /* drawing a page of more to look at it may cost more than it saves */
    LOOK_PIXELS = 4 * 1000 * 1000 /* the same; A2 has less at RULED_DPI */
};

static void say(struct page_work *w, const char *what)
{
    size_t n = strlen(w->message);
    snprintf(w->message + n, sizeof w->message - n, "%s%s", n ? "; " : "", what);
}

static void swap_texts(struct page_text *a, struct page_text *b)
{
    struct page_text t = *a;
    *a = *b;
    *b = t;
}

void page_offer(struct page_work *w, struct page_text *candidate, enum wire_tier tier)
{
    struct quality q;
    quality_of(candidate->bytes ? candidate->bytes : "", candidate->len, &w->layer.facts, &q);
    int better = q.visible ? quality_better(&q, &w->quality) : -1;
    bool taken = better > 0;
    if (taken) {
        swap_texts(&w->text, &w->spare);
        w->spare_quality = w->quality;
        w->spare_tier = w->tier;
        swap_texts(&w->text, candidate);
        w->quality = q;
        w->tier = tier;
    } else if (better == 0) {
        swap_texts(&w->spare, candidate);
        w->spare_quality = q;
        w->spare_tier = tier;
    }
    w->keep_spare = better == 0 || (taken && w->spare_quality.verdict == GATE_CLOSE);
    page_text_clear(candidate);
}

static bool is_readable(const struct page_work *w)
{
    return w->quality.verdict == GATE_GOOD || w->quality.verdict == GATE_CLOSE;
}

static void begin(struct page_work *w, uint32_t number, uint64_t most)
{
    w->page = number;
    page_text_begin(&w->text, most);
    page_text_begin(&w->spare, most);
    page_text_begin(&w->read, most);
    w->keep_spare = w->memory = w->bad = w->too_large = false;
    w->confidence = WIRE_UNKNOWN;
    w->dpi = 0;
    w->message[0] = w->want[0] = '\0';
    w->want_whole = false;
    w->spare_quality = (struct quality){.why = ""};
    w->layer.want_lines = (w->flags & JOB_OCR) != 0;
}

static void judge_layer(struct page_work *w)
{
    layer_read(w->d, w->page, (w->flags & JOB_DEHYPHENATE) != 0, &w->text, &w->layer);
    const char *text = w->text.bytes ? w->text.bytes : "";
    quality_of(text, w->text.len, &w->layer.facts, &w->quality);
    w->tier = TIER_TEXT;
    w->memory = w->layer.memory;
    if (w->layer.message[0])
        say(w, w->layer.message);
}

/* The page is as if it had no text layer; one with nothing to see stays blank. */
static void leave_layer_out(struct page_work *w)
{
    page_text_clear(&w->text);
    w->layer.n_lines = 0;
    quality_of("", 0, &w->layer.facts, &w->quality);
    if (w->quality.verdict == GATE_NONE)
        w->quality.why = "its text layer is not asked for";
}

static bool wants_opinion(const struct page_work *w)
{
    enum gate v = w->quality.verdict;
    if (w->flags & JOB_NO_REPAIR || w->page == w->plain_page)
        return false;
    return w->layer.failed || v == GATE_CLOSE || v == GATE_GARBAGE ||
           (v == GATE_NONE && w->flags & JOB_NO_TEXT);
}

static bool has_visible(const struct page_text *t)
{
    for (size_t i = 0; i < t->len; i++)
        if ((unsigned char)t->bytes[i] > ' ')
            return true;
    return false;
}

/* Rules, frames and coloured areas: something to see, but nothing that could be read. Drawings of
 * many strokes may have letters made of strokes. */
static bool is_only_lines(const struct page_facts *f)
{
    return f->complete && f->images == 0 && f->outlines == 0 && f->glyphs == 0 &&
           f->paths <= FEW_PATHS;
}

/* The same by how it looks, whatever it is made of. A page with images is drawn for OCR, where that
 * is looked at (ocr.c): decoding them twice would cost the pages that are read. A page that is read
 * now has been looked at before. */
static bool looks_ruled(const struct page_work *w)
{
    const struct page_facts *f = &w->layer.facts;
    struct render_order order = {0, 0, f->width, f->height, RULED_DPI, false};
    struct render_result result;
    struct picture p;
    const float by = RULED_DPI / 72.0f;
    if (w->flags & (JOB_OCR | JOB_NO_LOOK) || !f->complete || f->images > 0 || f->outlines > 0 ||
        f->paths > MANY_PATHS || f->width * by * f->height * by > LOOK_PIXELS)
        return false;
    render_page(w->d, w->page, &order, &p, &result);
    bool ruled = result.drawn && !result.errors && ruled_only(&p);
    picture_free(&p);
    return ruled;
}

/* What is left when all has been tried that may be tried now. */
static void conclude(struct page_work *w)
{
    if (w->quality.verdict == GATE_BLANK && !w->layer.failed)
        w->tier = TIER_BLANK;
    else if (w->layer.failed && w->tier == TIER_TEXT)
        w->bad = true;
    else if (!is_readable(w) || w->quality.visible == 0) {
        w->tier = TIER_NONE;
        say(w, w->quality.why);
    }
    /* Its picture was to be read, and could not: it does not wait for that any more. */
    if (w->bad || (w->tier == TIER_NONE && (w->flags & JOB_OCR)))
        w->tier = TIER_BAD;
    if (w->tier == TIER_BLANK)
        page_text_clear(&w->text);
}

void page_read(struct page_work *w, uint32_t number, uint64_t most)
{
    begin(w, number, most);
    judge_layer(w);
    if (w->memory || w->text.full)
        return;
    if (w->flags & JOB_NO_TEXT)
        leave_layer_out(w);
    if (wants_opinion(w))
        opinion_ask(w);
    if (w->want_whole)
        return;
    if (w->quality.verdict == GATE_NONE && (is_only_lines(&w->layer.facts) || looks_ruled(w))) {
        w->quality.verdict = GATE_BLANK;
        say(w, "nothing but lines or areas is on it");
    }
    bool unread = !is_readable(w) && w->quality.verdict != GATE_BLANK;
    bool may_read = (w->flags & JOB_OCR) && w->models && !w->layer.failed && !w->memory;
    if (!unread || !may_read || !ocr_read(w))
        conclude(w);
    if (!has_visible(&w->text)) /* blanks alone are no text */
        page_text_clear(&w->text);
}

void page_work_free(struct page_work *w)
{
    opinion_forget(w);
    layer_free(&w->layer);
    page_text_free(&w->text);
    page_text_free(&w->spare);
    page_text_free(&w->read);
}
