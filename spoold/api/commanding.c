/* POST /api/v1/actions/pause, resume, drain, undrain. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/jsonr.h"
#include "spool/spool.h"
#include "spoold/api/api.h"
#include "spoold/api/params.h"
#include "spoold/hand/hands.h"

struct members {
    bool host, others;
};

static void count_member(void *arg, const char *key, const struct jsonr *value)
{
    struct members *m = arg;
    (void)value;
    if (strcmp(key, "host") == 0)
        m->host = true;
    else
        m->others = true;
}

/* {} or {"host":"..."}, and nothing else. host: room for HOST_CAP bytes; NULL: none is taken. */
static bool read_body(const struct request *rq, char *host, struct answer *a)
{
    struct members m = {false, false};
    const char *text = rq->body.data ? rq->body.data : "";
    struct jsonr *j = jsonr_parse(text, rq->body.len, NULL, 0);
    bool object = j && text[strspn(text, " \t\r\n")] == '{';
    if (object)
        jsonr_each(j, count_member, &m);
    const char *name = jsonr_str(j, "host", "");
    bool good = object && !m.others && m.host == (host != NULL) && (!host || spool_host_ok(name));
    if (good && host)
        snprintf(host, HOST_CAP, "%s", name);
    jsonr_free(j);
    if (!good)
        answer_problem(a, 400, "bad-request",
                       host ? "The body must be {\"host\":\"a host's name\"}."
                            : "The body must be {}.");
    return good;
}

static enum route_next command(struct api *api, struct request *rq, struct answer *a,
                               enum act_kind kind)
{
    static const char *const none[] = {NULL};
    char host[HOST_CAP] = "";
    bool of_host = kind == ACT_DRAIN || kind == ACT_UNDRAIN;
    struct act given;
    if (!params_known(rq, a, none) || !read_body(rq, of_host ? host : NULL, a))
        return ROUTE_DONE;
    uint64_t ticket = server_later(rq);
    struct hands_job job = {.ticket = ticket, .words = {"command", act_kind_name(kind), host}};
    if (ticket) {
        acts_promise(&api->acts, ticket, kind, host);
        if (hands_begin(api->hands, &job))
            return ROUTE_LATER;
        acts_promised(&api->acts, ticket, &given);
    }
    answer_problem(a, 503, "too-busy",
                   "Too much is asked of the share just now; nothing was done.");
    answer_header(a, "Retry-After", "2");
    return ROUTE_DONE;
}

void api_answered(void *arg, uint64_t ticket, struct answer *a)
{
    struct api *api = arg;
    struct act act;
    if (acts_promised(&api->acts, ticket, &act) && a->status == 200) {
        char key[24];
        act.number = acts_number(&api->acts);
        act.ended_ms = clock_wall_ms();
        buf_clear(&a->body);
        acts_show(&api->acts, &act, &a->body);
        snprintf(key, sizeof key, "a%llu", (unsigned long long)act.number);
        if (buf_ok(&a->body))
            server_publish(api->server, "action", key, a->body.data, a->body.len);
        buf_char(&a->body, '\n');
    }
    server_complete(api->server, ticket, a);
}

enum route_next action_pause(void *arg, struct request *rq, struct answer *a)
{
    return command(arg, rq, a, ACT_PAUSE);
}

enum route_next action_resume(void *arg, struct request *rq, struct answer *a)
{
    return command(arg, rq, a, ACT_RESUME);
}

enum route_next action_drain(void *arg, struct request *rq, struct answer *a)
{
    return command(arg, rq, a, ACT_DRAIN);
}

enum route_next action_undrain(void *arg, struct request *rq, struct answer *a)
{
    return command(arg, rq, a, ACT_UNDRAIN);
}
