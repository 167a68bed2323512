#include "extractd/parser/ocr.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "extractd/parser/merge.h"
#include "extractd/parser/models.h"
#include "extractd/parser/page.h"
#include "extractd/parser/progress.h"
#include "extractd/parser/reading.h"
#include "extractd/parser/regions.h"
#include "extractd/parser/ruled.h"

/* ---- one picture ---- */

static void tick(void *nobody)
{
    (void)nobody;
    progress_tick();
}

/* RECOGNISE_OK with w->want: no words were taken. What surely has no letters is not read. */
static enum recognise_result read_picture(struct page_work *w, const struct picture *p,
                                          struct reading *out)
{
    const struct reading_order order = {
        .recogniser = w->models->recogniser,
        .options = {.pixels_most = w->max_pixels,
                    .dehyphenate = (w->flags & JOB_DEHYPHENATE) != 0,
                    .tick = tick},
        .installed = w->flags & JOB_ADVISE ? &w->models->installed : NULL,
        .settled = w->settled,
        .plain = (w->flags & JOB_NO_HARD) != 0};
    *out = (struct reading){.want = ""};
    if (ruled_only(p))
        return RECOGNISE_NOTHING;
    enum recognise_result got = reading_make(&order, p, out);
    w->settled |= out->telling;
    if (strlen(out->want) < sizeof w->want)
        memcpy(w->want, out->want, strlen(out->want) + 1);
    return got;
}

static uint32_t hundredths(float percent)
{
    float h = percent * (WIRE_CONFIDENCE_MAX / 100.0f);
    return h <= 0 ? 0 : h >= WIRE_CONFIDENCE_MAX ? WIRE_CONFIDENCE_MAX : (uint32_t)h;
}

static void say(struct page_work *w, const char *what)
{
    size_t n = strlen(w->message);
    if (what[0])
        snprintf(w->message + n, sizeof w->message - n, "%s%s", n ? "; " : "", what);
}

/* Why there is no picture, or no reading. False: it is the page's end. */
static bool give_up(struct page_work *w, bool memory, const char *why)
{
    say(w, why);
    w->memory |= memory;
    return false;
}

static struct picture_limits limits_of(const struct page_work *w)
{
    struct picture_limits l = picture_limits_default;
    if (w->max_pixels)
        l.max_pixels = w->max_pixels;
    return l;
}

/* ---- the whole page ---- */

/* No word is in the picture. A text layer that is garbage is then all that there is. */
static void settle_without_words(struct page_work *w)
{
    say(w, "no words are in its picture");
    w->bad = w->quality.visible > 0;
    w->tier = w->bad ? TIER_BAD : TIER_OCR;
}

static bool take_words(struct page_work *w, const struct reading *p)
{
    enum wire_tier tier = p->how.why[0] ? TIER_HARD : TIER_OCR;
    bool layer = w->quality.visible > 0;
    page_text_clear(&w->read);
    if (!page_text_add(&w->read, p->words.text, p->words.len) && w->read.no_memory)
        return give_up(w, true, "no memory for its text");
    w->confidence = hundredths(p->words.confidence);
    w->dpi = (uint32_t)p->words.dpi;
    say(w, p->how.why);
    if (layer) {
        page_offer(w, &w->read, tier);
        if (w->tier == tier)
            return true;
        say(w, "its text layer reads badly, but better than its picture");
        return true;
    }
    struct page_text t = w->text;
    w->text = w->read;
    w->read = t;
    quality_of(w->text.bytes, w->text.len, &w->layer.facts, &w->quality);
    w->tier = tier;
    return true;
}

static bool read_page(struct page_work *w)
{
    struct picture picture = {0};
    enum picture_how how = PICTURE_NONE;
    char why[PICTURE_WHY] = "";
    struct reading piece = {0};
    const struct picture_limits limits = limits_of(w);
    enum picture_result got = picture_of_page(w->d, w->page, &limits, &picture, &how, why);
    bool settled = true;
    if (got == PICTURE_EMPTY) {
        w->tier = TIER_BLANK;
        page_text_clear(&w->text);
        return true;
    }
    if (got != PICTURE_OK && got != PICTURE_PARTIAL) {
        w->too_large = got == PICTURE_LIMIT;
        return give_up(w, got == PICTURE_MEMORY, why);
    }
    enum recognise_result is = read_picture(w, &picture, &piece);
    picture_free(&picture);
    if (is == RECOGNISE_OK && !w->want[0])
        settled = take_words(w, &piece);
    else if (is == RECOGNISE_NOTHING)
        settle_without_words(w);
    else if (is != RECOGNISE_OK)
        settled = give_up(w, is == RECOGNISE_NO_MEMORY, "its picture could not be read");
    reading_free(&piece);
    return settled;
}

/* ---- the parts that the text layer leaves ---- */

struct parts {
    struct regions regions;
    struct reading piece[REGIONS_MOST];
    struct merge_line *lines;
    struct merge_word *words;
    uint32_t n_words;
};

