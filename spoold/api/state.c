/* GET /api/v1/overview, hosts, hosts/{host}, quota: what the board has ready. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "spool/caps.h"
#include "spoold/api/api.h"
#include "spoold/api/overview.h"
#include "spoold/api/params.h"
#include "spoold/hand/hands.h"

static const char *const none[] = {NULL};

enum route_next overview_get(void *arg, struct request *rq, struct answer *a)
{
    struct api *api = arg;
    if (!params_known(rq, a, none))
        return ROUTE_DONE;
    a->type = answer_json;
    pthread_mutex_lock(&api->board.lock);
    buf_add(&a->body, api->board.overview.data ? api->board.overview.data : "",
            api->board.overview.len);
    snprintf(a->etag, sizeof a->etag, "%.32s", api->board.tag);
    pthread_mutex_unlock(&api->board.lock);
    buf_char(&a->body, '\n');
    return ROUTE_DONE;
}

enum route_next hosts_list(void *arg, struct request *rq, struct answer *a)
{
    struct api *api = arg;
    struct view v;
    struct jsonw w;
    if (!params_known(rq, a, none) || !view_open(&v, api->model))
        return ROUTE_DONE;
    a->type = answer_json;
    buf_str(&a->body, "{");
    jsonw_init(&w, &a->body, false);
    jsonw_time(&w, "time", v.now_ms);
    view_close(&v);
    buf_str(&a->body, ",\"items\":[");
    pthread_mutex_lock(&api->board.lock);
    for (size_t i = 0; i < api->board.n_hosts; i++) {
        buf_str(&a->body, i ? "," : "");
        buf_add(&a->body, api->board.hosts[i].json.data, api->board.hosts[i].json.len);
    }
    snprintf(a->etag, sizeof a->etag, "%" PRIx64 "-%" PRIu64, (uint64_t)api->began_ms,
             api->board.changes);
    pthread_mutex_unlock(&api->board.lock);
    buf_str(&a->body, "]}\n");
    return ROUTE_DONE;
}

enum route_next hosts_one(void *arg, struct request *rq, struct answer *a)
{
    struct api *api = arg;
    const char *name = request_param(rq, "host")->s;
    if (!params_known(rq, a, none))
        return ROUTE_DONE;
    pthread_mutex_lock(&api->board.lock);
    size_t i = 0;
    while (i < api->board.n_hosts && strcmp(api->board.hosts[i].name, name) != 0)
        i++;
    if (i < api->board.n_hosts) {
        a->type = answer_json;
        buf_add(&a->body, api->board.hosts[i].json.data, api->board.hosts[i].json.len);
        buf_char(&a->body, '\n');
    }
    pthread_mutex_unlock(&api->board.lock);
    if (!a->type)
        answer_problem(a, 404, "unknown-host", "No host is called %.64s.", name);
    return ROUTE_DONE;
}

/* Has any lane or tier a cap or a rate? */
static bool any_caps(const struct settings *s)
{
    bool any = false;
    for (size_t i = 0; i < s->n_lanes; i++)
        any = any || caps_limited(caps_of_lane(&s->lanes[i]));
    for (size_t i = 0; i < s->n_tiers; i++)
        any = any || caps_limited(caps_of_tier(&s->tiers[i]));
    return any;
}

/* Caps lie on the share: a hand adds them to what is known of its space. */
static enum route_next with_caps(const struct api *api, struct request *rq, const char *space,
                                 struct answer *a)
{
    struct hands_job job = {.ticket = server_later(rq), .words = {"quota", space}};
    if (job.ticket && hands_begin(api->hands, &job))
        return ROUTE_LATER;
    answer_problem(a, 503, "too-busy", "Too much is being read just now; ask again in a moment.");
    answer_header(a, "Retry-After", "2");
    return ROUTE_DONE;
}

enum route_next quota_get(void *arg, struct request *rq, struct answer *a)
{
    struct api *api = arg;
    struct view v;
    struct jsonw w;
    struct buf space = {0};
    enum route_next next = ROUTE_DONE;
    if (!params_known(rq, a, none) || !view_open(&v, api->model))
        return ROUTE_DONE;
    if (v.s->space.bytes == 0) {
        answer_problem(a, 503, "share-not-answering",
                       "The share has not said yet how large it is.");
        answer_header(a, "Retry-After", "5");
    } else {
        jsonw_init(&w, &space, false);
        overview_show_quota(&w, NULL, &v, api->settings);
        if (any_caps(api->settings) && buf_ok(&space)) {
            next = with_caps(api, rq, space.data, a);
        } else {
            a->type = answer_json;
            buf_add(&a->body, space.data ? space.data : "", space.len);
            buf_char(&a->body, '\n');
        }
    }
    buf_free(&space);
    view_close(&v);
    return next;
}
