#include "extractd/parser/recognise.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wstrict-prototypes"
#include <tesseract/capi.h>
#pragma GCC diagnostic pop

#include "extractd/parser/prepare.h"

enum {
    /* What tesseract needs beside the picture: 4 bytes a pixel for pages of text (letter and A3 at
     * 300 dpi), 12 for white noise, whose every speck is a thing to it. */
    READ_BYTES_A_PIXEL = 12,
    READ_BYTES_FIXED = 32 * 1024 * 1024,
    LANGUAGES_BYTES = 256,
    SIDE_LEAST = 10 /* pixels; what is smaller is no picture to tesseract */
};

/* Below this a reading is a case for tier 4. */
static const float POOR = 80.0f;

struct recogniser {
    TessBaseAPI *words, *osd;
    char languages[LANGUAGES_BYTES];
    FILE *nowhere; /* takes the place of stderr while the library runs */
};

static ssize_t swallow(void *nothing, const char *bytes, size_t n)
{
    (void)nothing;
    (void)bytes;
    return (ssize_t)n;
}

/* tesseract prints to stderr, or to a file that it opens when it first prints; the cage knows no
 * files. In glibc stderr is a variable. */
static FILE *hush(const struct recogniser *r)
{
    FILE *before = stderr;
    stderr = r->nowhere;
    return before;
}

static bool is_loaded(TessBaseAPI *api, const char *name, size_t n)
{
    char **loaded = TessBaseAPIGetLoadedLanguagesAsVector(api);
    bool found = false;
    for (char **l = loaded; l && *l; l++)
        found = found || (strlen(*l) == n && memcmp(*l, name, n) == 0);
    if (loaded)
        TessDeleteTextArray(loaded);
    return found;
}

/* The library goes on without a model that is missing, as long as there is another. */
static const char *missing(TessBaseAPI *api, const char *languages, size_t *n)
{
    for (const char *l = languages; *l; l += *n + (l[*n] == '+')) {
        *n = strcspn(l, "+");
        if (*n && !is_loaded(api, l, *n))
            return l;
    }
    return NULL;
}

static bool load_words(struct recogniser *r, const char *tessdata, char *err, size_t cap)
{
    size_t n = 0;
    r->words = TessBaseAPICreate();
    if (!r->words || TessBaseAPIInit2(r->words, tessdata, r->languages, OEM_LSTM_ONLY) != 0) {
        snprintf(err, cap, "tesseract cannot load %s from %s", r->languages,
                 tessdata ? tessdata : "its own folder");
        return false;
    }
    const char *lost = missing(r->words, r->languages, &n);
    if (lost)
        snprintf(err, cap, "no tesseract model for %.*s", (int)n, lost);
    return lost == NULL;
}

static void load_osd(struct recogniser *r, const char *tessdata)
{
    r->osd = TessBaseAPICreate();
    if (r->osd && TessBaseAPIInit2(r->osd, tessdata, "osd", OEM_DEFAULT) == 0) {
        TessBaseAPISetPageSegMode(r->osd, PSM_OSD_ONLY);
        return;
    }
    if (r->osd)
        TessBaseAPIDelete(r->osd);
    r->osd = NULL;
}

struct recogniser *recogniser_new(const char *tessdata, const char *languages, char *err,
                                  size_t cap)
{
    struct recogniser *r = calloc(1, sizeof *r);
    const cookie_io_functions_t nowhere = {.write = swallow};
    if (!r || !(r->nowhere = fopencookie(NULL, "w", nowhere))) {
        snprintf(err, cap, "no memory");
        free(r);
        return NULL;
    }
    if (snprintf(r->languages, sizeof r->languages, "%s", languages) >= (int)sizeof r->languages) {
        snprintf(err, cap, "too many languages: %s", languages);
        recogniser_free(r);
        return NULL;
    }
    prepare_quiet();
    FILE *before = hush(r);
    bool ok = load_words(r, tessdata, err, cap);
    if (ok)
        load_osd(r, tessdata);
    stderr = before;
    if (ok)
        return r;
    recogniser_free(r);
    return NULL;
}

const char *recogniser_languages(const struct recogniser *r)
{
    return r->languages;
}

