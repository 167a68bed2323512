/*
 * finish: which folders are done, and that each is told of once. A folder (in the top of pending/)
 * is done when none of its documents is open, some have come to an end since it was told last, and
 * none has for a while. New drops that come to their end make it done once more.
 *
 * What is remembered is until when a folder's ends were told; so a restart tells nothing twice, and
 * what ended meanwhile is told after it. Pure, as watch.h is.
 */
#ifndef PDFSPOOLD_FINISH_H
#define PDFSPOOLD_FINISH_H

#include "spoold/alert/event.h"
#include "spoold/model/snapshot.h"

struct finished {
    char *name;      /* bytes */
    int64_t told_ms; /* server's clock: the end of the last document that was told of */
};

/* Zero-initialise. */
struct finish {
    bool begun;
    int64_t begun_ms; /* server's clock, of the first start: what ended before is told to nobody */
    struct finished *all;
    size_t n, cap; /* in the order of names */
    int64_t *told; /* the same by number of the folder in the snapshot; -1: not looked for yet */
    size_t n_told;
};

struct finish_now {
    const struct snapshot *s;
    bool ready; /* as of watch.h */
    int64_t server_ms, quiet_ms;
    int64_t started_ms; /* server's clock: when this spoold was started */
};

void finish_free(struct finish *f);
/* Append what is to be told. True: what must be kept has changed (also without an event). What there
 * is no memory for is told at a later step. */
bool finish_step(struct finish *f, const struct finish_now *now, struct events *out);
/* As a member of an object; back again. False: no memory. */
void finish_show(const struct finish *f, struct jsonw *j, const char *key);
bool finish_read(struct finish *f, const struct jsonr *object);

#endif
