/*
 * sweep_report: what the fault sweep has planned, what came of it, and what is said about that.
 *
 * A struct plans is plain numbers in a shared mapping: the shards write into it, the parent reports
 * when they have ended.
 */
#ifndef PDFSPOOL_TEST_SWEEP_REPORT_H
#define PDFSPOOL_TEST_SWEEP_REPORT_H

#include "run.h"
#include "shards.h"
#include "sites.h"

enum { CASES = 65536, ZOMBIE_KIND = FAULT_KINDS };

/* One planned fault, and what came of it. */
struct planned {
    unsigned short scenario, call;
    unsigned char kind; /* a fault, or ZOMBIE_KIND + variant */
    bool on_disk;
    unsigned char verdict;
    unsigned char op;
    char name[40];
};

struct plans {
    _Atomic unsigned next;
    unsigned n;
    struct leftovers left[SHARDS];
    unsigned audits[SHARDS];
    struct sites sites[SHARDS];
    struct planned at[CASES];
};

/* Print all of it, and write $REPORT/faults.json when REPORT names a folder. `audited`: there was a
 * spoolctl; site_list: see sites_tell. The exit code: 0; 1 when a check failed. */
int sweep_report(const struct plans *of, double seconds, bool audited, const char *site_list);

#endif
