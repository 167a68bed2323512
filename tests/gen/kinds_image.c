/* Scans: pages that are one grey bitmap of text, with no text layer. */
#include "tests/gen/doc.h"
#include "tests/gen/kinds.h"
#include "tests/gen/scan.h"

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
