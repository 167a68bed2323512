/* GET /api/v1/journal: the latest events of all journals, the newest first. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "base/utf8.h"
#include "spoold/api/api.h"
#include "spoold/api/params.h"
#include "spoold/api/said.h"

enum { LIMIT_MOST = 1000, LIMIT_DEFAULT = 200 };

struct asked {
    const struct view *view;
    unsigned events; /* bits; 0: all */
    bool by_host;
    const struct request *rq;
    const char *text, *document;
    struct buf prefix;
    uint64_t before, limit; /* before: 0: none */
};

static bool take_event(void *arg, const char *word)
{
    struct asked *q = arg;
    enum event_what what = event_of(word);
    q->events |= what < EVENTS ? 1u << what : 0;
    return what < EVENTS;
}

static bool take_any(void *arg, const char *word)
{
    (void)arg;
    return *word != 0;
}

/* Is this word among those of the parameter, parted by commas? */
static bool lists(const struct request *rq, const char *name, const char *word)
{
    size_t n = word ? strlen(word) : 0;
    for (const char *at = request_query(rq, name); at && n; at = strchr(at, ',')) {
        at += *at == ',';
        if (strncmp(at, word, n) == 0 && (at[n] == 0 || at[n] == ','))
            return true;
    }
    return false;
}

static bool wanted(const struct asked *q, const struct said *s)
{
    return (!q->events || q->events & 1u << s->what) &&
           (!q->by_host || lists(q->rq, "host", view_host(q->view, s->host))) &&
           (!q->document || strcmp(q->document, s->document) == 0) &&
           strncmp(s->path, q->prefix.data, q->prefix.len) == 0 &&
           (!q->text || strcasestr(s->path, q->text) || strcasestr(s->message, q->text));
}

static bool read_query(struct asked *q, const struct request *rq, struct answer *a)
{
    static const uint64_t bounds[2] = {1, LIMIT_MOST}, numbers[2] = {1, UINT64_MAX};
    const struct request_text *prefix = request_query_text(rq, "prefix");
    q->text = request_query(rq, "text");
    q->document = request_query(rq, "document");
    q->by_host = request_query(rq, "host");
    buf_str(&q->prefix, "");
    if (!params_list(rq, a, "event", take_event, q) || !params_list(rq, a, "host", take_any, q) ||
        !params_uint(rq, a, "limit", bounds, &q->limit) ||
        !params_uint(rq, a, "before", numbers, &q->before))
        return false;
    if ((prefix && !utf8_unshow_name(&q->prefix, prefix->s, prefix->len)) || !buf_ok(&q->prefix)) {
        answer_problem(a, 400, "bad-request", "prefix must be a path as paths are shown.");
        return false;
    }
    return true;
}

/* In the order of their times; `before` is the number of the last one that was shown. */
static void show(const struct asked *q, struct answer *a)
{
    const struct recent *r = &q->view->s->recent;
    struct jsonw w;
    uint64_t shown = 0, last = 0;
    unsigned k = 0;
    bool more = false;
    while (q->before && k < r->n && recent_at(r, k)->number != q->before)
        k++;
    k += q->before > 0;
    a->type = answer_json;
    jsonw_init(&w, &a->body, false);
    jsonw_object(&w, NULL);
    jsonw_time(&w, "time", q->view->now_ms);
    jsonw_array(&w, "items");
    for (; k < r->n && !more; k++) {
        const struct said *s = recent_at(r, k);
        if (!wanted(q, s))
            continue;
        more = shown == q->limit;
        if (more)
            break;
        said_show(&w, q->view, s);
        last = s->number;
        shown++;
    }
    jsonw_end_array(&w);
    char next[24];
    snprintf(next, sizeof next, "%" PRIu64, last);
    jsonw_str(&w, "next", more ? next : NULL);
    jsonw_end_object(&w);
    buf_char(&a->body, '\n');
}

enum route_next journal_list(void *arg, struct request *rq, struct answer *a)
{
    static const char *const names[] = {"event",    "host",   "prefix", "text",
                                        "document", "before", "limit",  NULL};
    const struct api *api = arg;
    struct view v;
    struct asked q = {.view = &v, .rq = rq, .limit = LIMIT_DEFAULT};
    if (!params_known(rq, a, names) || !view_open(&v, api->model))
        return ROUTE_DONE;
    if (read_query(&q, rq, a))
        show(&q, a);
    buf_free(&q.prefix);
    view_close(&v);
    return ROUTE_DONE;
}
