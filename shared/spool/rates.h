/*
 * rates: the bucket of a cap, as one name in control/caps/<cap>/rate/. Taking is a rename of the
 * name that was read to its successor, which only this call can make: who finds the old one gone was
 * second, and reads again.
 */
#ifndef PDFSPOOL_RATES_H
#define PDFSPOOL_RATES_H

#include "spool/bucket.h"
#include "spool/lease.h"

/* Take up to `want` from the bucket of the cap whose folder this is (capfolder_open); it is made
 * when it is not there. How many were had; *wait: where that is less, ms until it is worth asking
 * again. -1 with errno: perhaps some were taken, and are lost. */
int rates_take(int folder, const struct bucket_limits *limits, const struct lease *l, unsigned want,
               int64_t *wait);
/* Give n back that were not used. 0, or -1: they are lost, or not (the safe side either way). */
int rates_give(int folder, const struct bucket_limits *limits, const struct lease *l, unsigned n);
/* What is in it, without changing anything. 1; 0: there is none; -1 with errno. */
int rates_read(int folder, struct rate_bucket *b);

#endif
