/*
 * page: one page, from nothing to its text: text layer, second opinion, OCR, each judged by the
 * quality gate, the best of them kept.
 *
 *   the gate says of the text layer      what is done
 *   good                                 it is the text
 *   blank                                nothing is on the page
 *   none, and rules and areas alone are  the same (ruled.h)
 *   to be seen
 *   close, garbage                       second opinions are asked; the best is taken if it is good
 *   still garbage; none; little          the page waits for OCR; or, if that was ordered, its
 *                                        picture (little: the parts that the layer leaves) is read
 */
#ifndef PDFSPOOL_PAGE_H
#define PDFSPOOL_PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "extractd/parser/layer.h"
#include "extractd/parser/pagetext.h"
#include "extractd/parser/quality.h"
#include "extractd/wire.h"

struct document;
struct models;
struct opinions;

enum { PAGE_MESSAGE = 240 };

/* What is worked on; its memory serves all pages of a document. Zero-initialise, and fill in what
 * is above the line. */
struct page_work {
    struct document *d;
    const void *data; /* the document's bytes, for other engines */
    size_t size;
    const struct models *models; /* NULL: no OCR */
    uint32_t flags;              /* JOB_... */
    uint64_t max_pixels;
    uint32_t pages;      /* of the document */
    uint32_t plain_page; /* from 0: a page that is done without other engines */
    /* ---- */
    bool settled;  /* a page of this document was in the languages of the models */
    uint32_t page; /* the page at hand, from 0 */
    struct layer layer;
    struct page_text text, spare, read; /* the best text so far; the one that it was better than */
    struct quality quality;             /* of `text` */
    struct quality spare_quality;
    enum wire_tier tier, spare_tier;
    bool keep_spare;          /* the choice was close */
    uint32_t confidence, dpi; /* as struct wire_page has them */
    char message[PAGE_MESSAGE];
    char want[WIRE_LANGUAGES]; /* other languages would do better; "" */
    bool want_whole;           /* an engine is needed that this program does not have */
    bool memory;               /* memory ran out */
    bool bad;                  /* nothing could be made of it */
    bool too_large;            /* it has too many pixels, even at the lowest resolution */
    struct opinions *opinions; /* of this document; made when first needed */
};

/* Do page `number` (from 0), whose text may have `most` bytes. */
void page_read(struct page_work *w, uint32_t number, uint64_t most);
/* Put a text into the contest: it becomes w->text, or w->spare, or goes. `candidate` is emptied. */
void page_offer(struct page_work *w, struct page_text *candidate, enum wire_tier tier);
void page_work_free(struct page_work *w);

#endif
