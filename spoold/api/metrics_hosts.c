#include "spoold/api/metrics_parts.h"

#include <stdlib.h>
#include <string.h>

#include "spoold/api/hostview.h"
#include "spoold/api/metric.h"

struct hosts_of {
    struct buf *b;
    const struct host_view *all;
    size_t n;
};

/* What the host says of itself, where that is of now; else NULL. */
static const struct host_status *speaks(const struct host_view *h)
{
    return !h->row->silent && h->row->has_status ? h->row->status : NULL;
}

static void seen(const struct hosts_of *o)
{
    metric_head(o->b, "pdfspool_host_up", "gauge",
                "1: the host's heartbeat is fresh. A host that was stopped has none.");
    for (size_t i = 0; i < o->n; i++)
        if (o->all[i].state != HOST_STOPPED)
            metric_int(o->b, "pdfspool_host_up",
                       (struct metric_label[]){{"host", o->all[i].row->host}, {0}},
                       !o->all[i].row->silent);
    metric_head(o->b, "pdfspool_host_last_seen_timestamp_seconds", "gauge",
                "When the host last beat, by the file server's clock.");
    for (size_t i = 0; i < o->n; i++)
        if (o->all[i].row->beat_ms > 0)
            metric_real(o->b, "pdfspool_host_last_seen_timestamp_seconds",
                        (struct metric_label[]){{"host", o->all[i].row->host}, {0}},
                        (double)o->all[i].row->beat_ms / 1000);
}

static void states(const struct hosts_of *o)
{
    uint64_t count[HOST_STATES] = {0};
    for (size_t i = 0; i < o->n; i++)
        count[o->all[i].state]++;
    metric_head(o->b, "pdfspool_hosts", "gauge", "Hosts in each state.");
    for (int i = 0; i < HOST_STATES; i++)
        metric_int(o->b, "pdfspool_hosts",
                   (struct metric_label[]){{"state", hostview_names[i]}, {0}}, count[i]);
    metric_head(o->b, "pdfspool_host_info", "gauge", "Version that the host runs.");
    for (size_t i = 0; i < o->n; i++)
        if (speaks(&o->all[i]))
            metric_int(o->b, "pdfspool_host_info",
                       (struct metric_label[]){{"host", o->all[i].row->host},
                                               {"version", speaks(&o->all[i])->version},
                                               {0}},
                       1);
}

static void slots(const struct hosts_of *o)
{
    metric_head(o->b, "pdfspool_host_slots", "gauge", "Slots, by whether a document is in hand.");
    for (size_t i = 0; i < o->n; i++) {
        const struct host_status *s = speaks(&o->all[i]);
        const char *host = o->all[i].row->host;
        if (!s)
            continue;
        uint64_t busy = o->all[i].busy < s->n_slots ? o->all[i].busy : s->n_slots;
        metric_int(o->b, "pdfspool_host_slots",
                   (struct metric_label[]){{"host", host}, {"state", "busy"}, {0}}, busy);
        metric_int(o->b, "pdfspool_host_slots",
                   (struct metric_label[]){{"host", host}, {"state", "idle"}, {0}},
                   s->n_slots - busy);
    }
}

static void cages(const struct hosts_of *o)
{
    static const char *const tiers[] = {"none", "seccomp", "full"};
    metric_head(o->b, "pdfspool_host_sandbox_tier", "gauge",
                "The parser's cage: 0 none, 1 seccomp, 2 seccomp and Landlock.");
    for (size_t i = 0; i < o->n; i++) {
        const struct host_status *s = speaks(&o->all[i]);
        for (unsigned k = 0; s && k < sizeof tiers / sizeof *tiers; k++)
            if (strcmp(s->sandbox, tiers[k]) == 0)
                metric_int(o->b, "pdfspool_host_sandbox_tier",
                           (struct metric_label[]){{"host", o->all[i].row->host}, {0}}, k);
    }
}

/* Counters of a host begin anew with each start of its extractd, as counters may. */
static const struct counter {
    const char *name, *help;
    size_t offset;
} counters[] = {
    {"pdfspool_parser_kills_total", "Parsers that were ended for what they did or needed.",
     offsetof(struct host_status, parser_kills)},
    {"pdfspool_host_restarts_total", "Processes of extractd that died and were started again.",
     offsetof(struct host_status, restarts)},
    {"pdfspool_host_reused_total", "Documents that got the text of another with the same content.",
     offsetof(struct host_status, reused)},
    {"pdfspool_claims_tried_total", "Documents that a host tried to claim.",
     offsetof(struct host_status, claims_tried)},
    {"pdfspool_claims_won_total", "Of these, not taken by another host meanwhile.",
     offsetof(struct host_status, claims_won)},
};

static void count(const struct hosts_of *o)
{
    for (size_t k = 0; k < sizeof counters / sizeof *counters; k++) {
        const struct counter *c = &counters[k];
        metric_head(o->b, c->name, "counter", c->help);
        for (size_t i = 0; i < o->n; i++) {
            const struct host_status *s = speaks(&o->all[i]);
            uint64_t value;
            if (!s)
                continue;
            memcpy(&value, (const char *)s + c->offset, sizeof value);
            metric_int(o->b, c->name, (struct metric_label[]){{"host", o->all[i].row->host}, {0}},
                       value);
        }
    }
}

void metrics_hosts(struct buf *b, const struct view *v)
{
    size_t n;
    struct host_view *all = hostview_all(v, &n);
    const struct hosts_of o = {b, all, n};
    seen(&o);
    states(&o);
    slots(&o);
    cages(&o);
    count(&o);
    free(all);
}
