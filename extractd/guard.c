#include "extractd/guard.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"

static void show(const struct guard *g, struct board *b, const char *what_now)
{
    snprintf(b->reason, sizeof b->reason, "%s; %s", g->reason, what_now);
    atomic_store(&b->breaker, (int)g->breaker.state);
}

static void tell(struct guard *g, struct board *b, enum breaker_state before)
{
    switch (g->breaker.state) {
    case BREAKER_OPEN:
        show(g, b, "it claims nothing until that gets better");
        log_error("this host is sick: %s; a document is tried when all has been well for %lld s",
                  b->reason, (long long)g->breaker.rest / 1000);
        break;
    case BREAKER_TRYING:
        show(g, b, "it tries one document");
        log_info("this host was sick: %s", b->reason);
        break;
    case BREAKER_CLOSED:
        atomic_store(&b->environment_row, 0); /* what is over does not count towards the next */
        atomic_store(&b->breaker, BREAKER_CLOSED);
        log_info("this host is sick no more: %s; claiming goes on",
                 before == BREAKER_TRYING ? "it was tried, and is well"
                                          : "the share is well again");
        break;
    }
}

static void reset(struct guard *g, struct board *b, struct procs *p)
{
    if (g->breaker.state != BREAKER_CLOSED)
        log_warn("this host is sick no more, as 'spoolctl host reset' says; it was: %s", g->reason);
    else
        log_info("'spoolctl host reset': this host was not sick; what waits for a new start is "
                 "started");
    breaker_reset(&g->breaker);
    procs_forgive(p);
    atomic_store(&b->environment_row, 0);
    atomic_store(&b->breaker, BREAKER_CLOSED);
}

void guard_round(struct guard *g, struct extractd *x, struct procs *p)
{
    struct board *b = x->board;
    char loop[48];
    if (atomic_exchange(&b->reset_asked, false))
        reset(g, b, p);
    struct breaker_seen s = {
        .now = clock_boot_ms(),
        .loop = procs_took_to_loop(p, loop),
        .environment = board_environment_bad(b),
        .well = procs_are_well(p),
        .idle = board_hands_used(b) == 0,
        .trouble = atomic_load(&b->trouble),
        .ended = atomic_load(&b->ended),
    };
    enum breaker_state before = g->breaker.state;
    if (before == BREAKER_CLOSED && s.loop)
        snprintf(g->reason, sizeof g->reason, "%s died %d times in a row", loop, RESTARTS_LOOP);
    else if (before == BREAKER_CLOSED && s.environment)
        snprintf(g->reason, sizeof g->reason, "the share or this machine failed %d times in a row",
                 atomic_load(&b->environment_row));
    if (breaker_step(&g->breaker, &s) != before)
        tell(g, b, before);
}
