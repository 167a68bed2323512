#include "extractd/slotcount.h"

#include <stdio.h>

#include "spool/hoststatus.h"

enum need { CALM, HOLD, SHORT, TIGHT };

/* Of all memory, what is available, in permille; STATUS_UNKNOWN. */
static int64_t available_permille(const struct slotcount_facts *f)
{
    if (f->memory_total <= 0 || f->memory_available < 0)
        return STATUS_UNKNOWN;
    return (int64_t)((uint64_t)f->memory_available / ((uint64_t)f->memory_total / 1000 + 1));
}

static enum need need_of(const struct slotcount_facts *f)
{
    int64_t left = available_permille(f), still = f->still;
    if ((left != STATUS_UNKNOWN && left < SLOTCOUNT_TIGHT) || still >= SLOTCOUNT_STILL_TIGHT)
        return TIGHT;
    if ((left != STATUS_UNKNOWN && left < SLOTCOUNT_SHORT) || still >= SLOTCOUNT_STILL_SHORT)
        return SHORT;
    if (left != STATUS_UNKNOWN && left < SLOTCOUNT_CALM)
        return HOLD;
    /* Room for one more, above what is short? */
    if (left != STATUS_UNKNOWN && f->per_slot > 0 &&
        f->memory_available - f->per_slot < f->memory_total / 1000 * SLOTCOUNT_SHORT)
        return HOLD;
    return CALM;
}

/* The mean over the last documents: those of the last step count as much as all before. */
static void note_core(struct slotcount *s, const struct slotcount_facts *f)
{
    int64_t ended = f->ended - s->ended, ms = f->core_ms - s->core_ms;
    if (ended > 0 && ms >= 0) {
        int64_t us = ms * 1000 / ended;
        s->core_us = s->core_us > 0 ? (s->core_us + us) / 2 : us;
        s->core_us = s->core_us > SLOTCOUNT_CORE_LEAST_US ? s->core_us : SLOTCOUNT_CORE_LEAST_US;
    }
    s->ended = f->ended;
    s->core_ms = f->core_ms;
}

/* As many as keep the cores busy: while one document has a core for core_us, others are on their way
 * for TRIPS round trips; so for each core that many more (Little's law). */
static unsigned by_distance(const struct slotcount *s, const struct slotcount_facts *f,
                            unsigned max)
{
    if (f->round_trip_us <= SLOTCOUNT_NEAR_US || f->most <= max)
        return max;
    uint64_t core_us = s->core_us > 0 ? (uint64_t)s->core_us : SLOTCOUNT_CORE_US;
    uint64_t on_the_way = (uint64_t)f->round_trip_us * SLOTCOUNT_TRIPS * f->cores;
    uint64_t more = (on_the_way + core_us - 1) / core_us;
    return more < f->most - max ? max + (unsigned)more : f->most;
}

/* What the other programs leave. */
static unsigned by_load(const struct slotcount_facts *f, unsigned max)
{
    unsigned least = f->cores + 1 < max ? f->cores + 1 : max;
    if (f->others == STATUS_UNKNOWN || f->others <= SLOTCOUNT_OTHERS_FREE)
        return max;
    int64_t others = f->others < 1000 ? f->others : 1000;
    return max - (unsigned)((max - least) * (uint64_t)others / 1000);
}

static unsigned between(unsigned n, unsigned min, unsigned max)
{
    n = n < max ? n : max;
    return n > min ? n : min;
}

static void say_why(struct slotcount *s, const struct slotcount_facts *f, unsigned load)
{
    s->why[0] = '\0';
    if (s->active < load)
        snprintf(s->why, sizeof s->why,
                 "%u of %u slots: memory is or was short (%lld %% is available)", s->active, s->max,
                 (long long)available_permille(f) / 10);
    else if (s->active < s->max)
        snprintf(s->why, sizeof s->why,
                 "%u of %u slots: other programs use %lld %% of the processors", s->active, s->max,
                 (long long)f->others / 10);
}

void slotcount_step(struct slotcount *s, const struct slotcount_facts *f, int64_t now)
{
    note_core(s, f);
    unsigned max = by_distance(s, f, f->max > 0 ? f->max : 1), min = f->min < max ? f->min : max;
    /* Where memory was no bound, it is none for a new slots_max, either. */
    unsigned n = s->memory > 0 && s->memory < s->max ? s->memory : max, load;
    enum need need = need_of(f);
    min = min > 0 ? min : 1;
    load = between(by_load(f, max), min, max);
    if (need != CALM)
        s->calm_since = 0;
    else if (s->calm_since == 0)
        s->calm_since = now;
    if (need == TIGHT)
        n /= 2;
    else if (need == SHORT)
        n--;
    else if (need == CALM && now - s->calm_since >= SLOTCOUNT_CALM_MS)
        n++;
    s->memory = between(n, min, max);
    s->max = max;
    s->active = s->memory < load ? s->memory : load;
    say_why(s, f, load);
}
