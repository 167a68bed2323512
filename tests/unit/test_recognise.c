/*
 * From pixels to words: text and places of pages that are drawn here, lying as they should or not;
 * and that a caged child reads as well as anybody, without a file.
 */
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"
#pragma GCC diagnostic ignored "-Wstrict-prototypes"
#include <leptonica/allheaders.h>
#pragma GCC diagnostic pop

#include "extractd/parser/cage.h"
#include "extractd/parser/hard.h"
#include "extractd/parser/onethread.h"
#include "extractd/parser/prepare.h"
#include "extractd/parser/rawline.h"
#include "extractd/parser/reading.h"
#include "spool/settings.h"

enum { W = 1700, H = 1100, LINES = 8, FIRST = 150, APART = 90, LEFT = 150, DPI = 200 };

static const char *const lines[LINES] = {
    "The quick brown fox jumps over the lazy dog.",  "Pack my box with five dozen liquor jugs.",
    "How quickly daft jumping zebras vex the king.", "All human beings are born free and equal.",
    "Invoice number 4711 of the third of March.",    "The five boxing wizards jump quickly today.",
    "We promptly judged antique ivory buckles.",     "This is the last line of the whole page."};

static struct recogniser *eng;
static const struct recognise_options plain = {.dpi = DPI, .dpi_least = DPI};

/* White paper; with_text: the lines, the first baseline at FIRST. */
static PIX *paper(bool with_text)
{
    PIX *pix = pixCreate(W, H, 8);
    pixSetAll(pix);
    L_BMF *font = bmfCreate(NULL, 18);
    for (int i = 0; with_text && i < LINES; i++) {
        l_int32 width;
        pixSetTextline(pix, font, lines[i], 0, LEFT, FIRST + i * APART, &width, NULL);
    }
    bmfDestroy(&font);
    return pix;
}

/* pix is taken over; its samples are the caller's. */
static struct picture picture_of(PIX *pix)
{
    l_int32 w = pixGetWidth(pix), h = pixGetHeight(pix);
    struct picture p = {
        malloc((size_t)w * (size_t)h),         (uint32_t)w, (uint32_t)h, (uint32_t)w, 8, DPI,
        {72.0f / DPI, 0, 0, 72.0f / DPI, 0, 0}};
    for (l_int32 y = 0; y < h; y++)
        for (l_int32 x = 0; x < w; x++) {
            l_uint32 v;
            pixGetPixel(pix, x, y, &v);
            p.samples[y * w + x] = (uint8_t)v;
        }
    pixDestroy(&pix);
    return p;
}

static bool has_line(const struct recognition *r, const char *line)
{
    const char *at = strstr(r->text, line);
    return at && at[strlen(line)] == '\n';
}

/* Nearly all lines are there, in their order. */
static void reads_the_page(const struct recognition *r)
{
    int found = 0;
    const char *last = r->text;
    for (int i = 0; i < LINES; i++) {
        const char *at = strstr(last, lines[i]);
        found += at && has_line(r, lines[i]);
        last = at ? at : last;
    }
    if (found < LINES - 1)
        print_error("%s\n", r->text);
    assert_true(found >= LINES - 1);
    assert_true(r->confidence > 80);
    assert_int_equal(strlen(r->text), r->len);
}

static const struct recognised_word *word(const struct recognition *r, const char *wanted)
{
    for (size_t i = 0; i < r->count; i++)
        if (r->words[i].len == strlen(wanted) &&
            memcmp(r->text + r->words[i].at, wanted, r->words[i].len) == 0)
            return &r->words[i];
    fail_msg("no word %s", wanted);
    return NULL;
}

/* Tier 4, as if nothing had been told of the picture before. */
static enum recognise_result read_hard(const struct picture *p, struct recognition *r,
                                       struct hard_reading *hard)
{
    struct prepared *s = prepare_picture(p, DPI, 0);
    assert_non_null(s);
    *hard = (struct hard_reading){.why = ""};
    enum recognise_result result = hard_read(eng, s, &plain, r, hard);
    prepare_free(s);
    return result;
}

