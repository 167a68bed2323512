/*
 * ahead: how many documents to claim now: those that will start soon, and no more.
 *
 * A document that is claimed is this host's: another one that has nothing to do cannot take it. So
 * what is claimed beyond free cores is what will be started within AHEAD_MS at the pace at which
 * documents come to an end here. Where that is fast it is a whole batch, which is what a claim over
 * a share costs least by; where one takes minutes it is none. Pure: no I/O, no clock.
 */
#ifndef PDFSPOOL_AHEAD_H
#define PDFSPOOL_AHEAD_H

#include <stdint.h>

enum {
    AHEAD_MS = 1500,
    AHEAD_RARE_MS = 10000,    /* one start in that time at least, or nothing is claimed ahead */
    AHEAD_UNKNOWN_MS = 1000,  /* what a document is taken to last before one has ended */
    AHEAD_UNIT_MS = 1000000,  /* pace: documents in this time */
    AHEAD_PATIENCE_MS = 10000 /* what was claimed and has not been started by then is given back:
                                 another host may have room for it */
};

/* What is in hand now. */
struct ahead_view {
    unsigned slots;         /* that take documents */
    unsigned used;          /* documents in hand, those that no slot has taken yet included */
    unsigned coming;        /* of these, those that have still to get a core */
    unsigned free_cores;    /* for text */
    uint64_t pace;          /* documents that one slot ends in AHEAD_UNIT_MS; 0: not known */
    const int64_t *at_work; /* borrowed: of each slot at work (not of those that wait for a core),
                                how long it has had its document, ms */
    unsigned n_at_work;
};

/* How many documents will start within AHEAD_MS. 2 x slots at most. */
unsigned ahead_soon(const struct ahead_view *v);
/* How many to claim now; 0: wait, for the next batch is not worth it yet. */
unsigned ahead_room(const struct ahead_view *v);

/* The mean of 1 / duration over the last documents, from sums that only grow. Zero-initialise. */
struct ahead_pace {
    uint64_t sum, n; /* as last seen */
    uint64_t pace;   /* as in ahead_view */
};
/* sum: over all documents that have ended, of AHEAD_UNIT_MS / duration in ms (at least 1 ms);
 * n: their number. Sums below those seen before (a new start of the counts) begin anew. */
void ahead_note(struct ahead_pace *p, uint64_t sum, uint64_t n);

#endif
