/*
 * recent: the latest events of all journals, in the order of their times.
 */
#ifndef PDFSPOOL_RECENT_H
#define PDFSPOOL_RECENT_H

#include <stdint.h>

#include "spool/layout.h"
#include "spoold/model/fact.h"

enum { RECENT = 256, RECENT_PATH = 512, RECENT_MESSAGE = 200 };

struct said {
    int64_t time_ms;
    uint64_t number; /* rises with each that was added: 1 and so on */
    uint64_t size;
    uint8_t what, outcome;
    uint16_t host; /* number, or NO_HOST */
    uint32_t pages, took_ms, attempt;
    char document[ID_CAP];
    char path[RECENT_PATH];       /* its beginning, when it is longer */
    char as[RECENT_PATH];         /* where it was published; "" */
    char message[RECENT_MESSAGE]; /* the same, in whole characters */
};

/* Zero-initialise. Plain memory. */
struct recent {
    unsigned n;
    uint64_t added;         /* all that ever were: the number of the latest */
    uint16_t order[RECENT]; /* places, by time: the oldest first */
    struct said places[RECENT];
};

/* One that is there already is not added again. */
void recent_add(struct recent *r, const struct fact_event *e, uint16_t host);
/* The k-th of n, the newest first (k from 0). Borrowed. */
const struct said *recent_at(const struct recent *r, unsigned k);

#endif
