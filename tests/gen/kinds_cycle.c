/* Structures that contain themselves. A reader that follows them blindly never ends. */
#include "tests/gen/doc.h"
#include "tests/gen/kinds.h"

static void text_page(struct doc *d, const struct genopt *opt, const char *extra_operators,
                      const char *resources)
{
    struct buf content = {0};

    doc_para(&content, 72, 690, 11, 84, opt->words);
    buf_str(&content, extra_operators);
    doc_page(d, &content, "", resources);
    buf_free(&content);
}

/* Two bookmarks, each the other's next and parent of itself (the class of CVE-2025-46206). */
static void make_outlinecycle(struct buf *out, const struct genopt *opt)
{
    struct doc d;
    unsigned outlines, first, second;

    doc_begin(&d, out);
    outlines = pdfout_reserve(&d.pdf);
    first = pdfout_reserve(&d.pdf);
    second = pdfout_reserve(&d.pdf);
    text_page(&d, opt, "", "");
    pdfout_obj(&d.pdf, outlines, "<< /Type /Outlines /First %u 0 R /Last %u 0 R /Count 2 >>", first,
               second);
    pdfout_obj(&d.pdf, first,
               "<< /Title (round) /Parent %u 0 R /Next %u 0 R /Prev %u 0 R /First %u 0 R >>", first,
               second, second, first);
    pdfout_obj(&d.pdf, second,
               "<< /Title (and round) /Parent %u 0 R /Next %u 0 R /Prev %u 0 R /First %u 0 R >>",
               outlines, first, first, outlines);
    buf_fmt(&d.catalog_extra, "/Outlines %u 0 R", outlines);
    doc_end(&d);
}

/* The trailer's /Prev is its own cross-reference table. */
static void make_xrefloop(struct buf *out, const struct genopt *opt)
{
    struct doc d;
    struct buf prev = {0};
    size_t xref;

    doc_begin(&d, out);
    text_page(&d, opt, "", "");
    doc_end_objects(&d);
    xref = pdfout_xref(&d.pdf);
    buf_fmt(&prev, "/Prev %zu", xref);
    if (buf_ok(&prev))
        pdfout_trailer(&d.pdf, d.catalog, xref, prev.data);
    pdfout_free(&d.pdf);
    buf_free(&prev);
}

/* A good page, then a node of the page tree whose kid is the root. */
static void make_pagecycle(struct buf *out, const struct genopt *opt)
{
    struct doc d;
    unsigned node;

    doc_begin(&d, out);
    text_page(&d, opt, "", "");
    node = doc_page_reserve(&d);
    pdfout_obj(&d.pdf, node, "<< /Type /Pages /Parent %u 0 R /Count 1 /Kids [%u 0 R] >>", d.pages,
               d.pages);
    doc_end(&d);
}

/* A form that draws itself, twice. */
static void make_formcycle(struct buf *out, const struct genopt *opt)
{
    struct buf content = {0}, resources = {0}, dict = {0};
    struct doc d;
    unsigned form;

    doc_begin(&d, out);
    form = pdfout_reserve(&d.pdf);
    buf_fmt(&resources, "/XObject << /X1 %u 0 R >>", form);
    buf_fmt(&dict,
            "/Type /XObject /Subtype /Form /BBox [0 0 612 792] /Resources << /XObject << /X1 %u 0 "
            "R >> >>",
            form);
    buf_str(&content, "/X1 Do q 0.9 0 0 0.9 0 0 cm /X1 Do Q");
    if (buf_ok(&resources) && buf_ok(&dict)) {
        text_page(&d, opt, "/X1 Do\n", resources.data);
        pdfout_stream(&d.pdf, form, dict.data, &content);
    }
    doc_end(&d);
    buf_free(&content);
    buf_free(&resources);
    buf_free(&dict);
}

/* Write a Type 3 font whose one glyph, 'a', runs the procedure that proc is, with these resources.
 */
static void type3_font(struct doc *d, unsigned font, const char *resources, const char *proc)
{
    unsigned glyph = pdfout_reserve(&d->pdf);
    struct buf content = {0};

    buf_str(&content, proc);
    pdfout_obj(
        &d->pdf, font,
        "<< /Type /Font /Subtype /Type3 /FontBBox [0 0 750 750] /FontMatrix [.01 0 0 .01 0 0]\n"
        "/FirstChar 97 /LastChar 97 /Widths [900] /Encoding << /Type /Encoding /Differences [97 "
        "/turn] >>\n"
        "/CharProcs << /turn %u 0 R >> /Resources << %s >> >>",
        glyph, resources);
    pdfout_stream(&d->pdf, glyph, "", &content);
    buf_free(&content);
}

