/*
 * accept: which frames a parser may send when, and what they add up to.
 *
 *   of a process    CAGED, then documents
 *   of a document   BEGIN [PAGES META* (TEXT* PAGE)*] END; pages in order, each once, as many as
 * were announced
 *
 * A pure function of the frames, no I/O; every value is checked before it is used. Anything not
 * listed is a breach of the protocol: the parser may be in an attacker's hands and must be killed.
 */
#ifndef PDFSPOOL_ACCEPT_H
#define PDFSPOOL_ACCEPT_H

#include <stdbool.h>
#include <stdint.h>

#include "extractd/frame.h"
#include "extractd/parserlink.h"

struct accept {
    /* set by the caller */
    struct parse_result *result;
    const struct parse_limits *limits;
    bool caged;       /* the process has said in which cage it sits */
    char sandbox[16]; /* and that was it */
    /* own */
    bool begun, announced, ended;
    uint32_t page_chars, page_unmapped; /* of the page that is coming in */
    uint64_t page_bytes, bytes;
    uint32_t metas;
    bool visible; /* the page has something that is not a blank */
};

enum accept_verdict { ACCEPT_MORE, ACCEPT_END, ACCEPT_BREACH, ACCEPT_NO_MEMORY };

/* A new document of the same process: keeps caged and sandbox. */
void accept_begin(struct accept *a, struct parse_result *result, const struct parse_limits *limits);
/* Take a frame. ACCEPT_END: the result is complete. ACCEPT_BREACH: *why is a constant that says
 * what was wrong. ACCEPT_NO_MEMORY: ours, not the parser's. */
enum accept_verdict accept_frame(struct accept *a, const struct frame *f, const char **why);

#endif
