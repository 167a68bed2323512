#include "spoold/model/hosts.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "spoold/model/leaf.h"

/* A row as it is kept: who holds it is nobody else's business. */
struct held {
    struct host_row row;
    atomic_uint holders;
};

static void drop(const struct host_row *row)
{
    struct held *h = (struct held *)(uintptr_t)row;
    if (!h || atomic_fetch_sub_explicit(&h->holders, 1, memory_order_acq_rel) != 1)
        return;
    free((void *)(uintptr_t)h->row.status);
    free(h);
}

void hosts_free(struct hosts *h)
{
    hosts_drop_all(h->rows, h->n);
    free(h->names);
    free(h->scratch);
    memset(h, 0, sizeof *h);
}

uint16_t hosts_number(struct hosts *h, const char *name)
{
    for (size_t i = 0; i < h->n_names; i++)
        if (strcmp(h->names[i], name) == 0)
            return (uint16_t)i;
    if (h->n_names >= HOSTS_NAMES)
        return NO_HOST;
    if (h->n_names == h->cap_names) {
        size_t cap = h->cap_names ? 2 * h->cap_names : 16;
        char(*grown)[HOST_CAP] = realloc(h->names, cap * sizeof *grown);
        if (!grown)
            return NO_HOST;
        h->names = grown;
        h->cap_names = cap;
    }
    snprintf(h->names[h->n_names], HOST_CAP, "%s", name);
    return (uint16_t)h->n_names++;
}

static bool find(const struct hosts *h, const char *host, const char *lease, size_t *at)
{
    for (*at = 0; *at < h->n; ++*at) {
        int order = strcmp(h->rows[*at]->host, host);
        if (order == 0)
            order = strcmp(h->rows[*at]->lease, lease);
        if (order >= 0)
            return order == 0;
    }
    return false;
}

/* A copy that takes memory for the slots that there are: the rest of a fresh mapping that was never
 * written to is none. */
static const struct host_status *copy_status(struct hosts *h, const char *json)
{
    if (!h->scratch)
        h->scratch = malloc(sizeof *h->scratch);
    if (!h->scratch || hoststatus_read(h->scratch, json, strlen(json)) != 0)
        return NULL;
    struct host_status *copy = calloc(1, sizeof *copy);
    if (copy)
        memcpy(copy, h->scratch,
               offsetof(struct host_status, slots) +
                   h->scratch->shown_slots * sizeof h->scratch->slots[0]);
    return copy;
}

static const struct host_row *make_row(struct hosts *h, const struct fact_host *f, int64_t boot_ms)
{
    struct held *made = calloc(1, sizeof *made);
    if (!made)
        return NULL;
    atomic_init(&made->holders, 1);
    struct host_row *row = &made->row;
    snprintf(row->host, sizeof row->host, "%s", f->host);
    snprintf(row->lease, sizeof row->lease, "%s", f->lease);
    row->has_beat = f->has_beat;
    row->silent = f->silent;
    row->beat_ms = f->beat_ms;
    row->age_ms = f->age_ms;
    row->heard_ms = boot_ms;
    row->in_work = f->in_work;
    row->status = *f->status ? copy_status(h, f->status) : NULL;
    row->has_status = row->status != NULL;
    return row;
}

static bool room_for_row(struct hosts *h)
{
    if (h->n < h->cap)
        return true;
    size_t cap = h->cap ? 2 * h->cap : 16;
    const struct host_row **grown = realloc(h->rows, cap * sizeof(struct host_row *));
    if (!grown)
        return false;
    h->rows = grown;
    h->cap = cap;
    return true;
}

int hosts_heard(struct hosts *h, const struct fact_host *f, int64_t boot_ms)
{
    size_t at;
    bool there = find(h, f->host, f->lease, &at);
    if (!there && (h->n >= HOSTS_LEASES || !room_for_row(h)))
        return -1;
    const struct host_row *row = make_row(h, f, boot_ms);
    if (!row)
        return -1;
    if (there) {
        drop(h->rows[at]);
    } else {
        memmove(h->rows + at + 1, h->rows + at, (h->n - at) * sizeof(struct host_row *));
        h->n++;
    }
    h->rows[at] = row;
    return 0;
}

void hosts_gone(struct hosts *h, const char *host, const char *lease)
{
    size_t at;
    if (!find(h, host, lease, &at))
        return;
    drop(h->rows[at]);
    memmove(h->rows + at, h->rows + at + 1, (--h->n - at) * sizeof(struct host_row *));
}

int hosts_share(const struct hosts *h, const struct host_row ***rows, size_t *n)
{
    *n = 0;
    *rows = malloc((h->n ? h->n : 1) * sizeof(struct host_row *));
    if (!*rows)
        return -1;
    for (*n = 0; *n < h->n; ++*n) {
        atomic_fetch_add_explicit(&((struct held *)(uintptr_t)h->rows[*n])->holders, 1,
                                  memory_order_relaxed);
        (*rows)[*n] = h->rows[*n];
    }
    return 0;
}

void hosts_drop_all(const struct host_row **rows, size_t n)
{
    for (size_t i = 0; i < n; i++)
        drop(rows[i]);
    free(rows);
}
