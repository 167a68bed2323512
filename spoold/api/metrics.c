/* GET /metrics: for Prometheus, text format 0.0.4. */
#include <inttypes.h>
#include <stdlib.h>

#include "spoold/api/api.h"
#include "spoold/api/hostview.h"

static void head(struct buf *b, const char *name, const char *type, const char *help)
{
    buf_fmt(b, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void one(struct buf *b, const char *name, const char *type, const char *help, uint64_t value)
{
    head(b, name, type, help);
    buf_fmt(b, "%s %" PRIu64 "\n", name, value);
}

static void documents(struct buf *b, const struct snapshot *s)
{
    head(b, "pdfspool_documents", "gauge", "Documents in each state.");
    for (int i = 0; i < DOC_STATES; i++)
        buf_fmt(b, "pdfspool_documents{state=\"%s\"} %" PRIu64 "\n",
                docstate_name((enum doc_state)i), s->states[i]);
    head(b, "pdfspool_finished_total", "counter",
         "Documents that came to an end, by outcome, as far as journals tell.");
    for (int i = 0; i < OUTCOME_COUNT; i++)
        buf_fmt(b, "pdfspool_finished_total{outcome=\"%s\"} %" PRIu64 "\n",
                outcome_facts((enum outcome)i)->name, s->totals.outcomes[i]);
    head(b, "pdfspool_pages_by_tier_total", "counter", "Pages by where their text is from.");
    for (int i = 0; i < PAGE_TIERS; i++)
        buf_fmt(b, "pdfspool_pages_by_tier_total{tier=\"%s\"} %" PRIu64 "\n",
                page_tier_name((enum page_tier)i), s->totals.tiers[i]);
    one(b, "pdfspool_pages_total", "counter", "Pages of finished documents.", s->totals.pages);
    one(b, "pdfspool_bytes_total", "counter", "Bytes of finished documents.", s->totals.bytes);
    one(b, "pdfspool_retries_total", "counter", "Attempts spent in vain.", s->totals.retries);
}

static void hosts(struct buf *b, const struct view *v)
{
    uint64_t count[HOST_STATES] = {0}, slots = 0, busy = 0;
    size_t n;
    struct host_view *all = hostview_all(v, &n);
    for (size_t i = 0; i < n; i++) {
        count[all[i].state]++;
        busy += all[i].busy;
        slots += !all[i].row->silent && all[i].row->has_status ? all[i].row->status->n_slots : 0;
    }
    free(all);
    head(b, "pdfspool_hosts", "gauge", "Hosts in each state.");
    for (int i = 0; i < HOST_STATES; i++)
        buf_fmt(b, "pdfspool_hosts{state=\"%s\"} %" PRIu64 "\n", hostview_names[i], count[i]);
    one(b, "pdfspool_slots", "gauge", "Slots of hosts that are at work.", slots);
    one(b, "pdfspool_slots_busy", "gauge", "Of these, with a document in hand.", busy);
}

static void around(struct buf *b, const struct view *v)
{
    const struct snapshot *s = v->s;
    int64_t age = snapshot_age_ms(s, v->boot_ms);
    one(b, "pdfspool_paused", "gauge", "1: no host claims anything.", s->pause);
    one(b, "pdfspool_share_answering", "gauge", "1: the share has answered within 10 s.",
        view_answering(v));
    head(b, "pdfspool_share_age_seconds", "gauge", "Since the share last answered.");
    if (age >= 0)
        buf_fmt(b, "pdfspool_share_age_seconds %.3f\n", (double)age / 1000);
    head(b, "pdfspool_oldest_pending_seconds", "gauge", "Age of the oldest pending document.");
    buf_fmt(b, "pdfspool_oldest_pending_seconds %.0f\n",
            s->oldest_ms > 0 && v->now_ms > s->oldest_ms ? (double)(v->now_ms - s->oldest_ms) / 1000
                                                         : 0.0);
    if (s->space.bytes) {
        one(b, "pdfspool_share_bytes", "gauge", "Size of the share.", s->space.bytes);
        one(b, "pdfspool_share_bytes_free", "gauge", "Of these, free.", s->space.bytes_free);
    }
    one(b, "pdfspool_journal_lines_harmed_total", "counter",
        "Lines of journals that make no sense.", s->harmed_lines);
}

static void server(struct buf *b, struct server *s)
{
    struct server_counts c;
    if (!s)
        return;
    server_count(s, &c);
    one(b, "pdfspool_http_requests_total", "counter", "Requests.", c.requests);
    one(b, "pdfspool_http_refused_total", "counter", "Of these, answered with 4xx.", c.refused);
    one(b, "pdfspool_http_reaped_total", "counter", "Connections ended for being slow.", c.reaped);
    one(b, "pdfspool_http_connections", "gauge", "Open connections.", c.connections);
    one(b, "pdfspool_http_streams", "gauge", "Of these, streams of events.", c.event_clients);
}

enum route_next metrics_get(void *arg, struct request *rq, struct answer *a)
{
    struct api *api = arg;
    struct view v;
    (void)rq;
    if (!view_open(&v, api->model))
        return ROUTE_DONE;
    a->type = "text/plain; version=0.0.4; charset=utf-8";
    head(&a->body, "pdfspool_build_info", "gauge", "Version of spoold.");
    buf_fmt(&a->body, "pdfspool_build_info{version=\"%s\"} 1\n", PDFSPOOL_VERSION);
    documents(&a->body, v.s);
    hosts(&a->body, &v);
    around(&a->body, &v);
    server(&a->body, api->server);
    view_close(&v);
    return ROUTE_DONE;
}
