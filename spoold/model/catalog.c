#include "spoold/model/catalog.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "spoold/model/key.h"

/* More than the longest path, place, message, id and history together. */
enum { STRINGS_MAX = 12 * 1024 };

void catalog_free(struct catalog *c)
{
    for (size_t i = 0; i < c->n; i++)
        branch_drop(c->branches[i]);
    free(c->branches);
    memset(c, 0, sizeof *c);
}

static struct leaf *leaf_at(const struct catalog *c, const struct catalog_at *at)
{
    return branch_leaf(c->branches[at->branch], at->leaf);
}

/* The leaf that (path, id) is in, or would be, as a place at its beginning. Neither leaves nor
 * branches are empty. */
static struct catalog_at leaf_of(const struct catalog *c, const char *path, const char *id)
{
    struct catalog_at at = {0};
    size_t high = c->n;
    while (at.branch + 1 < high) {
        size_t mid = (at.branch + high) / 2;
        if (leaf_compare(branch_leaf(c->branches[mid], 0), 0, path, id) <= 0)
            at.branch = mid;
        else
            high = mid;
    }
    unsigned end = c->n ? branch_count(c->branches[at.branch]) : 0;
    while (at.leaf + 1 < end) {
        unsigned mid = (at.leaf + end) / 2;
        if (leaf_compare(branch_leaf(c->branches[at.branch], mid), 0, path, id) <= 0)
            at.leaf = mid;
        else
            end = mid;
    }
    return at;
}

bool catalog_find(const struct catalog *c, const char *path, const char *id, struct doc_row *row)
{
    struct catalog_at at = catalog_seek(c, path, id);
    if (c->n == 0 || !leaf_find(leaf_at(c, &at), path, id, &at.row))
        return false;
    leaf_row(leaf_at(c, &at), at.row, row);
    return true;
}

/* Rows of one leaf that have the number of the key; it may be another's. */
static bool find_in(const struct leaf *l, const char *key, uint64_t hash, struct doc_row *row)
{
    char one[KEY_CAP];
    unsigned n = leaf_count(l);
    for (unsigned i = leaf_find_key(l, hash, 0); i < n; i = leaf_find_key(l, hash, i + 1)) {
        leaf_row(l, i, row);
        key_of(row, one);
        if (strcmp(one, key) == 0)
            return true;
    }
    return false;
}

bool catalog_find_key(const struct catalog *c, const char *key, struct doc_row *row)
{
    uint64_t hash = key_hash_of(key);
    for (size_t b = 0; b < c->n; b++) {
        for (unsigned i = 0; i < branch_count(c->branches[b]); i++) {
            const struct leaf *l = branch_leaf(c->branches[b], i);
            if (leaf_may_have_key(l, hash) && find_in(l, key, hash, row))
                return true;
        }
    }
    return false;
}

/* Make branch i one that only we hold. */
static struct branch *own_branch(struct catalog *c, size_t i)
{
    if (!branch_shared(c->branches[i]))
        return c->branches[i];
    struct branch *copy = branch_copy(c->branches[i]);
    if (copy) {
        branch_drop(c->branches[i]);
        c->branches[i] = copy;
        c->copied += branch_own_bytes();
    }
    return copy;
}

/* The leaf there, for a change: one that only we hold. */
static struct leaf *own(struct catalog *c, const struct catalog_at *at)
{
    struct branch *b = own_branch(c, at->branch);
    if (!b)
        return NULL;
    struct leaf *l = branch_leaf(b, at->leaf);
    if (leaf_shared(l)) {
        l = leaf_copy(l);
        c->copied += l ? leaf_bytes(l) : 0;
    }
    if (l)
        branch_set(b, at->leaf, l);
    return l;
}

static bool room_for_branch(struct catalog *c)
{
    if (c->n < c->cap)
        return true;
    size_t cap = c->cap + c->cap / 4 + 16;
    struct branch **grown = realloc(c->branches, cap * sizeof(struct branch *));
    if (!grown)
        return false;
    c->branches = grown;
    c->cap = cap;
    return true;
}

