/* janitor: takes back what dead leases held, finds out what became of the documents of archives,
 * and sweeps leftovers, one bounded step at a time. */
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/rnd.h"
#include "extractd/extractd.h"
#include "spool/reclaim.h"
#include "spool/sweep.h"
#include "spool/tally.h"

enum {
    JITTER_PERCENT = 50,
    SWEEP_ENTRIES = 2000,
    SWEEP_PAUSE_MS = 60000,
    NAP_MS = 100,
    ONCE_NAP_MS = 20, /* with --once somebody waits for the end */
    END_NAP_MS = 2,   /* which may be this one's look */
    OWN_HOST_MS = 2000,
    NEIGHBOUR_MS = 250,
    ARCHIVES = 100 /* looked at in a round */
};

static void sweep_a_little(struct sweep *w, int64_t most, int64_t *next)
{
    struct swept sum = {0};
    if (clock_boot_ms() < *next)
        return;
    int more = sweep_step(w, SWEEP_ENTRIES, &sum);
    if (more < 0)
        log_debug("sweeping was given up for now: %s", strerror(errno));
    if (sum.results + sum.reservations + sum.paths + sum.folders + sum.unpacked > 0)
        log_info("swept: %u private results, %u reservations, %u path files, %u empty folders, %u "
                 "of unpacked documents",
                 sum.results, sum.reservations, sum.paths, sum.folders, sum.unpacked);
    /* A round over a large tree is spread thin; between two rounds is a long rest. */
    int64_t rest = more > 0 ? SWEEP_PAUSE_MS / 20 : 10 * SWEEP_PAUSE_MS;
    rest = rest < most ? rest : most;
    *next = clock_boot_ms() + rnd_jitter(rest, JITTER_PERCENT);
}

static void tally(struct extractd *x, unsigned most)
{
    struct tallied sum = {0};
    if (tally_round(&x->spool, most, &sum) != 0)
        log_debug("control/archives/ could not be read: %s", strerror(errno));
    if (sum.settled > 0)
        log_info("of %u archives all documents are finished", sum.settled);
}

/* With --once nobody looks again later: once nothing is left to claim, all archives are looked at.
 * Those that still wait then, wait for documents in other hosts' hands. */
static void tally_for_the_end(struct extractd *x)
{
    bool idle = atomic_load(&x->board->idle_walks) >= BOARD_IDLE_WALKS;
    if (idle && !atomic_load(&x->board->tallied))
        tally(x, UINT_MAX);
    atomic_store(&x->board->tallied, idle);
}

static int64_t nap(const struct extractd *x)
{
    bool near = atomic_load(&x->board->idle_walks) > 0;
    return !x->once ? NAP_MS : near ? END_NAP_MS : ONCE_NAP_MS;
}

int janitor_main(struct extractd *x)
{
    struct lease l;
    if (extractd_lease(x, &l) != 0)
        return 1;
    struct observer *o = observer_new();
    struct sweep *w = sweep_new(&x->spool, &l);
    if (!o || !w)
        return 1;
    int64_t next_round = 0, next_own = 0, next_neighbour = 0,
            next_sweep = clock_boot_ms() + rnd_jitter(SWEEP_PAUSE_MS, JITTER_PERCENT);
    while (!atomic_load(&x->board->stopping)) {
        int64_t now = clock_boot_ms();
        extractd_settings(x);
        if (now >= next_round) {
            if (observer_round(o, &x->spool, &l) < 0)
                log_debug("claimed/ could not be read: %s", strerror(errno));
            atomic_fetch_add(&x->board->janitor_rounds, 1);
            tally(x, ARCHIVES);
            /* Three looks fit into lease_timeout, whatever is configured. */
            int64_t most = x->spool.settings.lease_timeout / 4,
                    every = x->spool.settings.janitor_interval;
            next_round = clock_boot_ms() + rnd_jitter(every < most ? every : most, JITTER_PERCENT);
            next_own = clock_boot_ms() + OWN_HOST_MS;
        } else if (now >= next_own && x->spool.settings.janitor_interval > OWN_HOST_MS) {
            next_own = now + x->spool.settings.janitor_interval;
            reclaim_own_host(&x->spool, &l);
        }
        if (now >= next_neighbour) {
            next_neighbour = now + NEIGHBOUR_MS;
            if (observer_neighbour_gone(o, &x->spool))
                reclaim_own_host(&x->spool, &l);
        }
        if (x->once)
            tally_for_the_end(x);
        sweep_a_little(w, x->spool.settings.sweep_age, &next_sweep);
        clock_sleep_ms(nap(x));
    }
    sweep_free(w);
    observer_free(o);
    return 0;
}
