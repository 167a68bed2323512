/*
 * drawer: a page drawn by the caged parser (base/pagewire.h), as pixels. The parser has seen the
 * document, so nothing that it says is believed: its header is checked, it is read no further than
 * the header promises, and what has not come to a good end in time has not come.
 */
#ifndef PDFSPOOL_DRAWER_H
#define PDFSPOOL_DRAWER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/pagewire.h"

enum { DRAWER_MS = 4000 }; /* for people, from start to end; shorter than a hand's own time */

struct drawer_order {
    const char *parser; /* the program */
    int document;       /* open for reading; borrowed */
    uint32_t page;
    uint32_t dpi;                /* 0: as wide as may be, for people */
    struct pagewire_bounds most; /* with dpi 0: no higher and no more pixels than pagewire.h says */
    int64_t ms;                  /* from start to end */
    uint64_t memory_limit;       /* bytes */
    unsigned sandbox;            /* enum sandbox_mode */
};

struct drawing {
    struct pagewire said; /* what it comes to, checked */
    struct buf pixels;    /* of a picture: exactly its bytes. The caller's, in any case */
};

/* NULL; or why there is no answer, as a phrase for people. The process is gone when it returns. */
const char *drawer_run(const struct drawer_order *o, struct drawing *out);

#endif
