/*
 * run: one schedule, from an empty spool to the law at rest.
 */
#ifndef PDFSPOOL_SIM_RUN_H
#define PDFSPOOL_SIM_RUN_H

#include "fault.h"
#include "law.h"
#include "outside.h"

/* What a schedule is to be; filled in by a plan (plan.h), before anything runs. */
struct schedule {
    uint64_t seed;
    enum protocol protocol;
    bool lockstep, trace;
    unsigned skips;
    unsigned skip[SIM_SKIPS];
    struct intervention plan[FAULT_INTERVENTIONS];
    unsigned planned;
    void (*prepare)(void); /* sets cluster, outside, fault, nemesis; adds hosts */
};

/* What became of it; the sums of many are kept by the report. */
struct outcome_of_run {
    bool bad;
    char what[SIM_WHAT];
    unsigned faults, points; /* points: counted calls until everything was published */
    uint64_t rpcs, calls;
    unsigned drops, done, failed, taken, lost, duplicated, unexpected;
    unsigned claims, residue_claim, residue_remove, residue_pair, folders_claimed;
    sim_us ended;
};

/* Make everything new, for the schedule or for tests of the model. */
void run_begin(const struct schedule *s);
void run_schedule(const struct schedule *s, struct outcome_of_run *out);

/* Host-level faults of random schedules: how many, until when. */
struct nemesis {
    unsigned events;
    sim_us until;
    uint64_t kinds; /* bit set of enum fault_kind */
};
extern struct nemesis nemesis;
void nemesis_start(void);

#endif
