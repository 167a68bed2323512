/* Pages on which text and pictures lie over each other: what the quality gate has to tell apart. */
#include "tests/gen/doc.h"
#include "tests/gen/dotfont.h"
#include "tests/gen/genrnd.h"
#include "tests/gen/kinds.h"
#include "tests/gen/scan.h"
#include "tests/gen/trace.h"

#include <stdlib.h>

enum { SIDE = 600 }; /* of the pictures that have no words, in dots */

/* A page with this picture all over it, and content before (below) and after (above) it. */
static void picture_page(struct doc *d, unsigned picture, const struct buf *below,
                         const struct buf *above)
{
    struct buf content = {0}, resources = {0};

    buf_fmt(&resources, "/XObject << /Im1 %u 0 R >>", picture);
    if (below->len)
        buf_add(&content, below->data, below->len);
    buf_fmt(&content, "q %d 0 0 %d 0 0 cm /Im1 Do Q\n", DOC_WIDTH, DOC_HEIGHT);
    if (above->len)
        buf_add(&content, above->data, above->len);
    content.failed |= below->failed || above->failed;
    if (buf_ok(&resources))
        doc_page(d, &content, "", resources.data);
    buf_free(&content);
    buf_free(&resources);
}

static void one_page(struct buf *out, const char *words, const struct buf *below,
                     const struct buf *above)
{
    struct doc d;

    doc_begin(&d, out);
    picture_page(&d, scan_image(&d, words), below, above);
    doc_end(&d);
}

/* The picture's words, about where they stand in it. */
static void layer(struct buf *content, const char *words)
{
    int y = doc_para(content, 58, 723, 16, 43, SCAN_TITLE);

    y = doc_para(content, 58, y - 21, 16, 43, words);
    doc_para(content, 58, y - 21, 16, 43, SCAN_REST);
}

static void make_ocrlayer(struct buf *out, const struct genopt *opt)
{
    struct buf below = {0}, above = {0};

    buf_str(&above, "3 Tr\n");
    layer(&above, opt->words);
    one_page(out, opt->words, &below, &above);
    buf_free(&above);
}

static void make_ocrunder(struct buf *out, const struct genopt *opt)
{
    struct buf below = {0}, above = {0};

    layer(&below, opt->words);
    one_page(out, opt->words, &below, &above);
    buf_free(&below);
}

static void make_strayletter(struct buf *out, const struct genopt *opt)
{
    struct buf below = {0}, above = {0};

    doc_text(&above, 300, 20, 8, "x");
    one_page(out, opt->words, &below, &above);
    buf_free(&above);
}

static void make_watermark(struct buf *out, const struct genopt *opt)
{
    struct buf below = {0}, above = {0};

    buf_str(&above, "q 0.8 g 0.7 0.7 -0.7 0.7 150 200 cm\n");
    doc_text(&above, 0, 0, 60, "CONFIDENTIAL COPY");
    buf_str(&above, "Q\n");
    one_page(out, opt->words, &below, &above);
    buf_free(&above);
}

static void make_headfoot(struct buf *out, const struct genopt *opt)
{
    struct buf below = {0}, above = {0};

    doc_text(&above, 72, 770, 9, "Case 1:24-cv-00123  Document 7  Filed 12 March 2024");
    doc_text(&above, 72, 20, 9, "Received by the harbour office on 14 March 2024, page 1 of 1");
    one_page(out, opt->words, &below, &above);
    buf_free(&above);
}

static void outline_words(struct buf *content, int y, const char *words)
{
    y = trace_para(content, 72, y, 60, "A page drawn in curves");
    y = trace_para(content, 72, y - 16, 60, words);
    trace_para(content, 72, y - 16, 60,
               "No font is used here. Whoever made this page turned its letters into outlines, so "
               "that no machine can search it, and all that is left is their shape on the paper.");
}

