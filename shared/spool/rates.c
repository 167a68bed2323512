#include "spool/rates.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/dirlist.h"
#include "base/fsop.h"
#include "base/rnd.h"
#include "spool/capfolder.h"
#include "spool/look.h"

enum { RACES = 6, RACE_MS = 4, SOON_MS = 50 };

struct state {
    char name[NAME_CAP];
    uint64_t gen;
    struct rate_bucket b;
};

/* The state in the open folder: the one with the highest number, for a listing may have met a name
 * before and its successor after a rename. 1; 0: none was met; -1. */
static int read_state(int rate, struct state *s)
{
    struct dirlist_entry e;
    struct state one;
    int more = -1, found = 0;
    struct dirlist *d = dirlist_open(rate, ".", 0);
    while (d && (more = dirlist_next(d, &e)) == 1) {
        if (!cap_rate_parse(e.name, &one.gen, &one.b) || (found && one.gen < s->gen))
            continue;
        memcpy(one.name, e.name, strlen(e.name) + 1);
        *s = one;
        found = 1;
    }
    dirlist_close(d);
    return more == 0 ? found : -1;
}

static int open_rate(int folder, const struct bucket_limits *limits, const struct lease *l)
{
    char id[ID_CAP], first[NAME_CAP];
    int rate = look_folder(folder, CAP_RATE);
    if (rate >= 0 || errno != ENOENT)
        return rate;
    struct rate_bucket b = bucket_new(limits, lease_server_now(l));
    lease_new_id(l, id);
    cap_rate_name(0, &b, id, first);
    return capfolder_bear(folder, CAP_RATE, first, l) < 0 ? -1 : look_folder(folder, CAP_RATE);
}

static enum moved replace(int rate, const struct state *from, const struct rate_bucket *b,
                          const struct lease *l)
{
    char id[ID_CAP], to[NAME_CAP];
    lease_new_id(l, id);
    cap_rate_name(from->gen + 1, b, id, to);
    return look_move(rate, from->name, rate, to);
}

/* One try to take (give: to give back) n. What came of it; *n and *wait as rates_take. MOVE_LOST:
 * somebody was first. */
static enum moved change(int rate, const struct bucket_limits *limits, const struct lease *l,
                         bool give, unsigned *n, int64_t *wait)
{
    struct state s;
    int there = read_state(rate, &s);
    if (there <= 0) {
        if (there == 0)
            errno = ENOENT; /* between two names of a listing, or lost (audit tells) */
        return there == 0 ? MOVE_LOST : MOVE_FAILED;
    }
    struct rate_bucket b = s.b;
    int64_t now = lease_server_now(l);
    unsigned want = *n;
    if (give)
        bucket_give(&b, limits, now, want);
    else
        *n = bucket_take(&b, limits, now, want);
    *wait = *n < want ? bucket_wait(&b, limits) : 0;
    return *n == 0 ? MOVED : replace(rate, &s, &b, l);
}

static int again_and_again(int folder, const struct bucket_limits *limits, const struct lease *l,
                           bool give, unsigned n, int64_t *wait)
{
    int rate = open_rate(folder, limits, l), got = -1;
    enum moved m = rate < 0 ? MOVE_FAILED : MOVE_LOST;
    for (int i = 0; i < RACES && m == MOVE_LOST; i++) {
        unsigned some = n;
        if (i > 0)
            clock_sleep_ms(rnd_jitter(RACE_MS, 50));
        m = change(rate, limits, l, give, &some, wait);
        got = m == MOVED ? (int)some : -1;
    }
    int saved = errno;
    if (rate >= 0)
        fs->close(rate);
    errno = saved;
    return got;
}

int rates_take(int folder, const struct bucket_limits *limits, const struct lease *l, unsigned want,
               int64_t *wait)
{
    *wait = SOON_MS;
    return again_and_again(folder, limits, l, false, want, wait);
}

int rates_give(int folder, const struct bucket_limits *limits, const struct lease *l, unsigned n)
{
    int64_t wait;
    return again_and_again(folder, limits, l, true, n, &wait) < 0 ? -1 : 0;
}

int rates_read(int folder, struct rate_bucket *b)
{
    struct state s;
    int rate = look_folder(folder, CAP_RATE);
    if (rate < 0)
        return errno == ENOENT ? 0 : -1;
    int there = read_state(rate, &s);
    int saved = errno;
    fs->close(rate);
    errno = saved;
    if (there == 1)
        *b = s.b;
    return there;
}
