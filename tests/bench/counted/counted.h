/*
 * counted: short pieces of work, always the same, whose instructions are counted (tests/bench/guard.py).
 *
 * Each has a part that prepares, which is not counted, and the work itself. What they need is kept
 * in static memory, and given back by nobody: the program ends after them.
 */
#ifndef PDFSPOOL_TEST_COUNTED_H
#define PDFSPOOL_TEST_COUNTED_H

#include <stdbool.h>

struct counted {
    const char *name;
    void (*prepare)(void);
    void (*work)(void);
};

/* worker.c, page.c: each ends with one that has no name. */
extern const struct counted counted_worker[], counted_page[];

/* A piece of work that did not come to what it must come to is worth no count: says so, and exits
 * with 1. */
void counted_must(bool so, const char *what);

#endif
