#include "spool/bucket.h"

#include <stddef.h>

#define HOUR_MS INT64_C(3600000)
#define DAY_MS  (24 * HOUR_MS)
/* Nothing in a name is believed beyond this: the year 10,000. */
#define TIME_MOST INT64_C(253402300800000)

_Static_assert(BUCKET_ONE == 60 * 1000, "so per_minute parts come in a ms");

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t rate(const struct bucket_limits *l)
{
    return least(l->per_minute, BUCKET_MINUTE_MOST);
}

/* The most that can be in it, in parts. At most 6 * 10^10. */
static int64_t full(const struct bucket_limits *l)
{
    int64_t burst = l->burst > 0 ? least(l->burst, rate(l)) : rate(l);
    return burst * BUCKET_ONE;
}

bool bucket_limited(const struct bucket_limits *l)
{
    return l->per_minute > 0 || l->per_day > 0;
}

struct rate_bucket bucket_new(const struct bucket_limits *l, int64_t now)
{
    return (struct rate_bucket){.ms = now, .level = full(l)};
}

bool bucket_sane(const struct rate_bucket *b)
{
    return b->ms >= 0 && b->ms <= TIME_MOST && b->day >= 0 && b->day <= TIME_MOST &&
           b->level >= 0 && b->level <= BUCKET_MINUTE_MOST * BUCKET_ONE && b->used >= 0 &&
           b->used <= BUCKET_DAY_MOST;
}

void bucket_refresh(struct rate_bucket *b, const struct bucket_limits *l, int64_t now)
{
    int64_t most = full(l), passed = now - b->ms;
    if (passed < -HOUR_MS) { /* the server's clock was set back */
        b->day = b->day > now ? now : b->day;
        b->ms = now;
    }
    if (passed > 0) {
        /* What fills it, rounded up, does: the product never runs over. */
        b->level = rate(l) > 0 && passed < most / rate(l) + 1 ? b->level + passed * rate(l) : most;
        b->ms = now;
    }
    b->level = least(b->level, most);
    if (b->day != 0 && b->ms - b->day >= DAY_MS)
        b->day = b->used = 0;
}

unsigned bucket_has(const struct rate_bucket *b, const struct bucket_limits *l)
{
    int64_t n = BUCKET_MINUTE_MOST;
    if (l->per_minute > 0)
        n = b->level / BUCKET_ONE;
    if (l->per_day > 0)
        n = least(n, least(l->per_day, BUCKET_DAY_MOST) - b->used);
    return n > 0 ? (unsigned)n : 0;
}

unsigned bucket_take(struct rate_bucket *b, const struct bucket_limits *l, int64_t now,
                     unsigned want)
{
    bucket_refresh(b, l, now);
    unsigned has = bucket_has(b, l), n = want < has ? want : has;
    if (n == 0)
        return 0;
    if (l->per_minute > 0)
        b->level -= (int64_t)n * BUCKET_ONE;
    if (b->day == 0)
        b->day = b->ms > 0 ? b->ms : 1;
    b->used = least(b->used + n, BUCKET_DAY_MOST);
    return n;
}

void bucket_give(struct rate_bucket *b, const struct bucket_limits *l, int64_t now, unsigned n)
{
    int64_t parts = least(n, BUCKET_MINUTE_MOST) * BUCKET_ONE;
    bucket_refresh(b, l, now);
    b->level = least(b->level + parts, full(l));
    b->used = b->used > n ? b->used - n : 0;
}

int64_t bucket_wait(const struct rate_bucket *b, const struct bucket_limits *l)
{
    int64_t wait = 0;
    if (l->per_minute > 0 && b->level < BUCKET_ONE)
        wait = (BUCKET_ONE - b->level + rate(l) - 1) / rate(l);
    if (l->per_day > 0 && b->used >= least(l->per_day, BUCKET_DAY_MOST)) {
        int64_t day = b->day + DAY_MS - b->ms;
        wait = day > wait ? day : wait;
    }
    return wait;
}
