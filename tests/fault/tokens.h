/*
 * tokens: caps and rates (spool/caps.h) under faults: a host takes tokens and rate, gives back, takes
 * again, and ends with a token in its lease. Then another host must get as many as there are, and no
 * more; and at rest each number's token is free, once, and the bucket has one state.
 */
#ifndef PDFSPOOL_TEST_TOKENS_H
#define PDFSPOOL_TEST_TOKENS_H

#include "worker.h"
#include "world.h"

enum { TOKENS = 2 };

/* The body of the scenario. */
void tokens_scenario(struct world *w, struct worker *me);
/* worker_recover, and then a host that takes all tokens. */
int tokens_recover(const char *top, const char *host);

/* What lies in control/caps/, seen from outside. */
struct tokens_seen {
    unsigned born[TOKENS], tokens[TOKENS], rates, states;
    unsigned leftovers; /* of births that were given up: swept by age */
};
/* Note a file below control/caps/. False: it does not belong there. */
bool tokens_see(struct tokens_seen *seen, const char *path);
/* NULL: all is there once; else what is wrong. */
const char *tokens_wrong(const struct tokens_seen *seen);

#endif
