/*
 * news: the program's thread goes by here after each snapshot, and once a second: it makes the board
 * and tells what is new to all streams.
 */
#ifndef PDFSPOOLD_NEWS_H
#define PDFSPOOLD_NEWS_H

#include "spoold/api/alerts.h"
#include "spoold/api/api.h"
#include "spoold/api/pace.h"

/* Zero-initialise. */
struct news {
    struct alerts alerts;
    struct paces paces;
    bool begun, answering;
    int64_t since_ms;            /* since when the share answers, or does not; server's clock */
    uint64_t told;               /* number of the last event of a journal that was told */
    uint64_t states[DOC_STATES]; /* as they were then */
    struct buf removed;          /* keys of documents that were forgotten since, as JSON: "a","b" */
    uint64_t n_removed;          /* how many those were; EVENT_ITEMS at most are in it */
};

/* The model forgets what actions have found to be failed no more; the next news tell of it. */
void news_forget(struct news *n, struct api *api);

/* scanner: there is one. */
void news_make(struct news *n, struct api *api, bool scanner, uint64_t scanners);
void news_free(struct news *n);

#endif
