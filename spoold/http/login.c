/*
 * /api/v1/session: who has the token gets a cookie for it, as streams of events cannot show a
 * token.
 *
 *   GET      {"role":"operate","read_only":false,"expires":"...","upload_max_bytes":536870912}
 *            role: what this request may do; expires: of the session, null without one
 *   POST     {"token":"..."} -> 200, the same, and the cookie; 401 after a while when it is not the
 *            token
 *   DELETE   204: the session ends
 */
#include <string.h>

#include "base/clock.h"
#include "base/jsonr.h"
#include "base/jsonw.h"
#include "spoold/http/serve.h"

static const int64_t hour_ms = 3600000;

static void set_cookie(const struct exchange *x, struct answer *a, const char *value, long seconds)
{
    answer_header(a, "Set-Cookie", "%s=%s; Path=/; Max-Age=%ld; HttpOnly; SameSite=Strict",
                  x->s->auth.cookie, value, seconds);
}

/* may: change things; left: ms that the session lasts, 0: there is none. */
static void show_rights(const struct exchange *x, struct answer *a, bool may, int64_t left)
{
    struct jsonw w;

    a->type = answer_json;
    jsonw_init(&w, &a->body, false);
    jsonw_object(&w, NULL);
    jsonw_str(&w, "role", may ? "operate" : "read");
    jsonw_bool(&w, "read_only", x->s->auth.read_only);
    if (left > 0)
        jsonw_time(&w, "expires", clock_wall_ms() + left);
    else
        jsonw_null(&w, "expires");
    jsonw_uint(&w, "upload_max_bytes", x->s->o.upload_max);
    jsonw_end_object(&w);
    buf_char(&a->body, '\n');
}

/* A wrong token is refused as everywhere, after a while: else this were the place to try some. */
static enum route_next show(void *exchange, struct request *rq, struct answer *a)
{
    struct exchange *x = exchange;
    int64_t now = clock_boot_ms();
    enum auth_verdict v = auth_check(&x->s->auth, rq, AUTH_OPERATE, now);

    if (v == AUTH_WRONG)
        check_wrong_token(x);
    else
        show_rights(x, a, v == AUTH_OK,
                    auth_has_session(&x->s->auth, rq, now) ? SESSION_HOURS * hour_ms : 0);
    return ROUTE_DONE;
}

static enum route_next log_in(void *exchange, struct request *rq, struct answer *a)
{
    struct exchange *x = exchange;
    char name[SESSION_NAME];

    if (x->s->auth.secret.hash[0] == '\0') {
        answer_problem(a, 403, "not-allowed", "This server has no token; make a token file.");
        return ROUTE_DONE;
    }
    struct jsonr *j = jsonr_parse(rq->body.data ? rq->body.data : "", rq->body.len, NULL, 0);
    const char *token = jsonr_str(j, "token", NULL);
    bool right = token && secret_is(&x->s->auth.secret, token, strlen(token));
    bool sense = token != NULL;
    jsonr_free(j);
    if (!sense) {
        answer_problem(a, 400, "bad-request", "The body must be {\"token\":\"...\"}.");
        return ROUTE_DONE;
    }
    if (!right) {
        check_wrong_token(x);
        return ROUTE_DONE;
    }
    session_begin(&x->s->auth.sessions, clock_boot_ms(), name);
    set_cookie(x, a, name, SESSION_HOURS * 3600L);
    show_rights(x, a, !x->s->auth.read_only, SESSION_HOURS * hour_ms);
    return ROUTE_DONE;
}

static enum route_next log_out(void *exchange, struct request *rq, struct answer *a)
{
    struct exchange *x = exchange;
    struct request_text value;

    for (size_t i = 0; request_cookie(rq, x->s->auth.cookie, i, &value); i++)
        session_end(&x->s->auth.sessions, value.s, value.len);
    a->status = 204;
    set_cookie(x, a, "", 0);
    return ROUTE_DONE;
}

/* Logging in comes first: serve.c knows it by that. */
const struct route server_routes[] = {
    {.method = REQUEST_POST, .pattern = "/api/v1/session", .need = AUTH_OPEN, .handler = log_in},
    {.method = REQUEST_GET, .pattern = "/api/v1/session", .need = AUTH_OPEN, .handler = show},
    {.method = REQUEST_DELETE, .pattern = "/api/v1/session", .need = AUTH_OPEN, .handler = log_out},
};
const size_t server_route_count = sizeof server_routes / sizeof server_routes[0];
