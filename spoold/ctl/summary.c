#include "spoold/ctl/summary.h"

#include <string.h>

#include "base/clock.h"
#include "spool/look.h"
#include "spool/srvclock.h"
#include "spoold/ctl/ctl.h"

static const struct {
    const char *verb, *member, *shown;
} held_kinds[] = {{CTL_PAUSE_LANE, "paused_lanes", "paused lanes"},
                  {CTL_PAUSE_HOST, "paused_hosts", "paused hosts"},
                  {CTL_DRAIN, "drained_hosts", "drained hosts"}};
_Static_assert(sizeof held_kinds / sizeof *held_kinds == HELD_KINDS, "a row for each kind");

static bool count(void *arg, const struct doc *d)
{
    struct summary *s = arg;
    struct statx st;
    s->state[d->state]++;
    if (d->state == DOC_FAILED && d->class < OUTCOME_COUNT)
        s->class[d->class]++;
    bool waits = d->state == DOC_PENDING || d->state == DOC_WAITING;
    if (waits && s->sampled < SUMMARY_SAMPLE && ++s->sampled &&
        look_in(d->dir, d->name, &st) == 1) {
        int64_t since = look_ms(st.stx_ctime);
        if (s->oldest == 0 || since < s->oldest)
            s->oldest = since;
    }
    return !ctl_stopped();
}

static void host_json(struct jsonw *w, const struct host_view *v)
{
    jsonw_object(w, NULL);
    jsonw_str(w, "host", v->host);
    jsonw_str(w, "lease", v->lease);
    jsonw_str(w, "state", v->silent ? (v->has_beat ? "silent" : "dead") : hosts_word(v));
    if (v->beat_age_ms >= 0)
        jsonw_int(w, "beat_age_ms", v->beat_age_ms);
    jsonw_uint(w, "in_work", v->in_work);
    if (v->has_status) {
        jsonw_uint(w, "slots", v->status->n_slots);
        jsonw_uint(w, "done", v->status->done);
        jsonw_uint(w, "failed", v->status->failed);
        jsonw_uint(w, "reused", v->status->reused);
        jsonw_uint(w, "pages", v->status->pages);
    }
    jsonw_end_object(w);
}

uint64_t summary_busy(const struct host_view *v)
{
    uint64_t busy = 0;
    for (uint32_t i = 0; i < v->status->shown_slots; i++)
        busy += v->status->slots[i].path[0] != 0;
    return busy;
}

static void add_host(void *arg, const struct host_view *v)
{
    struct summary *s = arg;
    s->hosts++;
    s->silent += v->silent;
    s->slots += v->status->n_slots;
    s->busy += summary_busy(v);
    host_json(&s->w, v);
    if (s->also)
        s->also(s->arg, v);
}

static void add_command(void *arg, const char *command)
{
    struct summary *s = arg;
    s->paused = s->paused || strcmp(command, CTL_PAUSE) == 0;
    for (int i = 0; i < HELD_KINDS; i++) {
        size_t n = strlen(held_kinds[i].verb);
        if (strncmp(command, held_kinds[i].verb, n) == 0)
            buf_fmt(&s->held[i], "%s\n", command + n);
    }
}

void summary_make(struct summary *s, const struct spool *spool, hosts_visit *also, void *arg)
{
    *s = (struct summary){.spool = spool, .now = srvclock_now(spool), .also = also, .arg = arg};
    if (s->now < 0)
        s->now = clock_wall_ms();
    s->complete = docs_walk(spool, DOCS_ALL, count, s, &s->scan) == 0 && !ctl_stopped();
    s->complete = control_each(spool, add_command, s) == 0 && s->complete;
    jsonw_init(&s->w, &s->hosts_json, false);
    jsonw_array(&s->w, NULL);
    s->complete = hosts_each(spool, add_host, s) == 0 && s->complete;
    jsonw_end_array(&s->w);
}

void summary_free(struct summary *s)
{
    buf_free(&s->hosts_json);
    for (int i = 0; i < HELD_KINDS; i++)
        buf_free(&s->held[i]);
}

int64_t summary_waited(const struct summary *s)
{
    return s->oldest == 0 ? -1 : s->now > s->oldest ? s->now - s->oldest : 0;
}

const char *summary_held_shown(enum summary_held kind)
{
    return held_kinds[kind].shown;
}

const char *summary_held_next(const struct summary *s, enum summary_held kind, size_t *at,
                              size_t *len)
{
    const struct buf *b = &s->held[kind];
    const char *end = *at < b->len ? memchr(b->data + *at, '\n', b->len - *at) : NULL;
    if (!end)
        return NULL;
    const char *name = b->data + *at;
    *len = (size_t)(end - name);
    *at += *len + 1;
    return name;
}

static void held_members(const struct summary *s, struct jsonw *w)
{
    for (int i = 0; i < HELD_KINDS; i++) {
        const char *name;
        size_t at = 0, len;
        jsonw_array(w, held_kinds[i].member);
        while ((name = summary_held_next(s, (enum summary_held)i, &at, &len)))
            jsonw_name(w, NULL, name, len);
        jsonw_end_array(w);
    }
}

void summary_members(const struct summary *s, struct jsonw *w)
{
    jsonw_name(w, "spool", s->spool->path, strlen(s->spool->path));
    jsonw_time(w, "time", s->now);
    for (int i = 0; i < DOC_STATES; i++)
        jsonw_uint(w, docstate_name((enum doc_state)i), s->state[i]);
    jsonw_object(w, "failed_by_class");
    for (int i = 0; i < OUTCOME_COUNT; i++)
        if (s->class[i])
            jsonw_uint(w, outcome_facts((enum outcome)i)->name, s->class[i]);
    jsonw_end_object(w);
    jsonw_object(w, "ignored");
    jsonw_uint(w, "names", s->scan.ignored[IGNORED_NAME]);
    jsonw_uint(w, "links", s->scan.ignored[IGNORED_LINK]);
    jsonw_uint(w, "special", s->scan.ignored[IGNORED_SPECIAL]);
    jsonw_end_object(w);
    jsonw_uint(w, "unreadable_folders", s->scan.unreadable);
    jsonw_int(w, "oldest_waiting_ms", summary_waited(s));
    jsonw_bool(w, "paused", s->paused);
    held_members(s, w);
    jsonw_bool(w, "complete", s->complete);
    jsonw_raw(w, "hosts", s->hosts_json.data ? s->hosts_json.data : "[]",
              s->hosts_json.data ? s->hosts_json.len : 2);
}
