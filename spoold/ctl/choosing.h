/*
 * choosing: which documents somebody means, by path, class or age, before anything is done with them:
 * failed ones that are to be done again, and ones to be given up.
 *
 * CHOOSING_ALL, docs_find or docs_walk with choosing_visit, choosing_redo for each, choosing_free.
 */
#ifndef PDFSPOOL_CTL_CHOOSING_H
#define PDFSPOOL_CTL_CHOOSING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/outcome.h"
#include "spool/redo.h"
#include "spoold/ctl/docs.h"

struct chosen {
    char *folder, *name, *path; /* owned */
};

struct choosing {
    enum outcome class; /* only of that; OUTCOME_COUNT: all */
    int64_t before;     /* only those that failed before this server time; INT64_MAX: all */
    struct chosen *list;
    size_t n, cap;
    bool no_memory; /* the list is too short */
};

#define CHOOSING_ALL                                                                               \
    {                                                                                              \
        .class = OUTCOME_COUNT, .before = INT64_MAX                                                \
    }

/* A docs_visit: arg is the struct choosing. It ends the walk where memory ends. */
bool choosing_visit(void *arg, const struct doc *d);
/* As redo_document. */
enum redone choosing_redo(struct redo *redo, const struct chosen *k);
void choosing_free(struct choosing *c);

/* Giving up: a command for each document that is met and can still be given up. */
struct giving_up {
    const struct spool *spool; /* borrowed */
    uint64_t given, late;      /* how many; of how many it is decided already */
    int error;                 /* the last errno; 0: none */
};

/* A docs_visit: arg is the struct giving_up. */
bool giving_up_visit(void *arg, const struct doc *d);

#endif
