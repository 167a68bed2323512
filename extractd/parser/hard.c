#include "extractd/parser/hard.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "extractd/parser/languages.h"
#include "extractd/parser/prepare.h"

enum { SCATTERED_WORDS = 30 /* a picture of fewer is no page of text */ };

static const float TURN_SURE = 3.0f;     /* osd's confidence that needs no second try */
static const float SKEW_SURE = 3.0f;     /* leptonica's confidence */
static const float SKEW_LEAST = 0.3f;    /* degrees; tesseract copes with less by itself */
static const float GOOD = 85.0f;         /* confidence at which no more readings are spent */
static const float LARGER = 1.4f;        /* scale of the last resort */
static const float SMALL_WORDS = 24.0f;  /* pixels, the median height of words: larger may help */
static const float SCRIPT_SURE = 10.0f;  /* osd's confidence that no loaded model can read it */
static const unsigned PAPER_UNEVEN = 24; /* grey levels between the paper's darkest and usual */
static const unsigned PAPER_DARK = 200;

struct work {
    struct recogniser *r;
    const struct recognise_options *o;
    struct recognition *best;
    struct hard_reading *out;
    unsigned left;                /* readings that may still be made */
    bool blind;                   /* tier 3 saw no words at all, not even noise */
    enum recognise_result result; /* of a reading that could not be made */
};

/* A picture on its way, and what was done to it. */
struct stage {
    struct prepared *s;
    char done[HARD_WHY];
};

__attribute__((format(printf, 2, 3))) static void note(struct stage *t, const char *format, ...)
{
    size_t n = strlen(t->done);
    va_list args;
    if (n && n + 2 < sizeof t->done) {
        memcpy(t->done + n, ", ", 3);
        n += 2;
    }
    va_start(args, format);
    vsnprintf(t->done + n, sizeof t->done - n, format, args);
    va_end(args);
}

/* Go on with `next`; where the step could not be done, with what there was. True when done. */
static bool step(struct stage *t, struct prepared *next)
{
    if (!next)
        return false;
    prepare_free(t->s);
    t->s = next;
    return true;
}

/* Another stage that begins as this one after one step; its s is NULL when the step failed. */
static struct stage branch(const struct stage *t, struct prepared *next)
{
    struct stage b = *t;
    b.s = next;
    return b;
}

bool hard_is_worth_it(const struct recognition *r)
{
    return r->count == 0 || recognise_is_poor(r) || r->dropped > r->count;
}

static bool is_good(const struct work *w)
{
    return w->best->count > 0 && w->best->confidence >= GOOD &&
           w->best->dropped <= w->best->count / 4;
}

static bool may_go_on(const struct work *w)
{
    return w->left > 0 && !is_good(w);
}

static bool is_scattered(const struct recognition *r)
{
    return r->count < SCATTERED_WORDS || r->dropped > r->count / 2;
}

/* Read a stage. True when it is the best so far. */
static bool read_stage(struct work *w, const struct stage *t, enum recognise_layout layout)
{
    struct recognition got = {0};
    if (!t->s || w->left == 0)
        return false;
    w->left--;
    enum recognise_result result = recognise_prepared(w->r, t->s, layout, w->o, &got);
    if (result != RECOGNISE_OK && result != RECOGNISE_NOTHING)
        w->result = result;
    if (!recognise_better(w->best, &got))
        return false;
    snprintf(w->out->why, sizeof w->out->why, "%s", t->done);
    return true;
}

/* ---- what is done to a picture ---- */

static bool is_uneven(const struct prepared_look *look)
{
    return look->paper > look->background + PAPER_UNEVEN || look->paper < PAPER_DARK;
}

/* True when the paper was uneven: then a threshold for each place may see more. */
static bool straighten(struct stage *t)
{
    struct prepared_look look;
    if (!prepare_look(t->s, &look))
        return false;
    if (look.skew_confidence >= SKEW_SURE && fabsf(look.skew) >= SKEW_LEAST &&
        step(t, prepare_deskewed(t->s, look.skew)))
        note(t, "deskewed by %.1f degrees", (double)fabsf(look.skew));
    if (is_uneven(&look) && step(t, prepare_normalised(t->s)))
        note(t, "background evened");
    if (look.specks > look.components / 2 && step(t, prepare_despeckled(t->s)))
        note(t, "despeckled");
    return is_uneven(&look);
}

static bool read_turned(struct work *w, const struct stage *t, unsigned quarters)
{
    struct stage b = branch(t, prepare_turned(t->s, quarters));
    note(&b, "turned by %u", quarters * 90);
    bool better = read_stage(w, &b, RECOGNISE_AUTO);
    prepare_free(b.s);
    return better;
}

/* Where osd is unsure each turn is read, its guess first. The winner's quarters; 0 stays. */
static unsigned try_turns(struct work *w, const struct stage *t)
{
    unsigned order[4] = {w->out->orientation.quarters, 2, 1, 3}, winner = 0;
    for (unsigned i = 0; i < 4 && may_go_on(w); i++) {
        if (order[i] == 0 || (i > 0 && order[i] == order[0]))
            continue;
        if (read_turned(w, t, order[i]))
            winner = order[i];
    }
    return winner;
}

