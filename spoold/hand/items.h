/*
 * items: documents on their way to a hand, as bytes: spoold writes them, the hand reads them from
 * its stdin. An item is one letter for its state and one for its class ('-': none), then id, path
 * and where it was published, each ended by a NUL.
 */
#ifndef PDFSPOOLD_ITEMS_H
#define PDFSPOOLD_ITEMS_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/outcome.h"
#include "spool/docstate.h"

enum { ITEMS_BATCH = 256, ITEMS_BYTES = 256 * 1024 }; /* of one batch; bytes: then it is closed */

/* Strings are borrowed. */
struct item {
    enum doc_state state;
    enum outcome class; /* of a failed one; else OUTCOME_COUNT */
    const char *id;     /* "": not known */
    const char *path;   /* as it was dropped */
    const char *as; /* where it was published, from the top of the spool; "": where the path says */
};

void items_add(struct buf *b, const struct item *item);
/* The next one, and on behind it. False: the end, or (*at != end) nonsense. */
bool items_next(const char **at, const char *end, struct item *item);
/* Where the entry of a failed or pending one is, from the top of the spool: the folder into `out`,
 * with a NUL behind it; the name is returned, borrowed. NULL: no path that can be. */
const char *items_place(const struct item *item, struct buf *out);

#endif
