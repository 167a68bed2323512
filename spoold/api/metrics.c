/* GET /metrics: for Prometheus, text format 0.0.4. docs/OPERATING.md has what each means. */
#include <stdio.h>

#include "spoold/api/api.h"
#include "spoold/api/metric.h"
#include "spoold/api/metrics_parts.h"

/* Of a failure the outcome is "failed", and the class says why; else the class is empty. */
static void finished(struct buf *b, const struct totals *t)
{
    metric_head(b, "pdfspool_documents_finished_total", "counter",
                "Documents that came to an end, as journals tell.");
    for (int i = 0; i < OUTCOME_COUNT; i++) {
        const struct outcome_facts *f = outcome_facts((enum outcome)i);
        metric_int(b, "pdfspool_documents_finished_total",
                   (struct metric_label[]){{"outcome", f->failure ? "failed" : f->name},
                                           {"class", f->failure ? f->name : ""},
                                           {0}},
                   t->outcomes[i]);
    }
}

static void pages(struct buf *b, const struct totals *t)
{
    uint64_t known = 0;
    metric_head(b, "pdfspool_pages_total", "counter",
                "Pages of finished documents, by where their text is from.");
    for (int i = 0; i < PAGE_TIERS; i++) {
        metric_int(b, "pdfspool_pages_total",
                   (struct metric_label[]){{"tier", page_tier_name((enum page_tier)i)}, {0}},
                   t->tiers[i]);
        known += t->tiers[i];
    }
    metric_int(b, "pdfspool_pages_total", (struct metric_label[]){{"tier", "unknown"}, {0}},
               t->pages > known ? t->pages - known : 0);
}

static void documents(struct buf *b, const struct snapshot *s)
{
    metric_head(b, "pdfspool_documents", "gauge", "Documents in each state.");
    for (int i = 0; i < DOC_STATES; i++)
        metric_int(b, "pdfspool_documents",
                   (struct metric_label[]){{"state", docstate_name((enum doc_state)i)}, {0}},
                   s->states[i]);
    finished(b, &s->totals);
    pages(b, &s->totals);
    metric_one(b, "pdfspool_input_bytes_total", "counter", "Bytes of finished documents.",
               s->totals.bytes);
    metric_one(b, "pdfspool_retries_total", "counter", "Attempts spent in vain.",
               s->totals.retries);
}

static void durations(struct buf *b, const struct took *t)
{
    uint64_t sum = 0;
    char bound[24];
    metric_head(b, "pdfspool_document_duration_seconds", "histogram",
                "From the claim of a document to its end, of the attempt that ended it.");
    for (int i = 0; i <= TOOK_BOUNDS; i++) {
        sum += t->documents[i];
        if (i < TOOK_BOUNDS)
            snprintf(bound, sizeof bound, "%.10g", took_bounds[i] / 1000.0);
        else
            snprintf(bound, sizeof bound, "+Inf");
        metric_int(b, "pdfspool_document_duration_seconds_bucket",
                   (struct metric_label[]){{"le", bound}, {0}}, sum);
    }
    metric_real(b, "pdfspool_document_duration_seconds_sum", NULL, (double)t->ms / 1000);
    metric_int(b, "pdfspool_document_duration_seconds_count", NULL, sum);
    metric_head(b, "pdfspool_page_duration_seconds", "summary",
                "Time for a page, of documents whose pages are all of one tier.");
    for (int i = 0; i < PAGE_TIERS; i++) {
        const struct metric_label l[] = {{"tier", page_tier_name((enum page_tier)i)}, {0}};
        metric_real(b, "pdfspool_page_duration_seconds_sum", l, (double)t->tier_ms[i] / 1000);
        metric_int(b, "pdfspool_page_duration_seconds_count", l, t->tier_pages[i]);
    }
}

/* What the scanner does, and what it makes of the share. */
static void scanner(struct buf *b, const struct view *v)
{
    const struct snapshot *s = v->s;
    int64_t age = snapshot_age_ms(s, v->boot_ms);
    metric_one(b, "pdfspool_share_answering", "gauge", "1: the share has answered within 10 s.",
               view_answering(v));
    if (age >= 0) {
        metric_head(b, "pdfspool_share_age_seconds", "gauge", "Since the share last answered.");
        metric_real(b, "pdfspool_share_age_seconds", NULL, (double)age / 1000);
    }
    metric_head(b, "pdfspool_scan_duration_seconds", "gauge",
                "The last walk through the places of a state.");
    for (int i = 0; i < DOC_STATES; i++)
        if (s->rounds[i].ever)
            metric_real(b, "pdfspool_scan_duration_seconds",
                        (struct metric_label[]){{"state", docstate_name((enum doc_state)i)}, {0}},
                        (double)s->rounds[i].took_ms / 1000);
    metric_one(b, "pdfspool_journal_backlog_bytes", "gauge",
               "Of journals from before the start, not read yet.", s->backlog_bytes);
    metric_one(b, "pdfspool_journal_lines_harmed_total", "counter",
               "Lines of journals that make no sense.", s->harmed_lines);
}

static void around(struct buf *b, const struct view *v)
{
    const struct snapshot *s = v->s;
    bool old = s->oldest_ms > 0 && v->now_ms > s->oldest_ms;
    metric_one(b, "pdfspool_paused", "gauge", "1: no host claims anything.", s->pause);
    metric_head(b, "pdfspool_oldest_pending_seconds", "gauge",
                "Age of the oldest pending document; 0 where there is none.");
    metric_real(b, "pdfspool_oldest_pending_seconds", NULL,
                old ? (double)(v->now_ms - s->oldest_ms) / 1000 : 0);
    if (s->space.bytes) {
        metric_one(b, "pdfspool_share_bytes", "gauge", "Size of the share.", s->space.bytes);
        metric_one(b, "pdfspool_share_bytes_free", "gauge", "Of these, free.", s->space.bytes_free);
    }
}

enum route_next metrics_get(void *arg, struct request *rq, struct answer *a)
{
    struct api *api = arg;
    struct view v;
    (void)rq;
    if (!view_open(&v, api->model))
        return ROUTE_DONE;
    a->type = "text/plain; version=0.0.4; charset=utf-8";
    metric_head(&a->body, "pdfspool_build_info", "gauge", "Version of spoold.");
    metric_int(&a->body, "pdfspool_build_info",
               (struct metric_label[]){{"version", PDFSPOOL_VERSION}, {0}}, 1);
    documents(&a->body, v.s);
    durations(&a->body, &v.s->totals.took);
    around(&a->body, &v);
    scanner(&a->body, &v);
    metrics_hosts(&a->body, &v);
    metrics_server(&a->body, api->server);
    metrics_process(&a->body, api->began_ms);
    metrics_alerts(&a->body, api);
    view_close(&v);
    return ROUTE_DONE;
}
