/*
 * choose: the documents that an action is of, out of a snapshot, with the filters that lists have.
 * A million of them take a while: not in the server's thread.
 */
#ifndef PDFSPOOLD_CHOOSE_H
#define PDFSPOOLD_CHOOSE_H

#include "spoold/api/acts.h"
#include "spoold/api/choice.h"
#include "spoold/api/view.h"

/* Up to ITEMS_BATCH documents, as a hand takes them (items.h). */
struct chosen_batch {
    struct chosen_batch *next;
    struct buf items;
    unsigned n;
};

/* Zero-initialise. */
struct chosen {
    struct chosen_batch *first, *last;
    bool failed; /* there was no memory */
};

/* Count them in *act (total, by_class; skipped: those that were asked for by id, or are sealed, and
 * cannot be acted on), with a sample of their paths, and keep them in *list (NULL: do not). False:
 * the filter is wrong, its group is no more, or there is no memory; *a says which. */
bool choose(const struct view *v, struct choice *c, struct act *act, struct chosen *list,
            struct answer *a);
void chosen_free(struct chosen *list);
/* Give the first batch back. */
void chosen_drop(struct chosen *list);

#endif
