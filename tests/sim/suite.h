/* suite: the ways in which schedules are run: in shards, by seed, exhaustively, one to be seen. */
#ifndef PDFSPOOL_SIM_SUITE_H
#define PDFSPOOL_SIM_SUITE_H

#include "report.h"

enum { SUITE_SHARDS = 2 };

/* Random schedules with the seeds from `seed` on, for so long, at least `least` of them. */
void suite_random(struct totals *sum, uint64_t seed, double seconds, uint64_t least);
/* One world; e without shard. */
void suite_explore(struct totals *sum, const struct exploration *e, struct explored *out);
/* The first of at most `most` random schedules that catches a weaker protocol; 0: none did. */
uint64_t suite_control(enum protocol protocol, uint64_t most, char *what, size_t cap);
/* Show one schedule: a seed, or what explore_show wrote. 1: it violates the law; -1: no such. */
int suite_replay(const char *what, enum protocol protocol, const char *skip);
/* Leave out faults one by one as long as the schedule still fails; says which are needed. */
int suite_shrink(const char *seed, enum protocol protocol);

#endif
