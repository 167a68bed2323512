#include "tests/gen/scan.h"

#include "tests/gen/dotfont.h"

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

unsigned scan_image(struct doc *d, const char *words)
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
    y = plot_para(sharp, MARGIN, SCAN_TITLE);
    y = plot_para(sharp, y + LEADING, words);
    plot_para(sharp, y + LEADING, SCAN_REST);
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
