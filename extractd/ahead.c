#include "extractd/ahead.h"

enum { WEIGHT = 8 /* documents that the past counts for */ };

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* Ends in AHEAD_UNIT_MS, of which each makes room for a start. A document that has lasted longer
 * than most is of another kind: it is taken to last as long again. */
static uint64_t starts(const struct ahead_view *v)
{
    uint64_t mean = v->pace > 0 ? AHEAD_UNIT_MS / v->pace : AHEAD_UNKNOWN_MS, sum = 0;
    uint64_t idle = v->slots > v->used ? v->slots - v->used : 0;
    mean = mean > 0 ? mean : 1;
    for (unsigned i = 0; i < v->n_at_work; i++) {
        uint64_t had = v->at_work[i] > 0 ? (uint64_t)v->at_work[i] : 0;
        sum += AHEAD_UNIT_MS / (had > mean ? had : mean);
    }
    return sum + least(idle, v->free_cores) * (AHEAD_UNIT_MS / mean);
}

unsigned ahead_soon(const struct ahead_view *v)
{
    uint64_t rate = starts(v);
    if (rate < AHEAD_UNIT_MS / AHEAD_RARE_MS)
        return 0;
    uint64_t soon = (rate * AHEAD_MS + AHEAD_UNIT_MS - 1) / AHEAD_UNIT_MS;
    return (unsigned)least(soon, 2 * (uint64_t)v->slots);
}

unsigned ahead_room(const struct ahead_view *v)
{
    unsigned soon = ahead_soon(v), most = 2 * v->slots, least_batch = soon / 2;
    /* What can be started at once needs a slot, too. */
    unsigned idle = v->slots > v->used ? v->slots - v->used : 0;
    unsigned wanted = (v->free_cores < idle ? v->free_cores : idle) + soon;
    uint64_t room =
        least(wanted > v->coming ? wanted - v->coming : 0, most > v->used ? most - v->used : 0);
    /* So many that a batch is worth its reading of work/: the slots are busy meanwhile. */
    least_batch = (unsigned)least(least_batch, v->slots);
    return room > 0 && room >= least_batch ? (unsigned)room : 0;
}

void ahead_note(struct ahead_pace *p, uint64_t sum, uint64_t n)
{
    if (n < p->n || sum < p->sum)
        *p = (struct ahead_pace){0};
    uint64_t more = n - p->n;
    if (more > 0) {
        uint64_t old = p->pace > 0 ? WEIGHT : 0;
        uint64_t pace = (p->pace * old + (sum - p->sum)) / (old + more);
        p->pace = pace > 0 ? pace : 1;
    }
    p->sum = sum;
    p->n = n;
}
