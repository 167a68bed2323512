/*
 * cuts: all the states in which a power cut may leave what was recorded, each different one once.
 */
#ifndef PDFSPOOL_TEST_CUTS_H
#define PDFSPOOL_TEST_CUTS_H

#include "state.h"

struct cuts_wanted {
    bool model[CUT_MODELS];
    unsigned step; /* CUT_LOOSE_*: only each step-th moment is tried; 1: all */
    unsigned from; /* ... and of the others: cuts before this operation are left out */
};

struct cuts_counts {
    unsigned long built, distinct;
    /* Of each model; a state that an earlier model gives, too, is not distinct. */
    unsigned long built_by[CUT_MODELS], distinct_by[CUT_MODELS];
};

/* Called for each state that no earlier call of this enumeration was made for. */
typedef void cuts_take(void *arg, struct cut cut);
void cuts_of(const struct record_log *log, const struct cuts_wanted *wanted,
             struct cuts_counts *counts, cuts_take *take, void *arg);

#endif
