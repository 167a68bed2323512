#include "spoold/http/request.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/num.h"

const char *const request_method_names[5] = {"GET", "HEAD", "POST", "PUT", "DELETE"};

/* What may be said no more than once, and where it is kept. */
static const struct {
    const char *name;
    size_t at;
} single[] = {
    {"Accept", offsetof(struct request, accept)},
    {"Accept-Encoding", offsetof(struct request, accept_encoding)},
    {"Authorization", offsetof(struct request, authorization)},
    {"Content-Type", offsetof(struct request, content_type)},
    {"Cookie", offsetof(struct request, cookie)},
    {"Expect", offsetof(struct request, expect)},
    {"Host", offsetof(struct request, host_header)},
    {"If-None-Match", offsetof(struct request, if_none_match)},
    {"Last-Event-ID", offsetof(struct request, last_event_id)},
    {"Origin", offsetof(struct request, origin)},
    {"Sec-Fetch-Dest", offsetof(struct request, sec_fetch_dest)},
    {"Sec-Fetch-Mode", offsetof(struct request, sec_fetch_mode)},
    {"Sec-Fetch-Site", offsetof(struct request, sec_fetch_site)},
};
enum { SINGLES = sizeof single / sizeof single[0] };

static int refuse(const char **why, int status, const char *what)
{
    *why = what;
    return status;
}

/* ---- letters ---- */

static bool is_alnum(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* RFC 9110, 5.6.2 */
static bool is_token(const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!is_alnum(s[i]) && (s[i] == '\0' || !strchr("!#$%&'*+-.^_`|~", s[i])))
            return false;
    return n > 0;
}

static int hex_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* Decode n bytes into the text; false on a broken %XX or a NUL. There is room for them. */
static bool decode(struct buf *to, const char *s, size_t n, bool plus, struct request_text *out)
{
    size_t start = to->len;

    for (size_t i = 0; i < n; i++) {
        char c = s[i];
        if (c == '%') {
            int high = i + 2 < n ? hex_of(s[i + 1]) : -1;
            int low = i + 2 < n ? hex_of(s[i + 2]) : -1;
            if (high < 0 || low < 0 || high + low == 0)
                return false;
            c = (char)(high * 16 + low);
            i += 2;
        } else if (c == '+' && plus) {
            c = ' ';
        }
        buf_char(to, c);
    }
    *out = (struct request_text){to->data + start, to->len - start};
    buf_char(to, '\0');
    return true;
}

/* ---- the first line ---- */

static int take_method(struct request *rq, const char *name, const char **why)
{
    if (!is_token(name, strlen(name)))
        return refuse(why, 400, "The method is not a word.");
    for (int i = 0; i < 5; i++)
        if (strcmp(name, request_method_names[i]) == 0) {
            rq->method = (enum request_method)i;
            rq->safe = i == REQUEST_GET || i == REQUEST_HEAD;
            return 0;
        }
    return refuse(why, 501, "This server knows GET, HEAD, POST, PUT and DELETE.");
}

static bool is_dots(const struct request_text *t)
{
    return (t->len == 1 && t->s[0] == '.') || (t->len == 2 && t->s[0] == '.' && t->s[1] == '.');
}

static int take_path(struct request *rq, const char *path, const char **why)
{
    if (strcmp(path, "/") == 0)
        return 0;
    while (*path == '/') {
        size_t n = strcspn(++path, "/");
        if (rq->segments == REQUEST_SEGMENTS)
            return refuse(why, 414, "The path has too many segments.");
        struct request_text *to = &rq->segment[rq->segments++];
        if (!decode(&rq->text, path, n, false, to))
            return refuse(why, 400, "The path is not encoded well.");
        if (is_dots(to))
            return refuse(why, 400, "The path has a segment of dots.");
        path += n;
    }
    return 0;
}

