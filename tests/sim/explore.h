/*
 * explore: every schedule of a small world with at most K preemptions and F faults.
 *
 * Stateless, depth first. Without interventions the schedule is fixed: a process runs until it
 * sleeps, then the one whose time comes first. An intervention is put at a counted call (each call
 * to the server of each process but beats and people), from the first call until all documents are
 * at their end, and each further one behind it: a preemption lets another process go first (each
 * other process is tried, also one that sleeps) until that sleeps, a fault is one of the kinds
 * given.
 */
#ifndef PDFSPOOL_SIM_EXPLORE_H
#define PDFSPOOL_SIM_EXPLORE_H

#include "plan.h"

struct exploration {
    const struct small_world *world;
    enum protocol protocol;
    bool v3;
    unsigned preemptions, faults;
    uint64_t most;          /* schedules; 0: all */
    unsigned shard, shards; /* of the first interventions, each shards-th is this shard's */
    double seconds;         /* 0: no limit */
    bool loud;
    /* out */
    uint64_t schedules, points; /* points: of the schedule without interventions */
    uint64_t violations;
    bool cut;                  /* most or seconds ended it */
    struct schedule first_bad; /* to be replayed */
    char what[SIM_WHAT];
};

void explore(struct exploration *e, void (*each)(const struct outcome_of_run *r));
/* "one/1/234:19:5,300:3:0": the interventions of a schedule, for --replay, and back. */
void explore_show(const struct exploration *e, const struct schedule *s, char *out, size_t cap);
bool explore_parse(const char *text, struct exploration *e, struct schedule *s);

#endif
