/* POST /api/v1/actions/pause, resume, drain, undrain. */
#include <stdio.h>
#include <string.h>

#include "base/jsonr.h"
#include "spool/spool.h"
#include "spoold/api/api.h"
#include "spoold/api/params.h"
#include "spoold/hand/hands.h"

enum { ACTION_ID = 24 };

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
                               const char *kind, bool of_host)
{
    static const char *const none[] = {NULL};
    char host[HOST_CAP] = "", id[ACTION_ID];
    if (!params_known(rq, a, none) || !read_body(rq, of_host ? host : NULL, a))
        return ROUTE_DONE;
    snprintf(id, sizeof id, "a%llu", (unsigned long long)++api->actions);
    struct hands_job job = {.ticket = server_later(rq), .words = {"command", kind, host, id}};
    if (job.ticket && hands_begin(api->hands, &job))
        return ROUTE_LATER;
    answer_problem(a, 503, "too-busy",
                   "Too much is asked of the share just now; nothing was done.");
    answer_header(a, "Retry-After", "2");
    return ROUTE_DONE;
}

enum route_next action_pause(void *arg, struct request *rq, struct answer *a)
{
    return command(arg, rq, a, "pause", false);
}

enum route_next action_resume(void *arg, struct request *rq, struct answer *a)
{
    return command(arg, rq, a, "resume", false);
}

enum route_next action_drain(void *arg, struct request *rq, struct answer *a)
{
    return command(arg, rq, a, "drain", true);
}

enum route_next action_undrain(void *arg, struct request *rq, struct answer *a)
{
    return command(arg, rq, a, "undrain", true);
}