static int take_query(struct request *rq, const char *query, const char **why)
{
    for (size_t n; *query; query += n + (query[n] == '&')) {
        n = strcspn(query, "&");
        if (n == 0)
            continue;
        if (rq->queries == REQUEST_QUERIES)
            return refuse(why, 414, "The query has too many parts.");
        const char *equals = memchr(query, '=', n);
        size_t name = equals ? (size_t)(equals - query) : n;
        size_t skip = equals ? name + 1 : n;
        struct request_text *to = &rq->query_name[rq->queries];
        if (!decode(&rq->text, query, name, true, to) ||
            !decode(&rq->text, query + skip, n - skip, true, &rq->query_value[rq->queries]))
            return refuse(why, 400, "The query is not encoded well.");
        for (size_t i = 0; i < rq->queries; i++)
            if (rq->query_name[i].len == to->len &&
                memcmp(rq->query_name[i].s, to->s, to->len) == 0)
                return refuse(why, 400, "A name stands twice in the query.");
        rq->queries++;
    }
    return 0;
}

/* The text has room for all that is added here: nothing moves while pointers into it are kept. */
static int take_target(struct request *rq, const char *target, const char **why)
{
    size_t n = strlen(target);

    if (n > REQUEST_TARGET_MAX)
        return refuse(why, 414, "The address is too long.");
    if (target[0] != '/')
        return refuse(why, 400, "The address does not begin with '/'.");
    for (size_t i = 0; i < n; i++)
        if (target[i] <= ' ' || target[i] > '~' || target[i] == '#')
            return refuse(why, 400, "The address has a byte that must be encoded.");
    size_t path = strcspn(target, "?");
    size_t at = rq->text.len;
    buf_add(&rq->text, target, path);
    buf_char(&rq->text, '\0');
    rq->path = rq->text.data + at;
    int status = take_path(rq, rq->path, why);
    if (status == 0 && target[path] == '?')
        status = take_query(rq, target + path + 1, why);
    return status;
}

/* ---- the headers ---- */

static bool is_header(const struct request_header *h, const char *name)
{
    return h->name_len == strlen(name) && strncasecmp(h->name, name, h->name_len) == 0;
}

static int keep_single(struct request *rq, const struct request_header *h, const char **why)
{
    for (size_t i = 0; i < SINGLES; i++) {
        if (!is_header(h, single[i].name))
            continue;
        const char **to = (const char **)(void *)((char *)rq + single[i].at);
        if (*to)
            return refuse(why, 400, "A header that may come once came twice.");
        *to = rq->text.data + rq->text.len;
        buf_add(&rq->text, h->value, h->len);
        buf_char(&rq->text, '\0');
    }
    return 0;
}

static bool is_clean(const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (((unsigned char)s[i] < ' ' && s[i] != '\t') || s[i] == 127)
            return false;
    return true;
}

/* libmicrohttpd 0.9.75 adds a line that begins with a blank (obs-fold) to the header's *name*:
 * "Transfer-Encoding:\r\n chunked" arrives as "Transfer-Encodingchunked", and who stands between
 * may have read it otherwise. No honest header begins like these two. */
static bool is_mangled(const struct request_header *h)
{
    static const char *const framing[] = {"Transfer-Encoding", "Content-Length"};

    for (int i = 0; i < 2; i++)
        if (h->name_len > strlen(framing[i]) &&
            strncasecmp(h->name, framing[i], strlen(framing[i])) == 0)
            return true;
    return false;
}

