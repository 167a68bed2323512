/*
 * doc: ordinary documents on top of pdfout: pages with Helvetica text, one flat page tree, a
 * catalog.
 *
 * Order of calls: doc_begin; for each page put content into a buffer (doc_text, doc_para) and call
 * doc_page; doc_end. In between, other objects may be written through `pdf`. Out of memory: see
 * pdfout.h.
 */
#ifndef PDFSPOOL_GEN_DOC_H
#define PDFSPOOL_GEN_DOC_H

#include "tests/gen/pdfout.h"

#include <stdint.h>

enum { DOC_WIDTH = 612, DOC_HEIGHT = 792 }; /* US letter, in points */

struct doc {
    struct pdfout pdf;
    unsigned catalog, pages, font; /* object numbers, reserved by doc_begin; /F1 is the font */
    struct buf kids;               /* "4 0 R 6 0 R " */
    unsigned page_count;
    struct buf fonts;         /* further fonts of every page, e.g. "/H1 7 0 R" */
    struct buf catalog_extra; /* further entries of the catalog */
    struct buf trailer_extra; /* further entries of the trailer */
};

/* Begin a document in out, which is borrowed until doc_end. */
void doc_begin(struct doc *d, struct buf *out);
/*
 * Add a page. content: its stream, deflated here. extra: further entries of the page, e.g. "/Rotate
 * 90"; resources: further entries of its /Resources, e.g. "/XObject << /Im1 7 0 R >>"; both "" for
 * none. The page's number.
 */
unsigned doc_page(struct doc *d, const struct buf *content, const char *extra,
                  const char *resources);
/* Add a page of which the caller writes (or does not write) the object; its number. */
unsigned doc_page_reserve(struct doc *d);
/* Write page object num with this object as its content. */
void doc_page_put(struct doc *d, unsigned num, unsigned content, const char *extra,
                  const char *resources);
/*
 * Add an unused stream of random bytes, so that the finished file has about `size` bytes; nothing
 * when it is as large already. The last call before doc_end.
 */
void doc_pad(struct doc *d, uint64_t seed, size_t size);
/* Write font, page tree and catalog, close the file, free what doc_begin and the rest took. */
void doc_end(struct doc *d);
/* The same without cross-reference table and trailer; the caller writes these, then calls
 * pdfout_free(&d->pdf). */
void doc_end_objects(struct doc *d);

/*
 * Append operators that show text at (x, y), in points from the lower left corner, with font /F1.
 * text is UTF-8; what WinAnsi has not becomes '?'.
 */
void doc_text(struct buf *content, int x, int y, int size, const char *text);
/*
 * Append text in lines of at most `columns` bytes, broken at spaces, from (x, y) downwards. The y
 * of the line below the last.
 */
int doc_para(struct buf *content, int x, int y, int size, size_t columns, const char *text);
/* Append text as a PDF string in parentheses, in WinAnsi, from n bytes of UTF-8. */
void doc_string(struct buf *dst, const char *text, size_t n);

#endif
