#include "spoold/api/overview.h"

#include <string.h>

#include "spoold/api/rows.h"
#include "spoold/api/series.h"

static const struct snapshot *snap(const struct overview *o)
{
    return o->view->s;
}

/* When the last walk through all states had come to its end; 0: not yet. */
static int64_t walked(const struct view *v, bool *complete)
{
    int64_t first = INT64_MAX;
    *complete = true;
    for (int i = 0; i < DOC_STATES; i++) {
        const struct round_seen *r = &v->s->rounds[i];
        *complete = *complete && r->ever && r->complete;
        if (!r->ever)
            return 0;
        first = r->ended_ms < first ? r->ended_ms : first;
    }
    return view_time(v, first);
}

static void show_share(struct jsonw *w, const struct overview *o)
{
    bool complete;
    int64_t age = snapshot_age_ms(snap(o), o->view->boot_ms), when = walked(o->view, &complete);
    jsonw_object(w, "share");
    jsonw_bool(w, "answering", view_answering(o->view));
    jsonw_time(w, "since", o->since_ms);
    jsonw_str(w, "wake", snap(o)->wakes ? "inotify+scan" : "scan");
    jsonw_int(w, "age_ms", age > 0 ? age : 0);
    view_show_time(w, "walked", when);
    jsonw_bool(w, "walking", snap(o)->walks);
    jsonw_bool(w, "complete", complete && when > 0 && snap(o)->n_troubles == 0);
    jsonw_end_object(w);
}

static void show_documents(struct jsonw *w, const struct snapshot *s)
{
    jsonw_object(w, "documents");
    for (int i = 0; i < DOC_STATES; i++)
        jsonw_uint(w, docstate_name((enum doc_state)i), s->states[i]);
    jsonw_end_object(w);
    uint64_t known = 0;
    jsonw_object(w, "outcomes");
    for (int i = OUTCOME_OK; i <= OUTCOME_EMPTY; i++) {
        jsonw_uint(w, outcome_facts((enum outcome)i)->name, s->outcomes[i]);
        known += s->outcomes[i];
    }
    jsonw_uint(w, "unknown", s->states[DOC_DONE] > known ? s->states[DOC_DONE] - known : 0);
    jsonw_end_object(w);
    jsonw_object(w, "failed_by_class");
    for (int i = OUTCOME_EMPTY + 1; i < OUTCOME_COUNT; i++)
        if (s->outcomes[i])
            jsonw_uint(w, outcome_facts((enum outcome)i)->name, s->outcomes[i]);
    jsonw_end_object(w);
}

/* What hosts have met in pending/: each goes through all of it, so the most that one says. */
static void show_ignored(struct jsonw *w, const struct overview *o)
{
    static const struct {
        const char *name;
        size_t offset;
    } parts[] = {{"names", offsetof(struct host_status, ignored_names)},
                 {"links", offsetof(struct host_status, ignored_links)},
                 {"special", offsetof(struct host_status, ignored_special)},
                 {"empty", offsetof(struct host_status, ignored_empty)},
                 {"unsettled", offsetof(struct host_status, unsettled)},
                 {"unreadable", offsetof(struct host_status, unreadable)}};
    jsonw_object(w, "ignored");
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        uint64_t most = 0, one;
        for (size_t k = 0; k < o->n_hosts; k++) {
            const struct host_view *h = &o->hosts[k];
            if (h->row->silent || !h->row->has_status)
                continue;
            memcpy(&one, (const char *)h->row->status + parts[i].offset, sizeof one);
            most = one > most ? one : most;
        }
        jsonw_uint(w, parts[i].name, most);
    }
    jsonw_end_object(w);
}

static uint64_t failed_of(const struct totals *t)
{
    uint64_t n = 0;
    for (int i = OUTCOME_EMPTY + 1; i < OUTCOME_COUNT; i++)
        n += t->outcomes[i];
    return n;
}

static uint64_t done_of(const struct totals *t)
{
    return t->outcomes[OUTCOME_OK] + t->outcomes[OUTCOME_PARTIAL] + t->outcomes[OUTCOME_EMPTY];
}

