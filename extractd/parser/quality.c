#include "extractd/parser/quality.h"

#include <math.h>
#include <stdbool.h>

#include "extractd/parser/facts.h"
#include "extractd/parser/quality_words.h"

/* Of a text longer than SAMPLED, three parts are read: the time that the gate takes is bounded. */
enum { SAMPLED = 24 * 1024, PART = SAMPLED / 3 };

#define GARBAGE_BELOW 0.5f
#define CLOSE_BELOW   0.75f
/* How much better is better, for quality_better. */
#define MARGIN 0.08f
/* Twice as much text is worth this much score, up to AMOUNT_MOST. */
#define AMOUNT_WORTH 0.06f
#define AMOUNT_MOST  0.4f

/* 0 up to from, 1 above to, straight between. NaN is 0. */
static float ramp(float value, float from, float to)
{
    float at = (value - from) / (to - from);
    return at > 1 ? 1 : at > 0 ? at : 0;
}

static float part_of(float some, float all)
{
    return all > 0 ? some / all : 0;
}

/* ---- the terms; each says what it looks for, and where good and bad pages lie ---- */

/* A symbol or a bullet without a meaning is no loss. Letters without one are: within words, or
 * where a page of numbers has nothing else for letters. */
static float unmapped(const struct word_counts *t)
{
    const float prior = 30;
    float all = 2 * part_of(t->bad, (float)t->visible);
    float words = ramp((float)t->damaged / ((float)t->letters + prior), 0.05f, 0.4f);
    float letters = ramp(t->bad / (t->bad + (float)t->letters + prior), 0.3f, 0.7f);
    return fminf(1, fmaxf(all, fmaxf(0.8f * words, 0.7f * letters)));
}

/* The few Latin words of a Japanese page are names and commands, of which little can be said. */
static float judgeable(const struct word_counts *t)
{
    float judged = (float)t->judged.letters, other = (float)(t->letters - t->latin);
    return ramp(part_of(judged, judged + other), 0.25f, 0.5f);
}

/* Good text has a mean cost of 4.6 to 5.5 in all languages of the tables and their neighbours,
 * programs to 6.0; letters exchanged for one another 6.3 to 8. A few words prove little: PRIOR
 * pairs of good text are added. */
static float pairs(const struct word_counts *t)
{
    const float prior = 25, usual = 5;
    float mean = ((float)t->judged.cost + prior * usual) / ((float)t->judged.pairs + prior);
    return 0.8f * judgeable(t) * ramp(mean, 5.9f, 6.5f);
}

/* Passages whose letters are exchanged, on a page whose other fonts are fine. */
static float words(const struct word_counts *t)
{
    const float prior = 60;
    float part = (float)t->implausible / ((float)t->judged.letters + prior);
    return 0.6f * judgeable(t) * ramp(part, 0.05f, 0.4f);
}

/* Vietnamese has an accent on every third letter; Cyrillic shown as Latin-1 on every one. */
static float accents(const struct word_counts *t)
{
    const float prior = 15;
    return 0.7f * ramp((float)t->accented / ((float)t->latin + prior), 0.4f, 0.65f);
}

/* Signs of other encodings in the place of letters. Or such as codes are that were given to glyphs
 * in the order of their use, from 33 on: !"#$ and so on where letters should be, and hardly a word.
 * Programs have as many of them as a fifth, but words as well. */
static float symbols(const struct word_counts *t)
{
    const float prior = 20;
    float all = (float)t->visible + prior;
    float wordless = 1 - ramp((float)t->judged.letters / all, 0.08f, 0.2f);
    return fmaxf(0.7f * ramp((float)t->latin_symbols / all, 0.12f, 0.3f),
                 0.65f * wordless * ramp((float)t->odd / all, 0.15f, 0.28f));
}

static float scripts(const struct word_counts *t)
{
    const float prior = 10;
    float all = (float)t->letters + prior;
    return fmaxf(0.8f * ramp(t->changes / all, 0.04f, 0.2f),
                 0.35f * ramp((float)t->rare / all, 0.2f, 0.6f));
}

static float ideographs(const struct word_counts *t)
{
    const float prior = 15;
    float han = (float)t->han_unusual / ((float)t->han + prior);
    float hangul = (float)t->hangul_unusual / ((float)t->hangul + prior);
    return 0.7f * fmaxf(ramp(han, 0.2f, 0.45f), ramp(hangul, 0.2f, 0.45f));
}

/* Hard to search, but a person can read it: never garbage for this alone. */
static float spacing(const struct word_counts *t)
{
    const float prior = 60;
    float all = (float)t->letters + prior;
    return 0.35f *
           fmaxf(ramp((float)t->glued / all, 0.3f, 0.7f), ramp((float)t->spaced / all, 0.3f, 0.7f));
}

static float repeats(const struct word_counts *t)
{
    const float prior = 20;
    return 0.7f * ramp((float)t->repeated / ((float)t->visible + prior), 0.3f, 0.6f);
}

/* A text that was made in another way may lack what has no mapping there. */
static float missing(const struct quality *q, const struct page_facts *facts)
{
    const float prior = 20;
    if (!facts || facts->glyphs == 0)
        return 0;
    float share = ((float)q->visible + prior) / ((float)facts->glyphs + prior);
    return 0.5f * ramp(1 - share, 0.5f, 0.9f);
}

