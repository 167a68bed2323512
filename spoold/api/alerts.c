#include "spoold/api/alerts.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/num.h"

enum { NO_PROGRESS_MINUTES = 15, RATIO_PERCENT = 20, RATIO_DOCUMENTS = 50, DURATION_CAP = 32 };

struct alert {
    const char *kind, *level, *host; /* host NULL: of none */
    int64_t since_ms;                /* 0: when it was first seen */
};

struct telling {
    struct alerts *memory;
    struct jsonw *w;
    const struct alerts_of *of;
};

/* Since when it is so. */
static int64_t since(struct alerts *m, const char *id, int64_t now)
{
    unsigned i = 0;
    while (i < m->n && strcmp(m->all[i].id, id) != 0)
        i++;
    if (i == ALERTS)
        return now;
    if (i == m->n) {
        snprintf(m->all[i].id, ALERT_ID, "%s", id);
        m->all[i].since_ms = now;
        m->n++;
    }
    m->all[i].now = true;
    return m->all[i].since_ms;
}

static void tell(struct telling *t, const struct alert *a, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
static void tell(struct telling *t, const struct alert *a, const char *fmt, ...)
{
    char id[ALERT_ID];
    struct buf message = {0};
    va_list ap;
    snprintf(id, sizeof id, "%s%s%s", a->kind, a->host ? "." : "", a->host ? a->host : "");
    int64_t seen = since(t->memory, id, t->of->view->now_ms);
    va_start(ap, fmt);
    buf_vfmt(&message, fmt, ap);
    va_end(ap);
    jsonw_object(t->w, NULL);
    jsonw_str(t->w, "id", id);
    jsonw_str(t->w, "kind", a->kind);
    jsonw_str(t->w, "level", a->level);
    jsonw_time(t->w, "since", a->since_ms > 0 ? a->since_ms : seen);
    jsonw_str(t->w, "message", message.data);
    jsonw_str(t->w, "host", a->host);
    jsonw_end_object(t->w);
    buf_free(&message);
}

static void of_share(struct telling *t)
{
    const struct view *v = t->of->view;
    char ago[DURATION_CAP];
    int64_t age = snapshot_age_ms(v->s, v->boot_ms);
    if (view_answering(v))
        return;
    num_show_duration(age < 0 ? 0 : age, ago, sizeof ago);
    struct alert a = {"share_not_answering", "error", NULL, age < 0 ? 0 : v->now_ms - age};
    if (age < 0)
        tell(t, &a, "the share has not answered yet");
    else
        tell(t, &a, "the share has not answered for %s; what is shown is older than that", ago);
}

static void of_host(struct telling *t, const struct host_view *h)
{
    const struct host_row *r = h->row;
    char ago[DURATION_CAP];
    int64_t now = t->of->view->now_ms;
    if (h->state == HOST_SILENT) {
        struct alert a = {"host_silent", "warn", r->host, r->beat_ms > 0 ? r->beat_ms : 0};
        num_show_duration(r->beat_ms > 0 && now > r->beat_ms ? now - r->beat_ms : 0, ago,
                          sizeof ago);
        tell(t, &a, "%s has been silent for %s", r->host, ago);
    } else if (h->state == HOST_SICK) {
        struct alert a = {"host_sick", "error", r->host, 0};
        tell(t, &a, "%s is sick: %s", r->host, r->status->reason);
    }
    if (h->differs) {
        struct alert a = {"version_mismatch", "info", r->host, 0};
        tell(t, &a, "%s runs %s, most others another version", r->host, r->status->version);
    }
}

/* Work lies there, somebody could do it, and nothing has come to an end. */
static void of_progress(struct telling *t)
{
    const struct view *v = t->of->view;
    uint64_t n[HISTORY_COUNTS];
    bool able = false;
    for (size_t i = 0; i < t->of->n_hosts; i++) {
        const struct host_view *h = &t->of->hosts[i];
        able = able || h->state == HOST_WORKING ||
               (h->state == HOST_IDLE && v->s->states[DOC_PENDING] > 0);
    }
    history_sum(&v->s->history, v->now_ms, NO_PROGRESS_MINUTES, n);
    bool stands = v->s->states[DOC_PENDING] + v->s->states[DOC_CLAIMED] > 0 &&
                  n[DID_DONE] + n[DID_FAILED] + n[DID_RETRY] + n[DID_OCR_LATER] == 0;
    bool long_enough =
        v->s->start_ms > 0 && v->now_ms - v->s->start_ms > NO_PROGRESS_MINUTES * INT64_C(60000);
    struct alert a = {"no_progress", "warn", NULL, 0};
    if (able && stands && long_enough && !v->s->pause && v->s->history.newest_ms > 0)
        tell(t, &a, "no document has come to an end for %d min", NO_PROGRESS_MINUTES);
    uint64_t all = 0;
    history_sum(&v->s->history, v->now_ms, HISTORY_MINUTES - 1, n);
    all = n[DID_DONE] + n[DID_FAILED];
    struct alert many = {"failure_ratio", "warn", NULL, 0};
    if (all >= RATIO_DOCUMENTS && n[DID_FAILED] * 100 >= all * RATIO_PERCENT)
        tell(t, &many, "%" PRIu64 " of %" PRIu64 " documents of the last hour have failed",
             n[DID_FAILED], all);
}

static void of_space(struct telling *t)
{
    const struct fact_space *s = &t->of->view->s->space;
    uint64_t twice = 2 * (uint64_t)t->of->floor_percent;
    char left[DURATION_CAP];
    struct alert a = {"space_low", "warn", NULL, 0};
    if (s->bytes == 0)
        return;
    num_show_size(s->bytes_free, left, sizeof left);
    if (s->bytes_free / 100 * 100 < s->bytes / 100 * twice)
        tell(t, &a, "%s are free on the share; below %" PRId64 " per cent nothing is claimed", left,
             t->of->floor_percent);
    else if (s->files > 0 && s->files_free < s->files / 100 * twice)
        tell(t, &a, "%" PRIu64 " of %" PRIu64 " files are free on the share", s->files_free,
             s->files);
}

static void of_troubles(struct telling *t)
{
    const struct snapshot *s = t->of->view->s;
    if (s->n_troubles == 0)
        return;
    const struct trouble_seen *first = &s->troubles[0];
    struct alert a = {"unreadable_folders", "warn", NULL, view_time(t->of->view, first->since_ms)};
    tell(t, &a, "%s: %s%s", first->what, strerrordesc_np((int)first->error),
         s->n_troubles > 1 ? ", and more" : "");
}

void alerts_show(struct alerts *m, struct jsonw *w, const struct alerts_of *of)
{
    struct telling t = {m, w, of};
    struct alert paused = {"paused", "info", NULL, 0};
    for (unsigned i = 0; i < m->n; i++)
        m->all[i].now = false;
    jsonw_array(w, "alerts");
    of_share(&t);
    for (size_t i = 0; i < of->n_hosts; i++)
        of_host(&t, &of->hosts[i]);
    of_progress(&t);
    of_space(&t);
    of_troubles(&t);
    if (of->view->s->pause)
        tell(&t, &paused, "the spool is paused: no host claims anything");
    jsonw_end_array(w);
    for (unsigned i = m->n; i-- > 0;)
        if (!m->all[i].now)
            m->all[i] = m->all[--m->n];
}
