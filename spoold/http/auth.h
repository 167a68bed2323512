/*
 * auth: may this request be done? Pure decisions over what the request shows; the server acts on
 * them.
 *
 *   what is needed   who may
 *   AUTH_OPEN        anybody: the page's files, health, logging in
 *   AUTH_READ        anybody where the server is reached from this machine alone; else with the
 *                    token (or a session)
 *   AUTH_OPERATE     with the token (or a session), always; nobody when there is no token, or when
 *                    the server is read-only
 *
 * Another site's page in the same browser is kept out by three rules, each enough by itself where
 * the browser plays by it: the session's cookie is SameSite=Strict; a request says by
 * Sec-Fetch-Site where it comes from; what changes anything by cookie must have an Origin that is
 * this Host. (Browsers leave Sec-Fetch-Site out where a page came over plain HTTP from another
 * machine, so its absence cannot be held against a request; Origin is always there with POST, PUT
 * and DELETE. A reverse proxy must pass Host on as it came, else no Origin is equal to it.)
 */
#ifndef PDFSPOOLD_AUTH_H
#define PDFSPOOLD_AUTH_H

#include <stdbool.h>
#include <stdint.h>

#include "spoold/http/request.h"
#include "spoold/http/secret.h"
#include "spoold/http/session.h"

enum auth_need { AUTH_OPEN, AUTH_READ, AUTH_OPERATE };

enum auth_verdict {
    AUTH_OK,
    AUTH_MISSING,   /* 401: nothing shown, or a session that has ended */
    AUTH_WRONG,     /* 401, after AUTH_DELAY_MS: not the token */
    AUTH_CROSS,     /* 403: sent by another site's page */
    AUTH_NO_TOKEN,  /* 403: there is no token on this server */
    AUTH_READ_ONLY, /* 403 */
};

enum { AUTH_DELAY_MS = 1000 };

struct auth {
    struct secret secret; /* hash "": none */
    bool token_to_read;
    bool read_only;
    char cookie[32]; /* the session's cookie is called so: with the port, as cookies know none */
    struct sessions sessions;
};

/* The server's thread alone. */
enum auth_verdict auth_check(struct auth *a, const struct request *rq, enum auth_need need,
                             int64_t now);
/* Sent by another site's page? (Following a link to an address is not.) */
bool auth_is_cross(const struct request *rq);
/* Does it come with a session that lives? */
bool auth_has_session(struct auth *a, const struct request *rq, int64_t now);

#endif
