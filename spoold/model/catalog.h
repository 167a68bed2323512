/*
 * catalog: all documents, in the order of their paths, then their ids: an array of leaves.
 *
 * One writer. catalog_share makes a second catalog of the same leaves, which never changes, for
 * readers: from then on the writer changes copies. That costs a pointer for each leaf, whatever the
 * number of documents.
 */
#ifndef PDFSPOOL_CATALOG_H
#define PDFSPOOL_CATALOG_H

#include "spoold/model/leaf.h"

/* Zero-initialise. */
struct catalog {
    struct leaf **leaves;
    size_t n, cap;
    uint64_t rows;
};

/* A place in a catalog; good until that is changed. */
struct catalog_at {
    size_t leaf;
    unsigned row;
};

void catalog_free(struct catalog *c);
/* The row of (path, id); strings are borrowed until the next change. */
bool catalog_find(const struct catalog *c, const char *path, const char *id, struct doc_row *row);
/* Put it in, in place of the row of the same path and id. -1: no memory, nothing is changed. */
int catalog_put(struct catalog *c, const struct doc_row *row);
/* False: there is none, or no memory for the copy of its leaf (then errno is ENOMEM). */
bool catalog_remove(struct catalog *c, const char *path, const char *id);
/* The first place that is not before (path, id). */
struct catalog_at catalog_seek(const struct catalog *c, const char *path, const char *id);
/* The row there, and on to the next place. False: it is the end. */
bool catalog_next(const struct catalog *c, struct catalog_at *at, struct doc_row *row);
/* The same, passing by leaves without any document of these states (bits). */
bool catalog_next_of(const struct catalog *c, unsigned states, struct catalog_at *at,
                     struct doc_row *row);
/* Make *copy, a catalog of what is there now. -1: no memory. Writer only. */
int catalog_share(struct catalog *c, struct catalog *copy);
/* Sum over all leaves. */
void catalog_sum(const struct catalog *c, struct leaf_sum *sum);
/* Memory in bytes. */
size_t catalog_bytes(const struct catalog *c);

#endif
