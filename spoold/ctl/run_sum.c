#include "spoold/ctl/run_sum.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/sorted.h"
#include "spool/token.h"

int run_begin(struct run *r, int64_t since_ms, int64_t until_ms, size_t slowest)
{
    *r = (struct run){.since_ms = since_ms, .until_ms = until_ms, .most_slowest = slowest};
    r->versions = calloc(RUN_VERSIONS, sizeof *r->versions);
    r->slowest = calloc(slowest + 1, sizeof *r->slowest);
    return r->versions && r->slowest ? 0 : -1;
}

void run_free(struct run *r)
{
    free(r->hours);
    free(r->hosts);
    free(r->versions);
    free(r->slowest);
    groups_free(&r->failures);
    *r = (struct run){0};
}

static bool finished(const struct fact_event *e)
{
    return e->what == EVENT_DONE || e->what == EVENT_FAILED;
}

static void count(struct run_count *n, const struct fact_event *e)
{
    n->done += e->what == EVENT_DONE;
    n->failed += e->what == EVENT_FAILED;
    n->retried += e->what == EVENT_RETRY;
    n->put_back += e->what == EVENT_PUT_BACK;
    n->ocr_later += e->what == EVENT_OCR_LATER;
    n->pages += finished(e) ? e->pages : 0;
    n->bytes += finished(e) ? e->size : 0;
    n->ms += e->took_ms;
    if (e->load_ms < 0 || e->parse_ms < 0 || e->wait_ms < 0)
        return;
    n->said_ms += e->took_ms;
    n->load_ms += e->load_ms;
    n->parse_ms += e->parse_ms;
    n->wait_ms += e->wait_ms;
}

/* Room for one more of n things of `size` bytes; *all may move. */
static bool grow(void **all, size_t n, size_t *cap, size_t most, size_t size)
{
    if (n < *cap)
        return true;
    size_t more = *cap ? 2 * *cap : 64;
    void *grown = realloc(*all, (more < most ? more : most) * size);
    if (!grown)
        return false;
    *all = grown;
    *cap = more < most ? more : most;
    return true;
}

struct sought_hour {
    const struct run_hour *in;
    int64_t number;
};

static int order_of(const void *sought, size_t i)
{
    const struct sought_hour *s = sought;
    return (s->in[i].number > s->number) - (s->in[i].number < s->number);
}

/* The hour of that number; NULL: no room (errno is 0) or no memory. Most events are of the latest
 * hour that was met, or of one that is there. */
static struct run_hour *hour_of(struct run *r, int64_t number, bool *failed)
{
    const struct sought_hour sought = {r->hours, number};
    size_t at;
    if (sorted_find(r->n_hours, order_of, &sought, &at))
        return &r->hours[at];
    if (r->n_hours == RUN_HOURS)
        return NULL;
    void *all = r->hours;
    *failed = !grow(&all, r->n_hours, &r->cap_hours, RUN_HOURS, sizeof *r->hours);
    r->hours = all;
    if (*failed)
        return NULL;
    memmove(r->hours + at + 1, r->hours + at, (r->n_hours++ - at) * sizeof *r->hours);
    r->hours[at] = (struct run_hour){.number = number};
    return &r->hours[at];
}

/* Journals come host by host: it is the last one, or soon found. */
static struct run_host *host_of(struct run *r, const char *name, bool *failed)
{
    for (size_t i = r->n_hosts; i-- > 0;)
        if (strcmp(r->hosts[i].name, name) == 0)
            return &r->hosts[i];
    if (r->n_hosts == RUN_HOSTS)
        return NULL;
    void *all = r->hosts;
    *failed = !grow(&all, r->n_hosts, &r->cap_hosts, RUN_HOSTS, sizeof *r->hosts);
    r->hosts = all;
    if (*failed)
        return NULL;
    struct run_host *h = &r->hosts[r->n_hosts++];
    *h = (struct run_host){0};
    snprintf(h->name, sizeof h->name, "%s", name);
    return h;
}

static struct run_version *version_of(struct run *r, const char *name)
{
    for (size_t i = 0; i < r->n_versions; i++)
        if (strcmp(r->versions[i].name, name) == 0)
            return &r->versions[i];
    if (r->n_versions == RUN_VERSIONS)
        return NULL;
    struct run_version *v = &r->versions[r->n_versions++];
    snprintf(v->name, sizeof v->name, "%s", name);
    return v;
}

static void widen(int64_t *first, int64_t *last, int64_t ms)
{
    if (*first == 0 || ms < *first)
        *first = ms;
    if (ms > *last)
        *last = ms;
}

