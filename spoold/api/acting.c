/* POST /api/v1/actions/retry and cancel; GET /api/v1/actions and one of them. */
#include <string.h>

#include "base/num.h"
#include "spoold/api/actor.h"
#include "spoold/api/params.h"

static const char *const none[] = {NULL};

static enum route_next begin(struct api *api, struct request *rq, struct answer *a,
                             enum act_kind kind)
{
    if (!params_known(rq, a, none))
        return ROUTE_DONE;
    struct choice *c = choice_read(kind, rq->body.data, rq->body.len, a);
    if (!c)
        return ROUTE_DONE;
    uint64_t ticket = server_later(rq);
    if (!ticket)
        choice_free(c);
    else if (actors_begin(api->actors, c, ticket))
        return ROUTE_LATER;
    answer_problem(a, 503, "too-busy",
                   "Other actions go on, as many as can be at a time; nothing was done.");
    answer_header(a, "Retry-After", "2");
    return ROUTE_DONE;
}

enum route_next action_retry(void *arg, struct request *rq, struct answer *a)
{
    return begin(arg, rq, a, ACT_RETRY);
}

enum route_next action_cancel(void *arg, struct request *rq, struct answer *a)
{
    return begin(arg, rq, a, ACT_CANCEL);
}

enum route_next actions_list(void *arg, struct request *rq, struct answer *a)
{
    struct api *api = arg;
    if (!params_known(rq, a, none))
        return ROUTE_DONE;
    a->type = answer_json;
    acts_list(&api->acts, &a->body);
    return ROUTE_DONE;
}

enum route_next actions_one(void *arg, struct request *rq, struct answer *a)
{
    struct api *api = arg;
    const char *id = request_param(rq, "action")->s;
    uint64_t number;
    if (!params_known(rq, a, none))
        return ROUTE_DONE;
    if (id[0] == 'a' && num_u64(id + 1, &number) && acts_one(&api->acts, number, &a->body))
        a->type = answer_json;
    else
        answer_problem(a, 404, "unknown-action", "No action is known under %.20s (any more).", id);
    return ROUTE_DONE;
}