/* "Invoice" begins the fifth line, wherever the picture put it. In points of the upright page. */
static void stands_upright(const struct recognition *r, float by)
{
    const struct recognised_word *w = word(r, "Invoice");
    float x = w->box[0] * DPI / 72, y = w->box[3] * DPI / 72;
    if (fabsf(x - LEFT) > by || fabsf(y - (FIRST + 4 * APART)) > by)
        print_error("Invoice is at %g, %g\n", (double)x, (double)y);
    assert_true(fabsf(x - LEFT) <= by && fabsf(y - (FIRST + 4 * APART)) <= by);
    assert_true(w->box[2] > w->box[0] + 10 && w->box[3] > w->box[1] + 4);
}

static void count_tick(void *ticks)
{
    ++*(int *)ticks;
}

static void plain_page(void **state)
{
    (void)state;
    int ticks = 0;
    unsigned long regions = onethread_regions(), kept = rawline_count();
    struct picture p = picture_of(paper(true));
    struct recognise_options o = plain;
    struct recognition r;
    o.tick = count_tick;
    o.tick_for = &ticks;
    assert_int_equal(recognise(eng, &p, &o, &r), RECOGNISE_OK);
    reads_the_page(&r);
    stands_upright(&r, 12);
    assert_true(ticks >= LINES - 1);
    assert_true(onethread_regions() - regions > 100); /* else they went to libgomp */
    assert_true(rawline_count() - kept >= LINES - 1); /* else they were packed as PNG */
    assert_true(r.passes == 1 && r.ms > 0 && r.count >= 50);
    assert_false(hard_is_worth_it(&r));
    assert_true(word(&r, "Invoice")->line == word(&r, "March.")->line);
    assert_true(word(&r, "Invoice")->line > word(&r, "quick")->line);
    recognition_free(&r);
    recognition_free(&r);
    free(p.samples);
}

/* A scan that lies upside down in the file, but is displayed upright, is read upright. */
static void displayed_turned(void **state)
{
    (void)state;
    struct recognition r;
    PIX *pix = paper(true), *turned = pixRotateOrth(pix, 2);
    pixDestroy(&pix);
    struct picture p = picture_of(turned);
    const float m[6] = {-72.0f / DPI, 0, 0, -72.0f / DPI, W * 72.0f / DPI, H * 72.0f / DPI};
    memcpy(p.m, m, sizeof m);
    assert_int_equal(recognise(eng, &p, &plain, &r), RECOGNISE_OK);
    reads_the_page(&r);
    stands_upright(&r, 12);
    recognition_free(&r);
    free(p.samples);
}

/* The page itself lies wrong: its places are those of the page as it is. */
static void turned_page(void **state)
{
    (void)state;
    for (int quarters = 1; quarters < 4; quarters++) {
        struct recognition r;
        struct hard_reading hard;
        char why[32];
        PIX *pix = paper(true), *turned = pixRotateOrth(pix, quarters);
        pixDestroy(&pix);
        struct picture p = picture_of(turned);
        if (recognise(eng, &p, &plain, &r) == RECOGNISE_OK && !hard_is_worth_it(&r)) {
            assert_true(quarters == 1); /* tesseract itself reads text that runs down the page */
            reads_the_page(&r);
            recognition_free(&r);
        }
        assert_true(hard_is_worth_it(&r));
        assert_int_equal(read_hard(&p, &r, &hard), RECOGNISE_OK);
        reads_the_page(&r);
        snprintf(why, sizeof why, "turned by %d", (4 - quarters) * 90);
        assert_non_null(strstr(hard.why, why));
        assert_true(hard.asked);
        assert_string_equal(hard.orientation.script, "Latin");
        assert_true(r.passes <= 2 + HARD_READINGS);
        const struct recognised_word *w = word(&r, "Invoice");
        float wide = w->box[2] - w->box[0], high = w->box[3] - w->box[1];
        assert_true(quarters == 2 ? wide > high : high > wide);
        if (quarters == 2)
            assert_true(fabsf(w->box[2] - (W - LEFT) * 72.0f / DPI) < 5);
        recognition_free(&r);
        free(p.samples);
    }
}

/* Plain prose: strokes above the line are more than below it, as the lines at the top lack. */
static const char *const english[LINES] = {
    "All human beings are born free and equal in dignity.",
    "The house behind the hill has been sold to a friend.",
    "It was built of wood and brick two hundred years ago.",
    "Its kitchen looks to the north, and the hall to the lake.",
    "In the attic there are books that no one has read.",
    "The old clock in the hall has not told the time since then.",
    "Both children had left the island before the flood.",
    "That is all that there is to be said of this house."};

