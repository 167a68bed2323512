/*
 * run: one scenario under one fault, or with its process stopped for a while, from a fresh spool to
 * the final check.
 */
#ifndef PDFSPOOL_TEST_RUN_H
#define PDFSPOOL_TEST_RUN_H

#include "check.h"
#include "faultop.h"
#include "scenario.h"

enum verdict {
    RUN_GOOD,
    RUN_NOT_HIT, /* the planned fault did not happen: the test is void */
    RUN_BAD      /* the law was violated */
};

enum zombie_variant {
    ZOMBIE_KEEP,  /* the others finish; then the zombie goes on */
    ZOMBIE_TAKEN, /* ... results are taken away, the same names are dropped and finished again, then
                     it goes on */
    ZOMBIE_OVERLAP, /* ... dropped again and sealed, it goes on, dropped once more and finished,
                       then the sealed ones */
    ZOMBIE_VARIANTS
};

/* What the runs of one shard share; one per shard, made by run_open. */
struct run {
    char base[200], name[32];
    const char *spoolctl; /* NULL: there is none; audits are skipped */
    bool loud, trace;
    struct world *world; /* shared mappings */
    struct fault_proof *proof;
    struct leftovers left; /* summed up */
    unsigned audits;
};

void run_open(struct run *r, const char *base, const char *name);
/* The scenario without a fault; the calls are in r->proof then. */
enum verdict run_clean(struct run *r, const struct scenario *s);
enum verdict run_fault(struct run *r, const struct scenario *s, unsigned call, enum fault_kind kind,
                       bool audit);
enum verdict run_zombie(struct run *r, const struct scenario *s, unsigned call,
                        enum zombie_variant variant);

#endif