/* A branch before place i; there is room for it. */
static void insert_branch(struct catalog *c, size_t i, struct branch *b)
{
    memmove(c->branches + i + 1, c->branches + i, (c->n++ - i) * sizeof(struct branch *));
    c->branches[i] = b;
}

/* A leaf that has become empty; its branch is ours. */
static void remove_leaf(struct catalog *c, const struct catalog_at *at)
{
    size_t i = at->branch;
    branch_remove(c->branches[i], at->leaf);
    if (branch_count(c->branches[i]) > 0)
        return;
    branch_drop(c->branches[i]);
    memmove(c->branches + i, c->branches + i + 1, (--c->n - i) * sizeof(struct branch *));
}

/* Where half of what is full goes elsewhere: what comes in the order of the paths fills leaves and
 * branches to the last place; behind all there is, new ones begin. */
static unsigned cut_of(const struct catalog *c, const struct catalog_at *at, unsigned place,
                       unsigned full)
{
    bool last = at->branch == c->n - 1 && at->leaf == branch_count(c->branches[at->branch]) - 1;
    return place == full && last ? full : full / 2;
}

/* Room for a leaf behind the one there, in a branch that is ours. */
static bool room_for_leaf(struct catalog *c, struct catalog_at *at)
{
    if (branch_count(c->branches[at->branch]) < BRANCH_LEAVES)
        return true;
    unsigned half = cut_of(c, at, at->leaf + 1, BRANCH_LEAVES);
    /* Behind all there is: the leaf that splits goes along, so that no branch is empty. */
    half -= half == BRANCH_LEAVES;
    struct branch *right = room_for_branch(c) ? branch_split(c->branches[at->branch], half) : NULL;
    if (!right)
        return false;
    insert_branch(c, at->branch + 1, right);
    if (at->leaf >= half) {
        at->branch++;
        at->leaf -= half;
    }
    return true;
}

/* Room for one more at row at->row of the full leaf there, which is ours. */
static int make_room(struct catalog *c, struct catalog_at *at)
{
    if (!room_for_leaf(c, at))
        return -1;
    unsigned half = cut_of(c, at, at->row, LEAF_ROWS);
    struct leaf *l = leaf_at(c, at);
    struct leaf *right = half == LEAF_ROWS ? leaf_new() : leaf_split(l, half);
    if (!right)
        return -1;
    branch_insert(c->branches[at->branch], at->leaf + 1, right);
    if (at->row >= half) {
        at->row -= half;
        at->leaf++;
    }
    return 0;
}

/* The strings of a row may lie in a leaf that is about to change: into the caller's memory. False:
 * longer than anything that passes the decoder of facts. */
static bool copy_strings(struct doc_row *d, char *to, size_t cap)
{
    const char **strings[] = {&d->path,    &d->id,    &d->as,          &d->history,
                              &d->message, &d->claim, &d->tiers_packed};
    for (unsigned i = 0; i < sizeof strings / sizeof *strings; i++) {
        size_t n = strlen(*strings[i]) + 1;
        if (n > cap)
            return false;
        *strings[i] = memcpy(to, *strings[i], n);
        to += n;
        cap -= n;
    }
    return true;
}

/* The first leaf of all. */
static int begin(struct catalog *c)
{
    struct leaf *l = leaf_new();
    struct branch *b = branch_new();
    if (!l || !b || !room_for_branch(c)) {
        leaf_drop(l);
        branch_drop(b);
        return -1;
    }
    branch_insert(b, 0, l);
    insert_branch(c, 0, b);
    return 0;
}

int catalog_put(struct catalog *c, const struct doc_row *row)
{
    char strings[STRINGS_MAX];
    struct doc_row d = *row;
    struct catalog_at at = {0};
    if (!copy_strings(&d, strings, sizeof strings) || (c->n == 0 && begin(c) != 0))
        return -1;
    if (c->rows > 0)
        at = leaf_of(c, d.path, d.id);
    bool there = leaf_find(leaf_at(c, &at), d.path, d.id, &at.row);
    bool full = !there && leaf_count(leaf_at(c, &at)) == LEAF_ROWS;
    int result = -1;
    if (own(c, &at) && (!full || make_room(c, &at) == 0))
        result = leaf_put(leaf_at(c, &at), at.row, &d, there);
    if (result == 0)
        c->rows += !there;
    else if (leaf_count(leaf_at(c, &at)) == 0)
        remove_leaf(c, &at); /* no leaf is ever empty */
    return result;
}

