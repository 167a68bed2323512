#include "extractd/fair.h"

#include <stddef.h>
#include <string.h>

enum { SCALE = 1000 }; /* account: thousandths of ms, divided by the weight */

static int64_t account(const struct fair_lane *l)
{
    return l->start + (l->used_ms - l->from + l->open_ms) * SCALE / l->weight;
}

static bool may_begin(const struct fair_lane *l)
{
    return l->wants && !l->held && (l->most == 0 || l->in_hand < l->most);
}

static void raise_to(struct fair_lane *l, int64_t level)
{
    int64_t at = account(l);
    if (at < level)
        l->start += level - at;
}

/* Another weight counts from now on. */
static void weigh_anew(struct fair_lane *l)
{
    if (l->by == l->weight)
        return;
    if (l->by > 0)
        l->start += (l->used_ms - l->from) * SCALE / l->by;
    l->from = l->used_ms;
    l->by = l->weight;
}

/* Where lanes of this priority are: the least account of those that are at work; of none the
 * greatest. It never goes back. */
static int64_t clock_of(const struct fair_lane *lanes, unsigned n, int64_t priority)
{
    int64_t before = 0, least = INT64_MAX, greatest = 0;
    for (unsigned i = 0; i < n; i++) {
        const struct fair_lane *l = &lanes[i];
        int64_t at = account(l);
        if (l->priority != priority)
            continue;
        before = l->clock > before ? l->clock : before;
        greatest = at > greatest ? at : greatest;
        if (l->active)
            least = at < least ? at : least;
    }
    int64_t now = least < INT64_MAX ? least : greatest;
    return now > before ? now : before;
}

/* Lanes that have work again begin where the others are. */
static void wake_up(struct fair_lane *lanes, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        lanes[i].clock = clock_of(lanes, n, lanes[i].priority);
    for (unsigned i = 0; i < n; i++) {
        struct fair_lane *l = &lanes[i];
        bool now = l->in_hand > 0 || (!l->idle && !l->held);
        if (now && !l->active)
            raise_to(l, l->clock);
        l->active = now;
    }
}

static bool goes_before(const struct fair_lane *a, const struct fair_lane *b)
{
    return a->priority != b->priority ? a->priority > b->priority : account(a) < account(b);
}

int fair_pick(struct fair_lane *lanes, unsigned n)
{
    int best = FAIR_NONE;
    for (unsigned i = 0; i < n; i++)
        weigh_anew(&lanes[i]);
    wake_up(lanes, n);
    for (unsigned i = 0; i < n; i++)
        if (may_begin(&lanes[i]) && (best < 0 || goes_before(&lanes[i], &lanes[best])))
            best = (int)i;
    /* Who could not begin while it was its turn has no claim on it later. */
    for (unsigned i = 0; best >= 0 && i < n; i++)
        if (lanes[i].active && !may_begin(&lanes[i]) && lanes[i].priority == lanes[best].priority)
            raise_to(&lanes[i], account(&lanes[best]));
    return best;
}

/* Of the lanes that may have something, the one that was given most; FAIR_NONE: nobody can spare one. */
static int can_spare(const struct fair_lane *lanes, unsigned n, const unsigned *quota)
{
    int best = FAIR_NONE;
    for (unsigned i = 0; i < n; i++)
        if (!lanes[i].known && quota[i] > 0 && (best < 0 || quota[i] > quota[best]))
            best = (int)i;
    return best;
}

static void give(struct fair_lane *lanes, unsigned *quota, int i)
{
    quota[i]++;
    lanes[i].in_hand++;
    lanes[i].open_ms += lanes[i].usual_ms;
}

static void take_back(struct fair_lane *lanes, unsigned *quota, int i)
{
    quota[i]--;
    lanes[i].in_hand--;
    lanes[i].open_ms -= lanes[i].usual_ms;
}

unsigned fair_deal(struct fair_lane *lanes, unsigned n, unsigned room, unsigned *quota)
{
    int i;
    memset(quota, 0, n * sizeof *quota);
    while (room > 0 && (i = fair_pick(lanes, n)) != FAIR_NONE) {
        give(lanes, quota, i);
        room--;
    }
    for (unsigned k = 0; k < n; k++)
        if (lanes[k].known && quota[k] == 0 && may_begin(&lanes[k]) &&
            (i = can_spare(lanes, n, quota)) != FAIR_NONE) {
            take_back(lanes, quota, i);
            give(lanes, quota, (int)k);
        }
    return room;
}