bool recogniser_has_osd(const struct recogniser *r)
{
    return r->osd != NULL;
}

void recogniser_free(struct recogniser *r)
{
    if (!r)
        return;
    if (r->words)
        TessBaseAPIDelete(r->words);
    if (r->osd)
        TessBaseAPIDelete(r->osd);
    if (r->nowhere)
        fclose(r->nowhere);
    free(r);
}

/* ---- reading the result ---- */

struct counters {
    uint32_t block, paragraph, line;
    bool begun;
};

/* Each question goes through the whole line; and what begins no line begins no paragraph, what
 * begins no paragraph no block. */
static void count_parts(const TessPageIterator *p, struct counters *c)
{
    bool line = c->begun && TessPageIteratorIsAtBeginningOf(p, RIL_TEXTLINE);
    bool paragraph = line && TessPageIteratorIsAtBeginningOf(p, RIL_PARA);
    bool block = paragraph && TessPageIteratorIsAtBeginningOf(p, RIL_BLOCK);
    c->line += line;
    c->paragraph += paragraph;
    c->block += block;
    c->begun = true;
}

static bool take_word(const struct prepared *s, const TessResultIterator *it,
                      const struct counters *c, struct recognition *out)
{
    const TessPageIterator *p = TessResultIteratorGetPageIteratorConst((TessResultIterator *)it);
    int box[4];
    char *utf8 = TessResultIteratorGetUTF8Text(it, RIL_WORD);
    if (!utf8 || !TessPageIteratorBoundingBox(p, RIL_WORD, &box[0], &box[1], &box[2], &box[3])) {
        TessDeleteText(utf8);
        return true;
    }
    struct recognised_word w = {.confidence = TessResultIteratorConfidence(it, RIL_WORD),
                                .block = c->block,
                                .paragraph = c->paragraph,
                                .line = c->line,
                                .known = TessResultIteratorWordIsFromDictionary(it)};
    prepare_to_page(s, box, w.box);
    bool ok = recognition_add(out, utf8, &w);
    TessDeleteText(utf8);
    return ok;
}

static void take_words(struct recogniser *r, const struct prepared *s, struct recognition *out)
{
    TessResultIterator *it = TessBaseAPIGetIterator(r->words);
    struct counters c = {0};
    if (!it)
        return;
    do
        count_parts(TessResultIteratorGetPageIterator(it), &c);
    while (take_word(s, it, &c, out) && TessResultIteratorNext(it, RIL_WORD));
    TessResultIteratorDelete(it);
}

/* ---- one reading ---- */

static bool tick(ETEXT_DESC *monitor, int left, int right, int top, int bottom)
{
    const struct recognise_options *o = TessMonitorGetCancelThis(monitor);
    (void)left;
    (void)right;
    (void)top;
    (void)bottom;
    if (o && o->tick)
        o->tick(o->tick_for);
    return false;
}

static uint32_t since_ms(const struct timespec *from)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    double ms =
        (double)(now.tv_sec - from->tv_sec) * 1e3 + (double)(now.tv_nsec - from->tv_nsec) / 1e6;
    return ms > 0 ? (uint32_t)ms : 0;
}

static bool fits(const struct prepared *s)
{
    struct prepared_size size = prepare_size(s);
    return prepare_memory_for((uint64_t)size.width * size.height * READ_BYTES_A_PIXEL +
                              READ_BYTES_FIXED);
}

/* The library's part; stderr is hushed. */
static enum recognise_result run(struct recogniser *r, const struct prepared *s,
                                 enum recognise_layout layout, const struct recognise_options *o,
                                 struct recognition *out)
{
    enum recognise_result result = RECOGNISE_FAILED;
    struct recognise_options for_tick = *o;
    ETEXT_DESC *monitor = TessMonitorCreate();
    if (!monitor)
        return RECOGNISE_NO_MEMORY;
    TessMonitorSetCancelThis(monitor, &for_tick);
    TessMonitorSetProgressFunc(monitor, tick);
    TessBaseAPISetPageSegMode(r->words, (TessPageSegMode)layout);
    TessBaseAPISetImage2(r->words, prepare_pix(s));
    TessBaseAPISetSourceResolution(r->words, (int)lroundf(prepare_size(s).dpi));
    if (TessBaseAPIRecognize(r->words, monitor) == 0) {
        take_words(r, s, out);
        result = RECOGNISE_OK;
    }
    TessBaseAPIClear(r->words);
    TessMonitorDelete(monitor);
    return result;
}

