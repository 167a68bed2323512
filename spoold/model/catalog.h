/*
 * catalog: all documents, in the order of their paths, then their ids: an array of branches, which
 * have leaves, which have the documents.
 *
 * One writer. catalog_share makes a second catalog of the same branches, which never changes, for
 * readers: from then on the writer changes copies. Sharing costs a pointer for each branch (some
 * 16,000 documents), and then the first change of a leaf the copy of that leaf (256 documents) and
 * of the pointers of its branch, whatever the number of documents.
 */
#ifndef PDFSPOOL_CATALOG_H
#define PDFSPOOL_CATALOG_H

#include "spoold/model/branch.h"

/* Zero-initialise. */
struct catalog {
    struct branch **branches;
    size_t n, cap;
    uint64_t rows;
    uint64_t copied; /* bytes, so far, of what was shared and had to change */
};

/* A place in a catalog; good until that is changed. All zero: the beginning. */
struct catalog_at {
    size_t branch;
    unsigned leaf, row;
};

void catalog_free(struct catalog *c);
/* The row of (path, id); strings are borrowed until the next change. */
bool catalog_find(const struct catalog *c, const char *path, const char *id, struct doc_row *row);
/* A row by its key (key.h), of a catalog that was shared. Looks at a line of memory for each leaf, and
 * through the few leaves that may have it. */
bool catalog_find_key(const struct catalog *c, const char *key, struct doc_row *row);
/* Put it in, in place of the row of the same path and id. -1: no memory, nothing is changed. */
int catalog_put(struct catalog *c, const struct doc_row *row);
/* False: there is none, or no memory for the copy of its leaf (then errno is ENOMEM). */
bool catalog_remove(struct catalog *c, const char *path, const char *id);
/* The first place that is not before (path, id). */
struct catalog_at catalog_seek(const struct catalog *c, const char *path, const char *id);
/* The row there, and on to the next place. False: it is the end. */
bool catalog_next(const struct catalog *c, struct catalog_at *at, struct doc_row *row);
/* The same, passing by branches and leaves without any document of these states (bits). */
bool catalog_next_of(const struct catalog *c, unsigned states, struct catalog_at *at,
                     struct doc_row *row);
/* May a leaf, or a branch, of this sum have what is looked for? */
typedef bool catalog_may(const void *arg, const struct leaf_sum *sum);
/* On to the first leaf at or behind *at that may, where *at is at the beginning of a leaf or behind
 * the end of one; else stay. NULL: it is the end. */
struct leaf *catalog_pass_by(const struct catalog *c, catalog_may *may, const void *arg,
                             struct catalog_at *at);
/* Make *copy, a catalog of what is there now. -1: no memory. Writer only. */
int catalog_share(struct catalog *c, struct catalog *copy);
/* Sum over all branches. */
void catalog_sum(const struct catalog *c, struct leaf_sum *sum);
/* Memory in bytes. */
size_t catalog_bytes(const struct catalog *c);

#endif
