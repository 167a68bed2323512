/* beat: touches the heartbeat, and does nothing else. It beats only while the supervisor ticks, so
 * that a wedged supervisor loses its lease. */
#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "extractd/extractd.h"

enum { SUPERVISOR_SILENT_MS = 10000, NAP_MS = 50 };

static bool supervisor_ticks(const struct extractd *x)
{
    int64_t silent = clock_boot_ms() - atomic_load(&x->board->tick);
    int64_t limit = x->spool.settings.self_stop < SUPERVISOR_SILENT_MS ? x->spool.settings.self_stop
                                                                       : SUPERVISOR_SILENT_MS;
    return silent < limit;
}

/* One beat. False: the lease is over. */
static bool beat_once(struct extractd *x, struct lease *l, bool *well)
{
    if (lease_beat(l) == 0) {
        if (!*well)
            log_info("the heartbeat gets through again");
        *well = true;
        return true;
    }
    if (errno == ENOENT || errno == ESTALE) {
        log_error("the lease %s was declared dead by another host (its beat is gone): dropping its "
                  "work, starting anew",
                  l->name);
        atomic_store(&x->board->lost, true);
        return false;
    }
    if (*well)
        log_warn(
            "the heartbeat does not get through: %s; own work stops %lld s after the last good one",
            strerror(errno), (long long)x->spool.settings.self_stop / 1000);
    *well = false;
    return true;
}

int beat_main(struct extractd *x)
{
    struct lease l;
    bool well = true;
    int64_t last = 0;
    if (extractd_lease(x, &l) != 0) {
        if (errno == ENOENT || errno == ESTALE)
            atomic_store(&x->board->lost, true);
        return 1;
    }
    for (;;) {
        extractd_settings(x);
        /* After a failure again soon: the beat must not miss the moment when the share comes back.
         */
        int64_t pause =
            well ? x->spool.settings.beat_interval : x->spool.settings.beat_interval / 4 + 1;
        if (supervisor_ticks(x) && (last == 0 || clock_boot_ms() - last >= pause)) {
            last = clock_boot_ms();
            if (!beat_once(x, &l, &well))
                return 0;
        }
        clock_sleep_ms(NAP_MS);
    }
}
