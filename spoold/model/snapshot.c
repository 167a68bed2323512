#include "spoold/model/snapshot.h"

#include <stdatomic.h>
#include <stdlib.h>

/* A snapshot as it is kept: who holds it is nobody else's business. */
struct held {
    struct snapshot snapshot;
    atomic_uint holders;
};

struct snapshot *snapshot_new(void)
{
    struct held *h = calloc(1, sizeof *h);
    if (!h)
        return NULL;
    atomic_init(&h->holders, 1);
    return &h->snapshot;
}

void snapshot_hold(struct snapshot *s)
{
    atomic_fetch_add_explicit(&((struct held *)s)->holders, 1, memory_order_relaxed);
}

void snapshot_drop(const struct snapshot *s)
{
    struct held *h = (struct held *)(uintptr_t)s;
    if (!h || atomic_fetch_sub_explicit(&h->holders, 1, memory_order_acq_rel) != 1)
        return;
    catalog_free(&h->snapshot.documents);
    hosts_drop_all(h->snapshot.hosts, h->snapshot.n_hosts);
    recent_free(&h->snapshot.recent);
    free(h->snapshot.groups);
    free(h->snapshot.folders);
    free(h->snapshot.host_names);
    free(h->snapshot.drains);
    free(h);
}

int64_t snapshot_age_ms(const struct snapshot *s, int64_t boot_ms)
{
    return s->heard_ms < 0 ? -1 : boot_ms > s->heard_ms ? boot_ms - s->heard_ms : 0;
}
