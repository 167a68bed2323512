/*
 * A request from anywhere: spoold/http/request.c says what it is, or refuses it; route.c finds who
 * answers it.
 *
 * Laws: what was accepted can be read in one way only (one Host, one length or none, no other
 * encoding, no name twice), keeps its bounds, and has no NUL and no segment of dots; a refusal has
 * a reason; whoever asks it afterwards stays within its text.
 */
#include <string.h>
#include <strings.h>

#include "fuzz.h"
#include "spoold/http/request.h"
#include "spoold/http/route.h"

enum { HEADERS = REQUEST_HEADERS + 1 };

/* n bytes in memory that ends behind them, with no NUL. */
static char *exactly(const void *bytes, size_t n)
{
    char *copy = malloc(n ? n : 1);

    if (!copy)
        abort();
    memcpy(copy, bytes, n);
    return copy;
}

static char *word(const char *s, size_t n)
{
    char *copy = strndup(s, n);

    if (!copy)
        abort();
    return copy;
}

/* "METHOD TARGET VERSION\nName:value\n...": the first line is split at its first and its last
 * blank. */
static void split(const char *s, size_t n, struct request_raw *raw, struct request_header *h)
{
    const char *end = memchr(s, '\n', n);
    size_t line = end ? (size_t)(end - s) : n;
    const char *first = memchr(s, ' ', line), *last = memrchr(s, ' ', line);
    size_t method = first ? (size_t)(first - s) : line;
    size_t version = last && last > first ? (size_t)(last - s) : line;

    *raw = (struct request_raw){word(s, method), NULL, NULL, h, 0};
    raw->target = first ? word(first + 1, version - method - 1) : word("", 0);
    raw->version = version < line ? word(s + version + 1, line - version - 1) : word("", 0);
    for (size_t at = line + 1; at < n && raw->count < HEADERS;) {
        end = memchr(s + at, '\n', n - at);
        line = end ? (size_t)(end - (s + at)) : n - at;
        const char *colon = memchr(s + at, ':', line);
        size_t name = colon ? (size_t)(colon - (s + at)) : line;
        size_t len = colon ? line - name - 1 : 0;
        h[raw->count++] = (struct request_header){exactly(s + at, name),
                                                  exactly(colon ? colon + 1 : s, len), name, len};
        at += line + 1;
    }
}

static void drop(struct request_raw *raw)
{
    for (size_t i = 0; i < raw->count; i++) {
        free((void *)(uintptr_t)raw->headers[i].name);
        free((void *)(uintptr_t)raw->headers[i].value);
    }
    free((void *)(uintptr_t)raw->method);
    free((void *)(uintptr_t)raw->target);
    free((void *)(uintptr_t)raw->version);
}

static size_t named(const struct request_raw *raw, const char *name)
{
    size_t n = 0;

    for (size_t i = 0; i < raw->count; i++)
        n += raw->headers[i].name_len == strlen(name) &&
             strncasecmp(raw->headers[i].name, name, strlen(name)) == 0;
    return n;
}

static void text_law(const struct request *rq, const struct request_text *t)
{
    FUZZ_LAW(t->s >= rq->text.data && t->s + t->len < rq->text.data + rq->text.len);
    FUZZ_LAW(strlen(t->s) == t->len);
}

static void accepted_law(const struct request *rq, const struct request_raw *raw)
{
    FUZZ_LAW(named(raw, "Host") == 1 && named(raw, "Transfer-Encoding") == 0);
    FUZZ_LAW(named(raw, "Content-Length") <= 1 && named(raw, "Cookie") <= 1);
    FUZZ_LAW(rq->content_length == 0 || (named(raw, "Content-Length") == 1 && !rq->safe));
    FUZZ_LAW(strcmp(raw->method, request_method_names[rq->method]) == 0);
    FUZZ_LAW(raw->count <= REQUEST_HEADERS && strlen(raw->target) <= REQUEST_TARGET_MAX);
    FUZZ_LAW(strncmp(rq->path, raw->target, strlen(rq->path)) == 0 && rq->path[0] == '/');
    FUZZ_LAW(strlen(rq->path) == strcspn(raw->target, "?"));
    FUZZ_LAW(rq->host[0] && strlen(rq->host) <= REQUEST_HOST_MAX && rq->port < 65536);
    FUZZ_LAW(rq->host[strcspn(rq->host, "@/\\, \t%")] == '\0' && !rq->doubtful);
    size_t host = strlen(rq->host);
    FUZZ_LAW(strncasecmp(rq->host_header, rq->host, host) == 0 &&
             (rq->host_header[host] == ':' || rq->host_header[host] == '\0'));
    FUZZ_LAW(rq->segments <= REQUEST_SEGMENTS && rq->queries <= REQUEST_QUERIES);
    for (size_t i = 0; i < rq->segments; i++) {
        text_law(rq, &rq->segment[i]);
        FUZZ_LAW(strcmp(rq->segment[i].s, ".") != 0 && strcmp(rq->segment[i].s, "..") != 0);
    }
    for (size_t i = 0; i < rq->queries; i++) {
        text_law(rq, &rq->query_name[i]);
        text_law(rq, &rq->query_value[i]);
        FUZZ_LAW(request_query_text(rq, rq->query_name[i].s) == &rq->query_value[i]);
    }
}

static void questions(struct request *rq)
{
    static const struct route table[] = {
        {.method = REQUEST_GET, .pattern = "/"},
        {.method = REQUEST_GET, .pattern = "/api/{a}/{b}"},
        {.method = REQUEST_POST, .pattern = "/api/{a}"},
        {.method = REQUEST_DELETE, .pattern = "/{x}"},
    };
    struct request_text v;
    char allow[64];

    for (size_t i = 0; i < 4 && request_cookie(rq, "sid", i, &v); i++)
        FUZZ_LAW(v.s + v.len <= rq->text.data + rq->text.len);
    const char *bearer = request_bearer(rq);
    FUZZ_LAW(!bearer || rq->authorization);
    FUZZ_LAW(!request_takes_gzip(rq) || strcasestr(rq->accept_encoding, "gzip"));
    FUZZ_LAW(!request_has_etag(rq, "abc") || strstr(rq->if_none_match, "abc") ||
             strchr(rq->if_none_match, '*'));
    FUZZ_LAW(!request_origin_is_host(rq) || strcasestr(rq->origin, rq->host));
    FUZZ_LAW(!request_is_type(rq, "application/json") || rq->content_type);
    const struct route *r = route_match(table, sizeof table / sizeof table[0], rq, allow);
    for (size_t i = 0; r && i < rq->params; i++)
        FUZZ_LAW(rq->param_value[i].len > 0);
    FUZZ_LAW(!r || !request_param(rq, "a") || request_param(rq, "a")->s == rq->segment[1].s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct request_header h[HEADERS];
    struct request_raw raw;
    struct request rq;
    const char *why = NULL;

    split((const char *)data, n, &raw, h);
    int status = request_decode(&rq, &raw, &why);
    FUZZ_LAW(why && (status == 0) == (*why == '\0'));
    FUZZ_LAW(status == 0 || (status >= 400 && status < 500) || status == 501 || status == 505);
    if (status == 0) {
        accepted_law(&rq, &raw);
        drop(&raw); /* what it needs it has copied */
        raw = (struct request_raw){NULL, NULL, NULL, h, 0};
        questions(&rq);
    }
    drop(&raw);
    request_free(&rq);
    return 0;
}