static bool find_parts(struct page_work *w, struct parts *p)
{
    uint32_t n = w->layer.n_lines;
    struct picture_area *boxes = calloc(n + 1, sizeof *boxes);
    if (!boxes)
        return false;
    for (uint32_t i = 0; i < n; i++) {
        const struct layer_line *l = &w->layer.lines[i];
        boxes[i] = (struct picture_area){l->x0, l->y0, l->x1, l->y1};
    }
    regions_to_read(w->d, w->page, boxes, n, &p->regions);
    free(boxes);
    return !p->regions.memory;
}

/* Words of all parts, with blocks and lines that no other part has. */
static bool gather_words(struct parts *p)
{
    uint32_t n = 0, blocks = 0, lines = 0;
    for (uint32_t i = 0; i < p->regions.count; i++)
        n += (uint32_t)p->piece[i].words.count;
    p->words = calloc(n + 1, sizeof *p->words);
    for (uint32_t i = 0; p->words && i < p->regions.count; i++) {
        const struct recognition *r = &p->piece[i].words;
        uint32_t last_block = 0, last_line = 0;
        for (size_t k = 0; k < r->count; k++) {
            const struct recognised_word *word = &r->words[k];
            last_block = word->block > last_block ? word->block : last_block;
            last_line = word->line > last_line ? word->line : last_line;
            p->words[p->n_words++] =
                (struct merge_word){.box = {word->box[0], word->box[1], word->box[2], word->box[3]},
                                    .bytes = r->text + word->at,
                                    .len = word->len,
                                    .block = blocks + word->block,
                                    .line = lines + word->line};
        }
        blocks += last_block + 1;
        lines += last_line + 1;
    }
    return p->words != NULL;
}

static bool gather_lines(const struct page_work *w, struct parts *p)
{
    uint32_t n = w->layer.n_lines;
    p->lines = calloc(n + 1, sizeof *p->lines);
    for (uint32_t i = 0; p->lines && i < n; i++) {
        const struct layer_line *l = &w->layer.lines[i];
        p->lines[i] = (struct merge_line){.box = {l->x0, l->y0, l->x1, l->y1},
                                          .bytes = w->text.bytes + l->at,
                                          .len = l->len,
                                          .block = l->block};
    }
    return p->lines != NULL;
}

static bool put(void *to, const char *bytes, size_t n)
{
    return page_text_add(to, bytes, n);
}

/* Layer and words, merged into w->read. False: no memory. */
static bool merge_parts(struct page_work *w, struct parts *p, uint32_t *kept)
{
    struct merge m;
    const struct merge_input in = {p->lines, w->layer.n_lines, p->words, p->n_words};
    if (!merge_begin(&in, &m))
        return false;
    *kept = m.kept;
    page_text_clear(&w->read);
    bool ok = merge_put(&in, &m, put, &w->read) || w->read.full;
    merge_end(&m);
    return ok;
}

/* Mean confidence of the words that were read, and the resolution of the first part. */
static void sum_up(struct page_work *w, const struct parts *p)
{
    double sum = 0, n = 0;
    for (uint32_t i = 0; i < p->regions.count; i++) {
        const struct recognition *r = &p->piece[i].words;
        sum += (double)r->confidence * (double)r->count;
        n += (double)r->count;
        if (r->count && !w->dpi)
            w->dpi = (uint32_t)r->dpi;
    }
    w->confidence = n > 0 ? hundredths((float)(sum / n)) : WIRE_UNKNOWN;
}

static bool read_parts(struct page_work *w, struct parts *p)
{
    const struct picture_limits limits = limits_of(w);
    for (uint32_t i = 0; i < p->regions.count; i++) {
        struct picture picture = {0};
        enum picture_how how = PICTURE_NONE;
        char why[PICTURE_WHY];
        enum picture_result got =
            picture_of_area(w->d, w->page, &p->regions.areas[i], &limits, &picture, &how, why);
        if (got == PICTURE_MEMORY)
            return false;
        if (got != PICTURE_OK && got != PICTURE_PARTIAL)
            continue;
        enum recognise_result is = read_picture(w, &picture, &p->piece[i]);
        picture_free(&picture);
        if (is == RECOGNISE_NO_MEMORY)
            return false;
        if (w->want[0])
            return true;
    }
    return true;
}

static bool mix(struct page_work *w, struct parts *p)
{
    uint32_t kept = 0;
    if (!find_parts(w, p) || !read_parts(w, p))
        return give_up(w, true, "no memory for the pictures on it");
    if (w->want[0])
        return true;
    if (!gather_words(p) || !gather_lines(w, p) || !merge_parts(w, p, &kept))
        return give_up(w, true, "no memory for its text");
    w->tier = TIER_TEXT;
    if (kept == 0) {
        say(w, "no words are in the pictures on it");
        return true;
    }
    struct page_text t = w->text;
    w->text = w->read;
    w->read = t;
    w->tier = TIER_MIXED;
    sum_up(w, p);
    return true;
}

static bool read_around_layer(struct page_work *w)
{
    struct parts *p = calloc(1, sizeof *p);
    if (!p)
        return give_up(w, true, "no memory for the pictures on it");
    bool settled = mix(w, p);
    for (uint32_t i = 0; i < p->regions.count; i++)
        reading_free(&p->piece[i]);
    free(p->lines);
    free(p->words);
    free(p);
    return settled;
}

bool ocr_read(struct page_work *w)
{
    return w->quality.verdict == GATE_LITTLE ? read_around_layer(w) : read_page(w);
}
