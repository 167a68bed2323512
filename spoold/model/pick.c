#include "spoold/model/pick.h"

#include <stdlib.h>
#include <string.h>

int64_t pick_value(enum pick_by by, const struct doc_row *d)
{
    switch (by) {
    case PICK_CHANGED:
        return leaf_row_changed(d);
    case PICK_SIZE:
        return d->size > INT64_MAX ? INT64_MAX : (int64_t)d->size;
    case PICK_PAGES:
        return d->pages;
    case PICK_PATH:
        break;
    }
    return 0;
}

/* ---- the page: a heap with the last of its documents on top ---- */

static int order(const struct pick *p, const struct doc_row *d, const struct doc_row *other)
{
    int64_t mine = pick_value(p->by, d), its = pick_value(p->by, other);
    int o = mine < its ? -1 : mine > its;
    if (o == 0)
        o = strcmp(d->path, other->path);
    if (o == 0)
        o = strcmp(d->id, other->id);
    return p->down ? -o : o;
}

static bool behind_cursor(const struct pick *p, const struct doc_row *d)
{
    const struct pick_cursor *c = p->after;
    if (!c)
        return true;
    int64_t mine = pick_value(p->by, d);
    int o = mine < c->value ? -1 : mine > c->value;
    if (o == 0)
        o = strcmp(d->path, c->path);
    if (o == 0)
        o = strcmp(d->id, c->id);
    return p->down ? o < 0 : o > 0;
}

static void exchange(struct doc_row *a, struct doc_row *b)
{
    struct doc_row swap = *a;
    *a = *b;
    *b = swap;
}

static void sink(struct pick *p, size_t n)
{
    for (size_t at = 0, child; (child = 2 * at + 1) < n; at = child) {
        if (child + 1 < n && order(p, &p->rows[child], &p->rows[child + 1]) < 0)
            child++;
        if (order(p, &p->rows[at], &p->rows[child]) >= 0)
            return;
        exchange(&p->rows[at], &p->rows[child]);
    }
}

static void rise(struct pick *p, size_t at)
{
    for (size_t parent; at > 0; at = parent) {
        parent = (at - 1) / 2;
        if (order(p, &p->rows[parent], &p->rows[at]) >= 0)
            return;
        exchange(&p->rows[parent], &p->rows[at]);
    }
}

static void keep(struct pick *p, const struct doc_row *d)
{
    if (p->n < p->limit) {
        p->rows[p->n] = *d;
        rise(p, p->n++);
        return;
    }
    p->more = true;
    if (order(p, d, &p->rows[0]) < 0) {
        p->rows[0] = *d;
        sink(p, p->n);
    }
}

/* From a heap to the order: the last one goes to the end, again and again. */
static void put_in_order(struct pick *p)
{
    for (size_t n = p->n; n > 1;) {
        exchange(&p->rows[0], &p->rows[--n]);
        sink(p, n);
    }
}

/* ---- what is passed by ---- */

/* Can more be said of a document than its state, before it is looked at? */
static bool by_states_alone(const struct pick *p)
{
    const struct search *w = p->want;
    return !p->also && !*w->prefix && !*w->text && !w->outcomes && !w->tiers &&
           w->host == NO_HOST && w->group == NO_GROUP;
}

/* The values that documents of these states may have. */
static struct leaf_span span_of(const struct pick *p, const struct leaf_sum *sum)
{
    struct leaf_span all = {INT64_MAX, INT64_MIN};
    if (p->by == PICK_SIZE)
        return sum->size;
    if (p->by == PICK_PAGES)
        return sum->pages;
    for (int i = 0; i < DOC_STATES && p->by == PICK_CHANGED; i++) {
        if (p->want->states && !(p->want->states & 1u << i))
            continue;
        all.least = sum->changed[i].least < all.least ? sum->changed[i].least : all.least;
        all.most = sum->changed[i].most > all.most ? sum->changed[i].most : all.most;
    }
    return all;
}

/* What there is of a leaf or a branch: its sum, and its first and last document. */
struct part {
    const struct leaf_sum *sum;
    struct doc_row first, last;
};

static void part_of_leaf(struct part *part, struct leaf *l)
{
    part->sum = leaf_summed(l);
    leaf_row(l, 0, &part->first);
    leaf_row(l, leaf_count(l) - 1, &part->last);
}

static void part_of_branch(struct part *part, struct branch *b)
{
    const struct leaf *last = branch_leaf(b, branch_count(b) - 1);
    leaf_row(branch_leaf(b, 0), 0, &part->first);
    leaf_row(last, leaf_count(last) - 1, &part->last);
    part->sum = branch_summed(b);
}

static bool outside_prefix(const struct part *part, const char *prefix)
{
    size_t n = strlen(prefix);
    return strncmp(part->last.path, prefix, n) < 0 || strncmp(part->first.path, prefix, n) > 0;
}

