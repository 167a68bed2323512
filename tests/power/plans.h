/*
 * plans: which scenes are recorded, honestly and under lies about fsync; which states a power cut
 * may leave of each; and what came of them.
 *
 * Order: plans = replay_shared(sizeof *plans), plans_record, plans_make; then the shards write into
 * it, and the parent reports when they have ended. What does not fit or cannot be recorded ends the
 * program (exit 70): the test is void then.
 */
#ifndef PDFSPOOL_TEST_PLANS_H
#define PDFSPOOL_TEST_PLANS_H

#include "../fault/shards.h"
#include "cuts.h"
#include "replay.h"

enum { SCENES = 64, PLANS = 1 << 18 };

enum promise {
    PROMISED, /* no violation, ever */
    CONTROL,  /* a violation must be found */
};

/* A scene as it was recorded, honestly or under a lie about fsync. */
struct shot {
    const struct scene *scene;
    struct scene own; /* of a scenario of the fault sweep */
    enum promise promise;
    enum record_lie lie;
    unsigned lie_at;
    char name[64];
    struct film film;
    struct cuts_counts counts;
    _Atomic unsigned replayed, bad;
    _Atomic unsigned loose_bad; /* outside the promise */
    _Atomic unsigned by_model[CUT_MODELS];
    _Atomic unsigned long second_built, second_distinct, second_replayed, second_bad;
};

struct planned {
    unsigned char shot, bad, documents;
    struct cut cut;
};

struct plans {
    _Atomic unsigned next;
    unsigned n, shots;
    struct leftovers left[SHARDS];
    unsigned audits[SHARDS];
    struct shot shot[SCENES];
    struct planned at[PLANS];
};

extern struct plans *plans; /* in a shared mapping */

/* Record all scenes, or `only` the one of this name, and the lies. `full`: the slow ones, too. */
void plans_record(struct player *p, const char *only, bool full);
/* Plan the states of each recorded scene. `full`: all moments of the weaker model. */
void plans_make(bool full);

/* Is that a state of the weaker model, outside the promise? */
bool plans_loose(struct cut c);
/* In the weaker model only documents count: none is lost, none is there twice. */
bool plans_bad(struct cut c, struct verdict_of_cut v);

#endif
