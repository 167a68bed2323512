/*
 * sim: what the whole simulation shares: virtual time, memory, chance, and the verdict of the
 * schedule that is being run.
 *
 * One schedule is one life of a small cluster: hosts with their processes, a file server, users.
 * All of it runs in one process, one coroutine at a time, on one virtual clock; nothing but the
 * seed (and the list of planned interventions) decides what happens, so every schedule can be
 * replayed.
 */
#ifndef PDFSPOOL_SIM_H
#define PDFSPOOL_SIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef int64_t sim_us; /* virtual microseconds since the schedule began */

#define SIM_MS     ((sim_us)1000)
#define SIM_SECOND (1000 * SIM_MS)
#define SIM_MINUTE (60 * SIM_SECOND)
#define SIM_HOUR   (60 * SIM_MINUTE)
#define SIM_NEVER  (INT64_MAX / 4)
/* The server's clock at virtual 0, in microseconds since the epoch. */
#define SIM_EPOCH ((int64_t)1700000000 * SIM_SECOND)

enum { SIM_SKIPS = 32, SIM_WHAT = 400 };

/* The protocol variants: the product's, those it must be better than, and our own deliberate
 * mistakes in the glue. */
enum protocol { PROTOCOL_OURS, PROTOCOL_NAIVE, PROTOCOL_LINK };

struct sim {
    sim_us now;
    uint64_t chance, product_chance; /* states of the two streams of random numbers */
    bool trace;
    bool lockstep; /* exhaustive: no latency, no chance; only planned interventions */
    bool calm;     /* faults are over: the network is good, nobody dies any more */
    enum protocol protocol;
    uint64_t rpcs, calls; /* in this schedule */
    unsigned bad;         /* violations */
    char what[SIM_WHAT];  /* the first one */
    unsigned residue_claim, residue_remove, residue_pair,
        folders_claimed; /* known residue met (docs/SPOOL.md, section 7) */
    unsigned skips;
    unsigned skip[SIM_SKIPS]; /* numbers of faults that are left out (by the shrinker) */
};

extern struct sim sim;

/* A violation of the law: noted, the first with its words; printed when tracing. */
void sim_bad(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* The simulation itself is wrong: print and abort. */
void sim_broken(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));
/* A line of the trace, if there is one. */
void sim_trace(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Chance, from the schedule's own stream. */
uint64_t sim_random(void);
/* 0 .. n-1; n > 0 */
unsigned sim_below(unsigned n);
/* True once in n. */
bool sim_once_in(unsigned n);
/* lo .. hi */
sim_us sim_between(sim_us lo, sim_us hi);
void sim_seed(uint64_t seed);
/* splitmix64: the next number of a stream. */
uint64_t sim_next(uint64_t *state);

/* Memory that lives until the schedule ends: zeroed, never freed one by one. */
void *sim_alloc(size_t n);
char *sim_text(const char *s); /* a copy */
void sim_forget_all(void);

#endif
