#include "tests/gen/tounicode.h"

#include "base/utf8.h"

#include <string.h>

enum { FIRST = 32, LAST = 126, IN_SECTION = 64, LINE_MAX_CHARS = 200 };

static void begin_map(struct buf *map, const char *codes)
{
    buf_fmt(map,
            "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n/CMapName /mkpdf def\n"
            "/CMapType 2 def\n1 begincodespacerange\n%s\nendcodespacerange\n",
            codes);
}

static void end_map(struct buf *map)
{
    buf_str(map, "endcmap\nend\nend\n");
}

/* A character as UTF-16 in hex. */
static void utf16(struct buf *dst, uint32_t c)
{
    if (c < 0x10000)
        buf_fmt(dst, "%04x", (unsigned)c);
    else
        buf_fmt(dst, "%04x%04x", 0xd800U + (unsigned)((c - 0x10000) >> 10),
                0xdc00U + (unsigned)((c - 0x10000) & 0x3ff));
}

unsigned tounicode_lying(struct pdfout *p, uint32_t (*meaning)(unsigned byte))
{
    unsigned font = pdfout_reserve(p), stream = pdfout_reserve(p);
    struct buf map = {0};

    begin_map(&map, "<00> <ff>");
    buf_fmt(&map, "%d beginbfchar\n", LAST - FIRST + 1);
    for (unsigned byte = FIRST; byte <= LAST; byte++) {
        buf_fmt(&map, "<%02x> <", byte);
        utf16(&map, meaning(byte));
        buf_str(&map, ">\n");
    }
    buf_str(&map, "endbfchar\n");
    end_map(&map);
    pdfout_flate(p, stream, "", &map);
    pdfout_obj(p, font,
               "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding "
               "/ToUnicode %u 0 R >>",
               stream);
    buf_free(&map);
    return font;
}

/* Ranges may not go beyond their last byte. */
static unsigned identity_map(struct pdfout *p)
{
    unsigned num = pdfout_reserve(p);
    struct buf map = {0};

    begin_map(&map, "<0000> <ffff>");
    for (unsigned high = 0; high < 256; high++) {
        if (high % IN_SECTION == 0)
            buf_fmt(&map, "%d beginbfrange\n", IN_SECTION);
        buf_fmt(&map, "<%02x00> <%02xff> <%02x00>\n", high, high, high);
        if (high % IN_SECTION == IN_SECTION - 1)
            buf_str(&map, "endbfrange\n");
    }
    end_map(&map);
    pdfout_flate(p, num, "", &map);
    buf_free(&map);
    return num;
}

unsigned tounicode_wide(struct pdfout *p)
{
    unsigned font = pdfout_reserve(p), below = pdfout_reserve(p), about = pdfout_reserve(p);

    pdfout_obj(p, font,
               "<< /Type /Font /Subtype /Type0 /BaseFont /Wide /Encoding /Identity-H "
               "/DescendantFonts [%u 0 R] /ToUnicode %u 0 R >>",
               below, identity_map(p));
    pdfout_obj(p, below,
               "<< /Type /Font /Subtype /CIDFontType2 /BaseFont /Wide /CIDSystemInfo << /Registry "
               "(Adobe) /Ordering (Identity) /Supplement 0 >>\n/DW 600 /FontDescriptor %u 0 R >>",
               about);
    pdfout_obj(p, about,
               "<< /Type /FontDescriptor /FontName /Wide /Flags 4 /FontBBox [0 -200 1000 800] "
               "/ItalicAngle 0 /Ascent 800 /Descent -200 /CapHeight 700 /StemV 80 >>");
    return font;
}

void tounicode_line(struct buf *content, const char *name, int x, int y, const char *utf8,
                    int backwards)
{
    uint32_t chars[LINE_MAX_CHARS];
    size_t n = 0, bytes = strlen(utf8);

    for (size_t i = 0; i < bytes && n < LINE_MAX_CHARS;) {
        size_t len = utf8_seq(utf8 + i, bytes - i);

        if (len == 0)
            break;
        chars[n++] = utf8_code(utf8 + i, len);
        i += len;
    }
    buf_fmt(content, "BT /%s 9 Tf %d %d Td <", name, x, y);
    for (size_t i = 0; i < n; i++)
        utf16(content, chars[backwards ? n - 1 - i : i]);
    buf_str(content, "> Tj ET\n");
}
