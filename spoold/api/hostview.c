#include "spoold/api/hostview.h"

#include <stdlib.h>
#include <string.h>

#include "spoold/api/rows.h"

enum { FRESH_MS = 90000, TEN = 10, HUNDRED = 100, THOUSAND = 1000 };

const char *const hostview_names[HOST_STATES] = {
    "starting", "working", "idle", "paused", "draining", "stopping", "sick", "silent", "stopped"};

static enum host_state state_of(const struct host_row *r, unsigned busy)
{
    if (r->silent)
        return r->gone && r->stopped ? HOST_STOPPED : HOST_SILENT;
    if (!r->has_status)
        return HOST_STARTING;
    for (int i = HOST_PAUSED; i <= HOST_SICK; i++)
        if (strcmp(r->status->state, hostview_names[i]) == 0)
            return (enum host_state)i;
    return busy ? HOST_WORKING : HOST_IDLE;
}

static unsigned busy_of(const struct host_row *r)
{
    unsigned busy = 0;
    for (uint32_t i = 0; r->has_status && !r->silent && i < r->status->shown_slots; i++)
        busy += r->status->slots[i].path[0] != 0;
    return busy;
}

static bool newer(const struct host_row *a, const struct host_row *b)
{
    return a->silent != b->silent ? !a->silent : a->beat_ms > b->beat_ms;
}

static bool is_drained(const struct view *v, const char *host)
{
    size_t n = strlen(host);
    for (const char *at = v->s->drains; at && *at; at = strchr(at, '\n') + 1)
        if (strncmp(at, host, n) == 0 && at[n] == '\n')
            return true;
    return false;
}

static const char *version_of(const struct host_view *h)
{
    return h->row->has_status && !h->row->silent ? h->row->status->version : "";
}

/* Does any other version have more hosts than this one? */
static void mark_versions(struct host_view *all, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        size_t same = 0, known = 0;
        for (size_t k = 0; k < n; k++) {
            known += version_of(&all[k])[0] != 0;
            same += version_of(&all[k])[0] && strcmp(version_of(&all[k]), version_of(&all[i])) == 0;
        }
        all[i].differs = same > 0 && 2 * same < known;
    }
}

struct host_view *hostview_all(const struct view *v, size_t *n)
{
    struct host_view *all = calloc(v->s->n_hosts + 1, sizeof *all);
    *n = 0;
    for (size_t i = 0; all && i < v->s->n_hosts; i++) {
        const struct host_row *r = v->s->hosts[i];
        struct host_view *last = *n ? &all[*n - 1] : NULL;
        if (last && strcmp(last->row->host, r->host) == 0) {
            const struct host_row *other = newer(r, last->row) ? last->row : r;
            last->row = other == r ? last->row : r;
            last->dead += other->silent && !other->gone;
        } else {
            all[(*n)++].row = r;
        }
    }
    for (size_t i = 0; i < *n; i++) {
        all[i].busy = busy_of(all[i].row);
        all[i].state = state_of(all[i].row, all[i].busy);
        all[i].drained = is_drained(v, all[i].row->host);
    }
    if (all)
        mark_versions(all, *n);
    return all;
}

static void show_counts(struct jsonw *w, const struct host_status *s)
{
    jsonw_object(w, "counts");
    hoststatus_write_counts(w, s);
    jsonw_end_object(w);
}

static uint64_t not_negative(int64_t n)
{
    return n > 0 ? (uint64_t)n : 0;
}

/* A figure of a load in its unit, or null. */
static void show_figure(struct jsonw *w, const char *key, int64_t v, int unit)
{
    if (v == STATUS_UNKNOWN)
        jsonw_null(w, key);
    else if (unit == 1)
        jsonw_int(w, key, v);
    else
        jsonw_double(w, key, (double)v / unit, unit == HUNDRED ? 2 : 1);
}

static bool knows_load(const struct host_load *l)
{
    return l->cpu_permille != STATUS_UNKNOWN || l->memory_total != STATUS_UNKNOWN ||
           l->load_hundredths != STATUS_UNKNOWN || l->temperature_millidegrees != STATUS_UNKNOWN;
}

static int64_t memory_used(const struct host_load *l)
{
    bool known = l->memory_total != STATUS_UNKNOWN && l->memory_available != STATUS_UNKNOWN &&
                 l->memory_available <= l->memory_total;
    return known ? l->memory_total - l->memory_available : STATUS_UNKNOWN;
}