enum recognise_result recognise_prepared(struct recogniser *r, const struct prepared *s,
                                         enum recognise_layout layout,
                                         const struct recognise_options *o, struct recognition *out)
{
    struct timespec from;
    struct prepared_size size = prepare_size(s);
    clock_gettime(CLOCK_MONOTONIC, &from);
    *out = (struct recognition){.passes = 1, .dpi = size.dpi};
    if (size.width < SIDE_LEAST || size.height < SIDE_LEAST)
        return recognition_finish(out, o->dehyphenate) ? RECOGNISE_NOTHING : RECOGNISE_NO_MEMORY;
    if (!fits(s))
        return RECOGNISE_NO_MEMORY;
    FILE *before = hush(r);
    enum recognise_result result = run(r, s, layout, o, out);
    stderr = before;
    if (!recognition_finish(out, o->dehyphenate) || out->no_memory)
        result = RECOGNISE_NO_MEMORY;
    out->ms = since_ms(&from);
    return result == RECOGNISE_OK && out->count == 0 ? RECOGNISE_NOTHING : result;
}

/* ---- a picture ---- */

float recognise_dpi(const struct recognise_options *o, float dpi)
{
    float wanted = o->dpi > 0 ? o->dpi : (float)RECOGNISE_DPI;
    float least = o->dpi_least > 0 ? o->dpi_least : (float)RECOGNISE_DPI_LEAST;
    return dpi > wanted ? wanted : dpi < least ? least : dpi;
}

bool recognise_is_poor(const struct recognition *r)
{
    return r->confidence < POOR;
}

bool recognise_better(struct recognition *best, struct recognition *other)
{
    bool better = other->score > best->score;
    uint32_t passes = best->passes + other->passes, ms = best->ms + other->ms;
    struct recognition *lost = better ? best : other;
    recognition_free(lost);
    if (better)
        *best = *other;
    *other = (struct recognition){0};
    best->passes = passes;
    best->ms = ms;
    return better;
}

enum recognise_result recognise(struct recogniser *r, const struct picture *p,
                                const struct recognise_options *o, struct recognition *out)
{
    *out = (struct recognition){0};
    struct prepared *s = prepare_picture(p, recognise_dpi(o, p->dpi), o->pixels_most);
    if (!s)
        return errno == ENOMEM ? RECOGNISE_NO_MEMORY : RECOGNISE_PICTURE;
    enum recognise_result result = recognise_prepared(r, s, RECOGNISE_AUTO, o, out);
    prepare_free(s);
    return result;
}

/* ---- orientation ---- */

static bool ask(struct recogniser *r, const struct prepared *s, struct orientation *out)
{
    int degrees = 0;
    const char *script = NULL; /* the library's own, whatever its header says */
    TessBaseAPISetImage2(r->osd, prepare_pix(s));
    TessBaseAPISetSourceResolution(r->osd, (int)lroundf(prepare_size(s).dpi));
    bool known = TessBaseAPIDetectOrientationScript(r->osd, &degrees, &out->confidence, &script,
                                                    &out->script_confidence);
    if (known) {
        /* degrees: how far the page was turned counter-clockwise... its way back is the rest */
        out->quarters = (unsigned)((360 - degrees) % 360) / 90;
        snprintf(out->script, sizeof out->script, "%s", script ? script : "");
    }
    TessBaseAPIClear(r->osd);
    return known;
}

bool recognise_orientation(struct recogniser *r, const struct prepared *s, struct orientation *out)
{
    *out = (struct orientation){0};
    struct prepared_size size = prepare_size(s);
    if (!r->osd || size.width < SIDE_LEAST || size.height < SIDE_LEAST || !fits(s))
        return false;
    FILE *before = hush(r);
    bool known = ask(r, s, out);
    stderr = before;
    return known;
}
