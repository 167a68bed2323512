#include "spoold/model/branch.h"

#include <stdatomic.h>
#include <stdlib.h>

struct branch {
    atomic_uint holders;
    bool summed;
    unsigned n;
    struct leaf *leaves[BRANCH_LEAVES];
    struct leaf_sum sum;
};

struct branch *branch_new(void)
{
    struct branch *b = calloc(1, sizeof *b);
    if (b)
        atomic_init(&b->holders, 1);
    return b;
}

struct branch *branch_copy(const struct branch *b)
{
    struct branch *copy = branch_new();
    if (!copy)
        return NULL;
    copy->n = b->n;
    copy->summed = b->summed;
    copy->sum = b->sum;
    for (unsigned i = 0; i < b->n; i++) {
        copy->leaves[i] = b->leaves[i];
        leaf_hold(copy->leaves[i]);
    }
    return copy;
}

void branch_hold(struct branch *b)
{
    atomic_fetch_add_explicit(&b->holders, 1, memory_order_relaxed);
}

void branch_drop(struct branch *b)
{
    if (!b || atomic_fetch_sub_explicit(&b->holders, 1, memory_order_acq_rel) != 1)
        return;
    for (unsigned i = 0; i < b->n; i++)
        leaf_drop(b->leaves[i]);
    free(b);
}

bool branch_shared(const struct branch *b)
{
    return atomic_load_explicit(&b->holders, memory_order_acquire) != 1;
}

unsigned branch_count(const struct branch *b)
{
    return b->n;
}

struct leaf *branch_leaf(const struct branch *b, unsigned i)
{
    return b->leaves[i];
}

void branch_set(struct branch *b, unsigned i, struct leaf *l)
{
    if (b->leaves[i] != l)
        leaf_drop(b->leaves[i]);
    b->leaves[i] = l;
    b->summed = false;
}

void branch_insert(struct branch *b, unsigned i, struct leaf *l)
{
    for (unsigned at = b->n++; at > i; at--)
        b->leaves[at] = b->leaves[at - 1];
    b->leaves[i] = l;
    b->summed = false;
}

void branch_remove(struct branch *b, unsigned i)
{
    leaf_drop(b->leaves[i]);
    for (b->n--; i < b->n; i++)
        b->leaves[i] = b->leaves[i + 1];
    b->summed = false;
}

struct branch *branch_split(struct branch *b, unsigned at)
{
    struct branch *right = branch_new();
    if (!right)
        return NULL;
    right->n = b->n - at;
    for (unsigned i = 0; i < right->n; i++)
        right->leaves[i] = b->leaves[at + i];
    b->n = at;
    b->summed = false;
    return right;
}

const struct leaf_sum *branch_summed(struct branch *b)
{
    if (!b->summed) {
        leaf_sum_none(&b->sum);
        for (unsigned i = 0; i < b->n; i++)
            leaf_sum_add(&b->sum, leaf_summed(b->leaves[i]));
        b->summed = true;
    }
    return &b->sum;
}

size_t branch_own_bytes(void)
{
    return sizeof(struct branch);
}

size_t branch_bytes(const struct branch *b)
{
    size_t n = sizeof *b;
    for (unsigned i = 0; i < b->n; i++)
        n += leaf_bytes(b->leaves[i]);
    return n;
}
