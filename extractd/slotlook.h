/*
 * slotlook: looks at the machine and at how far away the share is, and lets as many slots take
 * documents as slotcount.c makes of that. Part of the reporter, whose loop calls it.
 */
#ifndef PDFSPOOL_SLOTLOOK_H
#define PDFSPOOL_SLOTLOOK_H

#include "extractd/extractd.h"
#include "extractd/hostload.h"
#include "extractd/slotcount.h"

struct slotlook {
    struct slotcount count;       /* the number, and why it is no larger */
    int64_t next_look, next_trip; /* boot clock, ms */
    int64_t round_trip_us;        /* of the share; 0: not known yet */
};

/* To be called again and again; times the share (some GETATTRs of the lease's folder) once in
 * beat_interval, and unless the number of slots is fixed looks at the machine each
 * SLOTCOUNT_EVERY_MS. Writes `far` and n_active of the board, and says in the log why there are
 * fewer than could be. Zero-initialise *s. Cannot fail: what is not known lowers nothing. */
void slotlook_step(struct slotlook *s, const struct extractd *x, const struct lease *l,
                   struct hostload *load);

#endif
