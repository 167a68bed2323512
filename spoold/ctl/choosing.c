#include "spoold/ctl/choosing.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "spool/cancel.h"
#include "spool/look.h"

static bool meant(const struct choosing *c, const struct doc *d)
{
    struct statx st;
    if (c->class < OUTCOME_COUNT && d->class != c->class)
        return false;
    return c->before == INT64_MAX ||
           (look_in(d->dir, d->name, &st) == 1 && look_ms(st.stx_ctime) <= c->before);
}

static bool room(struct choosing *c)
{
    if (c->n < c->cap)
        return true;
    size_t cap = c->cap ? 2 * c->cap : 64;
    struct chosen *grown = realloc(c->list, cap * sizeof *grown);
    if (!grown)
        return false;
    c->list = grown;
    c->cap = cap;
    return true;
}

static void chosen_free(struct chosen *k)
{
    free(k->folder);
    free(k->name);
    free(k->path);
}

bool choosing_visit(void *arg, const struct doc *d)
{
    struct choosing *c = arg;
    if (!meant(c, d))
        return true;
    struct chosen k = {strdup(d->folder), strdup(d->name), strdup(d->path)};
    if (!k.folder || !k.name || !k.path || !room(c)) {
        chosen_free(&k);
        c->no_memory = true;
        return false;
    }
    c->list[c->n++] = k;
    return true;
}

enum redone choosing_redo(struct redo *redo, const struct chosen *k)
{
    struct redo_wish wish = {.folder = k->folder, .name = k->name, .path = k->path};
    return redo_document(redo, &wish);
}

void choosing_free(struct choosing *c)
{
    for (size_t i = 0; i < c->n; i++)
        chosen_free(&c->list[i]);
    free(c->list);
    c->list = NULL;
    c->n = c->cap = 0;
}

bool giving_up_visit(void *arg, const struct doc *d)
{
    struct giving_up *g = arg;
    if (d->state >= DOC_SEALED) {
        g->late++;
        return true;
    }
    int given = !d->token ? cancel_pending(g->spool, d->dir, d->name, d->path)
                : cancel_document(g->spool, d->token->document) == 0 ? 1
                                                                     : -1;
    g->given += given == 1;
    if (given < 0)
        g->error = errno;
    return true;
}
