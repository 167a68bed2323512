#include "spoold/alert/digest.h"

#include <stdlib.h>
#include <string.h>

void digest_free(struct digest *d)
{
    for (size_t i = 0; i < d->n; i++)
        events_free(&d->all[i].events);
    free(d->all);
    *d = (struct digest){0};
}

static struct batch *begin(struct digest *d)
{
    if (d->n == d->cap) {
        size_t cap = d->cap ? 2 * d->cap : 8;
        struct batch *grown = realloc(d->all, cap * sizeof *grown);
        if (!grown)
            return NULL;
        d->all = grown;
        d->cap = cap;
    }
    d->all[d->n] = (struct batch){0};
    return &d->all[d->n++];
}

static bool append(struct batch *b, const struct event *e)
{
    struct event *to = events_add(&b->events);
    if (to)
        *to = *e;
    return to != NULL;
}

bool digest_add(struct digest *d, const struct event *e)
{
    for (size_t i = 0; i < d->n; i++) {
        const struct event *first = d->all[i].events.all;
        if (d->all[i].made_ms == 0 && first->kind == e->kind && first->over == e->over)
            return append(&d->all[i], e);
    }
    struct batch *b = begin(d);
    if (b && append(b, e))
        return true;
    d->n -= b != NULL;
    return false;
}

bool digest_close(struct digest *d, int64_t boot_ms, int64_t wall_ms, int64_t gap_ms)
{
    bool any = false;
    for (size_t i = 0; i < d->n; i++) {
        const struct event *first = d->all[i].events.all;
        int64_t *last = &d->last_ms[first->kind][first->over];
        if (d->all[i].made_ms != 0 || (*last != 0 && boot_ms - *last < gap_ms))
            continue;
        d->all[i].made_ms = wall_ms;
        *last = boot_ms;
        any = true;
    }
    return any;
}

void digest_drop_closed(struct digest *d)
{
    size_t kept = 0;
    for (size_t i = 0; i < d->n; i++) {
        if (d->all[i].made_ms == 0)
            d->all[kept++] = d->all[i];
        else
            events_free(&d->all[i].events);
    }
    d->n = kept;
}

void digest_show(const struct digest *d, struct jsonw *j, const char *key)
{
    jsonw_array(j, key);
    for (size_t i = 0; i < d->n; i++) {
        jsonw_object(j, NULL);
        jsonw_int(j, "made_ms", d->all[i].made_ms);
        jsonw_array(j, "events");
        for (size_t k = 0; k < d->all[i].events.n; k++)
            event_show(&d->all[i].events.all[k], j, true);
        jsonw_end_array(j);
        jsonw_end_object(j);
    }
    jsonw_end_array(j);
}

bool digest_read(struct digest *d, const struct jsonr *array)
{
    for (size_t i = 0; i < jsonr_count(array); i++) {
        const struct jsonr *j = jsonr_at(array, i), *events = jsonr_get(j, "events");
        struct batch *b = begin(d);
        struct event e;
        bool good = b != NULL;
        for (size_t k = 0; good && k < jsonr_count(events); k++)
            if (event_read(jsonr_at(events, k), &e))
                good = append(b, &e);
        if (!good)
            return false;
        b->made_ms = jsonr_int(j, "made_ms", 0);
        d->n -= b->events.n == 0;
    }
    return true;
}
