/* GET /api/v1/failures: failed documents by class, stage and message, counted among those that the
 * filters let through. */
#include <stdlib.h>
#include <string.h>

#include "spoold/api/api.h"
#include "spoold/api/params.h"
#include "spoold/api/rows.h"
#include "spoold/api/want.h"

enum { GROUPS_SHOWN = 500, HOSTS_SHOWN = 16, SAMPLE = 3 };

/* What there is of one group. */
struct tally {
    uint64_t count;
    int64_t first_ms, last_ms; /* 0: none is known */
    struct {
        uint16_t host;
        uint64_t count;
    } hosts[HOSTS_SHOWN];
    unsigned n_hosts;
    struct doc_row sample[SAMPLE]; /* the latest first */
    unsigned n_sample;
};

struct tallies {
    const struct view *view;
    const struct want *want;
    struct tally *all; /* by the group's number */
    uint64_t total;
};

static void count_host(struct tally *t, uint16_t host)
{
    unsigned i = 0;
    if (host == NO_HOST)
        return;
    while (i < t->n_hosts && t->hosts[i].host != host)
        i++;
    if (i == HOSTS_SHOWN)
        return;
    if (i == t->n_hosts) {
        t->hosts[i].host = host;
        t->n_hosts++;
    }
    t->hosts[i].count++;
}

static void keep_latest(struct tally *t, const struct doc_row *d)
{
    unsigned at = t->n_sample;
    while (at > 0 && t->sample[at - 1].time_ms < d->time_ms)
        at--;
    if (at == SAMPLE)
        return;
    unsigned last = t->n_sample < SAMPLE ? t->n_sample++ : SAMPLE - 1;
    for (unsigned i = last; i > at; i--)
        t->sample[i] = t->sample[i - 1];
    t->sample[at] = *d;
}

static bool look(void *arg, const struct doc_row *d)
{
    struct tallies *all = arg;
    if (d->group >= all->view->s->n_groups || !want_row(all->want, d))
        return true;
    struct tally *t = &all->all[d->group];
    all->total++;
    t->count++;
    if (d->time_ms > 0) {
        if (t->first_ms == 0 || d->time_ms < t->first_ms)
            t->first_ms = d->time_ms;
        if (d->time_ms > t->last_ms)
            t->last_ms = d->time_ms;
    }
    count_host(t, d->host);
    keep_latest(t, d);
    return true;
}

static void show_group(struct jsonw *w, const struct view *v, const struct group *g,
                       const struct tally *t)
{
    char key[WANT_GROUP];
    want_group_key(g, key);
    jsonw_object(w, NULL);
    jsonw_str(w, "id", key);
    jsonw_str(w, "class", outcome_facts(g->outcome)->name);
    jsonw_str(w, "stage", rows_stage(g->stage));
    jsonw_str(w, "message", g->message[0] ? g->message : outcome_facts(g->outcome)->meaning);
    jsonw_uint(w, "count", t->count);
    view_show_time(w, "first", t->first_ms);
    view_show_time(w, "last", t->last_ms);
    jsonw_array(w, "hosts");
    for (unsigned i = 0; i < t->n_hosts; i++) {
        jsonw_object(w, NULL);
        jsonw_str(w, "host", view_host(v, t->hosts[i].host));
        jsonw_uint(w, "count", t->hosts[i].count);
        jsonw_end_object(w);
    }
    jsonw_end_array(w);
    jsonw_bool(w, "retry_helps", outcome_facts(g->outcome)->retried);
    jsonw_array(w, "sample");
    for (unsigned i = 0; i < t->n_sample; i++)
        rows_show(w, v, &t->sample[i]);
    jsonw_end_array(w);
    jsonw_end_object(w);
}

/* Numbers of the groups, the largest first. */
static int larger(const void *one, const void *other, void *arg)
{
    const struct tally *t = arg;
    uint64_t a = t[*(const size_t *)one].count, b = t[*(const size_t *)other].count;
    return a > b ? -1 : a < b;
}

static void show(const struct tallies *all, size_t *order, struct answer *a)
{
    struct jsonw w;
    size_t n = all->view->s->n_groups;
    uint64_t shown = 0;
    for (size_t i = 0; i < n; i++)
        order[i] = i;
    qsort_r(order, n, sizeof *order, larger, all->all);
    a->type = answer_json;
    jsonw_init(&w, &a->body, false);
    jsonw_object(&w, NULL);
    jsonw_time(&w, "time", all->view->now_ms);
    jsonw_uint(&w, "total", all->total);
    jsonw_array(&w, "groups");
    for (size_t i = 0; i < n && i < GROUPS_SHOWN && all->all[order[i]].count; i++) {
        show_group(&w, all->view, &all->view->s->groups[order[i]], &all->all[order[i]]);
        shown += all->all[order[i]].count;
    }
    jsonw_end_array(&w);
    jsonw_uint(&w, "other", all->total - shown);
    jsonw_end_object(&w);
    buf_char(&a->body, '\n');
}

/* A request, from its handler to its answer. */
struct failures {
    struct view view;
    struct want want;
    bool pack; /* the client takes gzip */
};

static void drop(struct failures *f)
{
    view_close(&f->view);
    want_free(&f->want);
    free(f);
}

static void list(const struct failures *f, struct answer *a)
{
    size_t n = f->view.s->n_groups + 1;
    struct tallies all = {.view = &f->view, .want = &f->want, .all = calloc(n, sizeof *all.all)};
    size_t *order = calloc(n, sizeof *order);
    struct search_cursor at = {0};
    if (!all.all || !order) {
        answer_problem(a, 503, "too-busy", "There is no memory for the answer.");
    } else {
        while (search_page(f->view.s, &f->want.search, &at, UINT32_MAX, look, &all)) {
        }
        show(&all, order, a);
    }
    free(order);
    free(all.all);
}

/* At the desk. */
static void work(void *job, struct answer *a)
{
    struct failures *f = job;
    if (a)
        list(f, a);
    if (a && f->pack)
        answer_pack(a);
    drop(f);
}

enum route_next failures_list(void *arg, struct request *rq, struct answer *a)
{
    static const char *const names[] = {"class", "host", "prefix", NULL};
    const struct api *api = arg;
    if (!params_known(rq, a, names))
        return ROUTE_DONE;
    struct failures *f = calloc(1, sizeof *f);
    if (!f || !view_open(&f->view, api->model)) {
        free(f);
        answer_problem(a, 503, "too-busy", "There is no memory for the answer.");
        return ROUTE_DONE;
    }
    f->pack = request_takes_gzip(rq);
    bool good = want_read(&f->want, &f->view, rq, a);
    f->want.search.states = 1u << DOC_FAILED;
    if (good && f->view.s->documents.rows > API_ROWS_AT_ONCE)
        return api_ask_desk(api, rq, work, f, a);
    if (good)
        list(f, a);
    drop(f);
    return ROUTE_DONE;
}
