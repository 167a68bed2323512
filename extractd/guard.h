/*
 * guard: the breaker of this host (breaker.h), from what the board and the table of processes show,
 * and to the board, where the claimer and the reporter see it. Part of the supervisor's loop.
 */
#ifndef PDFSPOOL_GUARD_H
#define PDFSPOOL_GUARD_H

#include "extractd/procs.h"

struct guard {
    struct breaker breaker;
    char reason[120]; /* why it opened; for people */
};

/* Look at everything once; also takes a person's `reset`. All zero is a guard that has seen
 * nothing. */
void guard_round(struct guard *g, struct extractd *x, struct procs *p);

#endif
