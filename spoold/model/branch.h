/*
 * branch: up to 64 leaves of the catalog, in their order. As with leaves, there is one writer, who
 * changes only what nobody else holds, and what is in them all is summed up.
 */
#ifndef PDFSPOOL_BRANCH_H
#define PDFSPOOL_BRANCH_H

#include "spoold/model/leaf.h"

enum { BRANCH_LEAVES = 64 };

struct branch;

struct branch *branch_new(void); /* NULL: no memory, as with all that give one */
/* Changeable copy; both hold the leaves. */
struct branch *branch_copy(const struct branch *b);
void branch_hold(struct branch *b);
void branch_drop(struct branch *b); /* NULL is fine */
/* Does anybody else hold it? Writer only. */
bool branch_shared(const struct branch *b);

unsigned branch_count(const struct branch *b);
/* Borrowed. */
struct leaf *branch_leaf(const struct branch *b, unsigned i);
/* Changes, by the writer, of a branch that nobody else holds. The leaf in place of the one that is
 * there (it may be the same): it is about to change, or has. Takes it over. */
void branch_set(struct branch *b, unsigned i, struct leaf *l);
/* Before leaf i; fewer than BRANCH_LEAVES are there. Takes it over. */
void branch_insert(struct branch *b, unsigned i, struct leaf *l);
void branch_remove(struct branch *b, unsigned i);
/* Leaves from `at` on go to the branch returned. NULL: no memory, nothing is changed. */
struct branch *branch_split(struct branch *b, unsigned at);
/* The sum; made anew where leaves have changed since. Readers only ever see branches that the writer
 * has had summed. */
const struct leaf_sum *branch_summed(struct branch *b);
/* Memory in bytes: of itself, and with all its leaves. */
size_t branch_own_bytes(void);
size_t branch_bytes(const struct branch *b);

#endif
