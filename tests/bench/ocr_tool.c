/*
 * ocr_tool: pictures in, text out, by the parser's own recognition; for measurements.
 *
 *     ocr_tool [options] FILE.pgm...
 *       --lang L       models (eng)          --out DIR      DIR/FILE.txt instead of stdout
 *       --source-dpi N of the pictures (300) --dpi N        to read at (0: the default)
 *       --least N      scale up to           --once         no second reading
 *       --layout N     segmentation mode     --hard         tier 4 where tier 3 is poor
 *       --words        one line a word (confidence, letters, line, text) instead of the text
 *       --steps S      letters in their order, before one plain reading: d deskew, n normalise,
 *                      s Sauvola, o Otsu, m median, i invert, 1 2 3 quarters clockwise
 *
 * One line a picture goes to stderr: name, words, dropped, confidence, passes, ms, dpi, score, why,
 * and what languages would be better; at the end the time that the models took to load, and the
 * memory of this process (address space and resident, after loading and at the most).
 */
#include <getopt.h>
#include <libgen.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "extractd/parser/hard.h"
#include "extractd/parser/languages.h"
#include "extractd/parser/prepare.h"
#include "extractd/parser/recognise.h"

struct wishes {
    const char *languages, *out, *steps;
    float source_dpi;
    int layout;
    bool words, hard;
    struct recognise_options options;
};

static bool next_number(FILE *f, uint32_t *n)
{
    int c;
    while ((c = getc(f)) == '#' || c == ' ' || c == '\n' || c == '\t')
        if (c == '#')
            while ((c = getc(f)) != '\n' && c != EOF)
                ;
    ungetc(c, f);
    return fscanf(f, "%u", n) == 1;
}

static void expand_row(const uint8_t *bits, uint8_t *to, uint32_t width)
{
    for (uint32_t x = 0; x < width; x++)
        to[x] = bits[x / 8] & (0x80 >> (x & 7)) ? 0 : 255;
}

static bool read_rows(FILE *f, struct picture *p, bool bitmap)
{
    static uint8_t row[1 << 16];
    size_t n = bitmap ? (p->width + 7) / 8 : p->width;
    if (n > sizeof row || !(p->samples = malloc((size_t)p->width * p->height + 1)))
        return false;
    for (uint32_t y = 0; y < p->height; y++) {
        uint8_t *to = p->samples + (size_t)y * p->width;
        if (fread(row, 1, n, f) != n)
            return false;
        if (bitmap)
            expand_row(row, to, p->width);
        else
            memcpy(to, row, n);
    }
    return true;
}

static bool load(const char *file, float dpi, struct picture *p)
{
    uint32_t most = 0;
    char magic[3] = "";
    FILE *f = fopen(file, "rb");
    *p = (struct picture){.bits = 8, .dpi = dpi, .m = {72 / dpi, 0, 0, 72 / dpi, 0, 0}};
    bool ok = f && fread(magic, 1, 2, f) == 2 && (magic[1] == '5' || magic[1] == '4') &&
              next_number(f, &p->width) && next_number(f, &p->height) &&
              (magic[1] == '4' || next_number(f, &most)) && getc(f) != EOF &&
              read_rows(f, p, magic[1] == '4');
    p->stride = p->width;
    if (f)
        fclose(f);
    return ok;
}

static struct prepared *step(const struct prepared *s, char what)
{
    struct prepared_look look = {0};
    switch (what) {
    case 'd':
        (void)prepare_look(s, &look);
        return prepare_deskewed(s, look.skew);
    case 'n':
        return prepare_normalised(s);
    case 's':
        return prepare_sauvola(s);
    case 'o':
        return prepare_otsu(s);
    case 'm':
        return prepare_despeckled(s);
    case 'i':
        return prepare_inverted(s);
    default:
        return prepare_turned(s, (unsigned)(what - '0'));
    }
}

static void by_steps(struct recogniser *r, const struct picture *p, const struct wishes *w,
                     struct recognition *out)
{
    struct prepared *s = prepare_picture(p, recognise_dpi(&w->options, p->dpi), 0);
    for (const char *c = w->steps; s && *c; c++) {
        struct prepared *next = step(s, *c);
        prepare_free(s);
        s = next;
    }
    if (s)
        recognise_prepared(r, s, (enum recognise_layout)w->layout, &w->options, out);
    prepare_free(s);
}

static void print(FILE *f, const struct recognition *r, bool words)
{
    if (!words && r->text)
        fwrite(r->text, 1, r->len, f);
    for (size_t i = 0; words && i < r->count; i++) {
        const struct recognised_word *w = &r->words[i];
        fprintf(f, "%.1f\t%u\t%u\t%d\t%.0f,%.0f,%.0f,%.0f\t%.*s\n", (double)w->confidence,
                recognition_letters(r->text + w->at, w->len), w->line, w->known, (double)w->box[0],
                (double)w->box[1], (double)w->box[2], (double)w->box[3], (int)w->len,
                r->text + w->at);
    }
}