/* "/Category << /Name N 0 R >>" into dst. */
static void resource(struct buf *dst, const char *category, const char *name, unsigned num)
{
    buf_fmt(dst, "/%s << /%s %u 0 R >> ", category, name, num);
}

/* Two Type 3 fonts; each one's glyph is drawn by showing the other's several times. */
static void make_type3cycle(struct buf *out, const struct genopt *opt)
{
    struct buf resources = {0};
    struct doc d;
    unsigned font[2];

    doc_begin(&d, out);
    font[0] = pdfout_reserve(&d.pdf);
    font[1] = pdfout_reserve(&d.pdf);
    for (int i = 0; i < 2; i++) {
        buf_clear(&resources);
        resource(&resources, "Font", "T3", font[1 - i]);
        if (buf_ok(&resources))
            type3_font(&d, font[i], resources.data,
                       "900 0 d0 2 Tr 0 0 750 750 re s BT /T3 50 Tf (aaa) Tj ET");
    }
    buf_fmt(&d.fonts, "/T3 %u 0 R", font[0]);
    text_page(&d, opt, "BT 2 Tr /T3 20 Tf 1 0 0 1 100 500 Tm (aa) Tj ET\n", "");
    doc_end(&d);
    buf_free(&resources);
}

/*
 * The circle goes through a tiling pattern: the glyph of one Type 3 font shows a second one's,
 * which fills ordinary letters with a pattern, whose tile shows the first font's glyph again.
 * MuPDF 1.21 notices circles of glyphs and circles of patterns, each for itself, but not this one:
 * it takes gigabytes and floods its log.
 */
static void make_patterncycle(struct buf *out, const struct genopt *opt)
{
    struct buf tile = {0}, dict = {0};
    struct doc d;
    unsigned outer, inner, pattern;

    doc_begin(&d, out);
    outer = pdfout_reserve(&d.pdf);
    inner = pdfout_reserve(&d.pdf);
    pattern = pdfout_reserve(&d.pdf);
    resource(&dict, "Font", "T3", inner);
    if (buf_ok(&dict))
        type3_font(&d, outer, dict.data, "900 0 d0 0 0 750 750 re s BT /T3 50 Tf (aaa) Tj ET");
    buf_clear(&dict);
    resource(&dict, "Font", "F1", d.font);
    resource(&dict, "Pattern", "P1", pattern);
    if (buf_ok(&dict))
        type3_font(
            &d, inner, dict.data,
            "900 0 d0 2 Tr 10 w /Pattern cs /P1 scn BT /F1 60 Tf 30 0 0 30 15 15 Tm (ab) Tj ET");
    buf_clear(&dict);
    buf_str(&dict, "/Type /Pattern /PatternType 1 /PaintType 1 /TilingType 2 /BBox [0 0 60 60] "
                   "/XStep 55 /YStep 32\n"
                   "/Matrix [0.9 0 0 0.9 0 0] /Resources << ");
    resource(&dict, "Font", "T3", outer);
    buf_str(&dict, ">>");
    buf_str(&tile, "BT /T3 4 Tf 10 0 0 10 1 1 Tm (aa) Tj ET");
    if (buf_ok(&dict))
        pdfout_stream(&d.pdf, pattern, dict.data, &tile);
    buf_fmt(&d.fonts, "/T3 %u 0 R", outer);
    text_page(&d, opt, "BT 2 Tr /T3 20 Tf 1 0 0 1 100 500 Tm (aa) Tj ET\n", "");
    doc_end(&d);
    buf_free(&tile);
    buf_free(&dict);
}

const struct kind kinds_cycle[] = {
    {"outlinecycle", "ok", "bookmarks in a circle", make_outlinecycle},
    {"xrefloop", "ok", "the cross-reference table's /Prev is itself", make_xrefloop},
    {"pagecycle", "ok|partial|corrupt", "a page, and a page tree that contains itself",
     make_pagecycle},
    {"formcycle", "ok", "a form that draws itself", make_formcycle},
    {"type3cycle", "ok|partial|empty|corrupt", "Type 3 glyphs that draw each other",
     make_type3cycle},
    {"patterncycle", "partial|empty|corrupt|limit|memory|timeout|stalled",
     "Type 3 glyphs and a pattern that draw each other", make_patterncycle},
    {NULL, NULL, NULL, NULL},
};
