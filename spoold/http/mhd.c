#include "spoold/http/mhd.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"

enum {
    MEMORY = 32 * 1024,   /* of a connection: header, and what is being written */
    SILENCE_SECONDS = 60, /* should the reaper be stuck */
    STREAM_PIECE = 4096
};

struct mhd {
    struct MHD_Daemon *daemon;
    struct mhd_calls calls;
    const struct mhd_header *headers;
    void *arg;
};

struct mhd_exchange {
    struct mhd *m;
    struct MHD_Connection *c;
    void *x;       /* NULL: its header is not complete */
    bool sent;     /* an answer has been given */
    bool broken;   /* end the connection */
    char target[]; /* as it came */
};

/* ---- a request ---- */

/* The library is about to decode the target in place: keep it. What we return is the request's
 * context from here on. */
static void *on_target(void *cls, const char *target, struct MHD_Connection *c)
{
    size_t n = target ? strlen(target) : 0;
    struct mhd_exchange *e = calloc(1, sizeof *e + n + 1);

    if (!e)
        return NULL; /* on_request then ends the connection */
    e->m = cls;
    e->c = c;
    if (n > 0)
        memcpy(e->target, target, n);
    return e;
}

struct gather {
    struct request_header all[REQUEST_HEADERS + 1]; /* one too many is enough to know */
    size_t count;
};

static enum MHD_Result gather_header(void *cls, enum MHD_ValueKind kind, const char *name,
                                     size_t name_len, const char *value, size_t len)
{
    struct gather *g = cls;

    (void)kind;
    if (g->count <= REQUEST_HEADERS)
        g->all[g->count++] =
            (struct request_header){name, value ? value : "", name_len, value ? len : 0};
    return MHD_YES;
}

static void begin(struct mhd_exchange *e, const char *method, const char *version)
{
    struct gather g = {.count = 0};
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(e->c, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

    MHD_get_connection_values_n(e->c, MHD_HEADER_KIND, gather_header, &g);
    struct request_raw raw = {method, e->target, version, g.all, g.count};
    if (info && info->socket_context)
        e->x = e->m->calls.begin(e->m->arg, info->socket_context, e, &raw);
    e->broken |= !e->x;
}

static enum MHD_Result on_request(void *cls, struct MHD_Connection *c, const char *url,
                                  const char *method, const char *version, const char *bytes,
                                  size_t *n, void **context)
{
    struct mhd_exchange *e = *context;

    (void)cls;
    (void)c;
    (void)url;
    if (!e)
        return MHD_NO;
    if (!e->x) {
        begin(e, method, version);
    } else if (*n > 0) {
        *n -= e->sent ? *n : e->m->calls.body(e->x, bytes, *n);
    } else if (!e->sent) {
        e->m->calls.end(e->x);
    }
    return e->broken ? MHD_NO : MHD_YES;
}

static void on_done(void *cls, struct MHD_Connection *c, void **context,
                    enum MHD_RequestTerminationCode code)
{
    struct mhd_exchange *e = *context;

    (void)cls;
    (void)c;
    (void)code;
    if (e && e->x)
        e->m->calls.done(e->x);
    free(e);
    *context = NULL;
}

static void on_connection(void *cls, struct MHD_Connection *c, void **context,
                          enum MHD_ConnectionNotificationCode code)
{
    struct mhd *m = cls;

    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        const union MHD_ConnectionInfo *info =
            MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD);
        *context = info ? m->calls.opened(m->arg, info->connect_fd) : NULL;
    } else if (*context) {
        m->calls.closed(m->arg, *context);
        *context = NULL;
    }
}

/* ---- an answer ---- */

static struct MHD_Response *body_of(struct answer *a)
{
    static char nothing[1];
    struct MHD_Response *r;

    if (a->fixed)
        return MHD_create_response_from_buffer(a->fixed_len, (void *)(uintptr_t)a->fixed,
                                               MHD_RESPMEM_PERSISTENT);
    if (a->body.len == 0)
        return MHD_create_response_from_buffer(0, nothing, MHD_RESPMEM_PERSISTENT);
    r = MHD_create_response_from_buffer(a->body.len, a->body.data, MHD_RESPMEM_MUST_FREE);
    if (r)
        a->body = (struct buf){0}; /* the library's now */
    return r;
}

static bool add_headers(const struct mhd *m, struct MHD_Response *r, const struct answer *a)
{
    bool good = true;

    for (const struct mhd_header *h = m->headers; h && h->name; h++)
        good = good && MHD_add_response_header(r, h->name, h->value) == MHD_YES;
    for (size_t i = 0; i < a->headers; i++)
        good = good && a->header[i].value.data &&
               MHD_add_response_header(r, a->header[i].name, a->header[i].value.data) == MHD_YES;
    if (a->close)
        good = good && MHD_add_response_header(r, "Connection", "close") == MHD_YES;
    return good;
}

