#include "extractd/herald.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/num.h"

enum { LINE_MS = 1000 };

/* A beat is late when half a beat_interval has passed since it was due. */
static int64_t share_silent_for(const struct extractd *x, int64_t now)
{
    int64_t last = atomic_load(&x->board->lease.last_good_beat);
    int64_t age = now - last, limit = x->spool.settings.beat_interval * 3 / 2;
    limit = limit < x->spool.settings.self_stop ? limit : x->spool.settings.self_stop;
    return last != 0 && age > limit ? age : 0;
}

static const char *what_holds(const struct board *b)
{
    return atomic_load(&b->stopping)                    ? "stopping; "
           : !atomic_load(&b->open)                     ? "no lease yet; "
           : atomic_load(&b->breaker) != BREAKER_CLOSED ? "sick; "
           : atomic_load(&b->draining)                  ? "draining; "
           : atomic_load(&b->paused)                    ? "paused; "
                                                        : "";
}

void herald_line(const struct extractd *x, int64_t now, char *dst, size_t cap)
{
    struct board *b = x->board;
    char share[80] = "", ago[32];
    int64_t silent = share_silent_for(x, now);
    if (silent > 0) {
        num_show_duration(silent, ago, sizeof ago);
        snprintf(share, sizeof share, "share not answering for %s; ", ago);
    }
    snprintf(dst, cap, "%s%s%u in hand, %" PRIu64 " done, %" PRIu64 " failed", share, what_holds(b),
             board_hands_used(b), atomic_load(&b->counts.done), atomic_load(&b->counts.failed));
}

void herald_open(struct extractd *x)
{
    if (notify_open(&x->manager) != 0)
        log_warn("the service manager cannot be told how things stand: %s", strerror(errno));
}

void herald_turn(struct extractd *x)
{
    char line[HERALD_LINE];
    int64_t now = clock_boot_ms();
    atomic_store(&x->board->tick, now);
    (void)notify_feed(&x->manager, now); /* when it is next due does not matter: we come often */
    if (x->manager.fd < 0 || now < x->next_line)
        return;
    x->next_line = now + LINE_MS;
    herald_line(x, now, line, sizeof line);
    notify_status(&x->manager, line);
}

void herald_ready(struct extractd *x)
{
    if (notify_ready(&x->manager) != 0)
        log_warn("the service manager could not be told that all is ready: %s", strerror(errno));
}

void herald_reloading(struct extractd *x)
{
    notify_reloading(&x->manager);
}

void herald_stopping(struct extractd *x)
{
    notify_stopping(&x->manager);
}
