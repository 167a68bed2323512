#include "spoold/model/search.h"

#include <string.h>

static bool finished(unsigned state)
{
    return state == DOC_DONE || state == DOC_FAILED;
}

bool search_may(const void *want, const struct leaf_sum *s)
{
    const struct search *w = want;
    return (!w->states || s->states & w->states) && (!w->outcomes || s->outcomes & w->outcomes) &&
           (!w->tiers || s->tiers & w->tiers) &&
           (w->host == NO_HOST || s->hosts & UINT64_C(1) << (w->host % ROW_HOSTS_BITS));
}

bool search_wants(const struct search *w, const struct doc_row *d)
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
    struct doc_row d;
    if (strcmp(cursor->path, w->prefix) < 0)
        return catalog_seek(c, w->prefix, "");
    struct catalog_at from = catalog_seek(c, cursor->path, cursor->id), next = from;
    bool itself = *cursor->path && catalog_next(c, &next, &d) &&
                  strcmp(d.path, cursor->path) == 0 && strcmp(d.id, cursor->id) == 0;
    return itself ? next : from;
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

bool search_page(const struct snapshot *s, const struct search *want, struct search_cursor *cursor,
                 unsigned limit, search_visit *visit, void *arg)
{
    const struct catalog *c = &s->documents;
    size_t prefix = strlen(want->prefix);
    struct catalog_at at = start(c, want, cursor);
    struct doc_row d, last = {0};
    for (unsigned looked = 0, found = 0;; looked++) {
        const struct leaf *l = catalog_pass_by(c, search_may, want, &at);
        if (!l)
            return false;
        leaf_row(l, at.row, &d);
        if (strncmp(d.path, want->prefix, prefix) != 0)
            return false;
        if (found >= limit || looked >= SEARCH_ROWS)
            return more_behind(cursor, &last);
        at.row++;
        last = d;
        if (!search_wants(want, &d))
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