const struct host_load *hostview_load(const struct view *v, const struct host_view *h)
{
    const struct host_row *r = h->row;
    bool known = r->has_status && !r->silent && knows_load(&r->status->load) &&
                 v->now_ms - r->status->written_ms < FRESH_MS;
    return known ? &r->status->load : NULL;
}

static void show_load(struct jsonw *w, const struct view *v, const struct host_view *h)
{
    const struct host_load *l = hostview_load(v, h);
    if (!l) {
        jsonw_null(w, "load");
        return;
    }
    jsonw_object(w, "load");
    show_figure(w, "cpu_percent", l->cpu_permille, TEN);
    show_figure(w, "extractd_cpu_percent", l->own_cpu_permille, TEN);
    show_figure(w, "load_average", l->load_hundredths, HUNDRED);
    show_figure(w, "memory_used", memory_used(l), 1);
    show_figure(w, "memory_total", l->memory_total, 1);
    show_figure(w, "extractd_memory", l->own_memory, 1);
    show_figure(w, "temperature_celsius", l->temperature_millidegrees, THOUSAND);
    jsonw_end_object(w);
}

static void show_languages(struct jsonw *w, const struct host_row *r)
{
    const char *at = r->has_status ? r->status->languages : "", *name;
    if (!r->has_status || r->status->ocr == STATUS_OCR_UNKNOWN) {
        jsonw_null(w, "languages");
        return;
    }
    jsonw_array(w, "languages");
    for (size_t n; r->status->ocr == STATUS_OCR_YES && (n = hoststatus_language(&at, &name));)
        jsonw_strn(w, NULL, name, n);
    jsonw_end_array(w);
}

static void show_slot(struct jsonw *w, const struct slot_status *s)
{
    const char *stage = rows_stage(s->stage);
    jsonw_object(w, NULL);
    jsonw_str(w, "stage", stage ? stage : "idle");
    view_show_text(w, "id", s->path[0] ? s->document : NULL);
    jsonw_name(w, "path", s->path, strlen(s->path));
    jsonw_str(w, "need", s->need[0] ? s->need : NULL);
    show_figure(w, "size", s->size ? (int64_t)s->size : STATUS_UNKNOWN, 1);
    jsonw_uint(w, "attempt", s->attempt);
    jsonw_uint(w, "page", s->page);
    jsonw_uint(w, "pages", s->pages);
    jsonw_uint(w, "running_ms", not_negative(s->running_ms));
    jsonw_uint(w, "progress_ms", not_negative(s->progress_ms));
    jsonw_end_object(w);
}

static void show_slots(struct jsonw *w, const struct host_view *h, const struct host_status *s)
{
    jsonw_array(w, "slots");
    for (uint32_t i = 0; !h->row->silent && i < s->shown_slots; i++)
        show_slot(w, &s->slots[i]);
    jsonw_end_array(w);
}

static void show_rates(struct jsonw *w, const struct host_rates *r)
{
    jsonw_object(w, "rates");
    jsonw_double(w, "documents", r->documents, 1);
    jsonw_double(w, "pages", r->pages, 1);
    jsonw_end_object(w);
}

void hostview_show(struct jsonw *w, const struct view *v, const struct host_view *h,
                   const struct host_rates *rates)
{
    static const struct host_status nothing;
    const struct host_row *r = h->row;
    const struct host_status *s = r->has_status ? r->status : &nothing;
    jsonw_object(w, NULL);
    jsonw_str(w, "host", r->host);
    jsonw_str(w, "lease", r->lease);
    jsonw_str(w, "state", hostview_names[h->state]);
    jsonw_str(w, "reason", s->reason);
    jsonw_bool(w, "drained", h->drained);
    jsonw_time(w, "last_seen", r->beat_ms > 0 ? r->beat_ms : v->now_ms);
    jsonw_str(w, "version", s->version);
    jsonw_bool(w, "version_differs", h->differs);
    jsonw_str(w, "sandbox", s->sandbox);
    jsonw_str(w, "wake", s->wake);
    jsonw_uint(w, "pid", not_negative(s->pid));
    jsonw_uint(w, "uptime_ms", not_negative(s->uptime_ms));
    jsonw_uint(w, "cores", s->cores);
    jsonw_uint(w, "n_slots", s->n_slots);
    jsonw_uint(w, "busy", h->busy);
    show_counts(w, s);
    show_rates(w, rates);
    show_load(w, v, h);
    show_languages(w, r);
    show_slots(w, h, s);
    jsonw_uint(w, "dead_leases", h->dead);
    jsonw_end_object(w);
}
