/* spoolctl status, watch: one screen about the whole spool. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/num.h"
#include "spool/control.h"
#include "spool/look.h"
#include "spool/srvclock.h"
#include "spoold/ctl/ctl.h"
#include "spoold/ctl/docs.h"
#include "spoold/ctl/hosts.h"

enum { SAMPLE = 20000, HOSTS_SHOWN = 12 };

/* What commands hold back, but for the cluster as a whole. */
enum held { HELD_LANE, HELD_HOST, HELD_DRAIN, HELD_KINDS };

static const struct {
    const char *verb, *member, *shown;
} held_kinds[] = {{CTL_PAUSE_LANE, "paused_lanes", "paused lanes"},
                  {CTL_PAUSE_HOST, "paused_hosts", "paused hosts"},
                  {CTL_DRAIN, "drained_hosts", "drained hosts"}};
_Static_assert(sizeof held_kinds / sizeof *held_kinds == HELD_KINDS, "a row for each kind");

struct summary {
    uint64_t state[DOC_STATES], class[OUTCOME_COUNT];
    uint64_t sampled;
    int64_t now, oldest; /* server time; oldest 0: none */
    struct scan_counts scan;
    bool paused, complete;
    struct buf held[HELD_KINDS]; /* names, each with a newline behind it */
    struct buf hosts_json, hosts_text;
    struct jsonw w;
    unsigned hosts, silent;
    uint64_t slots, busy;
    const struct ctl *c;
};

