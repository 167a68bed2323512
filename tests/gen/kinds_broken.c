/* Damaged and lying files. Where a reader can repair them, opt->words is their text. */
#include "tests/gen/doc.h"
#include "tests/gen/kinds.h"

#include <string.h>

static void text_page(struct doc *d, const char *title, const char *words)
{
    struct buf content = {0};

    doc_text(&content, 72, 720, 16, title);
    doc_para(&content, 72, 690, 11, 84, words);
    doc_page(d, &content, "", "");
    buf_free(&content);
}

/* A good file of one page, for others to damage. */
static void good(struct buf *out, const struct genopt *opt)
{
    struct doc d;

    doc_begin(&d, out);
    text_page(&d, "A page in a damaged file", opt->words);
    doc_end(&d);
}

/* Cut out off before the last occurrence of `mark`. */
static void cut_before(struct buf *out, const char *mark)
{
    size_t n = strlen(mark);

    for (size_t at = out->len; buf_ok(out) && at-- > 0;) {
        if (at + n <= out->len && memcmp(out->data + at, mark, n) == 0) {
            out->len = at;
            return;
        }
    }
}

/* Three pages; `middle` writes the second one's objects. */
static void three_pages(struct buf *out, const struct genopt *opt,
                        void (*middle)(struct doc *d, unsigned page))
{
    struct doc d;

    doc_begin(&d, out);
    text_page(&d, "The page before", opt->words);
    middle(&d, doc_page_reserve(&d));
    text_page(&d, "The page after", opt->words);
    doc_end(&d);
}

/* The content's filter has parameters that cannot be: opening it fails, and readers that are
 * careless stop there. */
static void middle_bad_filter(struct doc *d, unsigned page)
{
    unsigned content = pdfout_reserve(&d->pdf);
    struct buf plain = {0}, packed = {0};

    doc_text(&plain, 72, 720, 16, "Nobody can read this page");
    pdfout_deflate(&packed, plain.data, plain.len);
    packed.failed |= plain.failed;
    doc_page_put(d, page, content, "", "");
    pdfout_stream(&d->pdf, content,
                  "/Filter /FlateDecode /DecodeParms << /Predictor 15 /Colors 1 /BitsPerComponent "
                  "7 /Columns 10 >>",
                  &packed);
    buf_free(&plain);
    buf_free(&packed);
}

/* Operators with the wrong operands, unbalanced brackets, and bytes that are nothing at all. */
static void middle_bad_syntax(struct doc *d, unsigned page)
{
    unsigned content = pdfout_reserve(&d->pdf);
    struct buf noise = {0};

    buf_str(&noise, "BT /Nothing 12 Tf (no font) Tj ] ] >> << /A [ ( ( ) Tj \x01\xff\xfe 1 2 Tm }{ "
                    "endstream obj ET Q Q");
    doc_page_put(d, page, content, "", "");
    pdfout_stream(&d->pdf, content, "", &noise);
    buf_free(&noise);
}

static void middle_no_page(struct doc *d, unsigned page)
{
    pdfout_obj(&d->pdf, page, "(this string stands where a page should be)");
}

static void make_badpage(struct buf *out, const struct genopt *opt)
{
    three_pages(out, opt, middle_bad_filter);
}

static void make_badsyntax(struct buf *out, const struct genopt *opt)
{
    three_pages(out, opt, middle_bad_syntax);
}

static void make_badpageobj(struct buf *out, const struct genopt *opt)
{
    three_pages(out, opt, middle_no_page);
}

static void make_empty(struct buf *out, const struct genopt *opt)
{
    (void)opt;
    buf_clear(out);
}

static void make_trunc(struct buf *out, const struct genopt *opt)
{
    good(out, opt);
    if (out->len > 300)
        out->len = 300;
}

static void make_notpdf(struct buf *out, const struct genopt *opt)
{
    (void)opt;
    for (int i = 0; i < 100; i++)
        buf_add(out, "PK\3\4hello", 9);
}

static void make_plaintext(struct buf *out, const struct genopt *opt)
{
    buf_fmt(out, "Shopping list\n\n- bread\n- ink\n- %s\n", opt->words);
}