/* Takes over both. */
static void queue(struct mhd_exchange *e, struct answer *a, struct MHD_Response *r)
{
    bool good =
        r && add_headers(e->m, r, a) && MHD_queue_response(e->c, (unsigned)a->status, r) == MHD_YES;

    if (r)
        MHD_destroy_response(r);
    answer_free(a);
    e->sent = true;
    if (!good)
        e->broken = true;
}

void mhd_send(struct mhd_exchange *e, struct answer *a)
{
    queue(e, a, body_of(a));
}

static ssize_t on_stream(void *cls, uint64_t at, char *to, size_t cap)
{
    struct mhd_exchange *e = cls;

    (void)at;
    ssize_t n = e->m->calls.stream(e->x, to, cap);
    return n < 0 ? MHD_CONTENT_READER_END_OF_STREAM : n;
}

void mhd_send_stream(struct mhd_exchange *e, struct answer *a)
{
    queue(e, a,
          MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, STREAM_PIECE, on_stream, e, NULL));
}

void mhd_peer(const struct mhd_exchange *e, char *to, size_t cap)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(e->c, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    const struct sockaddr *a = info ? info->client_addr : NULL;

    snprintf(to, cap, "a unix socket");
    if (a && a->sa_family == AF_INET)
        inet_ntop(AF_INET, &((const struct sockaddr_in *)(const void *)a)->sin_addr, to,
                  (socklen_t)cap);
    else if (a && a->sa_family == AF_INET6)
        inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)(const void *)a)->sin6_addr, to,
                  (socklen_t)cap);
}

void mhd_suspend(struct mhd_exchange *e)
{
    MHD_suspend_connection(e->c);
}

void mhd_resume(struct mhd_exchange *e)
{
    MHD_resume_connection(e->c);
}

/* ---- the library as a whole ---- */

/* What it says is about clients that left or lied: of no interest but to who looks for a fault. */
static void on_log(void *cls, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));
static void on_log(void *cls, const char *fmt, va_list ap)
{
    char text[500];

    (void)cls;
    vsnprintf(text, sizeof text, fmt, ap);
    text[strcspn(text, "\n")] = '\0';
    log_debug("libmicrohttpd: %s", text);
}

static void on_panic(void *cls, const char *file, unsigned line, const char *reason)
{
    (void)cls;
    log_bug("libmicrohttpd gave up in %s:%u: %s", file, line, reason ? reason : "");
}

/* %XX stays: nobody looks at what the library would make of it. */
static size_t leave_escaped(void *cls, struct MHD_Connection *c, char *s)
{
    (void)cls;
    (void)c;
    return strlen(s);
}

struct mhd *mhd_start(int fd, const struct mhd_options *o, const struct mhd_calls *calls, void *arg)
{
    struct mhd *m = calloc(1, sizeof *m);

    if (!m)
        return NULL;
    *m = (struct mhd){.calls = *calls, .headers = o->headers, .arg = arg};
    MHD_set_panic_func(on_panic, NULL);
    errno = 0;
    /* The logger comes first: what is said about the other options goes there too. */
    m->daemon = MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG, 0, NULL, NULL,
        on_request, m, MHD_OPTION_EXTERNAL_LOGGER, on_log, NULL, MHD_OPTION_LISTEN_SOCKET, fd,
        MHD_OPTION_CONNECTION_LIMIT, o->connections, MHD_OPTION_PER_IP_CONNECTION_LIMIT,
        o->per_address, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)MEMORY,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)SILENCE_SECONDS, MHD_OPTION_STRICT_FOR_CLIENT, 1,
        MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1, MHD_OPTION_URI_LOG_CALLBACK, on_target, m,
        MHD_OPTION_UNESCAPE_CALLBACK, leave_escaped, NULL, MHD_OPTION_NOTIFY_COMPLETED, on_done,
        NULL, MHD_OPTION_NOTIFY_CONNECTION, on_connection, m, MHD_OPTION_END);
    if (m->daemon)
        return m;
    if (errno == 0)
        errno = EINVAL;
    free(m);
    return NULL;
}

int mhd_quiet(struct mhd *m)
{
    return MHD_quiesce_daemon(m->daemon);
}

void mhd_stop(struct mhd *m)
{
    MHD_stop_daemon(m->daemon);
    free(m);
}
