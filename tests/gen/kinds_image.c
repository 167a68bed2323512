/* Scans: pages that are one grey bitmap of text, with no text layer. */
#include "tests/gen/doc.h"
#include "tests/gen/dotfont.h"
#include "tests/gen/kinds.h"

#include <stdlib.h>
#include <string.h>

/* Letter at 150 dpi; a dot of the font is 4 by 4 pixels, so that capitals are about 13 points high.
 */
enum { WIDTH = 1275, HEIGHT = 1650, DOT = 4, ADVANCE = 6 * DOT, LEADING = 13 * DOT, MARGIN = 120 };
enum { PAPER = 245, INK = 30, COLUMNS = (WIDTH - 2 * MARGIN) / ADVANCE };

static void plot_char(unsigned char *grey, int x, int y, unsigned char c)
{
    int drop = 0;
    const char *dots = dotfont_glyph(c, &drop);

    if (!dots)
        return;
    y += drop * DOT;
    for (int row = 0; row < DOTFONT_HEIGHT * DOT; row++)
        for (int column = 0; column < DOTFONT_WIDTH * DOT; column++)
            if (dots[row / DOT * DOTFONT_WIDTH + column / DOT] == '#')
                grey[(y + row) * WIDTH + x + column] = INK;
}

/* Plot text in lines broken at spaces, from y downwards, as far as the page goes; the y below the
 * last line. */
static int plot_para(unsigned char *grey, int y, const char *text)
{
    while (*text && y < HEIGHT - MARGIN) {
        size_t n = strnlen(text, COLUMNS + 1);

        if (n > COLUMNS) {
            while (n > 0 && text[n - 1] != ' ')
                n--;
            if (n == 0)
                n = COLUMNS;
        }
        for (size_t i = 0; i < n; i++)
            plot_char(grey, MARGIN + (int)i * ADVANCE, y, (unsigned char)text[i]);
        text += n;
        y += LEADING;
    }
    return y;
}

/* Blur by the mean of five by five pixels, as a scanner's lens does: it also rounds the steps of
 * the dots. */
static void blur(unsigned char *dst, const unsigned char *src)
{
    for (int y = 2; y < HEIGHT - 2; y++) {
        for (int x = 2; x < WIDTH - 2; x++) {
            unsigned sum = 0;

            for (int dy = -2; dy <= 2; dy++)
                for (int dx = -2; dx <= 2; dx++)
                    sum += src[(y + dy) * WIDTH + x + dx];
            dst[y * WIDTH + x] = (unsigned char)(sum / 25);
        }
    }
}

/* Write the picture of a page with these words; its object number. */
static unsigned scan_image(struct doc *d, const char *words)
{
    const size_t size = (size_t)WIDTH * HEIGHT;
    unsigned char *sharp = malloc(size);
    unsigned num = pdfout_reserve(&d->pdf);
    struct buf grey = {0};
    int y;

    if (!sharp || !buf_room(&grey, size)) {
        d->pdf.out->failed = true;
        goto end;
    }
    memset(sharp, PAPER, size);
    y = plot_para(sharp, MARGIN, "A page from the scanner");
    y = plot_para(sharp, y + LEADING, words);
    plot_para(sharp, y + LEADING,
              "This page is a picture. Nobody can search it before a machine has read the letters "
              "again, one by one.");
    memset(grey.data, PAPER, size);
    blur((unsigned char *)grey.data, sharp);
    grey.len = size;
    pdfout_flate(&d->pdf, num,
                 "/Type /XObject /Subtype /Image /Width 1275 /Height 1650 /ColorSpace /DeviceGray "
                 "/BitsPerComponent 8",
                 &grey);
end:
    buf_free(&grey);
    free(sharp);
    return num;
}

static void scan_page(struct doc *d, const char *words)
{
    struct buf content = {0}, resources = {0};

    buf_fmt(&resources, "/XObject << /Im1 %u 0 R >>", scan_image(d, words));
    buf_fmt(&content, "q %d 0 0 %d 0 0 cm /Im1 Do Q", DOC_WIDTH, DOC_HEIGHT);
    if (buf_ok(&resources))
        doc_page(d, &content, "", resources.data);
    buf_free(&content);
    buf_free(&resources);
}

static void make_scan(struct buf *out, const struct genopt *opt)
{
    struct doc d;

    doc_begin(&d, out);
    scan_page(&d, opt->words);
    doc_end(&d);
}

static void make_mixed(struct buf *out, const struct genopt *opt)
{
    struct buf content = {0};
    struct doc d;

    doc_begin(&d, out);
    doc_text(&content, 72, 720, 16, "The first page has a text layer");
    doc_para(&content, 72, 690, 11, 84, opt->words);
    doc_page(&d, &content, "", "");
    scan_page(&d, "The second page is a scan");
    doc_end(&d);
    buf_free(&content);
}

const struct kind kinds_image[] = {
    {"scan", "empty|partial|ok", "a page that is a picture of the words; ok needs OCR", make_scan},
    {"mixed", "partial|ok", "a page of text and a scanned page; ok needs OCR", make_mixed},
    {NULL, NULL, NULL, NULL},
};
