#include "spoold/api/alerts.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/num.h"

enum { DURATION_CAP = 32, MINUTE_MS = 60000 };

struct finding {
    struct alerts *a;
    const struct alerts_of *of;
};

/* Since when it is so, as far as that was seen. */
static int64_t since(const struct alerts *a, enum alert_kind kind, const char *host, int64_t now)
{
    for (unsigned i = 0; i < a->n_before; i++)
        if (a->before[i].kind == kind && strcmp(a->before[i].host, host) == 0)
            return a->before[i].since_ms;
    return now;
}

/* since_ms 0: since it was first seen. */
static struct alert_item *tell(struct finding *f, const struct alert_item *what, const char *fmt,
                               ...) __attribute__((format(printf, 3, 4)));
static struct alert_item *tell(struct finding *f, const struct alert_item *what, const char *fmt,
                               ...)
{
    static struct alert_item too_many;
    struct alerts *a = f->a;
    struct alert_item *i = a->n < ALERTS ? &a->all[a->n++] : &too_many;
    va_list ap;
    *i = *what;
    if (i->since_ms <= 0)
        i->since_ms = since(a, i->kind, i->host, f->of->view->now_ms);
    va_start(ap, fmt);
    vsnprintf(i->message, sizeof i->message, fmt, ap);
    va_end(ap);
    return i;
}

static struct alert_item of_kind(enum alert_kind kind, const char *level, const char *host)
{
    struct alert_item i = {.kind = kind, .level = level};
    snprintf(i.host, sizeof i.host, "%s", host);
    return i;
}

static void of_share(struct finding *f)
{
    const struct view *v = f->of->view;
    char ago[DURATION_CAP];
    int64_t age = snapshot_age_ms(v->s, v->boot_ms);
    struct alert_item i = of_kind(ALERT_SHARE, "error", "");
    if (f->a->begun_ms == 0)
        f->a->begun_ms = v->boot_ms;
    if (view_answering(v) || (age < 0 && v->boot_ms - f->a->begun_ms < VIEW_QUIET_MS))
        return;
    num_show_duration(age < 0 ? 0 : age, ago, sizeof ago);
    i.since_ms = age < 0 ? 0 : v->now_ms - age;
    if (age < 0)
        tell(f, &i, "the share has not answered yet");
    else
        tell(f, &i, "the share has not answered for %s; what is shown is older than that", ago);
}

/* ---- hosts ---- */

static void of_silence(struct finding *f, const struct host_row *r)
{
    char ago[DURATION_CAP];
    int64_t now = f->of->view->now_ms;
    struct alert_item i = of_kind(ALERT_HOST_SILENT, "warn", r->host);
    i.since_ms = r->beat_ms > 0 ? r->beat_ms : 0;
    num_show_duration(r->beat_ms > 0 && now > r->beat_ms ? now - r->beat_ms : 0, ago, sizeof ago);
    i.gone = r->gone;
    tell(f, &i, "%s has been silent for %s%s", r->host, ago,
         r->gone ? "; others have its documents" : "");
}

/* Of a host that says how hot it is. */
static void of_heat(struct finding *f, const struct host_view *h)
{
    enum { THOUSAND = 1000 };
    int64_t limit = f->of->settings->temperature_limit, heat;
    struct alert_item i = of_kind(ALERT_TEMPERATURE, "warn", h->row->host);
    if (limit == 0 || h->state == HOST_SILENT || !h->row->has_status)
        return;
    heat = h->row->status->load.temperature_millidegrees;
    if (heat != STATUS_UNKNOWN && heat >= limit * THOUSAND)
        tell(f, &i, "the processor of %s is at %" PRId64 " degrees Celsius", h->row->host,
             heat / THOUSAND);
}

static void of_host(struct finding *f, const struct host_view *h)
{
    const struct host_row *r = h->row;
    struct alert_item sick = of_kind(ALERT_HOST_SICK, "error", r->host);
    struct alert_item version = of_kind(ALERT_VERSION, "info", r->host);
    if (h->state == HOST_SILENT)
        of_silence(f, r);
    else if (h->state == HOST_SICK)
        tell(f, &sick, "%s is sick: %s", r->host, r->status->reason);
    of_heat(f, h);
    if (h->differs)
        tell(f, &version, "%s runs %s, most others another version", r->host, r->status->version);
}

static bool is_there(const struct finding *f, const char *host)
{
    for (size_t i = 0; i < f->of->n_hosts; i++)
        if (strcmp(f->of->hosts[i].row->host, host) == 0)
            return true;
    return false;
}

/* Those that fell silent and of which nothing is left: others have taken their documents back. */
static void of_missed(struct finding *f)
{
    char ago[DURATION_CAP];
    int64_t now = f->of->view->now_ms;
    for (unsigned k = 0; k < f->a->n_before; k++) {
        const struct alert_item *b = &f->a->before[k];
        if (b->kind != ALERT_HOST_SILENT || is_there(f, b->host) ||
            now - b->since_ms >= ALERTS_MISSED_MS)
            continue;
        struct alert_item i = *b;
        num_show_duration(now > b->since_ms ? now - b->since_ms : 0, ago, sizeof ago);
        tell(f, &i, "%s has been silent for %s; others have its documents", i.host, ago)->gone =
            true;
    }
}

/* ---- work ---- */

static bool anybody_able(const struct finding *f)
{
    const struct snapshot *s = f->of->view->s;
    for (size_t i = 0; i < f->of->n_hosts; i++) {
        enum host_state state = f->of->hosts[i].state;
        if (state == HOST_WORKING || (state == HOST_IDLE && s->states[DOC_PENDING] > 0))
            return true;
    }
    return false;
}

