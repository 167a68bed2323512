/* plan: what a schedule is made of: the mix that random ones draw from, and the small worlds that
 * are explored exhaustively. */
#ifndef PDFSPOOL_SIM_PLAN_H
#define PDFSPOOL_SIM_PLAN_H

#include "run.h"

/* Random, from the schedule's own stream of chance. */
void plan_random(void);
/* The same world, with names and faults that the weaker protocols know. */
void plan_naive(void);

struct small_world {
    const char *name;
    const char *what;
    void (*prepare)(void);
};
extern const struct small_world small_worlds[];
extern const unsigned small_world_count;

#endif
