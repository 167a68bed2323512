#include "spoold/http/auth.h"

#include <string.h>

enum { SAME_COOKIES = 4 }; /* another port of this machine may have set one of our name */

bool auth_has_session(struct auth *a, const struct request *rq, int64_t now)
{
    struct request_text value;

    for (size_t i = 0; i < SAME_COOKIES && request_cookie(rq, a->cookie, i, &value); i++)
        if (session_holds(&a->sessions, now, value.s, value.len))
            return true;
    return false;
}

static bool says(const char *header, const char *word)
{
    return header && strcmp(header, word) == 0;
}

bool auth_is_cross(const struct request *rq)
{
    if (!rq->safe && rq->origin && !request_origin_is_host(rq))
        return true;
    if (!rq->sec_fetch_site || says(rq->sec_fetch_site, "same-origin") ||
        says(rq->sec_fetch_site, "none"))
        return false;
    /* A link to us, followed by a person, into a window of its own: not a frame, not a script. */
    return !(rq->safe && says(rq->sec_fetch_mode, "navigate") &&
             says(rq->sec_fetch_dest, "document"));
}

enum auth_verdict auth_check(struct auth *a, const struct request *rq, enum auth_need need,
                             int64_t now)
{
    const char *shown = request_bearer(rq);

    if (auth_is_cross(rq))
        return AUTH_CROSS;
    if (need == AUTH_OPEN || (need == AUTH_READ && !a->token_to_read))
        return AUTH_OK;
    if (need == AUTH_OPERATE && a->read_only)
        return AUTH_READ_ONLY;
    if (a->secret.hash[0] == '\0')
        return AUTH_NO_TOKEN;
    if (shown)
        return secret_is(&a->secret, shown, strlen(shown)) ? AUTH_OK : AUTH_WRONG;
    if (!auth_has_session(a, rq, now))
        return AUTH_MISSING;
    return rq->safe || request_origin_is_host(rq) ? AUTH_OK : AUTH_CROSS;
}
