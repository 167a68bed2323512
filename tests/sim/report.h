/*
 * report: the sums over many schedules, and what is said about them.
 *
 * A struct totals is plain numbers, so that shards (processes) write theirs into shared memory and
 * the parent adds them up.
 */
#ifndef PDFSPOOL_SIM_REPORT_H
#define PDFSPOOL_SIM_REPORT_H

#include "explore.h"
#include "plan.h"

enum { REPORT_BAD = 8, REPORT_WORLDS = 16, REPORT_LINE = 600 };

struct totals {
    uint64_t schedules, bad, calls, rpcs;
    uint64_t drops, done, failed, taken, lost, duplicated, unexpected, claims;
    uint64_t residue_claim, residue_remove, residue_pair, folders_claimed,
        faulty; /* faulty: schedules with a fault at least */
    uint64_t by_kind[FAULT_KINDS];
    unsigned bads;
    struct {
        uint64_t seed;
        char replay[200]; /* how to see it again */
        char what[SIM_WHAT];
    } first[REPORT_BAD];
};

struct explored {
    char name[40]; /* world, version, bounds */
    uint64_t schedules, points, violations;
    bool cut;
};

void report_add(struct totals *t, const struct outcome_of_run *r);
/* A violation: how to replay it. */
void report_bad(struct totals *t, const char *replay, const char *what);
void report_sum(struct totals *to, const struct totals *from);
void report_print(const struct totals *t, double seconds);
/* $REPORT/sim.json, when REPORT names a folder. */
void report_write(const struct totals *t, const struct explored *e, unsigned n, double seconds,
                  uint64_t random);

#endif
