/* A run's sum as JSON, format 1. */
#include <string.h>

#include "base/jsonw.h"
#include "spoold/ctl/run_show.h"

enum { RUN_FORMAT = 1 };

static void time_or_null(struct jsonw *w, const char *key, int64_t ms)
{
    if (ms > 0)
        jsonw_time(w, key, ms);
    else
        jsonw_null(w, key);
}

static void count_json(struct jsonw *w, const struct run_count *n)
{
    jsonw_uint(w, "done", n->done);
    jsonw_uint(w, "failed", n->failed);
    jsonw_uint(w, "retried", n->retried);
    jsonw_uint(w, "put_back", n->put_back);
    jsonw_uint(w, "ocr_later", n->ocr_later);
    jsonw_uint(w, "pages", n->pages);
    jsonw_uint(w, "bytes", n->bytes);
    jsonw_int(w, "ms", n->ms);
}

static void totals_json(struct jsonw *w, const struct run *r)
{
    jsonw_object(w, "totals");
    count_json(w, &r->n);
    jsonw_uint(w, "finished", r->n.done + r->n.failed);
    jsonw_uint(w, "reused", r->reused);
    jsonw_uint(w, "asked_again", r->asked_again);
    jsonw_end_object(w);
    jsonw_object(w, "outcomes");
    for (int i = 0; i < OUTCOME_COUNT; i++)
        if (!outcome_facts((enum outcome)i)->failure)
            jsonw_uint(w, outcome_facts((enum outcome)i)->name, r->outcomes[i]);
    jsonw_end_object(w);
    jsonw_object(w, "failed_by_class");
    for (int i = 0; i < OUTCOME_COUNT; i++)
        if (outcome_facts((enum outcome)i)->failure && r->outcomes[i])
            jsonw_uint(w, outcome_facts((enum outcome)i)->name, r->outcomes[i]);
    jsonw_end_object(w);
    jsonw_object(w, "pages_by_tier");
    for (int i = 0; i < PAGE_TIERS; i++)
        jsonw_uint(w, page_tier_name((enum page_tier)i), r->tiers[i]);
    jsonw_end_object(w);
}

/* What each hour of the run's span would be. */
static void rates_json(struct jsonw *w, const struct run *r)
{
    double hours = (double)run_span(r) / RUN_HOUR_MS;
    jsonw_object(w, "per_hour");
    jsonw_double(w, "documents", (double)(r->n.done + r->n.failed) / hours, 1);
    jsonw_double(w, "pages", (double)r->n.pages / hours, 1);
    jsonw_double(w, "bytes", (double)r->n.bytes / hours, 0);
    jsonw_end_object(w);
    /* Of the time of all events that say what it was spent on. */
    jsonw_object(w, "time_ms");
    jsonw_int(w, "of", r->n.said_ms);
    jsonw_int(w, "load", r->n.load_ms);
    jsonw_int(w, "parse", r->n.parse_ms);
    jsonw_int(w, "wait", r->n.wait_ms);
    jsonw_end_object(w);
}

static void hours_json(struct jsonw *w, const struct run *r)
{
    jsonw_array(w, "hours");
    for (size_t i = 0; i < r->n_hours; i++) {
        jsonw_object(w, NULL);
        jsonw_time(w, "hour", r->hours[i].number * RUN_HOUR_MS);
        count_json(w, &r->hours[i].n);
        jsonw_end_object(w);
    }
    jsonw_end_array(w);
}

static void hosts_json(struct jsonw *w, const struct run *r)
{
    jsonw_array(w, "hosts");
    for (size_t i = 0; i < r->n_hosts; i++) {
        jsonw_object(w, NULL);
        jsonw_str(w, "host", r->hosts[i].name);
        jsonw_time(w, "first", r->hosts[i].first_ms);
        jsonw_time(w, "last", r->hosts[i].last_ms);
        count_json(w, &r->hosts[i].n);
        jsonw_end_object(w);
    }
    jsonw_end_array(w);
}

static void versions_json(struct jsonw *w, const struct run *r)
{
    jsonw_array(w, "versions");
    for (size_t i = 0; i < r->n_versions; i++) {
        const struct run_version *v = &r->versions[i];
        jsonw_object(w, NULL);
        jsonw_str(w, "version", v->name[0] ? v->name : NULL);
        jsonw_uint(w, "documents", v->documents);
        jsonw_time(w, "first", v->first_ms);
        jsonw_time(w, "last", v->last_ms);
        jsonw_end_object(w);
    }
    jsonw_end_array(w);
}

static void slowest_json(struct jsonw *w, const struct run *r)
{
    jsonw_array(w, "slowest");
    for (size_t i = 0; i < r->n_slowest; i++) {
        const struct run_slow *s = &r->slowest[i];
        jsonw_object(w, NULL);
        jsonw_name(w, "path", s->path, strlen(s->path));
        jsonw_int(w, "ms", s->ms);
        jsonw_str(w, "outcome", outcome_facts((enum outcome)s->outcome)->name);
        jsonw_uint(w, "pages", s->pages);
        jsonw_uint(w, "size", s->size);
        jsonw_str(w, "host", s->host);
        jsonw_time(w, "ended", s->time_ms);
        jsonw_end_object(w);
    }
    jsonw_end_array(w);
}

static void failures_json(struct jsonw *w, const struct run *r)
{
    jsonw_array(w, "failures");
    for (size_t i = 0; i < r->failures.n; i++) {
        const struct group *g = &r->failures.all[i];
        jsonw_object(w, NULL);
        jsonw_str(w, "class", outcome_facts((enum outcome)g->outcome)->name);
        jsonw_str(w, "stage", g->stage[0] ? g->stage : NULL);
        jsonw_str(w, "message", g->message);
        jsonw_uint(w, "documents", g->documents);
        time_or_null(w, "first", g->first_ms);
        time_or_null(w, "last", g->last_ms);
        jsonw_name(w, "latest", g->sample, strlen(g->sample));
        jsonw_end_object(w);
    }
    jsonw_end_array(w);
}

static void journals_json(struct jsonw *w, const struct run *r)
{
    jsonw_object(w, "journals");
    jsonw_uint(w, "read", r->journals);
    jsonw_uint(w, "skipped", r->skipped);
    jsonw_uint(w, "unread", r->unread);
    jsonw_uint(w, "lines", r->lines);
    jsonw_uint(w, "harmed", r->harmed);
    jsonw_uint(w, "unlisted", r->unlisted);
    jsonw_uint(w, "bytes", r->bytes);
    jsonw_end_object(w);
}

void run_json(const struct run *r, const struct run_about *about, struct buf *out)
{
    struct jsonw w;
    jsonw_init(&w, out, false);
    jsonw_object(&w, NULL);
    jsonw_int(&w, "format", RUN_FORMAT);
    jsonw_name(&w, "spool", about->spool, strlen(about->spool));
    jsonw_time(&w, "made", about->made_ms);
    time_or_null(&w, "since", r->since_ms);
    time_or_null(&w, "until", r->until_ms);
    time_or_null(&w, "began", r->began_ms);
    time_or_null(&w, "first", r->first_ms);
    time_or_null(&w, "last", r->last_ms);
    totals_json(&w, r);
    rates_json(&w, r);
    hours_json(&w, r);
    hosts_json(&w, r);
    versions_json(&w, r);
    slowest_json(&w, r);
    failures_json(&w, r);
    journals_json(&w, r);
    jsonw_end_object(&w);
    buf_char(out, '\n');
}
