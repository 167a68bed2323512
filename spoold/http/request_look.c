/* Questions to a decoded request. */
#include "spoold/http/request.h"

#include <string.h>
#include <strings.h>

static bool is_called(const struct request_text *t, const char *name)
{
    return t->len == strlen(name) && memcmp(t->s, name, t->len) == 0;
}

const struct request_text *request_query_text(const struct request *rq, const char *name)
{
    for (size_t i = 0; i < rq->queries; i++)
        if (is_called(&rq->query_name[i], name))
            return &rq->query_value[i];
    return NULL;
}

const char *request_query(const struct request *rq, const char *name)
{
    const struct request_text *t = request_query_text(rq, name);

    return t ? t->s : NULL;
}

const struct request_text *request_param(const struct request *rq, const char *name)
{
    size_t n = strlen(name);

    for (size_t i = 0; i < rq->params; i++)
        if (strncmp(rq->param_name[i], name, n) == 0 && rq->param_name[i][n] == '}')
            return &rq->param_value[i];
    return NULL;
}

bool request_is_type(const struct request *rq, const char *type)
{
    size_t n = strlen(type);

    if (!rq->content_type || strncasecmp(rq->content_type, type, n) != 0)
        return false;
    const char *rest = rq->content_type + n;
    rest += strspn(rest, " \t");
    return *rest == '\0' || *rest == ';';
}

const char *request_bearer(const struct request *rq)
{
    static const char scheme[] = "Bearer ";

    if (!rq->authorization || strncasecmp(rq->authorization, scheme, sizeof scheme - 1) != 0)
        return NULL;
    const char *token = rq->authorization + sizeof scheme - 1;
    return token + strspn(token, " ");
}

bool request_cookie(const struct request *rq, const char *name, size_t nth,
                    struct request_text *value)
{
    size_t name_len = strlen(name), n;

    for (const char *s = rq->cookie; s && *s; s += n + (s[n] == ';')) {
        s += strspn(s, " \t");
        n = strcspn(s, ";");
        if (n <= name_len || strncmp(s, name, name_len) != 0 || s[name_len] != '=')
            continue;
        if (nth-- == 0) {
            *value = (struct request_text){s + name_len + 1, n - name_len - 1};
            return true;
        }
    }
    return false;
}

/* "gzip;q=0.000": all digits 0. */
static bool quality_is_zero(const char *s, size_t n)
{
    for (size_t i = 0; i + 1 < n; i++) {
        if ((s[i] != 'q' && s[i] != 'Q') || s[i + 1] != '=')
            continue;
        for (i += 2; i < n && s[i] != ';'; i++)
            if (s[i] >= '1' && s[i] <= '9')
                return false;
        return true;
    }
    return false;
}

/* Is this word in the list, with a quality that is not 0? */
static bool list_has(const char *list, const char *wanted)
{
    size_t n, len = strlen(wanted);

    for (const char *s = list; s && *s; s += n + (s[n] == ',')) {
        s += strspn(s, " \t");
        n = strcspn(s, ",");
        size_t word = strcspn(s, ",; \t");
        if (word == len && strncasecmp(s, wanted, len) == 0)
            return !quality_is_zero(s + word, n - word);
    }
    return false;
}

bool request_takes_gzip(const struct request *rq)
{
    return list_has(rq->accept_encoding, "gzip");
}

bool request_asks_for(const struct request *rq, const char *type)
{
    return list_has(rq->accept, type);
}

bool request_has_etag(const struct request *rq, const char *etag)
{
    size_t n = strlen(etag);

    for (const char *s = rq->if_none_match; s && *s;) {
        s += strspn(s, " \t,");
        if (*s == '*')
            return true;
        if (strncmp(s, "W/", 2) == 0)
            s += 2;
        if (*s != '"')
            return false;
        size_t len = strcspn(++s, "\"");
        size_t plain = len > 3 && memcmp(s + len - 3, "-gz", 3) == 0 ? len - 3 : len;
        if (s[len] == '"' && plain == n && memcmp(s, etag, n) == 0)
            return true;
        s += len + (s[len] == '"');
    }
    return false;
}

bool request_origin_is_host(const struct request *rq)
{
    const char *s = rq->origin;

    if (!s || !rq->host_header)
        return false;
    if (strncasecmp(s, "http://", 7) == 0)
        s += 7;
    else if (strncasecmp(s, "https://", 8) == 0)
        s += 8;
    else
        return false;
    return strcasecmp(s, rq->host_header) == 0;
}
