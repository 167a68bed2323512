/*
 * scenario: deterministic pieces of the protocol, each in one process: what is prepared, and what
 * is done under faults.
 */
#ifndef PDFSPOOL_TEST_SCENARIO_H
#define PDFSPOOL_TEST_SCENARIO_H

#include "worker.h"
#include "world.h"

struct scenario {
    const char *name;
    void (*prepare)(struct world *w,
                    struct worker *me); /* without faults; in the process that then runs body */
    void (*body)(struct world *w, struct worker *me); /* with them */
    /* A process of another host that finishes everything. 0, or -1: something is left for ever. */
    int (*recover)(const char *top, const char *host);
    bool control; /* a weaker protocol: violations are expected */
    bool thin;    /* only a part of its faults are tried, unless all are asked for */
};

/* A path that is too long for a token. */
extern const char scenario_long_path[];
/* The same, of a document that holds others. */
extern const char scenario_long_holds[];

extern const struct scenario scenarios[];
extern const unsigned scenario_count;
/* NULL: none of that name. */
const struct scenario *scenario_find(const char *name);

/* The documents that most scenarios begin with. */
void scenario_drop_all(struct world *w);

#endif
