#include "spoold/http/route.h"

#include <string.h>

/* Does a pattern's segment stand for this one of the path? */
static bool fits(const char *word, size_t n, const struct request_text *t)
{
    if (n > 2 && word[0] == '{')
        return t->len > 0;
    return t->len == n && memcmp(word, t->s, n) == 0;
}

static bool fits_all(const char *pattern, const struct request *rq)
{
    size_t i = 0;

    for (size_t n; *pattern == '/' && pattern[1]; pattern += n, i++) {
        n = strcspn(++pattern, "/");
        if (i == rq->segments || !fits(pattern, n, &rq->segment[i]))
            return false;
    }
    return i == rq->segments;
}

/* A name begins behind its brace, in the pattern; request_param knows that it ends at the other. */
static void name_params(const struct route *r, struct request *rq)
{
    const char *pattern = r->pattern;

    rq->params = 0;
    for (size_t i = 0, n; *pattern == '/' && pattern[1]; pattern += n, i++) {
        n = strcspn(++pattern, "/");
        if (n <= 2 || pattern[0] != '{' || rq->params == REQUEST_PARAMS)
            continue;
        rq->param_name[rq->params] = pattern + 1;
        rq->param_value[rq->params++] = rq->segment[i];
    }
}

static bool answers(const struct route *r, enum request_method m)
{
    return r->method == m || (r->method == REQUEST_GET && m == REQUEST_HEAD);
}

static void allow_method(char allow[64], const char *name)
{
    if (strstr(allow, name))
        return;
    if (*allow)
        strncat(allow, ", ", 63 - strlen(allow));
    strncat(allow, name, 63 - strlen(allow));
}

const struct route *route_match(const struct route *table, size_t n, struct request *rq,
                                char allow[64])
{
    allow[0] = '\0';
    for (size_t i = 0; i < n; i++) {
        const struct route *r = &table[i];
        if (!fits_all(r->pattern, rq))
            continue;
        if (answers(r, rq->method)) {
            name_params(r, rq);
            return r;
        }
        allow_method(allow, request_method_names[r->method]);
        if (r->method == REQUEST_GET)
            allow_method(allow, "HEAD");
    }
    return NULL;
}
