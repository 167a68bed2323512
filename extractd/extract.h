/*
 * extract: a document's pages, through as many parsers as it takes.
 *
 * The page is the unit of failure: one that crashes its parser, hangs or needs more than it may
 * have costs itself only. Its parser is gone then; a fresh one does the rest.
 *
 *   what ended the parser                        what is done
 *   all pages have come                          the pages decide (parse_result_conclude)
 *   before the number of pages was known         nothing: it is the document
 *   the worker stops, lost its lease; cancelled  nothing: decide.c
 *   document_timeout                             what is missing is bad, if there is text at all
 *   cpu_limit at a page                          the page is bad
 *   crash, memory, stall_timeout at a page       once more, in a fresh parser; then it is bad
 *   a breach of the protocol                     nothing: whatever it sent is not believed
 */
#ifndef PDFSPOOL_EXTRACT_H
#define PDFSPOOL_EXTRACT_H

#include "extractd/board.h"
#include "extractd/helpers.h"
#include "extractd/parserlink.h"

struct extraction {
    struct parserlink *link;
    int document; /* descriptor; borrowed */
    uint64_t size;
    const struct parse_limits *limits;
    const struct settings *settings;
    struct slot_board *board;     /* verdict, parser and pages of this slot */
    const _Atomic bool *stopping; /* the worker ends: a parser's death is its doing */
    bool (*page_done)(void *arg); /* called after pages came; false: stop; may be NULL */
    void *arg;
    const struct helpers_of *help; /* who may read pages that wait for OCR, too; NULL: nobody */
};

/* Have the pages done that are not: of a result that has been cleared all of them, of one that was
 * read from a checkpoint those that it lacks. Where the supervisor's verdict is not settled here,
 * it stays on the board. */
void extract_pages(const struct extraction *x, struct parse_result *r);
/* Have the pages read that wait for OCR, with these languages; with `advise` with others, if the
 * parser finds that they would do better. Needs a result of extract_pages. */
void extract_ocr(const struct extraction *x, const char *languages, bool advise,
                 struct parse_result *r);
/* Have the files taken out of it, by one parser, once. r has been cleared: its outcome is what they
 * come to. */
void extract_files(const struct extraction *x, const struct receiver *to, struct parse_result *r);

#endif