/* All of its documents are on the pages before. */
static bool before_cursor(const struct pick *p, const struct part *part)
{
    const struct pick_cursor *c = p->after;
    if (!c)
        return false;
    if (p->by == PICK_PATH)
        return p->down ? strcmp(part->first.path, c->path) > 0
                       : strcmp(part->last.path, c->path) < 0;
    struct leaf_span s = span_of(p, part->sum);
    return p->down ? s.least > c->value : s.most < c->value;
}

/* The page is full, and all of its documents come behind that. */
static bool behind_page(const struct pick *p, const struct part *part)
{
    if (p->n < p->limit)
        return false;
    const struct doc_row *last = &p->rows[0];
    if (p->by == PICK_PATH)
        return p->down ? strcmp(part->last.path, last->path) < 0
                       : strcmp(part->first.path, last->path) > 0;
    struct leaf_span s = span_of(p, part->sum);
    int64_t value = pick_value(p->by, last);
    return p->down ? s.most < value : s.least > value;
}

static uint64_t count_of(const struct pick *p, const struct leaf_sum *sum)
{
    uint64_t n = 0;
    for (int i = 0; i < DOC_STATES; i++)
        n += !p->want->states || p->want->states & 1u << i ? sum->count[i] : 0;
    return n;
}

/* Nothing of it can be on the page, and what is to be said of it without looking has been said. */
static bool passed_by(struct pick *p, const struct part *part)
{
    if (!search_may(p->want, part->sum) || outside_prefix(part, p->want->prefix))
        return true;
    if (!by_states_alone(p))
        return false; /* its documents must be looked at to be counted */
    bool before = before_cursor(p, part);
    if (!before && !behind_page(p, part))
        return false;
    p->total += count_of(p, part->sum);
    p->more = p->more || !before;
    return true;
}

/* ---- the way through the catalog: what is likely to be on the page comes first, so that the others
 * can be passed by ---- */

struct place {
    int64_t value; /* of the best of its documents; by path: none */
    unsigned at;
};

static int smaller(const void *one, const void *other)
{
    int64_t a = ((const struct place *)one)->value, b = ((const struct place *)other)->value;
    return a < b ? -1 : a > b;
}

static int larger(const void *one, const void *other)
{
    return smaller(other, one);
}

/* The order to go in: of n places whose sums sum_at gives. */
static void set_order(const struct pick *p, struct place *places, unsigned n)
{
    if (p->by != PICK_PATH)
        qsort(places, n, sizeof *places, p->down ? larger : smaller);
    for (unsigned i = 0; p->by == PICK_PATH && p->down && i < n / 2; i++) {
        struct place swap = places[i];
        places[i] = places[n - 1 - i];
        places[n - 1 - i] = swap;
    }
}

static int64_t best_of(const struct pick *p, const struct leaf_sum *sum)
{
    struct leaf_span s = span_of(p, sum);
    return p->down ? s.most : s.least;
}

static void look(struct pick *p, const struct doc_row *d, size_t prefix)
{
    if (strncmp(d->path, p->want->prefix, prefix) != 0 || !search_wants(p->want, d) ||
        (p->also && !p->also(p->arg, d)))
        return;
    p->total++;
    if (behind_cursor(p, d))
        keep(p, d);
}

static bool look_through(struct pick *p, const struct leaf *l)
{
    struct doc_row d;
    size_t prefix = strlen(p->want->prefix);
    p->looked += leaf_count(l);
    if (p->budget && p->looked > p->budget)
        return false;
    for (unsigned i = 0; i < leaf_count(l); i++) {
        leaf_row(l, i, &d);
        look(p, &d, prefix);
    }
    return true;
}

static bool through_branch(struct pick *p, struct branch *b)
{
    struct part part;
    struct place places[BRANCH_LEAVES];
    unsigned n = branch_count(b);
    part_of_branch(&part, b);
    if (passed_by(p, &part))
        return true;
    for (unsigned i = 0; i < n; i++)
        places[i] = (struct place){best_of(p, leaf_summed(branch_leaf(b, i))), i};
    set_order(p, places, n);
    for (unsigned i = 0; i < n; i++) {
        struct leaf *l = branch_leaf(b, places[i].at);
        part_of_leaf(&part, l);
        if (!passed_by(p, &part) && !look_through(p, l))
            return false;
    }
    return true;
}

bool pick_run(struct pick *p, const struct snapshot *s)
{
    const struct catalog *c = &s->documents;
    struct place *places = calloc(c->n + 1, sizeof *places);
    bool whole = places != NULL;
    p->n = 0;
    p->total = p->looked = 0;
    p->more = false;
    for (size_t i = 0; whole && i < c->n; i++)
        places[i] = (struct place){best_of(p, branch_summed(c->branches[i])), (unsigned)i};
    if (whole)
        set_order(p, places, (unsigned)c->n);
    for (size_t i = 0; whole && i < c->n; i++)
        whole = through_branch(p, c->branches[places[i].at]);
    free(places);
    if (whole)
        put_in_order(p);
    return whole;
}
