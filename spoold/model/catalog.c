#include "spoold/model/catalog.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* More than the longest path, place, message, id and history together. */
enum { STRINGS_MAX = 12 * 1024 };

void catalog_free(struct catalog *c)
{
    for (size_t i = 0; i < c->n; i++)
        leaf_drop(c->leaves[i]);
    free(c->leaves);
    memset(c, 0, sizeof *c);
}

/* The leaf that (path, id) is in, or would be. No leaf is empty. */
static size_t leaf_of(const struct catalog *c, const char *path, const char *id)
{
    size_t low = 0, high = c->n;
    while (low + 1 < high) {
        size_t mid = (low + high) / 2;
        if (leaf_compare(c->leaves[mid], 0, path, id) <= 0)
            low = mid;
        else
            high = mid;
    }
    return low;
}

bool catalog_find(const struct catalog *c, const char *path, const char *id, struct doc_row *row)
{
    unsigned at;
    size_t i = leaf_of(c, path, id);
    if (c->n == 0 || !leaf_find(c->leaves[i], path, id, &at))
        return false;
    leaf_row(c->leaves[i], at, row);
    return true;
}

/* Make leaf i one that only we hold. */
static struct leaf *own(struct catalog *c, size_t i)
{
    if (!leaf_shared(c->leaves[i]))
        return c->leaves[i];
    struct leaf *copy = leaf_copy(c->leaves[i]);
    if (copy) {
        leaf_drop(c->leaves[i]);
        c->leaves[i] = copy;
    }
    return copy;
}

static bool room_for_leaf(struct catalog *c)
{
    if (c->n < c->cap)
        return true;
    size_t cap = c->cap + c->cap / 4 + 16;
    struct leaf **grown = realloc(c->leaves, cap * sizeof(struct leaf *));
    if (!grown)
        return false;
    c->leaves = grown;
    c->cap = cap;
    return true;
}

/* A leaf before place i; there is room for it. */
static void insert_leaf(struct catalog *c, size_t i, struct leaf *l)
{
    memmove(c->leaves + i + 1, c->leaves + i, (c->n++ - i) * sizeof(struct leaf *));
    c->leaves[i] = l;
}

static void remove_leaf(struct catalog *c, size_t i)
{
    leaf_drop(c->leaves[i]);
    memmove(c->leaves + i, c->leaves + i + 1, (--c->n - i) * sizeof(struct leaf *));
}

/* Room for one more at row `at` of the full leaf *i. What comes in the order of the paths fills
 * leaves to the last row: behind all there is, a leaf of its own begins. */
static int make_room(struct catalog *c, size_t *i, unsigned *at)
{
    bool behind = *at == LEAF_ROWS && *i == c->n - 1;
    unsigned half = behind ? LEAF_ROWS : LEAF_ROWS / 2;
    if (!room_for_leaf(c))
        return -1;
    struct leaf *right = behind ? leaf_new() : leaf_split(c->leaves[*i], half);
    if (!right)
        return -1;
    insert_leaf(c, *i + 1, right);
    if (*at >= half) {
        *at -= half;
        ++*i;
    }
    return 0;
}

/* The strings of a row may lie in a leaf that is about to change: into the caller's memory. False:
 * longer than anything that passes the decoder of facts. */