static int take_headers(struct request *rq, const struct request_raw *raw, const char **why)
{
    bool encoded = false;

    if (raw->count > REQUEST_HEADERS)
        return refuse(why, 431, "There are too many headers.");
    for (size_t i = 0; i < raw->count; i++) {
        struct request_header one = raw->headers[i], *h = &one;
        while (h->len > 0 && (h->value[h->len - 1] == ' ' || h->value[h->len - 1] == '\t'))
            h->len--; /* blanks around a value are not part of it */
        for (; h->len > 0 && (*h->value == ' ' || *h->value == '\t'); h->len--)
            h->value++;
        if (!is_token(h->name, h->name_len) || !is_clean(h->value, h->len) || is_mangled(h))
            return refuse(why, 400, "A header has a byte that no header may have.");
        if (is_header(h, "Transfer-Encoding"))
            encoded = true;
        if (is_header(h, "Content-Length")) {
            if (rq->sized || !num_u64_n(h->value, h->len, &rq->content_length))
                return refuse(why, 400, "Content-Length must be one number.");
            rq->sized = true;
        }
        int status = keep_single(rq, h, why);
        if (status)
            return status;
    }
    if (encoded && rq->sized)
        return refuse(why, 400, "Transfer-Encoding and Content-Length exclude each other.");
    if (encoded)
        return refuse(why, 411, "Send a Content-Length; other encodings are not taken.");
    if (rq->content_length > 0 && rq->safe)
        return refuse(why, 400, "A body has no meaning with this method.");
    return 0;
}

/* "name", "name:80", "1.2.3.4", "[::1]:80": the part before the port is n bytes. */
static bool split_port(const char *s, size_t *n, uint64_t *port)
{
    const char *end = s[0] == '[' ? strchr(s, ']') : s + strcspn(s, ":");

    if (!end)
        return false;
    *n = (size_t)(end - s) + (*end == ']');
    end = s + *n;
    *port = 0;
    return *end == '\0' || (*end == ':' && num_u64(end + 1, port) && *port > 0 && *port < 65536);
}

static int take_host(struct request *rq, const char **why)
{
    const char *s = rq->host_header;
    size_t n;

    if (!s)
        return refuse(why, 400, "There is no Host header.");
    if (!split_port(s, &n, &rq->port) || n == 0 || n > REQUEST_HOST_MAX)
        return refuse(why, 400, "The Host header is not a name and a port.");
    for (size_t i = 0; i < n; i++) {
        char c = s[i];
        bool bracket =
            s[0] == '[' && (c == ':' || (c == '[' && i == 0) || (c == ']' && i == n - 1));
        if (!is_alnum(c) && c != '.' && c != '-' && c != '_' && !bracket)
            return refuse(why, 400, "The Host header is not a name and a port.");
        rq->host[i] = (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
    }
    rq->host[n] = '\0';
    return 0;
}

/* All that could be copied: the text must not move while it grows. */
static size_t room_for(const struct request_raw *raw)
{
    /* The path twice, and a NUL for each part: there is a part for each byte at most. */
    size_t n = 3 * strnlen(raw->target, REQUEST_TARGET_MAX) + 16;

    for (size_t i = 0; i < raw->count && i < REQUEST_HEADERS; i++)
        n += raw->headers[i].len + 1;
    return n;
}

int request_decode(struct request *rq, const struct request_raw *raw, const char **why)
{
    *rq = (struct request){.doubtful = true};
    *why = "";
    if (!buf_room(&rq->text, room_for(raw)))
        return refuse(why, 503, "There is no memory.");
    int status = take_method(rq, raw->method, why);
    if (status == 0 && strcmp(raw->version, "HTTP/1.1") != 0 &&
        strcmp(raw->version, "HTTP/1.0") != 0)
        status = refuse(why, 505, "This server speaks HTTP/1.1.");
    if (status == 0)
        status = take_headers(rq, raw, why);
    if (status == 0)
        status = take_host(rq, why);
    if (status)
        return status;
    /* From here on it is known where this request ends. */
    rq->doubtful = false;
    status = take_target(rq, raw->target, why);
    if (status == 0 && rq->expect && strcasecmp(rq->expect, "100-continue") != 0)
        status = refuse(why, 417, "Only 100-continue can be expected.");
    return status;
}

void request_free(struct request *rq)
{
    buf_free(&rq->text);
    buf_free(&rq->body);
}