struct prepared *hard_stand(struct prepared *s, struct hard_reading *out)
{
    int lie = prepare_lie(s);
    struct stage t = {.s = s};
    *out = (struct hard_reading){.looked = lie >= 0};
    if (lie > 0 && step(&t, prepare_turned(s, (unsigned)lie)))
        note(&t, "turned by %u", (unsigned)lie * 90);
    memcpy(out->why, t.done, sizeof t.done);
    return t.s;
}

/* Turn the stage the way its text stands, by osd; a turn of hard_stand() may have been wrong. */
static void turn(struct work *w, struct stage *t)
{
    struct hard_reading *out = w->out;
    out->asked = recognise_orientation(w->r, t->s, &out->orientation);
    bool sure = out->asked && out->orientation.confidence >= TURN_SURE;
    bool try = !out->looked && !w->blind;
    unsigned quarters = sure ? out->orientation.quarters : try ? try_turns(w, t) : 0;
    if (quarters && step(t, prepare_turned(t->s, quarters)))
        note(t, "turned by %u", quarters * 90);
}

/* In a script that none of the loaded models knows: another reading is as bad. */
static bool is_foreign(const struct work *w)
{
    const struct hard_reading *out = w->out;
    return out->asked && out->orientation.script_confidence >= SCRIPT_SURE &&
           !languages_serve(recogniser_languages(w->r), out->orientation.script);
}

static void read_sauvola(struct work *w, const struct stage *t)
{
    struct stage b = branch(t, prepare_sauvola(t->s));
    note(&b, "Sauvola");
    read_stage(w, &b, RECOGNISE_AUTO);
    prepare_free(b.s);
}

static int by_size(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

/* Median height of the words, in pixels of the picture that they were read in; 0 without words. */
static float height_of_words(const struct recognition *r)
{
    enum { WORDS = 512 };
    float heights[WORDS];
    size_t n = r->count < WORDS ? r->count : WORDS;
    for (size_t i = 0; i < n; i++) {
        const float *box = r->words[i].box, w = box[2] - box[0], h = box[3] - box[1];
        heights[i] = (h < w ? h : w) * r->dpi / 72.0f;
    }
    if (n == 0)
        return 0;
    qsort(heights, n, sizeof heights[0], by_size);
    return heights[n / 2];
}

static void read_larger(struct work *w, const struct stage *t)
{
    float dpi = prepare_size(t->s).dpi * LARGER;
    struct stage b = branch(t, prepare_scaled(t->s, dpi));
    note(&b, "at %.0f dpi", (double)dpi);
    read_stage(w, &b, RECOGNISE_AUTO);
    prepare_free(b.s);
}

static void read_sparse(struct work *w, const struct stage *t)
{
    struct stage b = branch(t, t->s);
    note(&b, "as scattered lines");
    read_stage(w, &b, RECOGNISE_SPARSE);
}

/* The straightened stage, then what may help it, where there is a cause for it. `turned` says what
 * was done before that. */
static void read_stages(struct work *w, const struct stage *t, const char *turned, bool uneven)
{
    /* what was read already (before, or when the turns were tried) is not read again */
    bool before =
        w->best->passes > 0 && strcmp(turned, t->done) == 0 && strcmp(w->out->why, turned) == 0;
    if (!before && may_go_on(w))
        read_stage(w, t, RECOGNISE_AUTO);
    /* a picture in which nothing was seen, as it was or straightened, has no words */
    if (w->blind && w->best->count == 0 && w->best->dropped == 0)
        return;
    if (uneven && may_go_on(w))
        read_sauvola(w, t);
    if (may_go_on(w) && w->best->count && height_of_words(w->best) < SMALL_WORDS)
        read_larger(w, t);
    if (may_go_on(w) && is_scattered(w->best))
        read_sparse(w, t);
}

enum recognise_result hard_read(struct recogniser *r, const struct prepared *s,
                                const struct recognise_options *o, struct recognition *best,
                                struct hard_reading *out)
{
    struct work w = {.r = r,
                     .o = o,
                     .best = best,
                     .out = out,
                     .left = HARD_READINGS,
                     .blind = best->passes > 0 && best->count == 0 && best->dropped == 0,
                     .result = RECOGNISE_OK};
    struct stage t = {.s = prepare_same(s)};
    if (!t.s)
        return RECOGNISE_NO_MEMORY;
    memcpy(t.done, out->why, sizeof t.done);
    turn(&w, &t);
    char turned[HARD_WHY];
    memcpy(turned, t.done, sizeof turned);
    if (!is_foreign(&w)) {
        bool uneven = straighten(&t);
        read_stages(&w, &t, turned, uneven);
    }
    prepare_free(t.s);
    if (best->count)
        return RECOGNISE_OK;
    return w.result != RECOGNISE_OK ? w.result : RECOGNISE_NOTHING;
}