static struct languages installed;

static void report(const char *name, const struct recogniser *r, const struct recognition *got,
                   const struct hard_reading *hard)
{
    char better[LANGUAGES_CAP] = "";
    struct languages_guess guess;
    const struct languages_evidence e = {
        got->text ? got->text : "", got->len, hard->orientation.script,
        hard->orientation.script_confidence, recogniser_languages(r)};
    languages_guess(e.utf8, e.len, &guess);
    languages_advise(&installed, &e, better);
    fprintf(stderr, "%s\t%zu\t%u\t%.1f\t%u\t%u\t%.0f\t%.0f\t%s\t%s %.2f %.1f>%s\n", name,
            got->count, got->dropped, (double)got->confidence, got->passes, got->ms,
            (double)got->dpi, got->score, hard->why, guess.languages, (double)guess.share,
            (double)hard->orientation.confidence, better);
}

static bool one(struct recogniser *r, char *file, const struct wishes *w)
{
    struct picture p;
    struct recognition got = {0};
    struct hard_reading hard = {.why = ""};
    char path[4096];
    if (!load(file, w->source_dpi, &p)) {
        fprintf(stderr, "%s: not a PGM or PBM file\n", file);
        return false;
    }
    if (w->steps)
        by_steps(r, &p, w, &got);
    else
        recognise(r, &p, &w->options, &got);
    if (w->hard && hard_is_worth_it(&got))
        hard_read(r, &p, &w->options, &got, &hard);
    const char *name = basename(file);
    const char *dot = strrchr(name, '.');
    snprintf(path, sizeof path, "%s/%.*s.txt", w->out ? w->out : "",
             dot ? (int)(dot - name) : (int)strlen(name), name);
    FILE *f = w->out ? fopen(path, "w") : stdout;
    if (f)
        print(f, &got, w->words);
    if (f && w->out)
        fclose(f);
    report(name, r, &got, &hard);
    recognition_free(&got);
    free(p.samples);
    return true;
}

static bool understand(int argc, char **argv, struct wishes *w)
{
    static const struct option long_options[] = {
        {"lang", 1, NULL, 'l'},   {"out", 1, NULL, 'o'},   {"source-dpi", 1, NULL, 's'},
        {"dpi", 1, NULL, 'd'},    {"least", 1, NULL, 'm'}, {"once", 0, NULL, '1'},
        {"layout", 1, NULL, 'p'}, {"hard", 0, NULL, 'h'},  {"words", 0, NULL, 'w'},
        {"steps", 1, NULL, 't'},  {NULL, 0, NULL, 0}};
    for (int c; (c = getopt_long(argc, argv, "", long_options, NULL)) != -1;)
        switch (c) {
        case 'l':
            w->languages = optarg;
            break;
        case 'o':
            w->out = optarg;
            break;
        case 's':
            w->source_dpi = strtof(optarg, NULL);
            break;
        case 'd':
            w->options.dpi = strtof(optarg, NULL);
            break;
        case 'm':
            w->options.dpi_least = strtof(optarg, NULL);
            break;
        case '1':
            w->options.once = true;
            break;
        case 'p':
            w->layout = atoi(optarg);
            break;
        case 'h':
            w->hard = true;
            break;
        case 'w':
            w->words = true;
            break;
        case 't':
            w->steps = optarg;
            break;
        default:
            return false;
        }
    return optind < argc && w->source_dpi > 0;
}

/* A line of /proc/self/status, in MB; 0 when it is not there. */
static double memory(const char *what)
{
    char line[200];
    double kb = 0;
    FILE *f = fopen("/proc/self/status", "r");
    while (f && fgets(line, sizeof line, f))
        if (strncmp(line, what, strlen(what)) == 0)
            kb = strtod(line + strlen(what), NULL);
    if (f)
        fclose(f);
    return kb / 1024;
}

static double now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

int main(int argc, char **argv)
{
    struct wishes w = {.languages = "eng",
                       .source_dpi = 300,
                       .layout = RECOGNISE_AUTO,
                       .options = {.dehyphenate = true}};
    char err[200];
    int bad = 0;
    if (!understand(argc, argv, &w)) {
        fprintf(stderr, "ocr_tool [options] FILE.pgm... (see the top of its source)\n");
        return 2;
    }
    const char *folder = languages_folder();
    double from = now_ms();
    struct recogniser *r = recogniser_new(folder, w.languages, err, sizeof err);
    if (!r) {
        fprintf(stderr, "%s\n", err);
        return 1;
    }
    double loaded = now_ms() - from, space = memory("VmSize:"), resident = memory("VmRSS:");
    (void)(folder && languages_installed(folder, &installed));
    for (int i = optind; i < argc; i++)
        bad += !one(r, argv[i], &w);
    fprintf(stderr, "models: %.0f ms; address space %.0f -> %.0f MB; resident %.0f -> %.0f MB\n",
            loaded, space, memory("VmPeak:"), resident, memory("VmHWM:"));
    recogniser_free(r);
    return bad > 0;
}