static void make_outlines(struct buf *out, const struct genopt *opt)
{
    struct buf content = {0};
    struct doc d;

    doc_begin(&d, out);
    outline_words(&content, 700, opt->words);
    doc_page(&d, &content, "", "");
    doc_end(&d);
    buf_free(&content);
}

static void make_outlinebody(struct buf *out, const struct genopt *opt)
{
    struct buf content = {0};
    struct doc d;

    doc_begin(&d, out);
    doc_text(&content, 72, 750, 9, "Printed from the archive, 12 March 2024");
    outline_words(&content, 700, opt->words);
    doc_page(&d, &content, "", "");
    doc_end(&d);
    buf_free(&content);
}

/* SIDE by SIDE dots in three colours; dot gives the byte for each. */
static unsigned picture(struct doc *d, unsigned (*dot)(struct genrnd *rnd, int x, int y, int part),
                        uint64_t seed)
{
    unsigned num = pdfout_reserve(&d->pdf);
    struct genrnd rnd = genrnd_of(seed);
    struct buf dots = {0};

    for (int y = 0; y < SIDE; y++)
        for (int x = 0; x < SIDE; x++)
            for (int part = 0; part < 3; part++)
                buf_char(&dots, (char)dot(&rnd, x, y, part));
    pdfout_flate(&d->pdf, num,
                 "/Type /XObject /Subtype /Image /Width 600 /Height 600 /ColorSpace /DeviceRGB "
                 "/BitsPerComponent 8",
                 &dots);
    buf_free(&dots);
    return num;
}

static unsigned noise_dot(struct genrnd *rnd, int x, int y, int part)
{
    (void)x, (void)y, (void)part;
    return (unsigned)(genrnd_next(rnd) >> 56);
}

/* A sun over a sea. */
static unsigned sea_dot(struct genrnd *rnd, int x, int y, int part)
{
    int dx = x - 420, dy = y - 150;
    static const unsigned char sun[] = {250, 220, 90}, sky[] = {110, 170, 230},
                               sea[] = {20, 60, 110};

    (void)rnd;
    if (dx * dx + dy * dy < 70 * 70)
        return sun[part];
    return y < 330 ? sky[part] - (unsigned)(330 - y) / 6U : sea[part] + (unsigned)(y - 330) / 8U;
}

static void make_noise(struct buf *out, const struct genopt *opt)
{
    struct buf none = {0};
    struct doc d;

    doc_begin(&d, out);
    picture_page(&d, picture(&d, noise_dot, opt->seed), &none, &none);
    doc_end(&d);
}

static void make_picture(struct buf *out, const struct genopt *opt)
{
    struct buf none = {0};
    struct doc d;

    doc_begin(&d, out);
    picture_page(&d, picture(&d, sea_dot, opt->seed), &none, &none);
    doc_end(&d);
}

/* A photograph in the middle of a page of text, which needs no OCR. */
static void make_illustrated(struct buf *out, const struct genopt *opt)
{
    struct buf content = {0}, resources = {0};
    struct doc d;
    int y;

    doc_begin(&d, out);
    doc_text(&content, 72, 720, 16, "A morning at the quay");
    y = doc_para(&content, 72, 690, 11, 84, opt->words);
    for (int i = 0; i < 4; i++)
        y = doc_para(&content, 72, y - 6, 11, 84,
                     "The boats came in with the tide, one after the other, and the crews carried "
                     "their catch up to the hall, where the buyers waited with cold hands.");
    buf_fmt(&content, "q 250 0 0 200 72 %d cm /Im1 Do Q\n", y - 220);
    doc_para(&content, 72, y - 250, 11, 84, "The sun over the bay, seen from the lighthouse.");
    buf_fmt(&resources, "/XObject << /Im1 %u 0 R >>", picture(&d, sea_dot, opt->seed));
    if (buf_ok(&resources))
        doc_page(&d, &content, "", resources.data);
    doc_end(&d);
    buf_free(&content);
    buf_free(&resources);
}