static const char *const german[LINES] = {
    "Der Mann und die Frau sind mit dem Kind in das Haus gegangen.",
    "Sie haben es nicht gesehen, weil es dort noch nicht war.",
    "Wenn der Wagen nicht mehr da ist, sind wir zu Hause.",
    "Er hat auch das Buch, das auf dem Tisch war, gelesen.",
    "Die Tage werden nach und nach wieder etwas heller.",
    "Das ist aber nicht alles, was uns dazu bekannt ist.",
    "Nur wer es sich aus der Ferne ansieht, kann es sehen.",
    "Mit dem letzten Wort ist die Seite auch schon am Ende."};

/* A page full of them, three times. */
static PIX *prose(const char *const text[LINES])
{
    enum { DENSE = 60, HIGH = FIRST + 3 * LINES * DENSE };
    PIX *pix = pixCreate(W, HIGH, 8);
    pixSetAll(pix);
    L_BMF *font = bmfCreate(NULL, 18);
    for (int i = 0; i < 3 * LINES; i++) {
        l_int32 width;
        pixSetTextline(pix, font, text[i % LINES], 0, LEFT, FIRST / 2 + (i + 1) * DENSE, &width,
                       NULL);
    }
    bmfDestroy(&font);
    return pix;
}

/* Some lines run over the edge; what does not is read. */
static void reads_prose(const struct recognition *r)
{
    static const char *const parts[] = {"human beings are born", "behind the hill",
                                        "looks to the north", "books that no one",
                                        "in the hall has not"};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        if (!strstr(r->text, parts[i]))
            fail_msg("no \"%s\" in %s", parts[i], r->text);
}

static const struct languages two = {.names = {"deu", "eng"}, .count = 2, .osd = true};

/* A glance tells another language: nothing else is read. In its own it is read on. */
static void glanced_at(void **state)
{
    (void)state;
    struct reading_order order = {.recogniser = eng, .options = plain, .installed = &two};
    struct picture foreign = picture_of(prose(german)), own = picture_of(prose(english));
    struct reading r;
    assert_int_equal(reading_make(&order, &foreign, &r), RECOGNISE_OK);
    assert_string_equal(r.want, "deu");
    assert_int_equal(r.words.count, 0);
    assert_int_equal(r.words.passes, 1);
    assert_false(r.telling);
    reading_free(&r);
    assert_int_equal(reading_make(&order, &own, &r), RECOGNISE_OK);
    assert_string_equal(r.want, "");
    reads_prose(&r.words);
    assert_int_equal(r.words.passes, 2);
    reading_free(&r);
    order.installed = NULL; /* nothing may be asked for: nothing is looked for */
    assert_int_equal(reading_make(&order, &foreign, &r), RECOGNISE_OK);
    assert_string_equal(r.want, "");
    assert_true(r.words.count > 50 && r.words.passes == 1);
    reading_free(&r);
    free(foreign.samples);
    free(own.samples);
}

/* A page in another language than those before it: both from then on. */
static void amid_others(void **state)
{
    (void)state;
    const struct reading_order order = {
        .recogniser = eng, .options = plain, .installed = &two, .settled = true};
    struct picture foreign = picture_of(prose(german)), own = picture_of(prose(english));
    struct reading r;
    assert_int_equal(reading_make(&order, &foreign, &r), RECOGNISE_OK);
    assert_string_equal(r.want, "eng+deu");
    reading_free(&r);
    assert_int_equal(reading_make(&order, &own, &r), RECOGNISE_OK);
    assert_string_equal(r.want, "");
    assert_int_equal(r.words.passes, 1);
    reads_prose(&r.words);
    reading_free(&r);
    free(foreign.samples);
    free(own.samples);
}

static void skewed_page(void **state)
{
    (void)state;
    struct recognition r;
    struct hard_reading hard;
    PIX *pix = paper(true),
        *skewed = pixRotate(pix, 0.16f, L_ROTATE_AREA_MAP, L_BRING_IN_WHITE, W, H);
    pixDestroy(&pix);
    struct picture p = picture_of(skewed);
    recognise(eng, &p, &plain, &r);
    assert_true(hard_is_worth_it(&r));
    assert_int_equal(read_hard(&p, &r, &hard), RECOGNISE_OK);
    assert_non_null(strstr(hard.why, "deskewed by 9."));
    reads_the_page(&r);
    recognition_free(&r);
    free(p.samples);
}

