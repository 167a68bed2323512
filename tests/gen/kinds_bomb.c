/* Bombs: small files that are correct, or nearly, and that cost a careless reader minutes or
 * gigabytes. */
#include "tests/gen/doc.h"
#include "tests/gen/kinds.h"

/* A document whose one page shows the words, then whatever else the content says. */
static void page_with(struct buf *out, const struct genopt *opt, struct buf *more)
{
    struct buf content = {0};
    struct doc d;

    doc_begin(&d, out);
    doc_para(&content, 72, 690, 11, 84, opt->words);
    buf_add(&content, more->data, more->len);
    content.failed |= more->failed;
    doc_page(&d, &content, "", "");
    doc_end(&d);
    buf_free(&content);
}

static void repeat(struct buf *dst, unsigned times, const char *s)
{
    while (times-- > 0 && buf_ok(dst))
        buf_str(dst, s);
}

/* The words, then 1 GiB of spaces, deflated twice. */
static void make_flatebomb(struct buf *out, const struct genopt *opt)
{
    struct buf words = {0}, once = {0};
    unsigned page, first, second;
    struct doc d;

    doc_begin(&d, out);
    page = doc_page_reserve(&d);
    first = pdfout_reserve(&d.pdf);
    second = pdfout_reserve(&d.pdf);
    pdfout_obj(&d.pdf, page,
               "<< /Type /Page /Parent %u 0 R /MediaBox [0 0 612 792] /Resources << /Font << /F1 "
               "%u 0 R >> >>\n"
               "/Contents [%u 0 R %u 0 R] >>",
               d.pages, d.font, first, second);
    doc_para(&words, 72, 690, 11, 84, opt->words);
    pdfout_stream(&d.pdf, first, "", &words);
    pdfout_deflate_fill(&once, ' ', 1024);
    buf_clear(&words);
    pdfout_deflate(&words, once.data, once.len);
    words.failed |= once.failed;
    pdfout_stream(&d.pdf, second, "/Filter [/FlateDecode /FlateDecode]", &words);
    doc_end(&d);
    buf_free(&words);
    buf_free(&once);
}

/* Twelve forms, each draws the next ten times; the last one has this content. */
static void forms_in_forms(struct buf *out, const struct genopt *opt, const char *innermost)
{
    enum { DEPTH = 12 };
    struct buf content = {0}, dict = {0};
    unsigned form[DEPTH];
    struct doc d;

    doc_begin(&d, out);
    for (int i = 0; i < DEPTH; i++)
        form[i] = pdfout_reserve(&d.pdf);
    buf_fmt(&dict, "/XObject << /X %u 0 R >>", form[0]);
    doc_para(&content, 72, 690, 11, 84, opt->words);
    buf_str(&content, "/X Do");
    if (buf_ok(&dict))
        doc_page(&d, &content, "", dict.data);
    for (int i = 0; i < DEPTH; i++) {
        buf_clear(&dict);
        buf_clear(&content);
        buf_str(&dict, "/Type /XObject /Subtype /Form /BBox [0 0 612 792] /Resources << ");
        if (i + 1 < DEPTH) {
            buf_fmt(&dict, "/XObject << /X %u 0 R >> >>", form[i + 1]);
            repeat(&content, 10, "/X Do ");
        } else {
            buf_fmt(&dict, "/Font << /F1 %u 0 R >> >>", d.font);
            buf_str(&content, innermost);
        }
        if (buf_ok(&dict))
            pdfout_stream(&d.pdf, form[i], dict.data, &content);
    }
    doc_end(&d);
    buf_free(&content);
    buf_free(&dict);
}

/* A thousand million laughs: a word, 10^11 times. */
static void make_laughs(struct buf *out, const struct genopt *opt)
{
    forms_in_forms(out, opt, "BT /F1 11 Tf 72 400 Td (laugh) Tj ET\n");
}

/* The same with nothing to show: it takes time alone, and no memory. */
static void make_treadmill(struct buf *out, const struct genopt *opt)
{
    forms_in_forms(out, opt, "q Q\n");
}

/* 32 million letters on one page. */
static void make_textbomb(struct buf *out, const struct genopt *opt)
{
    struct buf more = {0};

    buf_str(&more, "BT /F1 1 Tf 72 400 Td\n");
    repeat(&more, 500000,
           "(abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijkl) Tj\n");
    buf_str(&more, "ET\n");
    page_with(out, opt, &more);
    buf_free(&more);
}

/* The words under a picture of 900 million grey pixels. */
static void make_imagebomb(struct buf *out, const struct genopt *opt)
{
    struct buf content = {0}, dict = {0}, pixels = {0};
    unsigned image;
    struct doc d;

    doc_begin(&d, out);
    image = pdfout_reserve(&d.pdf);
    buf_fmt(&dict, "/XObject << /Im1 %u 0 R >>", image);
    doc_para(&content, 72, 690, 11, 84, opt->words);
    buf_str(&content, "q 612 0 0 792 0 0 cm /Im1 Do Q");
    if (buf_ok(&dict))
        doc_page(&d, &content, "", dict.data);
    pdfout_deflate_fill(&pixels, 0, 859); /* 30000 * 30000 bytes, rounded up to MiB */
    pdfout_stream(
        &d.pdf, image,
        "/Type /XObject /Subtype /Image /Width 30000 /Height 30000 /ColorSpace /DeviceGray "
        "/BitsPerComponent 8 /Filter /FlateDecode",
        &pixels);
    doc_end(&d);
    buf_free(&content);
    buf_free(&dict);
    buf_free(&pixels);
}