static const struct {
    size_t at; /* in struct quality_terms */
    const char *why;
} reasons[] = {
    {offsetof(struct quality_terms, unmapped), "characters without a meaning"},
    {offsetof(struct quality_terms, pairs), "letters in no language's order"},
    {offsetof(struct quality_terms, words), "passages of no language"},
    {offsetof(struct quality_terms, accents), "more accents than any language has"},
    {offsetof(struct quality_terms, symbols), "signs instead of letters"},
    {offsetof(struct quality_terms, scripts), "scripts mixed up"},
    {offsetof(struct quality_terms, ideographs), "uncommon characters all over"},
    {offsetof(struct quality_terms, spacing), "words glued together or spaced out"},
    {offsetof(struct quality_terms, repeats), "one character again and again"},
    {offsetof(struct quality_terms, missing), "fewer characters than glyphs"},
};
_Static_assert(sizeof reasons / sizeof reasons[0] == sizeof(struct quality_terms) / sizeof(float),
               "each term has its reason");

static float term(const struct quality_terms *terms, size_t i)
{
    return *(const float *)(const void *)((const char *)terms + reasons[i].at);
}

/* Score and reason from the terms. */
static void add_up(struct quality *q)
{
    float sum = 0, heaviest = 0.05f;
    q->why = "";
    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++) {
        float penalty = term(&q->terms, i);
        sum += penalty;
        if (penalty > heaviest) {
            heaviest = penalty;
            q->why = reasons[i].why;
        }
    }
    q->score = fmaxf(0, 1 - sum);
}

/* ---- the verdict ---- */

/* Pictures in a page of print are photographs and drawings as a rule; those of a page with hardly
 * any text are what the page is about. What has no colour is rather a scan. */
static bool bare_pictures(const struct page_facts *facts)
{
    float richness = fminf(1, (float)facts->glyphs / 400);
    return facts->bare_scan + 0.8f * facts->bare_grey > 0.25f + 0.25f * richness;
}

/* Letters as curves, more of them than real ones. Charts have round marks, but all of a kind. */
static bool bare_outlines(const struct page_facts *facts)
{
    return facts->outlines >= 100 && facts->shapes >= 14 && facts->outlines > facts->glyphs;
}

static void decide(struct quality *q, const struct page_facts *facts)
{
    if (q->visible == 0) {
        bool blank = facts && facts->complete && facts->blank;
        q->verdict = blank ? GATE_BLANK : GATE_NONE;
        q->why = blank ? "nothing to see" : "no text";
    } else if (q->score < GARBAGE_BELOW) {
        q->verdict = GATE_GARBAGE;
    } else if (facts && bare_pictures(facts)) {
        q->verdict = GATE_LITTLE;
        q->why = "a picture without text of its own";
    } else if (facts && bare_outlines(facts)) {
        q->verdict = GATE_LITTLE;
        q->why = "letters drawn as curves";
    } else {
        q->verdict = q->score < CLOSE_BELOW ? GATE_CLOSE : GATE_GOOD;
    }
}

/* ---- the whole ---- */

/* Where a character begins, at or after this byte; n at most. */
static size_t character_at(const char *utf8, size_t n, size_t at)
{
    if (at >= n)
        return n;
    while (at < n && ((unsigned char)utf8[at] & 0xc0) == 0x80)
        at++;
    return at;
}

/* Count all of it, or three parts. By what factor the text is larger than what was read. */
static float count(const char *utf8, size_t n, struct word_counts *t)
{
    if (n <= SAMPLED) {
        word_counts_add(t, utf8, n);
        return 1;
    }
    for (size_t i = 0; i < 3; i++) {
        size_t from = character_at(utf8, n, (n - PART) / 2 * i);
        word_counts_add(t, utf8 + from, character_at(utf8, n, from + PART) - from);
    }
    return (float)n / SAMPLED;
}

void quality_of(const char *utf8, size_t n, const struct page_facts *facts, struct quality *out)
{
    struct word_counts t = {0};
    float factor = count(utf8, n, &t);
    *out = (struct quality){.visible = (uint32_t)(factor * (float)t.visible),
                            .words = (uint32_t)(factor * (float)t.words)};
    out->terms = (struct quality_terms){
        .unmapped = unmapped(&t),
        .pairs = pairs(&t),
        .words = words(&t),
        .accents = accents(&t),
        .symbols = symbols(&t),
        .scripts = scripts(&t),
        .ideographs = ideographs(&t),
        .spacing = spacing(&t),
        .repeats = repeats(&t),
        .missing = missing(out, facts),
    };
    add_up(out);
    decide(out, facts);
}

int quality_better(const struct quality *a, const struct quality *b)
{
    float amount = AMOUNT_WORTH * log2f(((float)a->visible + 8) / ((float)b->visible + 8));
    float value = a->score - b->score + fmaxf(-AMOUNT_MOST, fminf(AMOUNT_MOST, amount));
    if (a->visible == 0 || b->visible == 0)
        return (a->visible > 0) - (b->visible > 0);
    return value > MARGIN ? 1 : value < -MARGIN ? -1 : 0;
}

const char *quality_gate_name(enum gate verdict)
{
    static const char *const names[] = {"good", "close", "garbage", "little", "none", "blank"};
    _Static_assert(sizeof names / sizeof names[0] == GATE_COUNT, "each verdict has a name");
    return verdict < GATE_COUNT ? names[verdict] : "";
}