/* All that is an end, or a step towards one. */
static uint64_t ends_of(const struct totals *t)
{
    uint64_t n = t->retries + t->ocr_later;
    for (int i = 0; i < OUTCOME_COUNT; i++)
        n += t->outcomes[i];
    return n;
}

/* Work lies there, somebody could do it, and nothing has come to an end. */
static void of_progress(struct finding *f)
{
    const struct view *v = f->of->view;
    struct alerts *a = f->a;
    int64_t limit = f->of->settings->no_progress_after;
    char text[DURATION_CAP];
    uint64_t ends = ends_of(&v->s->totals);
    bool waits = v->s->states[DOC_PENDING] + v->s->states[DOC_CLAIMED] > 0 && !v->s->pause &&
                 anybody_able(f);
    struct alert_item i = of_kind(ALERT_NO_PROGRESS, "warn", "");
    if (!waits)
        a->waiting_ms = 0;
    else if (a->waiting_ms == 0 || ends != a->ends)
        a->waiting_ms = v->boot_ms;
    a->ends = ends;
    if (limit == 0 || a->waiting_ms == 0 || v->boot_ms - a->waiting_ms < limit)
        return;
    num_show_duration(v->boot_ms - a->waiting_ms, text, sizeof text);
    i.since_ms = view_time(v, a->waiting_ms);
    tell(f, &i, "documents wait, and none has come to an end for %s", text);
}

static void of_failures(struct finding *f)
{
    const struct view *v = f->of->view;
    const struct settings *s = f->of->settings;
    uint64_t n[HISTORY_COUNTS];
    unsigned minutes = (unsigned)(s->failure_window / MINUTE_MS);
    struct alert_item i = of_kind(ALERT_FAILURE_RATIO, "warn", "");
    history_sum(&v->s->history, v->now_ms, minutes, n);
    uint64_t all = n[DID_DONE] + n[DID_FAILED];
    if (s->failure_ratio > 0 && all >= (uint64_t)s->failure_least &&
        n[DID_FAILED] * 100 >= all * (uint64_t)s->failure_ratio)
        tell(f, &i, "%" PRIu64 " of %" PRIu64 " documents of the last %u min have failed",
             n[DID_FAILED], all, minutes);
}

/* ---- the share ---- */

static double least_percent(const struct settings *s)
{
    return (double)(s->space_low > 0 ? s->space_low : 2 * s->free_space_floor);
}

static bool below(uint64_t left, uint64_t all, double percent)
{
    return all > 0 && (double)left * 100 < percent * (double)all;
}

bool alerts_space_low(const struct fact_space *space, const struct settings *settings)
{
    double least = least_percent(settings);
    return below(space->bytes_free, space->bytes, least) ||
           below(space->files_free, space->files, least);
}

static void of_space(struct finding *f)
{
    const struct fact_space *s = &f->of->view->s->space;
    char left[DURATION_CAP];
    struct alert_item i = of_kind(ALERT_SPACE_LOW, "warn", "");
    if (!alerts_space_low(s, f->of->settings))
        return;
    num_show_size(s->bytes_free, left, sizeof left);
    if (below(s->bytes_free, s->bytes, least_percent(f->of->settings)))
        tell(f, &i, "%s are free on the share; below %" PRId64 " per cent nothing is claimed", left,
             f->of->settings->free_space_floor);
    else
        tell(f, &i, "%" PRIu64 " of %" PRIu64 " files are free on the share", s->files_free,
             s->files);
}

static void of_troubles(struct finding *f)
{
    const struct snapshot *s = f->of->view->s;
    struct alert_item i = of_kind(ALERT_UNREADABLE, "warn", "");
    if (s->n_troubles == 0)
        return;
    const struct trouble_seen *first = &s->troubles[0];
    i.since_ms = view_time(f->of->view, first->since_ms);
    tell(f, &i, "%.150s: %s%s", first->what, strerrordesc_np((int)first->error),
         s->n_troubles > 1 ? ", and more" : "");
}

/* ---- all of it ---- */

void alerts_find(struct alerts *a, const struct alerts_of *of)
{
    struct finding f = {a, of};
    struct alert_item paused = of_kind(ALERT_PAUSED, "info", "");
    memcpy(a->before, a->all, a->n * sizeof *a->all);
    a->n_before = a->n;
    a->n = 0;
    of_share(&f);
    for (size_t i = 0; i < of->n_hosts; i++)
        of_host(&f, &of->hosts[i]);
    of_missed(&f);
    of_progress(&f);
    of_failures(&f);
    of_space(&f);
    of_troubles(&f);
    if (of->view->s->pause)
        tell(&f, &paused, "the spool is paused: no host claims anything");
}

void alerts_show(const struct alerts *a, struct jsonw *w)
{
    char id[HOST_CAP + 40];
    jsonw_array(w, "alerts");
    for (unsigned k = 0; k < a->n; k++) {
        const struct alert_item *i = &a->all[k];
        const char *kind = alertkind_name(i->kind);
        snprintf(id, sizeof id, "%s%s%s", kind, *i->host ? "." : "", i->host);
        jsonw_object(w, NULL);
        jsonw_str(w, "id", id);
        jsonw_str(w, "kind", kind);
        jsonw_str(w, "level", i->level);
        jsonw_time(w, "since", i->since_ms);
        jsonw_str(w, "message", i->message);
        jsonw_str(w, "host", *i->host ? i->host : NULL);
        jsonw_end_object(w);
    }
    jsonw_end_array(w);
}
