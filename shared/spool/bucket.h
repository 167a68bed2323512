/*
 * bucket: the arithmetic of a rate, without any input or output: so many a minute, so many of them
 * at once after a quiet time, so many in a day.
 *
 * Time is the file server's, in ms. It may stand, jump ahead, or go back a little (each host knows it
 * by its own last beat): going back counts as standing. Only where it is back by more than an hour
 * is it believed to have been set anew; nothing is refilled for that.
 */
#ifndef PDFSPOOL_BUCKET_H
#define PDFSPOOL_BUCKET_H

#include <stdbool.h>
#include <stdint.h>

struct bucket_limits {
    int64_t per_minute; /* 0: any number */
    int64_t per_day;    /* in 24 hours from the first; 0: any number */
    int64_t burst;      /* of per_minute, at once; 0, or more than it: per_minute */
};

struct rate_bucket {
    int64_t ms;    /* server's time of this state */
    int64_t level; /* what may begin at once, in parts of BUCKET_ONE */
    int64_t day;   /* server's time at which the day began; 0: none has begun */
    int64_t used;  /* of that day */
};
enum { BUCKET_ONE = 60000 }; /* so that per_minute is what comes in a ms */

/* Bounds of the limits, as the settings have them; larger ones are cut. */
#define BUCKET_MINUTE_MOST INT64_C(1000000)
#define BUCKET_DAY_MOST    INT64_C(1000000000)

/* True when there is anything to keep. */
bool bucket_limited(const struct bucket_limits *l);
/* A full one. */
struct rate_bucket bucket_new(const struct bucket_limits *l, int64_t now);
/* What it is at `now`: refilled, cut to the limits (they may have been changed), a day that is over
 * forgotten. */
void bucket_refresh(struct rate_bucket *b, const struct bucket_limits *l, int64_t now);
/* Take up to `want`, after a refresh at `now`. How many were had. */
unsigned bucket_take(struct rate_bucket *b, const struct bucket_limits *l, int64_t now,
                     unsigned want);
/* Give n back that were taken and not begun, after a refresh at `now`. */
void bucket_give(struct rate_bucket *b, const struct bucket_limits *l, int64_t now, unsigned n);
/* How many could be taken of a bucket as of its own time (refresh it first). */
unsigned bucket_has(const struct rate_bucket *b, const struct bucket_limits *l);
/* ms from its own time until one can be taken; 0: now. */
int64_t bucket_wait(const struct rate_bucket *b, const struct bucket_limits *l);
/* May these numbers be a bucket's, read from a name that anybody may have made? */
bool bucket_sane(const struct rate_bucket *b);

#endif
