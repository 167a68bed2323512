/*
 * handover: from a claim to a slot. Reads work/ after each batch, sorts out what it cannot account
 * for (a lost answer, a claim that came late, another file than was looked at), writes each claimed
 * document into a hand of the board and sends its number to the slots.
 */
#ifndef PDFSPOOL_HANDOVER_H
#define PDFSPOOL_HANDOVER_H

#include "extractd/extractd.h"
#include "spool/claim.h"

enum { HANDOVER_BATCH = 32 };

struct handover {
    struct extractd *x;
    struct lease *lease;
    struct control *control;              /* the newest commands, which may cancel */
    struct claimed batch[HANDOVER_BATCH]; /* filled by the claims */
    uint64_t handed;                      /* documents handed over; the caller may set it back */
    char held[BOARD_HANDS][ID_CAP];       /* claims in hand before work/ was read */
    unsigned n_held;
    unsigned strangers; /* met at the last reading of work/ */
    bool unread;        /* that reading failed: who knows what lies there */
    int64_t last;       /* boot clock, ms: when work/ was read last */
};

/* To begin with: what a claimer that was killed has left in the hands and in work/. */
void handover_begin(struct handover *h);
/* Check the first n of the batch against work/ and hand them out. 0: only look for strangers. */
void handover_batch(struct handover *h, unsigned n);
/* Read work/, if that is due: claims may have come late. */
void handover_look(struct handover *h);
/* Put what no slot has taken for `ms` back, unspent, so that whoever is free may take it; 0: all of
 * it. What cannot be moved stays queued (0: is left to the next reading of work/). */
void handover_give_back(struct handover *h, int64_t ms);

#endif