static bool copy_strings(struct doc_row *d, char *to, size_t cap)
{
    const char **strings[] = {&d->path, &d->id, &d->as, &d->history, &d->message};
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

int catalog_put(struct catalog *c, const struct doc_row *row)
{
    char strings[STRINGS_MAX];
    struct doc_row d = *row;
    unsigned at = 0;
    if (!copy_strings(&d, strings, sizeof strings) || !room_for_leaf(c))
        return -1;
    if (c->n == 0) {
        struct leaf *first = leaf_new();
        if (!first)
            return -1;
        insert_leaf(c, 0, first);
    }
    size_t i = leaf_count(c->leaves[0]) ? leaf_of(c, d.path, d.id) : 0;
    bool there = leaf_find(c->leaves[i], d.path, d.id, &at);
    bool full = !there && leaf_count(c->leaves[i]) == LEAF_ROWS;
    int result = -1;
    if (own(c, i) && (!full || make_room(c, &i, &at) == 0))
        result = leaf_put(c->leaves[i], at, &d, there);
    if (result == 0)
        c->rows += !there;
    else if (leaf_count(c->leaves[i]) == 0)
        remove_leaf(c, i); /* no leaf is ever empty */
    return result;
}

bool catalog_remove(struct catalog *c, const char *path, const char *id)
{
    unsigned at;
    size_t i = leaf_of(c, path, id);
    errno = 0;
    if (c->n == 0 || !leaf_find(c->leaves[i], path, id, &at))
        return false;
    struct leaf *l = own(c, i);
    if (!l) {
        errno = ENOMEM;
        return false;
    }
    leaf_remove(l, at);
    c->rows--;
    if (leaf_count(l) == 0)
        remove_leaf(c, i);
    return true;
}

struct catalog_at catalog_seek(const struct catalog *c, const char *path, const char *id)
{
    struct catalog_at at = {leaf_of(c, path, id), 0};
    if (c->n > 0)
        leaf_find(c->leaves[at.leaf], path, id, &at.row);
    return at;
}

bool catalog_next(const struct catalog *c, struct catalog_at *at, struct doc_row *row)
{
    while (at->leaf < c->n && at->row >= leaf_count(c->leaves[at->leaf])) {
        at->leaf++;
        at->row = 0;
    }
    if (at->leaf >= c->n)
        return false;
    leaf_row(c->leaves[at->leaf], at->row++, row);
    return true;
}

bool catalog_next_of(const struct catalog *c, unsigned states, struct catalog_at *at,
                     struct doc_row *row)
{
    for (;;) {
        while (at->row == 0 && at->leaf < c->n &&
               !(leaf_summed(c->leaves[at->leaf])->states & states))
            at->leaf++;
        if (!catalog_next(c, at, row))
            return false;
        if (states & 1u << row->state)
            return true;
        if (at->row >= leaf_count(c->leaves[at->leaf])) {
            at->leaf++;
            at->row = 0;
        }
    }
}

int catalog_share(struct catalog *c, struct catalog *copy)
{
    *copy = (struct catalog){.n = c->n, .cap = c->n, .rows = c->rows};
    copy->leaves = malloc((c->n ? c->n : 1) * sizeof(struct leaf *));
    if (!copy->leaves) {
        *copy = (struct catalog){0};
        return -1;
    }
    for (size_t i = 0; i < c->n; i++) {
        leaf_summed(c->leaves[i]);
        leaf_hold(c->leaves[i]);
        copy->leaves[i] = c->leaves[i];
    }
    return 0;
}

void catalog_sum(const struct catalog *c, struct leaf_sum *sum)
{
    *sum = (struct leaf_sum){.oldest_s = UINT32_MAX};
    for (size_t i = 0; i < c->n; i++) {
        const struct leaf_sum *s = leaf_summed(c->leaves[i]);
        sum->states |= s->states;
        sum->outcomes |= s->outcomes;
        sum->tiers |= s->tiers;
        sum->hosts |= s->hosts;
        sum->oldest_s = s->oldest_s < sum->oldest_s ? s->oldest_s : sum->oldest_s;
        sum->ocr_documents += s->ocr_documents;
        sum->ocr_pages += s->ocr_pages;
        sum->ocr_unknown += s->ocr_unknown;
    }
}

size_t catalog_bytes(const struct catalog *c)
{
    size_t n = sizeof *c + c->cap * sizeof(struct leaf *);
    for (size_t i = 0; i < c->n; i++)
        n += leaf_bytes(c->leaves[i]);
    return n;
}
