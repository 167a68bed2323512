#include "tests/gen/doc.h"

#include "tests/gen/genrnd.h"

#include <string.h>

void doc_begin(struct doc *d, struct buf *out)
{
    *d = (struct doc){0};
    pdfout_begin(&d->pdf, out);
    d->catalog = pdfout_reserve(&d->pdf);
    d->pages = pdfout_reserve(&d->pdf);
    d->font = pdfout_reserve(&d->pdf);
}

unsigned doc_page_reserve(struct doc *d)
{
    unsigned num = pdfout_reserve(&d->pdf);

    buf_fmt(&d->kids, "%u 0 R ", num);
    d->page_count++;
    return num;
}

/* The buffer's text; "" for an empty one. */
static const char *text_of(const struct buf *b)
{
    return b->data ? b->data : "";
}

void doc_page_put(struct doc *d, unsigned num, unsigned content, const char *extra,
                  const char *resources)
{
    pdfout_obj(&d->pdf, num,
               "<< /Type /Page /Parent %u 0 R /MediaBox [0 0 %d %d] %s\n"
               "/Resources << /Font << /F1 %u 0 R %s >> %s >> /Contents %u 0 R >>",
               d->pages, DOC_WIDTH, DOC_HEIGHT, extra, d->font, text_of(&d->fonts), resources,
               content);
}

unsigned doc_page(struct doc *d, const struct buf *content, const char *extra,
                  const char *resources)
{
    unsigned num = doc_page_reserve(d);
    unsigned stream = pdfout_reserve(&d->pdf);

    doc_page_put(d, num, stream, extra, resources);
    pdfout_flate(&d->pdf, stream, "", content);
    return num;
}

void doc_pad(struct doc *d, uint64_t seed, size_t size)
{
    /* what doc_end still writes: 400 bytes, and for each object a line of the cross-reference table
     */
    size_t have = d->pdf.out->len + 400 + 20 * (size_t)d->pdf.count + d->kids.len;
    struct genrnd rnd = genrnd_of(seed);
    struct buf noise = {0};

    if (size <= have)
        return;
    while (noise.len < size - have && buf_ok(&noise))
        buf_char(&noise, (char)(genrnd_next(&rnd) >> 56));
    pdfout_stream(&d->pdf, pdfout_reserve(&d->pdf), "", &noise);
    buf_free(&noise);
}

void doc_end_objects(struct doc *d)
{
    if (d->kids.failed || d->fonts.failed || d->catalog_extra.failed)
        d->pdf.out->failed = true;
    pdfout_obj(&d->pdf, d->font,
               "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>");
    pdfout_obj(&d->pdf, d->pages, "<< /Type /Pages /Count %u /Kids [%s] >>", d->page_count,
               text_of(&d->kids));
    pdfout_obj(&d->pdf, d->catalog, "<< /Type /Catalog /Pages %u 0 R %s >>", d->pages,
               text_of(&d->catalog_extra));
    buf_free(&d->kids);
    buf_free(&d->fonts);
    buf_free(&d->catalog_extra);
}

void doc_end(struct doc *d)
{
    doc_end_objects(d);
    if (d->trailer_extra.failed)
        d->pdf.out->failed = true;
    pdfout_end(&d->pdf, d->catalog, text_of(&d->trailer_extra));
    buf_free(&d->trailer_extra);
}

/* The next character of UTF-8 at s (n bytes left, at least 1); how many bytes it took. Bad bytes
 * are '?'. */
static size_t next_char(const char *s, size_t n, uint32_t *c)
{
    const unsigned char *u = (const unsigned char *)s;
    size_t len = u[0] < 0x80 ? 1 : u[0] < 0xe0 ? 2 : u[0] < 0xf0 ? 3 : 4;

    *c = '?';
    if (u[0] < 0x80)
        *c = u[0];
    if (len == 1 || len > n)
        return 1;
    *c = u[0] & (0xffU >> (len + 1));
    for (size_t i = 1; i < len; i++)
        *c = *c << 6 | (u[i] & 0x3f);
    return len;
}

/* The WinAnsi byte of a character, or '?'. */
static unsigned winansi(uint32_t c)
{
    static const struct {
        uint16_t c;
        unsigned char byte;
    } high[] = {
        {0x20ac, 0x80}, {0x201e, 0x84}, {0x2026, 0x85}, {0x0160, 0x8a}, {0x0152, 0x8c},
        {0x017d, 0x8e}, {0x2018, 0x91}, {0x2019, 0x92}, {0x201c, 0x93}, {0x201d, 0x94},
        {0x2022, 0x95}, {0x2013, 0x96}, {0x2014, 0x97}, {0x0161, 0x9a}, {0x0153, 0x9c},
        {0x017e, 0x9e}, {0x0178, 0x9f},
    };

    if (c < 0x80 || (c >= 0xa0 && c < 0x100))
        return c;
    for (size_t i = 0; i < sizeof high / sizeof high[0]; i++)
        if (high[i].c == c)
            return high[i].byte;
    return '?';
}

void doc_string(struct buf *dst, const char *text, size_t n)
{
    buf_char(dst, '(');
    while (n > 0) {
        uint32_t c;
        size_t took = next_char(text, n, &c);
        unsigned byte = winansi(c);

        if (byte == '(' || byte == ')' || byte == '\\')
            buf_fmt(dst, "\\%c", (int)byte);
        else if (byte >= 0x20 && byte < 0x7f)
            buf_char(dst, (char)byte);
        else
            buf_fmt(dst, "\\%03o", byte);
        text += took;
        n -= took;
    }
    buf_char(dst, ')');
}

static void text_bytes(struct buf *content, int x, int y, int size, const char *text, size_t n)
{
    buf_fmt(content, "BT /F1 %d Tf %d %d Td ", size, x, y);
    doc_string(content, text, n);
    buf_str(content, " Tj ET\n");
}

void doc_text(struct buf *content, int x, int y, int size, const char *text)
{
    text_bytes(content, x, y, size, text, strlen(text));
}

int doc_para(struct buf *content, int x, int y, int size, size_t columns, const char *text)
{
    while (*text) {
        size_t n = strnlen(text, columns + 1);

        if (n > columns) {
            while (n > 0 && text[n - 1] != ' ')
                n--;
            if (n == 0) /* one word longer than a line */
                n = columns;
        }
        text_bytes(content, x, y, size, text, n);
        y -= size + size / 3;
        text += n;
    }
    return y;
}
