/*
 * digest: events gathered into batches, each of one type, so that 10,000 of them are not 10,000
 * messages: the first goes out at once, what follows within the digest's time goes together.
 *
 * A batch that was closed never changes: it is made into messages, as often as it takes, and then
 * dropped. Pure.
 */
#ifndef PDFSPOOLD_DIGEST_H
#define PDFSPOOLD_DIGEST_H

#include "spoold/alert/event.h"

struct batch {
    int64_t made_ms;      /* wall clock, when it was closed; 0: it is open */
    struct events events; /* at least one; the first one's id is the batch's */
};

/* Zero-initialise. */
struct digest {
    struct batch *all; /* in the order in which they were begun */
    size_t n, cap;
    int64_t last_ms[ALERT_KINDS][2]; /* boot clock of the last one closed of a type; 0: none */
};

void digest_free(struct digest *d);
/* Into the open batch of its type. False: no memory. */
bool digest_add(struct digest *d, const struct event *e);
/* Close those whose time has come. True: there was one. */
bool digest_close(struct digest *d, int64_t boot_ms, int64_t wall_ms, int64_t gap_ms);
/* Drop all that are closed. */
void digest_drop_closed(struct digest *d);
/* All batches as an array; back again. False: no memory. */
void digest_show(const struct digest *d, struct jsonw *j, const char *key);
bool digest_read(struct digest *d, const struct jsonr *array);

#endif