static void show_rates(struct jsonw *w, const struct overview *o)
{
    static const struct {
        unsigned minutes;
        const char *documents, *pages;
    } spans[] = {{5, "documents_now", "pages_now"}, {60, "documents_hour", "pages_hour"}};
    uint64_t n[HISTORY_COUNTS];
    const struct totals *t = &snap(o)->since_start;
    jsonw_object(w, "rates");
    for (size_t i = 0; i < sizeof spans / sizeof *spans; i++) {
        history_sum(&snap(o)->history, o->view->now_ms, spans[i].minutes, n);
        jsonw_double(w, spans[i].documents,
                     (double)(n[DID_DONE] + n[DID_FAILED]) / spans[i].minutes, 1);
        jsonw_double(w, spans[i].pages, (double)n[DID_PAGES] / spans[i].minutes, 1);
    }
    double minutes = snap(o)->start_ms > 0 && o->view->now_ms - snap(o)->start_ms > 60000
                         ? (double)(o->view->now_ms - snap(o)->start_ms) / 60000
                         : 1;
    jsonw_double(w, "documents_start", (double)(done_of(t) + failed_of(t)) / minutes, 1);
    jsonw_double(w, "pages_start", (double)t->pages / minutes, 1);
    jsonw_end_object(w);
}

static void show_since_start(struct jsonw *w, const struct overview *o)
{
    const struct totals *t = &snap(o)->since_start;
    jsonw_object(w, "since_start");
    jsonw_time(w, "since", snap(o)->start_ms > 0 ? snap(o)->start_ms : o->began_ms);
    jsonw_uint(w, "done", done_of(t));
    jsonw_uint(w, "failed", failed_of(t));
    jsonw_uint(w, "retried", t->retries);
    jsonw_uint(w, "pages", t->pages);
    jsonw_uint(w, "bytes", t->bytes);
    jsonw_end_object(w);
}

static void show_kind(struct jsonw *w, const char *name, uint64_t documents, const struct eta *e)
{
    jsonw_object(w, NULL);
    jsonw_str(w, "kind", name);
    jsonw_uint(w, "documents", documents);
    jsonw_uint(w, "pages", (uint64_t)(e->pages_left + 0.5));
    jsonw_double(w, "pages_per_minute", e->pages_per_minute, 1);
    if (e->likely_ms >= 0)
        jsonw_double(w, "likely_seconds", (double)e->likely_ms / 1000, 0);
    else
        jsonw_null(w, "likely_seconds");
    jsonw_end_object(w);
}

