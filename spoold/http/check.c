/* All that can be said of a request before its body has come. */
#include "spoold/http/serve.h"

#include <string.h>

#include "base/clock.h"
#include "base/log.h"

void check_wrong_token(struct exchange *x)
{
    char peer[64];

    mhd_peer(x->e, peer, sizeof peer);
    log_warn("a wrong token came from %s", peer);
    answer_problem(&x->answer, 401, "token-needed", "This is not the token of this spool.");
    answer_header(&x->answer, "WWW-Authenticate", "Bearer realm=\"pdfspool\"");
    x->delay = true;
    x->s->delayed++;
}

static void refuse_rights(struct exchange *x, enum auth_verdict v)
{
    struct answer *a = &x->answer;

    switch (v) {
    case AUTH_OK:
        return;
    case AUTH_MISSING:
        answer_problem(a, 401, "token-needed", "Log in, or show the token of this spool.");
        answer_header(a, "WWW-Authenticate", "Bearer realm=\"pdfspool\"");
        break;
    case AUTH_WRONG:
        check_wrong_token(x);
        break;
    case AUTH_CROSS:
        answer_problem(a, 403, "not-allowed", "This came from the page of another site.");
        break;
    case AUTH_NO_TOKEN:
        answer_problem(a, 403, "not-allowed",
                       "This server has no token, so nobody may do this; make a token file.");
        break;
    case AUTH_READ_ONLY:
        answer_problem(a, 403, "not-allowed", "This server only shows: read_only = yes.");
        break;
    }
    x->refused = true;
}

/* Will a token be looked at? */
static bool tries_token(const struct exchange *x)
{
    enum auth_need need = x->route->need;

    if (x->route->handler == server_routes[0].handler)
        return true;
    if (x->route->handler == server_routes[1].handler) /* says what a token may do */
        return request_bearer(&x->rq);
    return request_bearer(&x->rq) &&
           (need == AUTH_OPERATE || (need == AUTH_READ && x->s->auth.token_to_read));
}

static void check_rights(struct exchange *x)
{
    struct server *s = x->s;

    if (s->delayed >= SERVE_DELAYED && tries_token(x)) {
        answer_problem(&x->answer, 429, "too-many-requests",
                       "Too many wrong tokens came: for the moment none is looked at.");
        answer_header(&x->answer, "Retry-After", "2");
        x->refused = true;
        return;
    }
    refuse_rights(x, auth_check(&s->auth, &x->rq, x->route->need, clock_boot_ms()));
}

static const char *no_body_here(const struct exchange *x)
{
    bool takes =
        (x->rq.method == REQUEST_POST || x->rq.method == REQUEST_PUT) && !x->route->no_body;

    return takes || x->rq.content_length == 0 ? NULL : "This takes no body.";
}

static bool is_of(const struct request *rq, const char *const *types)
{
    for (; *types; types++)
        if (request_is_type(rq, *types))
            return true;
    return false;
}

static void check_body(struct exchange *x)
{
    static const char *const json[] = {answer_json, NULL};
    const struct route_upload *u = x->route->upload;
    uint64_t max = u ? x->s->o.upload_max : ROUTE_JSON_MAX, n = x->rq.content_length;
    const char *const *types = u ? u->types : json;
    const char *what = no_body_here(x);
    struct answer *a = &x->answer;

    if (what)
        answer_problem(a, 413, "too-large", "%s", what);
    else if (u && max == 0)
        answer_problem(a, 403, "not-allowed", "This server takes no uploads: upload_max = 0.");
    else if (n > max)
        answer_problem(a, 413, "too-large", "The body has %llu bytes; %llu are taken.",
                       (unsigned long long)n, (unsigned long long)max);
    else if (u && !x->rq.sized)
        answer_problem(a, 411, "length-needed", "Send a Content-Length.");
    else if (u && n == 0)
        answer_problem(a, 400, "bad-request", "A body of type %s is needed.", types[0]);
    else if (n > 0 && !is_of(&x->rq, types))
        answer_problem(a, 415, "wrong-content-type", "The body must be of type %s.", types[0]);
    x->refused = a->status != 200;
}

static void check_route(struct exchange *x)
{
    const struct server *s = x->s;
    char allow[64], more[64] = "";

    x->route = route_match(server_routes, server_route_count, &x->rq, allow);
    if (!x->route && !*allow) /* else the path is one of ours, whatever the program says */
        x->route = route_match(s->o.routes, s->o.route_count, &x->rq, more);
    if (x->route)
        return;
    x->refused = true;
    if (*allow || *more) {
        answer_problem(&x->answer, 405, "wrong-method", "This address is not for %s.",
                       request_method_names[x->rq.method]);
        answer_header(&x->answer, "Allow", "%s", *allow ? allow : more);
    } else {
        answer_problem(&x->answer, 404, "unknown-path", "There is nothing at this address.");
    }
}

/* A file of the page: the answer is there at once. */
static bool take_asset(struct exchange *x)
{
    const struct asset *f = x->rq.safe ? assets_find(x->s->o.assets, x->rq.path) : NULL;
    struct answer *a = &x->answer;

    if (!f)
        return false;
    a->packed = f->packed.len > 0 && request_takes_gzip(&x->rq);
    a->fixed = a->packed ? f->packed.data : f->plain.data;
    a->fixed_len = a->packed ? f->packed.len : f->plain.len;
    a->type = f->type;
    a->keep = true;
    memcpy(a->etag, f->etag, sizeof a->etag);
    return true;
}

static void check_host(struct exchange *x)
{
    if (hostcheck_allows(x->s->o.hosts, x->rq.host))
        return;
    answer_problem(
        &x->answer, 421, "unknown-host-name",
        "This server is not known as %s. If it should be, add that name: allowed_hosts = "
        "%s",
        x->rq.host, x->rq.host);
    x->refused = true;
}

/* The word of the contract for what request_decode has refused. */
static const char *problem_of(int status)
{
    return status == 411                    ? "length-needed"
           : status == 414 || status == 413 ? "too-large"
           : status == 431                  ? "headers-too-large"
           : status == 503                  ? "too-busy"
                                            : "bad-request";
}

void check_request(struct exchange *x, const struct request_raw *raw)
{
    const char *why;
    int status = request_decode(&x->rq, raw, &why);

    x->answer.status = 200;
    if (status) {
        answer_problem(&x->answer, status, problem_of(status), "%s", why);
        x->answer.close = x->rq.doubtful;
        x->refused = true;
        return;
    }
    check_host(x);
    if (!x->refused && take_asset(x))
        return;
    if (!x->refused)
        check_route(x);
    if (!x->refused)
        check_rights(x);
    if (!x->refused)
        check_body(x);
    if (!x->refused && x->route->upload) {
        x->upload = x->route->upload->begin(x->s->o.arg, &x->rq, &x->answer);
        x->refused = !x->upload;
    }
}