static bool count(void *arg, const struct doc *d)
{
    struct summary *s = arg;
    struct statx st;
    s->state[d->state]++;
    if (d->state == DOC_FAILED && d->class < OUTCOME_COUNT)
        s->class[d->class]++;
    bool waits = d->state == DOC_PENDING || d->state == DOC_WAITING;
    if (waits && s->sampled < SAMPLE && ++s->sampled && look_in(d->dir, d->name, &st) == 1) {
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

static void add_host(void *arg, const struct host_view *v)
{
    struct summary *s = arg;
    uint64_t busy = 0;
    for (uint32_t i = 0; i < v->status->shown_slots; i++)
        busy += v->status->slots[i].path[0] != 0;
    s->hosts++;
    s->silent += v->silent;
    s->slots += v->status->n_slots;
    s->busy += busy;
    host_json(&s->w, v);
    if (s->hosts <= HOSTS_SHOWN)
        buf_fmt(&s->hosts_text, "  %-20s %s%-22s%s %llu of %u slots busy, %llu done, %llu failed\n",
                v->host, v->silent ? ctl_red(s->c) : "", hosts_word(v),
                v->silent ? ctl_plain(s->c) : "", (unsigned long long)busy, v->status->n_slots,
                (unsigned long long)v->status->done, (unsigned long long)v->status->failed);
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

static void summary_make(struct ctl *c, struct summary *s)
{
    *s = (struct summary){.c = c, .now = srvclock_now(&c->spool)};
    if (s->now < 0)
        s->now = clock_wall_ms();
    s->complete = docs_walk(&c->spool, DOCS_ALL, count, s, &s->scan) == 0;
    s->complete = control_each(&c->spool, add_command, s) == 0 && s->complete;
    jsonw_init(&s->w, &s->hosts_json, false);
    jsonw_array(&s->w, NULL);
    s->complete = hosts_each(&c->spool, add_host, s) == 0 && s->complete;
    jsonw_end_array(&s->w);
}

static void summary_free(struct summary *s)
{
    buf_free(&s->hosts_json);
    buf_free(&s->hosts_text);
    for (int i = 0; i < HELD_KINDS; i++)
        buf_free(&s->held[i]);
}

static int64_t waited(const struct summary *s)
{
    return s->oldest == 0 ? -1 : s->now > s->oldest ? s->now - s->oldest : 0;
}

/* The names of one kind of what is held back, one by one: *at begins at 0. NULL: no more. */
static const char *next_held(const struct summary *s, int kind, size_t *at, size_t *len)
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

static void held_json(const struct summary *s, struct jsonw *w)
{
    for (int i = 0; i < HELD_KINDS; i++) {
        const char *name;
        size_t at = 0, len;
        jsonw_array(w, held_kinds[i].member);
        while ((name = next_held(s, i, &at, &len)))
            jsonw_name(w, NULL, name, len);
        jsonw_end_array(w);
    }
}

static void held_people(const struct summary *s, struct buf *b)
{
    for (int i = 0; i < HELD_KINDS; i++) {
        const char *name;
        size_t at = 0, len;
        if (s->held[i].len > 0)
            buf_fmt(b, "%s%s%s:", ctl_yellow(s->c), held_kinds[i].shown, ctl_plain(s->c));
        while ((name = next_held(s, i, &at, &len)))
            buf_fmt(b, " %.*s", (int)len, name);
        if (s->held[i].len > 0)
            buf_char(b, '\n');
    }
}

static void summary_json(const struct summary *s, struct buf *b)
{
    struct jsonw w;
    jsonw_init(&w, b, false);
    jsonw_object(&w, NULL);
    jsonw_name(&w, "spool", s->c->spool.path, strlen(s->c->spool.path));
    jsonw_time(&w, "time", s->now);
    for (int i = 0; i < DOC_STATES; i++)
        jsonw_uint(&w, docstate_name((enum doc_state)i), s->state[i]);
    jsonw_object(&w, "failed_by_class");
    for (int i = 0; i < OUTCOME_COUNT; i++)
        if (s->class[i])
            jsonw_uint(&w, outcome_facts((enum outcome)i)->name, s->class[i]);
    jsonw_end_object(&w);
    jsonw_object(&w, "ignored");
    jsonw_uint(&w, "names", s->scan.ignored[IGNORED_NAME]);
    jsonw_uint(&w, "links", s->scan.ignored[IGNORED_LINK]);
    jsonw_uint(&w, "special", s->scan.ignored[IGNORED_SPECIAL]);
    jsonw_end_object(&w);
    jsonw_uint(&w, "unreadable_folders", s->scan.unreadable);
    jsonw_int(&w, "oldest_waiting_ms", waited(s));
    jsonw_bool(&w, "paused", s->paused);
    held_json(s, &w);
    jsonw_bool(&w, "complete", s->complete);
    jsonw_end_object(&w);
    if (b->len > 0)
        b->len--; /* the closing brace: one member more */
    buf_str(b, ",\"hosts\":");
    buf_add(b, s->hosts_json.data, s->hosts_json.len);
    buf_str(b, "}\n");
}

static void summary_people(const struct summary *s, struct buf *b)
{
    char age[32];
    const struct ctl *c = s->c;
    buf_fmt(b, "%s%s%s%s\n", ctl_bold(c), ctl_shown(c->spool.path), ctl_plain(c),
            s->paused ? "   PAUSED" : "");
    held_people(s, b);
    for (int i = 0; i < DOC_STATES; i++)
        buf_fmt(b, "  %-8s %10llu\n", docstate_name((enum doc_state)i),
                (unsigned long long)s->state[i]);
    for (int i = 0; i < OUTCOME_COUNT; i++)
        if (s->class[i])
            buf_fmt(b, "    %s%-12s%s %4llu  %s\n", ctl_yellow(c),
                    outcome_facts((enum outcome)i)->name, ctl_plain(c),
                    (unsigned long long)s->class[i], outcome_facts((enum outcome)i) -> meaning);
    if (waited(s) >= 0) {
        num_show_duration(waited(s), age, sizeof age);
        buf_fmt(b, "oldest waiting: %s%s\n", age,
                s->sampled == SAMPLE ? " (of the first 20,000)" : "");
    }
    uint64_t ignored = s->scan.ignored[IGNORED_NAME] + s->scan.ignored[IGNORED_LINK] +
                       s->scan.ignored[IGNORED_SPECIAL];
    if (ignored)
        buf_fmt(b, "ignored in pending/: %llu by their names, %llu links, %llu special files\n",
                (unsigned long long)s->scan.ignored[IGNORED_NAME],
                (unsigned long long)s->scan.ignored[IGNORED_LINK],
                (unsigned long long)s->scan.ignored[IGNORED_SPECIAL]);
    if (s->scan.unreadable)
        buf_fmt(b, "%sfolders in pending/ that cannot be read: %llu%s\n", ctl_red(c),
                (unsigned long long)s->scan.unreadable, ctl_plain(c));
    buf_fmt(b, "hosts: %u%s\n", s->hosts, s->hosts ? "" : " (no extractd is running)");
    buf_add(b, s->hosts_text.data ? s->hosts_text.data : "", s->hosts_text.len);
    if (s->hosts > HOSTS_SHOWN)
        buf_fmt(b, "  and %u more: spoolctl hosts\n", s->hosts - HOSTS_SHOWN);
}

int cmd_status(struct ctl *c, int argc, char **argv)
{
    struct summary s;
    struct buf b = {0};
    int code;
    if (ctl_getopt(c, argc, argv, NULL, &code) != -1)
        return code;
    if (optind < argc)
        return ctl_misused(c, "status takes no argument");
    if ((code = ctl_open(c)) != CTL_OK)
        return code;
    summary_make(c, &s);
    if (c->json)
        summary_json(&s, &b);
    else
        summary_people(&s, &b);
    bool complete = s.complete;
    summary_free(&s);
    code = ctl_print(&b);
    if (!complete)
        return ctl_fail(CTL_TEMPORARY,
                        "not all of the spool could be read: the counts are too small");
    return code;
}

/* One line for logs and pipes. */
static void summary_line(const struct summary *s, struct buf *b)
{
    char when[32];
    clock_show(s->now, when, sizeof when);
    buf_fmt(b, "%s", when);
    for (int i = 0; i < DOC_STATES; i++)
        buf_fmt(b, " %s=%llu", docstate_name((enum doc_state)i), (unsigned long long)s->state[i]);
    buf_fmt(b, " hosts=%u silent=%u busy=%llu/%llu\n", s->hosts, s->silent,
            (unsigned long long)s->busy, (unsigned long long)s->slots);
}

static int watch_once(struct ctl *c)
{
    struct summary s;
    struct buf b = {0};
    summary_make(c, &s);
    if (c->json) {
        summary_json(&s, &b);
    } else if (c->screen) {
        buf_str(&b, "\033[H\033[J"); /* home, and clear what was below */
        summary_people(&s, &b);
    } else {
        summary_line(&s, &b);
    }
    summary_free(&s);
    return ctl_print(&b);
}

int cmd_watch(struct ctl *c, int argc, char **argv)
{
    static const struct option options[] = {{"interval", required_argument, NULL, 'i'},
                                            {"count", required_argument, NULL, 'n'},
                                            {NULL, 0, NULL, 0}};
    int64_t interval = 1000;
    uint64_t times = UINT64_MAX;
    int code, got;
    while ((got = ctl_getopt(c, argc, argv, options, &code)) >= 0) {
        if (got == 'i' && (!num_duration_ms(optarg, &interval) || interval < 100))
            return ctl_misused(c, "--interval wants a duration of at least 100ms, such as 5s");
        if (got == 'n' && (!num_u64(optarg, &times) || times == 0))
            return ctl_misused(c, "--count wants a number of at least 1");
    }
    if (got == CTL_STOP)
        return code;
    if ((code = ctl_open(c)) != CTL_OK)
        return code;
    ctl_catch_signals();
    for (uint64_t i = 0; i < times && code == CTL_OK && !ctl_stopped(); i++) {
        if (i > 0)
            clock_sleep_ms(interval);
        if (!ctl_stopped())
            code = watch_once(c);
    }
    return code;
}