static int64_t later_of(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* Both kinds are done at the same time, so the longer one holds. */
static void show_eta(struct jsonw *w, const struct snapshot *s, uint64_t ocr_documents)
{
    const struct eta *text = &s->eta[ETA_TEXT], *ocr = &s->eta[ETA_OCR];
    uint64_t open = s->states[DOC_PENDING] + s->states[DOC_WAITING] + s->states[DOC_CLAIMED] +
                    s->states[DOC_SEALED];
    bool nothing_known = later_of(text->likely_ms, ocr->likely_ms) <= 0;
    if (open == 0 || s->pause || nothing_known) {
        jsonw_null(w, "eta");
        return;
    }
    jsonw_object(w, "eta");
    jsonw_double(w, "low_seconds", (double)later_of(text->low_ms, ocr->low_ms) / 1000, 0);
    jsonw_double(w, "likely_seconds", (double)later_of(text->likely_ms, ocr->likely_ms) / 1000, 0);
    if (text->high_ms < 0 || ocr->high_ms < 0)
        jsonw_null(w, "high_seconds");
    else
        jsonw_double(w, "high_seconds", (double)later_of(text->high_ms, ocr->high_ms) / 1000, 0);
    jsonw_array(w, "kinds");
    show_kind(w, "text", open > ocr_documents ? open - ocr_documents : 0, text);
    show_kind(w, "ocr", ocr_documents, ocr);
    jsonw_end_array(w);
    jsonw_end_object(w);
}

static bool has_oldest(const void *oldest_s, const struct leaf_sum *sum)
{
    return sum->oldest_s == *(const uint32_t *)oldest_s;
}

/* Branches and leaves know their oldest: only one is gone through. */
static bool find_oldest(const struct catalog *c, uint32_t oldest_s, struct doc_row *row)
{
    struct catalog_at at = {0};
    while (catalog_pass_by(c, has_oldest, &oldest_s, &at) && catalog_next(c, &at, row))
        if (row->state == DOC_PENDING && row->since_s == oldest_s)
            return true;
    return false;
}

static void show_oldest(struct jsonw *w, const struct view *v)
{
    struct doc_row d;
    char key[ROW_KEY];
    if (v->s->oldest_ms <= 0 ||
        !find_oldest(&v->s->documents, (uint32_t)(v->s->oldest_ms / 1000), &d)) {
        jsonw_null(w, "oldest_waiting");
        return;
    }
    rows_key(&d, key);
    jsonw_object(w, "oldest_waiting");
    jsonw_str(w, "id", key);
    jsonw_name(w, "path", d.path, strlen(d.path));
    jsonw_time(w, "since", v->s->oldest_ms);
    jsonw_end_object(w);
}

static const char *version_at(const struct overview *o, size_t i)
{
    const struct host_view *h = &o->hosts[i];
    return !h->row->silent && h->row->has_status ? h->row->status->version : "";
}

static void show_versions(struct jsonw *w, const struct overview *o)
{
    jsonw_object(w, "versions");
    for (size_t i = 0; i < o->n_hosts; i++) {
        const char *version = version_at(o, i);
        uint64_t same = 0;
        size_t before = 0;
        while (before < i && strcmp(version_at(o, before), version) != 0)
            before++;
        for (size_t k = i; k < o->n_hosts; k++)
            same += strcmp(version_at(o, k), version) == 0;
        if (*version && before == i)
            jsonw_uint(w, version, same);
    }
    jsonw_end_object(w);
}

static void show_hosts(struct jsonw *w, const struct overview *o)
{
    uint64_t count[HOST_STATES] = {0}, slots = 0, busy = 0;
    for (size_t i = 0; i < o->n_hosts; i++) {
        const struct host_view *h = &o->hosts[i];
        count[h->state]++;
        busy += h->busy;
        slots += !h->row->silent && h->row->has_status ? h->row->status->n_slots : 0;
    }
    jsonw_object(w, "hosts");
    jsonw_uint(w, "total", o->n_hosts);
    for (int i = 0; i < HOST_STATES; i++)
        jsonw_uint(w, hostview_names[i], count[i]);
    jsonw_uint(w, "slots", slots);
    jsonw_uint(w, "busy", busy);
    show_versions(w, o);
    jsonw_end_object(w);
}

void overview_show_quota(struct jsonw *w, const char *key, const struct view *v,
                         const struct settings *settings)
{
    const struct fact_space *s = &v->s->space;
    double twice = 2 * (double)settings->free_space_floor / 100;
    if (s->bytes == 0) {
        jsonw_null(w, key);
        return;
    }
    bool low = (double)s->bytes_free < twice * (double)s->bytes ||
               (s->files > 0 && (double)s->files_free < twice * (double)s->files);
    jsonw_object(w, key);
    jsonw_time(w, "seen", view_time(v, v->s->heard_ms));
    jsonw_uint(w, "bytes_total", s->bytes);
    jsonw_uint(w, "bytes_free", s->bytes_free);
    if (s->files > 0) {
        jsonw_uint(w, "files_total", s->files);
        jsonw_uint(w, "files_free", s->files_free);
    } else {
        jsonw_null(w, "files_total");
        jsonw_null(w, "files_free");
    }
    jsonw_int(w, "floor_percent", settings->free_space_floor);
    jsonw_bool(w, "low", low);
    jsonw_end_object(w);
}

void overview_show(struct jsonw *w, const struct overview *o)
{
    struct leaf_sum sum;
    struct alerts_of alerts = {o->view, o->hosts, o->n_hosts, o->settings->free_space_floor};
    catalog_sum(&snap(o)->documents, &sum);
    jsonw_object(w, NULL);
    jsonw_time(w, "time", o->view->now_ms);
    jsonw_str(w, "event_id", o->event_id);
    jsonw_str(w, "version", PDFSPOOL_VERSION);
    jsonw_name(w, "spool", o->spool, strlen(o->spool));
    jsonw_time(w, "started", o->began_ms);
    show_share(w, o);
    jsonw_bool(w, "read_only", o->read_only);
    jsonw_bool(w, "paused", snap(o)->pause);
    show_documents(w, snap(o));
    jsonw_uint(w, "waiting_for_ocr", sum.ocr_documents);
    show_ignored(w, o);
    show_rates(w, o);
    series_show(w, "minutes", o->view, SPAN_1H);
    show_since_start(w, o);
    show_eta(w, snap(o), sum.ocr_documents);
    show_oldest(w, o->view);
    alerts_show(o->alerts, w, &alerts);
    show_hosts(w, o);
    overview_show_quota(w, "quota", o->view, o->settings);
    jsonw_end_object(w);
}
