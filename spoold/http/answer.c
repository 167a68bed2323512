#include "spoold/http/answer.h"

#include <stdarg.h>
#include <string.h>

#include "base/jsonw.h"
#include "base/log.h"
#include "spoold/http/gzip.h"

const char answer_json[] = "application/json";

static const struct {
    int status;
    const char *title;
} titles[] = {
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {411, "Length Required"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {417, "Expectation Failed"},
    {421, "Misdirected Request"},
    {422, "Unprocessable Content"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {503, "Service Unavailable"},
    {505, "HTTP Version Not Supported"},
    {507, "Insufficient Storage"},
};

const char *answer_title(int status)
{
    for (size_t i = 0; i < sizeof titles / sizeof titles[0]; i++)
        if (titles[i].status == status)
            return titles[i].title;
    return "Error";
}

void answer_free(struct answer *a)
{
    buf_free(&a->body);
    for (size_t i = 0; i < a->headers; i++)
        buf_free(&a->header[i].value);
    *a = (struct answer){0};
}

void answer_header(struct answer *a, const char *name, const char *fmt, ...)
{
    va_list ap;

    if (a->headers == ANSWER_HEADERS)
        log_bug("an answer has no room for the header %s", name);
    a->header[a->headers].name = name;
    struct buf *value = &a->header[a->headers++].value;
    va_start(ap, fmt);
    buf_vfmt(value, fmt, ap);
    va_end(ap);
    for (size_t i = 0; i < value->len; i++)
        if ((unsigned char)value->data[i] < ' ' || value->data[i] == 127)
            value->data[i] = '?';
}

void answer_pack(struct answer *a)
{
    struct buf small = {0};

    if (a->packed || a->fixed || !a->type || !buf_ok(&a->body) || !gzip_pays(a->type, a->body.len))
        return;
    if (gzip_pack(&small, a->body.data, a->body.len, GZIP_FAST)) {
        buf_free(&a->body);
        a->body = small;
        a->packed = true;
    } else {
        buf_free(&small);
    }
}

bool answer_ok(const struct answer *a)
{
    for (size_t i = 0; i < a->headers; i++)
        if (!buf_ok(&a->header[i].value))
            return false;
    return buf_ok(&a->body);
}

void answer_problem(struct answer *a, int status, const char *kind, const char *detail, ...)
{
    struct buf text = {0};
    struct jsonw w;
    va_list ap;
    char urn[96] = "urn:pdfspool:problem:";

    a->status = status;
    a->type = "application/problem+json";
    a->fixed = NULL;
    a->etag[0] = '\0';
    a->keep = a->alone = a->packed = false;
    buf_clear(&a->body);
    strncat(urn, kind, sizeof urn - strlen(urn) - 1);
    va_start(ap, detail);
    buf_vfmt(&text, detail, ap);
    va_end(ap);
    jsonw_init(&w, &a->body, false);
    jsonw_object(&w, NULL);
    jsonw_str(&w, "type", urn);
    jsonw_str(&w, "code", kind);
    jsonw_str(&w, "title", answer_title(status));
    jsonw_int(&w, "status", status);
    jsonw_str(&w, "detail", buf_ok(&text) ? text.data : "There is no memory.");
    jsonw_end_object(&w);
    buf_char(&a->body, '\n');
    buf_free(&text);
}

void answer_problem_count(struct answer *a, uint64_t count)
{
    if (!buf_ok(&a->body))
        return;
    buf_cut(&a->body, a->body.len - strlen("}\n"));
    buf_fmt(&a->body, ",\"count\":%llu}\n", (unsigned long long)count);
}
