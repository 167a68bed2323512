#include "spoold/model/search.h"

#include <string.h>

static bool finished(unsigned state)
{
    return state == DOC_DONE || state == DOC_FAILED;
}

/* Can any document of this leaf be wanted? */
static bool leaf_may(const struct leaf_sum *s, const struct search *w)
{
    return (!w->states || s->states & w->states) && (!w->outcomes || s->outcomes & w->outcomes) &&
           (!w->tiers || s->tiers & w->tiers) &&
           (w->host == NO_HOST || s->hosts & UINT64_C(1) << (w->host % ROW_HOSTS_BITS));
}

static bool wanted(const struct doc_row *d, const struct search *w)
{
    return (!w->states || w->states & 1u << d->state) &&
           (!w->outcomes || (finished(d->state) && w->outcomes & 1u << d->outcome)) &&
           (!w->tiers || w->tiers & d->tiers) && (w->host == NO_HOST || w->host == d->host) &&
           (w->group == NO_GROUP || (d->state == DOC_FAILED && w->group == d->group)) &&
           (!*w->text || strcasestr(d->path, w->text) || strcasestr(d->message, w->text));
}

static struct catalog_at start(const struct catalog *c, const struct search *w,
                               const struct search_cursor *cursor)
{
    unsigned at;
    if (strcmp(cursor->path, w->prefix) < 0)
        return catalog_seek(c, w->prefix, "");
    struct catalog_at from = catalog_seek(c, cursor->path, cursor->id);
    if (*cursor->path && from.leaf < c->n &&
        leaf_find(c->leaves[from.leaf], cursor->path, cursor->id, &at))
        from.row = at + 1;
    return from;
}

/* The page ends behind this document. */
static bool more_behind(struct search_cursor *cursor, const struct doc_row *d)
{
    if (d->path) {
        memcpy(cursor->path, d->path, strlen(d->path) + 1);
        memcpy(cursor->id, d->id, strlen(d->id) + 1);
    }
    return true;
}

/* On to the next leaf that may have something, as long as rows are at the beginning of one. Rows of
 * a leaf that is passed by cost nothing. */
static void pass_by(const struct catalog *c, const struct search *w, struct catalog_at *at)
{
    while (at->leaf < c->n && (at->row >= leaf_count(c->leaves[at->leaf]) ||
                               !leaf_may(leaf_summed(c->leaves[at->leaf]), w))) {
        at->leaf++;
        at->row = 0;
    }
}

bool search_page(const struct snapshot *s, const struct search *want, struct search_cursor *cursor,
                 unsigned limit, search_visit *visit, void *arg)
{
    const struct catalog *c = &s->documents;
    size_t prefix = strlen(want->prefix);
    struct catalog_at at = start(c, want, cursor);
    struct doc_row d, last = {0};
    for (unsigned looked = 0, found = 0;; looked++) {
        pass_by(c, want, &at);
        if (at.leaf >= c->n)
            return false;
        leaf_row(c->leaves[at.leaf], at.row, &d);
        if (strncmp(d.path, want->prefix, prefix) != 0)
            return false;
        if (found >= limit || looked >= SEARCH_ROWS)
            return more_behind(cursor, &last);
        at.row++;
        last = d;
        if (!wanted(&d, want))
            continue;
        found++;
        if (!visit(arg, &d))
            return more_behind(cursor, &d);
    }
}

bool search_one(const struct snapshot *s, const char *path, const char *id, struct doc_row *row)
{
    return catalog_find(&s->documents, path, id, row);
}
