/*
 * helpers: the slot that has a document in hand, and those that help it with the pages that wait for
 * OCR: its side (theirs: slot_help.c).
 *
 *   state       a batch is          what happens                       becomes
 *   alone       its own parser's    it ends; cores and slots idle, and
 *                                   enough pages are left: call        called
 *   called      its own parser's    a slot takes the call (HERE)       helped
 *                                   nobody does                        called
 *   helped      its own and theirs  pages come (PAGES): they are the
 *                                   document's                         helped
 *                                   a helper's line ends, for whatever
 *                                   reason: its pages are taker 0's    alone, or helped by the others
 *   waiting     only theirs         nothing is left to take: pages are
 *                                   waited for                         over, or alone with those that
 *                                                                      were given back
 *   over        nobody's            all lines are closed: whoever still
 *                                   works for them stops at once
 *
 * So a helper can only ever add good pages. Whatever goes wrong with it (its parser is killed, hangs,
 * finds a page bad, its slot dies) leaves the page to the slot's own parser, and what that makes of it
 * counts. The supervisor's clocks watch helpers as any slot, with the document's own limits and its
 * cancelling; so a wait here ends when they do.
 *
 * Languages: the pages of a document whose languages are found out (`advise`) are only shared out when
 * one has settled them. Where a page asks for others all the same, it and all after it are as they
 * were before: they are read with those, whoever had read them.
 */
#ifndef PDFSPOOL_HELPERS_H
#define PDFSPOOL_HELPERS_H

#include "extractd/board.h"
#include "extractd/helpline.h"

/* What never changes for a document. Borrowed. */
struct helpers_of {
    struct board *board;
    int calls; /* the help socket */
    int slot, hand;
    const char *sha256, *path;
    const _Atomic bool *stopping;
};

/* Of this time. Borrowed. */
struct helpers_order {
    const struct helpers_of *of;
    int document;
    uint64_t size;
    const struct parse_limits *limits; /* with the languages */
    bool advise;
    const uint8_t *plan;          /* a byte for each of r's announced pages */
    bool (*page_done)(void *arg); /* called when pages of helpers came; false: stop; may be NULL */
    void *arg;
};

struct helpers;

/* Is it worth it: so many pages, on this machine? */
bool helpers_pay(const struct helpers_of *of, uint32_t pages);
/* NULL: no memory. The order is copied. */
struct helpers *helpers_new(const struct helpers_order *o, const struct parse_result *r);
/* Takes what has come into r; what the caller is to read now is in `batch`, a byte for each page.
 * Returns how many that are; 0: nothing is left, or page_done says stop. May wait. */
uint32_t helpers_next(struct helpers *h, struct parse_result *r, uint8_t *batch);
/* The batch has been read: its pages are done, but for those behind r->wanted, which is cleared. */
void helpers_took(struct helpers *h, struct parse_result *r);
/* The end: takes what has come, ends whoever still helps. r->wanted and r->due are the first page's
 * that asked for other languages, or as they were. Returns how many pages were others'. */
uint32_t helpers_end(struct helpers *h, struct parse_result *r);

#endif
