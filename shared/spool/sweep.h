/*
 * sweep: leftovers that no protocol step removes: old private results whose claim is in no work/,
 * old reservations and path files whose document is nowhere, hidden folders of unpacked documents
 * whose claim is in no work/, user folders in pending/ that have been empty for a day.
 *
 * Everything is judged by age on the server's clock and by a list of what is in work. Only names of
 * ours are touched.
 */
#ifndef PDFSPOOL_SWEEP_H
#define PDFSPOOL_SWEEP_H

#include "spool/lease.h"

struct sweep; /* a slow walk through the tree, a bounded step at a time */

struct swept {
    unsigned results, reservations, paths, folders, unpacked;
};

struct sweep *sweep_new(const struct spool *s, const struct lease *clock);
void sweep_free(struct sweep *w);
/* One bounded step (at most `entries` directory entries). 1: more to do; 0: the round is complete
 * (the next step starts a new one); -1: an error, the round is given up. Adds to *sum. */
int sweep_step(struct sweep *w, unsigned entries, struct swept *sum);

#endif
