#include "extractd/slotlook.h"

#include "base/clock.h"
#include "base/log.h"
#include "spool/hoststatus.h"
#include "spool/look.h"

enum { TRIP_LOOKS = 3 };

/* How long the share needs for an answer: the least of some looks, so that a busy processor does not
 * pass for a far share. Over NFS each is one GETATTR. */
static void time_share(struct slotlook *s, const struct extractd *x, const struct lease *l,
                       int64_t now)
{
    struct statx st;
    int64_t least = INT64_MAX;
    if (now < s->next_trip)
        return;
    s->next_trip = now + x->spool.settings.beat_interval;
    for (int i = 0; i < TRIP_LOOKS; i++) {
        int64_t began = clock_boot_ns();
        if (look_fd(l->dir, &st) != 0)
            return;
        int64_t took = clock_boot_ns() - began;
        least = took < least ? took : least;
    }
    s->round_trip_us = least / 1000;
    atomic_store(&x->board->far, s->round_trip_us > SLOTCOUNT_NEAR_US);
}

static unsigned slots_at_work(struct board *b)
{
    unsigned busy = 0;
    for (unsigned i = 0; i < b->n_slots; i++)
        busy +=
            atomic_load(&b->slots[i].hand) != NOBODY || atomic_load(&b->slots[i].helps) != NOBODY;
    return busy;
}

static struct slotcount_facts facts(const struct slotlook *s, const struct extractd *x,
                                    const struct host_load *l)
{
    struct board *b = x->board;
    const struct settings *c = &x->spool.settings;
    unsigned max = extractd_slots_near(c, b->n_cores), most = extractd_slots_most(c, b->n_cores);
    unsigned busy = slots_at_work(b);
    bool known = l->cpu_permille != STATUS_UNKNOWN && l->own_cpu_permille != STATUS_UNKNOWN;
    int64_t others = known ? l->cpu_permille - l->own_cpu_permille : STATUS_UNKNOWN;
    return (struct slotcount_facts){
        .min = (unsigned)c->slots_min,
        .max = max < b->n_slots ? max : b->n_slots,
        .most = most < b->n_slots ? most : b->n_slots,
        .round_trip_us = s->round_trip_us,
        .core_ms = (int64_t)atomic_load(&b->counts.parse_ms),
        .ended = (int64_t)atomic_load(&b->counts.ended),
        .cores = b->n_cores,
        .memory_total = l->memory_total,
        .memory_available = hostload_available(""),
        .still = hostload_still(""),
        .others = known && others < 0 ? 0 : others,
        .per_slot = l->own_memory != STATUS_UNKNOWN && busy > 0 ? l->own_memory / busy : 0};
}

void slotlook_step(struct slotlook *s, const struct extractd *x, const struct lease *l,
                   struct hostload *load)
{
    struct board *b = x->board;
    int64_t now = clock_boot_ms();
    if (now < s->next_look)
        return;
    s->next_look = now + SLOTCOUNT_EVERY_MS;
    time_share(s, x, l, now);
    if (b->fixed_slots)
        return;
    const struct slotcount_facts f = facts(s, x, hostload_look(load, now));
    bool was_lower = s->count.why[0] != '\0';
    slotcount_step(&s->count, &f, now);
    unsigned old = atomic_exchange(&b->n_active, s->count.active);
    if (old != s->count.active && s->count.why[0])
        log_info("%s", s->count.why);
    else if (was_lower && !s->count.why[0])
        log_info("%u slots again", s->count.active);
}