/* The end of a path that is too long for its place, in whole characters. */
static void keep_path(char to[RUN_PATH], const char *path)
{
    size_t n = strlen(path), at = n < RUN_PATH ? 0 : n - (RUN_PATH - 1);
    while (at > 0 && ((unsigned char)path[at] & 0xc0) == 0x80)
        at++;
    snprintf(to, RUN_PATH, "%s", path + at);
}

static bool slower(const struct run_slow *a, int64_t ms, const char *path)
{
    return a->ms != ms ? a->ms > ms : strcmp(a->path, path) <= 0;
}

static void note_slow(struct run *r, const char *host, const struct fact_event *e)
{
    size_t at = r->n_slowest;
    if (at == r->most_slowest && (at == 0 || slower(&r->slowest[at - 1], e->took_ms, e->path)))
        return;
    r->n_slowest += at < r->most_slowest;
    for (at = r->n_slowest - 1; at > 0 && !slower(&r->slowest[at - 1], e->took_ms, e->path); at--)
        r->slowest[at] = r->slowest[at - 1];
    struct run_slow *s = &r->slowest[at];
    *s = (struct run_slow){.ms = e->took_ms,
                           .time_ms = e->time_ms,
                           .outcome = e->outcome,
                           .pages = e->pages,
                           .size = e->size};
    snprintf(s->host, sizeof s->host, "%s", host);
    keep_path(s->path, e->path);
}

static void add_finished(struct run *r, const char *host, const struct fact_event *e, bool reused)
{
    r->outcomes[e->outcome]++;
    r->reused += reused && e->what == EVENT_DONE;
    r->asked_again += strncmp(e->document, TOKEN_ASKED_FOR, strlen(TOKEN_ASKED_FOR)) == 0;
    for (int i = 0; e->known_tiers && i < PAGE_TIERS; i++)
        r->tiers[i] += e->tiers[i];
    struct run_version *v = version_of(r, e->version);
    if (v) {
        v->documents++;
        widen(&v->first_ms, &v->last_ms, e->time_ms);
    }
    note_slow(r, host, e);
}

int run_add(struct run *r, const char *host, const struct fact_event *e, bool reused)
{
    bool failed = false;
    if (e->time_ms < r->since_ms || (r->until_ms && e->time_ms >= r->until_ms))
        return 0;
    struct run_hour *hour = hour_of(r, e->time_ms / RUN_HOUR_MS, &failed);
    struct run_host *at = failed ? NULL : host_of(r, host, &failed);
    if (failed)
        return -1;
    int64_t began = e->time_ms - e->took_ms;
    if (r->began_ms == 0 || began < r->began_ms)
        r->began_ms = began > 0 ? began : 1;
    widen(&r->first_ms, &r->last_ms, e->time_ms);
    count(&r->n, e);
    if (hour)
        count(&hour->n, e);
    if (at) {
        count(&at->n, e);
        widen(&at->first_ms, &at->last_ms, e->time_ms);
    }
    r->unlisted += !hour || !at;
    if (finished(e))
        add_finished(r, host, e, reused);
    if (e->what != EVENT_FAILED)
        return 0;
    uint16_t group = groups_of(&r->failures, (enum outcome)e->outcome, e->stage, e->message);
    groups_happened(&r->failures, group, e->time_ms, 0, e->path);
    groups_count(&r->failures, group, 1);
    return group < r->failures.n ? 0 : -1;
}

static int by_host(const void *a, const void *b)
{
    return strcmp(((const struct run_host *)a)->name, ((const struct run_host *)b)->name);
}

static int by_version(const void *a, const void *b)
{
    return strcmp(((const struct run_version *)a)->name, ((const struct run_version *)b)->name);
}

static int by_documents(const void *a, const void *b)
{
    const struct group *x = a, *y = b;
    if (x->documents != y->documents)
        return x->documents > y->documents ? -1 : 1;
    if (x->outcome != y->outcome)
        return x->outcome < y->outcome ? -1 : 1;
    int order = strcmp(x->stage, y->stage);
    return order ? order : strcmp(x->message, y->message);
}

void run_end(struct run *r)
{
    if (r->n_hosts)
        qsort(r->hosts, r->n_hosts, sizeof *r->hosts, by_host);
    if (r->n_versions)
        qsort(r->versions, r->n_versions, sizeof *r->versions, by_version);
    if (r->failures.n)
        qsort(r->failures.all, r->failures.n, sizeof *r->failures.all, by_documents);
}

int64_t run_span(const struct run *r)
{
    return r->last_ms > r->began_ms ? r->last_ms - r->began_ms : 1;
}
