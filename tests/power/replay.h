/*
 * replay: record a scene; make what a power cut leaves of it; let a new host recover; check the
 * law.
 */
#ifndef PDFSPOOL_TEST_REPLAY_H
#define PDFSPOOL_TEST_REPLAY_H

#include "../fault/check.h"
#include "scene.h"
#include "state.h"

/* A scene as it was recorded. In shared mappings. */
struct film {
    struct world *world; /* what was dropped */
    struct record_log *log;
};

/* One per shard. */
struct player {
    char base[200], name[32];
    const char *spoolctl; /* NULL: audits are skipped */
    bool loud;
    struct world *world; /* shared mapping */
    struct state state;
    struct leftovers left;
    unsigned audits;
};

/* Never NULL; in a shared mapping, as all that processes of a run share. */
void *replay_shared(unsigned long n);
void player_open(struct player *p, const char *base, const char *name);
/* Run a scene from its beginning and record it. False: it did not end well. */
bool film_record(struct player *p, const struct scene *s, enum record_lie lie, unsigned lie_at,
                 struct film *out);
struct verdict_of_cut {
    unsigned bad;       /* violations */
    unsigned documents; /* of them: documents lost, or there more than once */
};

/* One state made, recovered from, and checked. `again`: where not NULL, the recovery itself is
 * recorded into it. */
struct verdict_of_cut replay_cut(struct player *p, const struct scene *s, const struct film *f,
                                 struct cut cut, bool audit, struct film *again);

#endif
