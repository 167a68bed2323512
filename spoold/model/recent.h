/*
 * recent: the latest events of all journals, in the order of their times.
 *
 * An event is kept once and never changed. One writer; recent_share gives readers a list of their
 * own, which costs nothing: from then on the writer changes a copy.
 */
#ifndef PDFSPOOL_RECENT_H
#define PDFSPOOL_RECENT_H

#include <stdbool.h>
#include <stdint.h>

#include "spool/layout.h"
#include "spoold/model/fact.h"

enum { RECENT = 4096 };

struct said {
    int64_t time_ms;
    uint64_t number; /* rises with each that was added: 1 and so on */
    uint64_t size;
    uint8_t what, outcome;
    bool known_tiers;
    uint16_t host; /* number, or NO_HOST */
    uint32_t pages, took_ms, attempt;
    uint32_t tiers[PAGE_TIERS];         /* pages by tier, where known_tiers */
    int64_t load_ms, parse_ms, wait_ms; /* -1: not known */
    const char *document, *path, *message;
    const char *claim, *stage, *version; /* "": not known */
    const char *as;                      /* where it was published; "" */
};

struct said_list;

/* Zero-initialise; recent_free. */
struct recent {
    unsigned n;
    uint64_t added; /* all that ever were: the number of the latest */
    struct said_list *list;
};

void recent_free(struct recent *r);
/* One that is there already is not added again, nor one that is older than all when there are
 * RECENT. 0 or -1: no memory. */
int recent_add(struct recent *r, const struct fact_event *e, uint16_t host);
/* Make *copy, of what is there now; it never changes. Writer only. */
void recent_share(const struct recent *r, struct recent *copy);
/* The k-th of n, the newest first (k from 0). Borrowed. */
const struct said *recent_at(const struct recent *r, unsigned k);

#endif
