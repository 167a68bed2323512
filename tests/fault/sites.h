/*
 * sites: which places in the source call the table of file operations, and at which of them a fault
 * has happened.
 */
#ifndef PDFSPOOL_TEST_SITES_H
#define PDFSPOOL_TEST_SITES_H

#include "faultop.h"

enum { SITES = 200 };

struct sites {
    unsigned n;
    struct fault_site at[SITES];
};

/* Add what one run has reached and hit; rooms of shared/spool/ only. */
void sites_add(struct sites *sum, const struct fault_proof *proof);
/* Add one of several sums to another. */
void sites_merge(struct sites *sum, const struct sites *other);
/* Has a fault been planned there before? Notes that one is now. */
bool sites_plan(struct sites *planned, const struct fault_site *site);

struct sites_told {
    unsigned existing, reached, hit;
};

/* Compare with the list that was made from the sources (lines of FILE:LINE:fs->OP( ), and print
 * those at which no fault has happened. False: there is no such list. */
bool sites_tell(const struct sites *sum, const char *list, struct sites_told *told);

#endif
