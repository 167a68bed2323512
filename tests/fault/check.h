/*
 * check: the conservation law, checked from outside, with nothing of the product.
 *
 * At rest: every document ever dropped (known by its content) is in done/ or failed/ exactly once,
 * or was taken away exactly once; in its own folder, under its own name or x~n; with the text and
 * the JSON that are its own; nothing else is in the tree but leftovers that the sweep takes by age
 * (counted).
 */
#ifndef PDFSPOOL_TEST_CHECK_H
#define PDFSPOOL_TEST_CHECK_H

#include "world.h"

struct leftovers {
    unsigned results;      /* hidden .<id>.<claim>.txt, .json */
    unsigned reservations; /* control/names/<hh>/<hash> */
    unsigned paths;        /* control/paths/... */
    unsigned unpacked;     /* hidden folders of unpacked documents */
    unsigned pages;        /* ... of those, pages of documents that were done in two goes */
    unsigned commands;     /* control/cancel.*, and private names of such */
    unsigned cancelled;    /* no leftover: documents that were cancelled */
    unsigned flat;         /* no leftover: documents that went to the flat fall-back */
    unsigned orphans;      /* no leftover, a violation: visible results without a PDF */
    unsigned lost, twice;  /* the worst violations: documents that are nowhere at all, or more than
                              once */
};

/* The number of violations; each is reported on stderr when `loud`. Adds to *sum. */
unsigned check_world(const struct world *w, bool loud, struct leftovers *sum);

#endif
