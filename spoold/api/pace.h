/*
 * pace: how fast each host is, out of what it has counted since its lease began, over five minutes.
 */
#ifndef PDFSPOOLD_PACE_H
#define PDFSPOOLD_PACE_H

#include "spoold/api/hostview.h"

enum { PACE_SAMPLES = 11, PACE_STEP_MS = 30000 };

struct pace {
    char lease[LEASE_CAP];
    struct {
        int64_t boot_ms;
        uint64_t documents, pages;
    } samples[PACE_SAMPLES]; /* the oldest first */
    unsigned n;
    bool met; /* this time */
};

/* Zero-initialise. */
struct paces {
    struct pace *all;
    size_t n, cap;
};

/* What it is now; 0 where it is not known, and without memory. */
struct host_rates pace_of(struct paces *p, const struct host_view *h, int64_t boot_ms);
/* Forget those that were not asked for since the last call. */
void pace_forget(struct paces *p);
void pace_free(struct paces *p);

#endif
