/*
 * watch: which alerts somebody was told of. An alert is told once when it has lasted for a while,
 * and once more when its end has; what is over sooner is never told.
 *
 * Pure: it is given what is so, and what time it is. While the share does not answer, what is known
 * of everything else is of the past: nothing of that begins or ends then.
 */
#ifndef PDFSPOOLD_WATCH_H
#define PDFSPOOLD_WATCH_H

#include "spoold/alert/event.h"

struct watched {
    struct alert_item item; /* as it was last seen */
    bool told;
    bool so;           /* it is so now */
    int64_t turned_ms; /* boot clock: since when it is so, or not */
};

/* Zero-initialise. */
struct watch {
    struct watched all[2 * ALERTS];
    unsigned n;
};

struct watch_now {
    const struct alert_item *items; /* all that is so */
    unsigned n;
    bool answering; /* the share does */
    bool ready;     /* ... and has been gone through once: what is not seen is not there */
    int64_t boot_ms, server_ms, hold_ms;
};

/* Append what is to be told. An event for which there is no memory is told at a later step. */
void watch_step(struct watch *w, const struct watch_now *now, struct events *out);
/* Those that were told, as an array; back again (a wrong one is passed over). */
void watch_show(const struct watch *w, struct jsonw *j, const char *key);
void watch_read(struct watch *w, const struct jsonr *array, int64_t boot_ms);

#endif
