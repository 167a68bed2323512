/*
 * accept: which frames a parser may send when, and what they add up to.
 *
 *   of a process    CAGED, then documents
 *   of a job        BEGIN [PAGES META* ((TEXT | OTHER)* PAGE SETTLED?)* WANT?] END; the pages that
 *                   were asked for, in order, each once; META only with the first of a document's jobs
 *   of one that     BEGIN (ENTRY BYTES* FATE)* END; entries numbered from 0, within the limits of
 *   asks for files  the order's receiver, which takes them as they come
 *
 * A pure function of the frames, no I/O but the receiver's; every value is checked before it is
 * used. Anything not listed is a breach of the protocol: the parser may be in an attacker's hands
 * and must be killed.
 */
#ifndef PDFSPOOL_ACCEPT_H
#define PDFSPOOL_ACCEPT_H

#include <stdbool.h>
#include <stdint.h>

#include "extractd/frame.h"
#include "extractd/parserlink.h"

/* Of a job of files. */
struct accept_files {
    uint32_t next;        /* number of the entry that is open, or comes next */
    bool open;            /* between its ENTRY and its FATE */
    uint32_t taken, lost; /* lost: damaged, encrypted or too large */
    uint64_t now;         /* bytes of the entry that is open */
    uint64_t total, came; /* bytes of those taken; of all */
};

struct accept {
    /* set by the caller */
    struct parse_result *result;
    const struct parse_limits *limits;
    bool caged;       /* the process has said in which cage it sits */
    char sandbox[16]; /* and that was it */
    /* own */
    struct page_order order;
    bool begun, announced, wants, ended, settled;
    bool wants_whole; /* a parser with all engines, from the page that is due on */
    uint32_t due;     /* the page that comes next */
    uint32_t last;    /* the page that came last, once `pages` is above 0 */
    uint32_t pages;   /* that have come, or entries */
    uint32_t page_chars, page_unmapped; /* of the page that is coming in */
    uint64_t page_bytes, bytes;         /* of its text, and of all pages */
    size_t text_at, others_at;          /* where it begins in the result */
    uint32_t other_tier;
    size_t other_bytes;
    uint32_t metas;
    bool visible; /* the page has something that is not a blank */
    struct accept_files files;
    int error; /* errno of the receiver, after ACCEPT_NO_ROOM */
};

enum accept_verdict { ACCEPT_MORE, ACCEPT_END, ACCEPT_BREACH, ACCEPT_NO_MEMORY, ACCEPT_NO_ROOM };

/* A new job of the same process, for these pages: keeps caged and sandbox. What the result holds of
 * other pages stays. The order's plan and receiver are borrowed until the job ends. */
void accept_begin(struct accept *a, struct parse_result *result, const struct parse_limits *limits,
                  const struct page_order *order);
/* There will be nothing more: what came of a page that is not complete goes. */
void accept_abandon(struct accept *a);
/* Take a frame. ACCEPT_END: the result is complete. ACCEPT_BREACH: *why is a constant that says
 * what was wrong. ACCEPT_NO_MEMORY: ours, not the parser's. */
enum accept_verdict accept_frame(struct accept *a, const struct frame *f, const char **why);

#endif
