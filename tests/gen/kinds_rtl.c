/*
 * Hebrew, as real producers write it: the glyphs stand on the page from left to right, that is in
 * visual order, each with its Unicode value in a ToUnicode map. The font is an own Type 3 one, so
 * that nothing has to be embedded.
 */
#include "tests/gen/doc.h"
#include "tests/gen/dotfont.h"
#include "tests/gen/kinds.h"

#include <stdint.h>

/* Code i of the font, from FIRST on. */
static const uint16_t letters[] = {0x5d1, 0x5d3, 0x5d4, 0x5d5, 0x5d9, 0x5da, 0x5dc,
                                   0x5dd, 0x5de, 0x5e1, 0x5e2, 0x5e7, 0x5e9, ' '};
enum { LETTERS = sizeof letters / sizeof letters[0], FIRST = 'A' };

/* "shalom olam" and "mismakh bdika" ("hello world", "test document"), in logical order. */
static const uint16_t line1[] = {0x5e9, 0x5dc, 0x5d5, 0x5dd, ' ', 0x5e2, 0x5d5, 0x5dc, 0x5dd};
static const uint16_t line2[] = {0x5de, 0x5e1, 0x5de, 0x5da, ' ',
                                 0x5d1, 0x5d3, 0x5d9, 0x5e7, 0x5d4};

static int code_of(uint16_t letter)
{
    for (int i = 0; i < LETTERS; i++)
        if (letters[i] == letter)
            return FIRST + i;
    return FIRST + LETTERS - 1;
}

/* One glyph's procedure: a square for each dot; the glyph space has 7 units to the em. */
static unsigned glyph_proc(struct pdfout *p, uint16_t letter)
{
    unsigned num = pdfout_reserve(p);
    struct buf proc = {0};
    int drop = 0;
    const char *dots = dotfont_glyph(letter, &drop);

    buf_str(&proc, "6 0 0 -2 5 7 d1\n");
    for (int i = 0; dots && i < DOTFONT_WIDTH * DOTFONT_HEIGHT; i++)
        if (dots[i] == '#')
            buf_fmt(&proc, "%d %d 1 1 re ", i % DOTFONT_WIDTH,
                    DOTFONT_HEIGHT - 1 - i / DOTFONT_WIDTH - drop);
    if (dots)
        buf_str(&proc, "f");
    pdfout_flate(p, num, "", &proc);
    buf_free(&proc);
    return num;
}

static unsigned to_unicode(struct pdfout *p)
{
    unsigned num = pdfout_reserve(p);
    struct buf map = {0};

    buf_str(&map,
            "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n/CMapName /mkpdf def\n"
            "/CMapType 2 def\n1 begincodespacerange\n<00> <ff>\nendcodespacerange\n");
    buf_fmt(&map, "%d beginbfchar\n", LETTERS);
    for (int i = 0; i < LETTERS; i++)
        buf_fmt(&map, "<%02x> <%04x>\n", (unsigned)(FIRST + i), (unsigned)letters[i]);
    buf_str(&map, "endbfchar\nendcmap\nend\nend\n");
    pdfout_flate(p, num, "", &map);
    buf_free(&map);
    return num;
}

/* The whole font; its object number. */
static unsigned hebrew_font(struct pdfout *p)
{
    unsigned num = pdfout_reserve(p);
    unsigned unicode = to_unicode(p);
    struct buf procs = {0}, names = {0}, widths = {0};

    for (int i = 0; i < LETTERS; i++) {
        buf_fmt(&procs, "/g%d %u 0 R ", i, glyph_proc(p, letters[i]));
        buf_fmt(&names, "/g%d ", i);
        buf_str(&widths, "6 ");
    }
    if (buf_ok(&procs) && buf_ok(&names) && buf_ok(&widths))
        pdfout_obj(
            p, num,
            "<< /Type /Font /Subtype /Type3 /FontBBox [0 -2 5 7] /FontMatrix [0.14 0 0 0.14 0 0]\n"
            "/FirstChar %d /LastChar %d /Widths [%s] /Encoding << /Type /Encoding /Differences [%d "
            "%s] >>\n"
            "/CharProcs << %s >> /Resources << >> /ToUnicode %u 0 R >>",
            FIRST, FIRST + LETTERS - 1, widths.data, FIRST, names.data, procs.data, unicode);
    buf_free(&procs);
    buf_free(&names);
    buf_free(&widths);
    return num;
}

/* Each glyph placed for itself, the last letter leftmost; the gap between words is a gap, no glyph.
 */
static void placed_line(struct buf *content, int y, const uint16_t *text, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint16_t letter = text[n - 1 - i];

        if (letter != ' ')
            buf_fmt(content, "BT /H1 14 Tf %zu %d Td (%c) Tj ET\n", 300 + 12 * i, y,
                    code_of(letter));
    }
}

/* One string in visual order, with a glyph for the space. */
static void shown_line(struct buf *content, int y, const uint16_t *text, size_t n)
{
    buf_fmt(content, "BT /H1 14 Tf 300 %d Td (", y);
    for (size_t i = n; i-- > 0;)
        buf_char(content, (char)code_of(text[i]));
    buf_str(content, ") Tj ET\n");
}

static void make_rtl(struct buf *out, const struct genopt *opt)
{
    struct buf content = {0};
    struct doc d;

    doc_begin(&d, out);
    placed_line(&content, 700, line1, sizeof line1 / sizeof line1[0]);
    shown_line(&content, 670, line2, sizeof line2 / sizeof line2[0]);
    doc_para(&content, 72, 620, 11, 84, opt->words);
    buf_fmt(&d.fonts, "/H1 %u 0 R", hebrew_font(&d.pdf));
    doc_page(&d, &content, "", "");
    doc_end(&d);
    buf_free(&content);
}

const struct kind kinds_rtl[] = {
    {"rtl", "ok", "Hebrew, its glyphs placed from left to right", make_rtl},
    {NULL, NULL, NULL, NULL},
};