static PIX *dither(PIX *grey)
{
    PIX *binary = pixDitherToBinary(grey), *pix = pixConvert1To8(NULL, binary, 255, 0);
    pixDestroy(&grey);
    pixDestroy(&binary);
    return pix;
}

/* Pictures without words. */
static PIX *wordless(int kind)
{
    PIX *pix = paper(false);
    uint32_t seed = 12345;
    for (l_int32 y = 0; kind && y < H; y++)
        for (l_int32 x = 0; x < W; x++) {
            seed = seed * 1664525u + 1013904223u;
            unsigned noise = seed >> 24,
                     wave = (unsigned)(127 + 120 * sin(x / 37.0) * cos(y / 23.0));
            bool speck = seed >> 8 < 0xffffffu / 500;
            unsigned v = kind == 1 ? noise : kind == 2 ? (speck ? 0u : 255u) : wave;
            pixSetPixel(pix, x, y, v);
        }
    return kind == 4 ? dither(pix) : pix;
}

static void no_words(void **state)
{
    (void)state;
    for (int kind = 0; kind < 5; kind++) {
        struct recognition r;
        struct hard_reading hard;
        struct picture p = picture_of(wordless(kind));
        enum recognise_result result = recognise(eng, &p, &plain, &r);
        if (hard_is_worth_it(&r))
            result = read_hard(&p, &r, &hard);
        if (r.count)
            print_error("kind %d: %s\n", kind, r.text);
        assert_int_equal(result, RECOGNISE_NOTHING);
        assert_int_equal(r.count, 0);
        assert_string_equal(r.text, "");
        recognition_free(&r);
        free(p.samples);
    }
}

static void short_text_stays(void **state)
{
    (void)state;
    struct recognition r;
    PIX *pix = paper(false);
    L_BMF *font = bmfCreate(NULL, 20);
    l_int32 width;
    pixSetTextline(pix, font, "Page 7", 0, 700, 500, &width, NULL);
    bmfDestroy(&font);
    struct picture p = picture_of(pix);
    assert_int_equal(recognise(eng, &p, &plain, &r), RECOGNISE_OK);
    assert_string_equal(r.text, "Page 7\n");
    recognition_free(&r);
    free(p.samples);
}

static void impossible_pictures(void **state)
{
    (void)state;
    struct recognition r;
    uint8_t dot[64] = {0};
    struct picture p = {dot, 8, 8, 8, 8, DPI, {1, 0, 0, 1, 0, 0}};
    struct recognise_options o = {.dpi = DPI, .dpi_least = 1};
    assert_int_equal(recognise(eng, &p, &o, &r), RECOGNISE_NOTHING);
    recognition_free(&r);
    p.samples = NULL;
    assert_int_equal(recognise(eng, &p, &o, &r), RECOGNISE_PICTURE);
    recognition_free(&r);
    p.samples = dot, p.height = 0;
    assert_int_equal(recognise(eng, &p, &o, &r), RECOGNISE_PICTURE);
    recognition_free(&r);
}

static void missing_language(void **state)
{
    (void)state;
    char err[200] = "";
    assert_null(recogniser_new(NULL, "eng+xyz", err, sizeof err));
    assert_non_null(strstr(err, "xyz"));
    assert_null(recogniser_new("/nonexistent", "eng", err, sizeof err));
    assert_non_null(strstr(err, "/nonexistent"));
}

/* ---- in the cage ---- */

static char expected[4096];