static void make_whitesheet(struct buf *out, const struct genopt *opt)
{
    struct buf content = {0};
    struct doc d;

    (void)opt;
    doc_begin(&d, out);
    buf_fmt(&content, "1 g 0 0 %d %d re f\n", DOC_WIDTH, DOC_HEIGHT);
    doc_page(&d, &content, "", "");
    doc_end(&d);
    buf_free(&content);
}

/* What is left of a page of listings and a table when their words are taken away: shaded boxes, each
 * line's sides stroked by themselves, and cells. */
static void frames(struct buf *content)
{
    enum { LINE = 10, LINES = 7, BOXES = 4 };

    for (int box = 0; box < BOXES; box++) {
        const int top = 740 - box * 110;
        for (int y = top - LINE; y >= top - LINES * LINE; y -= LINE) {
            buf_fmt(content, "0.9 g 72.3 %d 453.5 %d re f\n", y, LINE);
            buf_fmt(content, "0.4 w 72.1 %d m 72.1 %d l S 525.9 %d m 525.9 %d l S\n", y, y + LINE,
                    y, y + LINE);
        }
        buf_fmt(content, "72 %d m 526 %d l S 72 %d m 526 %d l S\n", top, top, top - LINES * LINE,
                top - LINES * LINE);
    }
    for (int row = 0; row < 8; row++)
        for (int column = 0; column < 4; column++)
            buf_fmt(content, "%d %d 112 18 re S\n", 72 + column * 112, 80 + row * 18);
}

static void make_frames(struct buf *out, const struct genopt *opt)
{
    struct buf content = {0};
    struct doc d;

    (void)opt;
    doc_begin(&d, out);
    frames(&content);
    doc_page(&d, &content, "", "");
    doc_end(&d);
    buf_free(&content);
}

/* In letters of dots, each a rectangle of nearly a point. */
static void dotted_word(struct buf *content, int x, int y, const char *word)
{
    buf_str(content, "0 g\n");
    for (; *word; word++, x += DOTFONT_WIDTH + 1) {
        int drop = 0;
        const char *dots = dotfont_glyph((unsigned char)*word, &drop);
        for (int i = 0; dots && i < DOTFONT_WIDTH * DOTFONT_HEIGHT; i++)
            if (dots[i] == '#')
                buf_fmt(content, "%d %d 1 1 re f\n", x + i % DOTFONT_WIDTH,
                        y + DOTFONT_HEIGHT - i / DOTFONT_WIDTH - drop);
    }
}

static void make_framedword(struct buf *out, const struct genopt *opt)
{
    struct buf content = {0};
    struct doc d;

    (void)opt;
    doc_begin(&d, out);
    frames(&content);
    dotted_word(&content, 80, 85, "tide");
    doc_page(&d, &content, "", "");
    doc_end(&d);
    buf_free(&content);
}

const struct kind kinds_layer[] = {
    {"ocrlayer", "ok", "a scan with an earlier OCR's invisible text over it", make_ocrlayer},
    {"ocrunder", "ok", "the same with the text below the picture", make_ocrunder},
    {"strayletter", "partial|ok", "a scan with one letter of text over it", make_strayletter},
    {"watermark", "partial|ok", "a scan with two words of text across it", make_watermark},
    {"headfoot", "partial|ok", "a scan with a head line and a foot line of text", make_headfoot},
    {"outlines", "empty|partial|ok", "words drawn as curves; ok needs OCR", make_outlines},
    {"outlinebody", "partial|ok", "the same below a head line of text", make_outlinebody},
    {"noise", "empty|partial|ok", "a picture of noise", make_noise},
    {"picture", "empty|partial|ok", "a picture without words", make_picture},
    {"illustrated", "ok", "a page of text with a picture", make_illustrated},
    {"whitesheet", "empty|partial|ok", "nothing but a white rectangle", make_whitesheet},
    {"frames", "empty", "boxes and a table without words", make_frames},
    {"framedword", "empty|partial|ok", "the same with a word in it, made of rectangles",
     make_framedword},
    {NULL, NULL, NULL, NULL},
};
