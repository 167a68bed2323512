#include "spoold/api/pace.h"

#include <stdlib.h>
#include <string.h>

static struct pace *find(struct paces *p, const char *lease)
{
    for (size_t i = 0; i < p->n; i++)
        if (strcmp(p->all[i].lease, lease) == 0)
            return &p->all[i];
    if (p->n == p->cap) {
        size_t cap = p->cap ? 2 * p->cap : 16;
        struct pace *grown = realloc(p->all, cap * sizeof *grown);
        if (!grown)
            return NULL;
        p->all = grown;
        p->cap = cap;
    }
    struct pace *one = &p->all[p->n++];
    memset(one, 0, sizeof *one);
    memcpy(one->lease, lease, strlen(lease) + 1);
    return one;
}

struct host_rates pace_of(struct paces *p, const struct host_view *h, int64_t boot_ms)
{
    struct host_rates r = {0, 0};
    const struct host_status *s = h->row->status;
    struct pace *one = h->row->has_status && !h->row->silent ? find(p, h->row->lease) : NULL;
    if (!one)
        return r;
    one->met = true;
    uint64_t documents = s->done + s->failed;
    if (one->n == 0 || boot_ms - one->samples[one->n - 1].boot_ms >= PACE_STEP_MS) {
        if (one->n == PACE_SAMPLES)
            memmove(one->samples, one->samples + 1, --one->n * sizeof *one->samples);
        one->samples[one->n].boot_ms = boot_ms;
        one->samples[one->n].documents = documents;
        one->samples[one->n++].pages = s->pages;
    }
    double minutes = (double)(boot_ms - one->samples[0].boot_ms) / 60000;
    if (minutes <= 0 || documents < one->samples[0].documents || s->pages < one->samples[0].pages)
        return r;
    r.documents = (double)(documents - one->samples[0].documents) / minutes;
    r.pages = (double)(s->pages - one->samples[0].pages) / minutes;
    return r;
}

void pace_forget(struct paces *p)
{
    for (size_t i = p->n; i-- > 0;) {
        if (!p->all[i].met)
            p->all[i] = p->all[--p->n];
        else
            p->all[i].met = false;
    }
}

void pace_free(struct paces *p)
{
    free(p->all);
    *p = (struct paces){0};
}