/* A page of text on paper of side points square. */
static void boxed(struct buf *out, const struct genopt *opt, unsigned side)
{
    struct buf content = {0};
    unsigned page, stream;
    struct doc d;

    doc_begin(&d, out);
    page = doc_page_reserve(&d);
    stream = pdfout_reserve(&d.pdf);
    doc_para(&content, 72, 690, 11, 84, opt->words);
    pdfout_obj(&d.pdf, page,
               "<< /Type /Page /Parent %u 0 R /MediaBox [0 0 %u %u] /Resources << /Font << /F1 %u "
               "0 R >> >>\n"
               "/Contents %u 0 R >>",
               d.pages, side, side, d.font, stream);
    pdfout_flate(&d.pdf, stream, "", &content);
    doc_end(&d);
    buf_free(&content);
}

static void make_bigbox(struct buf *out, const struct genopt *opt)
{
    boxed(out, opt, 14400);
}

static void make_hugebox(struct buf *out, const struct genopt *opt)
{
    boxed(out, opt, 2000000);
}

static void make_opbomb(struct buf *out, const struct genopt *opt)
{
    struct buf more = {0};

    repeat(&more, 400000, "q 1 0 0 1 0 0 cm /F1 9 Tf BT (x) Tj ET Q\n");
    page_with(out, opt, &more);
    buf_free(&more);
}

static void make_qnest(struct buf *out, const struct genopt *opt)
{
    struct buf more = {0};

    repeat(&more, 2000000, "q ");
    page_with(out, opt, &more);
    buf_free(&more);
}

static void make_deeparray(struct buf *out, const struct genopt *opt)
{
    enum { DEPTH = 200000 };
    struct buf content = {0};
    struct doc d;

    doc_begin(&d, out);
    doc_para(&content, 72, 690, 11, 84, opt->words);
    doc_page(&d, &content, "", "");
    buf_str(&d.catalog_extra, "/Deep ");
    repeat(&d.catalog_extra, DEPTH, "[");
    repeat(&d.catalog_extra, DEPTH, "]");
    doc_end(&d);
    buf_free(&content);
}

/* Many pages under one node, all with the same content: quadratic for readers that search the tree
 * for each page. */
static void make_flat20000(struct buf *out, const struct genopt *opt)
{
    unsigned pages = opt->pages ? opt->pages : 20000;
    struct buf content = {0};
    unsigned stream;
    struct doc d;

    doc_begin(&d, out);
    stream = pdfout_reserve(&d.pdf);
    doc_para(&content, 72, 690, 11, 84, opt->words);
    pdfout_flate(&d.pdf, stream, "", &content);
    for (unsigned i = 0; i < pages && buf_ok(out); i++)
        doc_page_put(&d, doc_page_reserve(&d), stream, "", "");
    doc_end(&d);
    buf_free(&content);
}

static void make_js(struct buf *out, const struct genopt *opt)
{
    struct buf content = {0};
    struct doc d;

    doc_begin(&d, out);
    doc_para(&content, 72, 690, 11, 84, opt->words);
    doc_page(&d, &content, "", "");
    buf_str(&d.catalog_extra, "/OpenAction << /S /JavaScript /JS (while \\(1\\);) >>");
    doc_end(&d);
    buf_free(&content);
}

const struct kind kinds_bomb[] = {
    {"flatebomb", "ok|limit", "1 GiB of spaces, deflated twice", make_flatebomb},
    {"laughs", "limit|timeout|stalled|memory", "forms that draw forms: 10^11 words", make_laughs},
    {"treadmill", "limit|timeout|stalled", "forms that draw forms, 10^11 times nothing",
     make_treadmill},
    {"textbomb", "memory|limit|timeout", "32 million letters on a page", make_textbomb},
    {"imagebomb", "ok", "text under a picture of 900 million pixels", make_imagebomb},
    {"bigbox", "ok|limit", "paper of five metres; too many pixels, if it were rendered",
     make_bigbox},
    {"hugebox", "ok|limit", "paper of 700 metres; too many pixels, if it were rendered",
     make_hugebox},
    {"opbomb", "ok", "400,000 little groups of operators", make_opbomb},
    {"qnest", "ok|memory", "2 million graphics states, one in the other", make_qnest},
    {"deeparray", "ok|corrupt", "200,000 arrays, one in the other", make_deeparray},
    {"flat20000", "ok|limit", "20,000 pages (or --pages) under one node of the page tree",
     make_flat20000},
    {"js", "ok", "JavaScript that never ends, when the document is opened", make_js},
    {NULL, NULL, NULL, NULL},
};
