/*
 * breaker: stops a host's claiming when something of it fails again and again: a process that dies
 * as often as it is started (a loop), or the share or the machine that fail document after document
 * (the environment). A sick host costs documents attempts, so others are to have them.
 *
 *   CLOSED --trouble in a row--> OPEN --rest over, all well--> TRYING --one document ended--> CLOSED
 *                                  ^--------- any trouble, with twice the rest ------'
 *
 * A rule without clock, processes or memory of its own: the supervisor tells it what is seen.
 */
#ifndef PDFSPOOL_BREAKER_H
#define PDFSPOOL_BREAKER_H

#include <stdbool.h>
#include <stdint.h>

enum {
    BREAKER_REST_MS = 15000, /* before it is tried again, at first, and at most */
    BREAKER_REST_MOST_MS = 240000,
    BREAKER_QUIET_MS = 60000 /* with nothing to try it on, so long without trouble will do */
};

enum breaker_state {
    BREAKER_CLOSED, /* all is well */
    BREAKER_OPEN,   /* nothing is claimed */
    BREAKER_TRYING  /* one document at a time */
};

struct breaker {
    enum breaker_state state;
    bool loop;        /* what opened it: a loop, else the environment */
    int64_t rest;     /* ms, of this opening */
    int64_t since;    /* when this state began, or, while open, when the last trouble was seen */
    uint64_t trouble; /* as of then */
    uint64_t ended;
};

/* What there is to see, by the caller's clock. */
struct breaker_seen {
    int64_t now;      /* ms */
    bool loop;        /* a process has died once too often since the last look */
    bool environment; /* failures of the environment: too many in a row */
    bool well;        /* all processes have been up long enough */
    bool idle;        /* no document is in hand */
    uint64_t trouble; /* deaths and failures of the environment so far */
    uint64_t ended;   /* documents that came to their end here so far */
};

/* The next state; all zero is a breaker that is closed. Call it every round. */
enum breaker_state breaker_step(struct breaker *b, const struct breaker_seen *s);
/* A person says that all is well. */
void breaker_reset(struct breaker *b);

#endif