/* Exit status of what `run` says in a cage with that much memory; -1 for a signal. */
static int caged(uint64_t memory, int (*run)(const struct picture *), const struct picture *p)
{
    const struct cage_order order = {.sandbox = SANDBOX_REQUIRE,
                                     .at_most = CAGE_FULL,
                                     .parent = getpid(),
                                     .memory_limit = memory,
                                     .documents = 1};
    pid_t pid = fork();
    if (pid == 0) {
        const char *why = "";
        _exit(cage_enter(&order, &why) > CAGE_NONE ? run(p) : 100);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int reads_the_same(const struct picture *p)
{
    struct hard_reading hard;
    for (int pages = 0; pages < 2; pages++) {
        struct recognition r;
        if (recognise(eng, p, &plain, &r) != RECOGNISE_OK)
            return 1;
        if (strcmp(r.text, expected) != 0)
            return 2;
        recognition_free(&r);
        if (read_hard(p, &r, &hard) != RECOGNISE_OK || !hard.asked)
            return 3;
        recognition_free(&r);
    }
    return 0;
}

static int says_no_memory(const struct picture *p)
{
    struct recognition r;
    return recognise(eng, p, &plain, &r) == RECOGNISE_NO_MEMORY && r.count == 0 ? 0 : 1;
}

static int opens_a_socket(const struct picture *p)
{
    (void)p;
    return socket(AF_INET, SOCK_STREAM, 0) >= 0;
}

static void in_the_cage(void **state)
{
    (void)state;
#ifdef __SANITIZE_ADDRESS__
    print_message("the cage kills what AddressSanitizer's runtime does: it was not tried\n");
    skip();
#endif
    struct recognition r;
    struct picture p = picture_of(paper(true));
    if (cage_prepare() < 0) {
        print_message("no seccomp here: the cage was not tried\n");
        free(p.samples);
        return;
    }
    assert_int_equal(recognise(eng, &p, &plain, &r), RECOGNISE_OK);
    snprintf(expected, sizeof expected, "%s", r.text);
    recognition_free(&r);
    assert_int_equal(caged(600u << 20, opens_a_socket, &p), -1); /* the cage is there */
    assert_int_equal(caged(600u << 20, reads_the_same, &p), 0);
    assert_int_equal(caged(600u << 20, reads_the_same, &p), 0); /* another child, the same models */
    assert_int_equal(caged(30u << 20, says_no_memory, &p), 0);
    free(p.samples);
}

/* What tesseract reads back of a line is what it would have read of a PNG: grey, colours, black and
 * white, and sides that are no multiple of a machine word. */
static void kept_line(void **state)
{
    static const struct {
        l_int32 w, h, depth;
    } kinds[] = {{1, 1, 8}, {3, 5, 8}, {777, 61, 8}, {33, 7, 1}, {50, 9, 32}};
    uint32_t seed = 7;
    (void)state;
    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
        PIX *pix = pixCreate(kinds[k].w, kinds[k].h, kinds[k].depth);
        for (l_int32 y = 0; y < kinds[k].h; y++)
            for (l_int32 x = 0; x < kinds[k].w; x++, seed = seed * 1664525u + 1013904223u)
                pixSetPixel(pix, x, y, kinds[k].depth == 32 ? seed | 0xff : seed >> 24);
        l_uint8 *png = NULL, *kept = NULL;
        size_t n_png = 0, n_kept = 0;
        unsigned long before = rawline_count();
        l_int32 same = 0;
        assert_int_equal(pixWriteMemPng(&png, &n_png, pix, 0), 0);
        assert_int_equal(pixWriteMem(&kept, &n_kept, pix, IFF_PNG), 0);
        assert_int_equal(rawline_count() - before, 1);
        assert_true(n_kept >= 4 && memcmp(kept, "spix", 4) == 0);
        PIX *by_png = pixReadMem(png, n_png), *by_us = pixReadMem(kept, n_kept);
        assert_non_null(by_png);
        assert_non_null(by_us);
        assert_int_equal(pixGetDepth(by_us), pixGetDepth(by_png));
        assert_int_equal(pixEqual(by_png, by_us, &same), 0);
        assert_int_equal(same, 1);
        pixDestroy(&by_png);
        pixDestroy(&by_us);
        pixDestroy(&pix);
        lept_free(png);
        lept_free(kept);
    }
}

int main(int argc, char **argv)
{
    (void)argc;
    if (!getenv("OMP_THREAD_LIMIT")) { /* libgomp looks before main */
        setenv("OMP_THREAD_LIMIT", "1", 1);
        execv("/proc/self/exe", argv);
        return 1;
    }
    char err[200];
    eng = recogniser_new(NULL, "eng", err, sizeof err);
    if (!eng) {
        print_error("%s\n", err);
        return 1;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kept_line),        cmocka_unit_test(plain_page),
        cmocka_unit_test(glanced_at),       cmocka_unit_test(amid_others),
        cmocka_unit_test(displayed_turned), cmocka_unit_test(turned_page),
        cmocka_unit_test(skewed_page),      cmocka_unit_test(no_words),
        cmocka_unit_test(short_text_stays), cmocka_unit_test(impossible_pictures),
        cmocka_unit_test(missing_language), cmocka_unit_test(in_the_cage),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    recogniser_free(eng);
    return failed;
}