/* Every digit of every offset is wrong. */
static void make_garbagexref(struct buf *out, const struct genopt *opt)
{
    struct doc d;

    doc_begin(&d, out);
    text_page(&d, "A page in a damaged file", opt->words);
    doc_end_objects(&d);
    for (unsigned i = 1; i <= d.pdf.count && buf_ok(out); i++)
        d.pdf.offset[i] = d.pdf.offset[i] * 7 + 13;
    pdfout_end(&d.pdf, d.catalog, "");
}

static void make_noeof(struct buf *out, const struct genopt *opt)
{
    good(out, opt);
    cut_before(out, "startxref");
}

static void make_noxref(struct buf *out, const struct genopt *opt)
{
    good(out, opt);
    cut_before(out, "xref\n0 ");
}

static void make_headerjunk(struct buf *out, const struct genopt *opt)
{
    struct buf whole = {0};

    for (int i = 0; i < 10; i++)
        buf_fmt(out, "X-Mail-Header-%d: left over from the gateway that stored this file\r\n", i);
    good(&whole, opt);
    if (!buf_ok(&whole))
        out->failed = true;
    buf_add(out, whole.data, whole.len);
    buf_free(&whole);
}

/* Two content streams, one with a /Length that is too short, one that reaches far beyond the end of
 * the file. */
static void make_lyinglength(struct buf *out, const struct genopt *opt)
{
    static const unsigned lies[] = {3, 100000000};
    struct doc d;

    doc_begin(&d, out);
    for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++) {
        unsigned page = doc_page_reserve(&d);
        unsigned stream = pdfout_reserve(&d.pdf);
        struct buf content = {0};

        doc_page_put(&d, page, stream, "", "");
        doc_para(&content, 72, 690, 11, 84, opt->words);
        if (buf_ok(&content))
            pdfout_obj(&d.pdf, stream, "<< /Length %u >>\nstream\n%s\nendstream", lies[i],
                       content.data ? content.data : "");
        buf_free(&content);
    }
    doc_end(&d);
}

static void make_zeropages(struct buf *out, const struct genopt *opt)
{
    struct doc d;

    (void)opt;
    doc_begin(&d, out);
    doc_end(&d);
}

/* The page tree claims two thousand million pages; its kids are one page and the tree itself. */
static void make_countlie(struct buf *out, const struct genopt *opt)
{
    struct pdfout p;
    unsigned catalog, pages, page;

    (void)opt;
    pdfout_begin(&p, out);
    catalog = pdfout_reserve(&p);
    pages = pdfout_reserve(&p);
    page = pdfout_reserve(&p);
    pdfout_obj(&p, catalog, "<< /Type /Catalog /Pages %u 0 R >>", pages);
    pdfout_obj(&p, pages, "<< /Type /Pages /Count 2147483647 /Kids [%u 0 R %u 0 R] >>", page,
               pages);
    pdfout_obj(&p, page, "<< /Type /Page /Parent %u 0 R /MediaBox [0 0 612 792] >>", pages);
    pdfout_end(&p, catalog, "");
}

const struct kind kinds_broken[] = {
    {"badpage", "partial", "three pages, the second one's content cannot be decoded", make_badpage},
    {"badsyntax", "ok|partial", "three pages, the second one's content is nonsense",
     make_badsyntax},
    {"badpageobj", "partial|ok", "three pages, the second is a string instead of a page",
     make_badpageobj},
    {"empty", "not_pdf", "a file of 0 bytes", make_empty},
    {"trunc", "corrupt", "the first 300 bytes of a good file", make_trunc},
    {"notpdf", "not_pdf", "begins like a zip archive", make_notpdf},
    {"plaintext", "not_pdf", "a text file", make_plaintext},
    {"garbagexref", "ok", "all offsets are wrong; can be repaired", make_garbagexref},
    {"noeof", "ok", "the end is missing; can be repaired", make_noeof},
    {"noxref", "ok", "cross-reference table and trailer are missing", make_noxref},
    {"headerjunk", "ok", "ten lines of a mail header before %PDF", make_headerjunk},
    {"lyinglength", "ok", "streams whose /Length is wrong", make_lyinglength},
    {"zeropages", "corrupt|empty", "a document without pages", make_zeropages},
    {"countlie", "corrupt", "claims 2147483647 pages, its page tree contains itself",
     make_countlie},
    {NULL, NULL, NULL, NULL},
};