bool catalog_remove(struct catalog *c, const char *path, const char *id)
{
    struct catalog_at at = leaf_of(c, path, id);
    errno = 0;
    if (c->n == 0 || !leaf_find(leaf_at(c, &at), path, id, &at.row))
        return false;
    struct leaf *l = own(c, &at);
    if (!l) {
        errno = ENOMEM;
        return false;
    }
    leaf_remove(l, at.row);
    c->rows--;
    if (leaf_count(l) == 0)
        remove_leaf(c, &at);
    return true;
}

struct catalog_at catalog_seek(const struct catalog *c, const char *path, const char *id)
{
    struct catalog_at at = leaf_of(c, path, id);
    if (c->n > 0)
        leaf_find(leaf_at(c, &at), path, id, &at.row);
    return at;
}

/* From behind the end of a leaf, or of a branch, to the beginning of the next. NULL: the end. */
static struct leaf *settle(const struct catalog *c, struct catalog_at *at)
{
    while (at->branch < c->n) {
        if (at->leaf >= branch_count(c->branches[at->branch]))
            *at = (struct catalog_at){.branch = at->branch + 1};
        else if (at->row >= leaf_count(leaf_at(c, at)))
            *at = (struct catalog_at){.branch = at->branch, .leaf = at->leaf + 1};
        else
            return leaf_at(c, at);
    }
    return NULL;
}

bool catalog_next(const struct catalog *c, struct catalog_at *at, struct doc_row *row)
{
    const struct leaf *l = settle(c, at);
    if (l)
        leaf_row(l, at->row++, row);
    return l != NULL;
}

struct leaf *catalog_pass_by(const struct catalog *c, catalog_may *may, const void *arg,
                             struct catalog_at *at)
{
    struct leaf *l;
    while ((l = settle(c, at)) && at->row == 0) {
        if (at->leaf == 0 && !may(arg, branch_summed(c->branches[at->branch])))
            at->branch++;
        else if (!may(arg, leaf_summed(l)))
            at->leaf++;
        else
            break;
    }
    return l;
}

static bool has_states(const void *states, const struct leaf_sum *sum)
{
    return (sum->states & *(const unsigned *)states) != 0;
}

bool catalog_next_of(const struct catalog *c, unsigned states, struct catalog_at *at,
                     struct doc_row *row)
{
    const struct leaf *l;
    while ((l = catalog_pass_by(c, has_states, &states, at))) {
        unsigned n = leaf_count(l);
        while (at->row < n && !(states & 1u << leaf_state(l, at->row)))
            at->row++;
        if (at->row < n) {
            leaf_row(l, at->row++, row);
            return true;
        }
    }
    return false;
}

int catalog_share(struct catalog *c, struct catalog *copy)
{
    *copy = (struct catalog){.n = c->n, .cap = c->n, .rows = c->rows};
    copy->branches = malloc((c->n ? c->n : 1) * sizeof(struct branch *));
    if (!copy->branches) {
        *copy = (struct catalog){0};
        return -1;
    }
    for (size_t i = 0; i < c->n; i++) {
        branch_summed(c->branches[i]);
        branch_hold(c->branches[i]);
        copy->branches[i] = c->branches[i];
    }
    return 0;
}

void catalog_sum(const struct catalog *c, struct leaf_sum *sum)
{
    leaf_sum_none(sum);
    for (size_t i = 0; i < c->n; i++)
        leaf_sum_add(sum, branch_summed(c->branches[i]));
}

size_t catalog_bytes(const struct catalog *c)
{
    size_t n = sizeof *c + c->cap * sizeof(struct branch *);
    for (size_t i = 0; i < c->n; i++)
        n += branch_bytes(c->branches[i]);
    return n;
}
