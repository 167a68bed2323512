/*
 * httpd: serves a few routes with spoold/http, for attack.py.
 *
 *   httpd [-l WHERE] [-t TOKEN-FILE] [-w FOLDER] [-a NAMES] [-h PATIENCE-MS] [-e STREAMS]
 *         [-c CONNECTIONS] [-p PER-ADDRESS] [-g GRACE-MS] [-r] [-R] [-I]
 *   -r read-only, -R reading needs the token, -I allow_insecure
 *
 * Says "listening WHERE" once it does, and ends well at SIGTERM: "stopped after N ms".
 */
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/jsonw.h"
#include "base/num.h"
#include "base/sha256.h"
#include "spoold/http/server.h"

static struct server *server;
static int uploads_open, uploads_ended; /* the server's thread alone */

static uint64_t number(const struct request *rq, const char *name, uint64_t fallback)
{
    const char *text = request_query(rq, name);
    uint64_t n = fallback;

    if (text)
        num_u64(text, &n);
    return n;
}

static enum route_next hello(void *arg, struct request *rq, struct answer *a)
{
    (void)arg;
    (void)rq;
    a->type = answer_json;
    buf_str(&a->body, "{\"hello\":true}\n");
    return ROUTE_DONE;
}

/* n bytes that can be made smaller, with an entity tag. */
static enum route_next big(void *arg, struct request *rq, struct answer *a)
{
    (void)arg;
    a->type = answer_json;
    uint64_t n = number(rq, "n", 5000);
    snprintf(a->etag, sizeof a->etag, "big-%" PRIu64, n);
    for (uint64_t i = 0; a->body.len + 20 < n && i < 1000000; i++)
        buf_fmt(&a->body, "[%" PRIu64 "]", i);
    return ROUTE_DONE;
}

static enum route_next item(void *arg, struct request *rq, struct answer *a)
{
    const struct request_text *id = request_param(rq, "id");
    struct jsonw w;

    (void)arg;
    a->type = answer_json;
    jsonw_init(&w, &a->body, false);
    jsonw_object(&w, NULL);
    jsonw_name(&w, "id", id->s, id->len);
    jsonw_uint(&w, "len", id->len);
    jsonw_end_object(&w);
    return ROUTE_DONE;
}

static enum route_next remove_item(void *arg, struct request *rq, struct answer *a)
{
    (void)arg;
    (void)rq;
    a->status = 204;
    return ROUTE_DONE;
}

static enum route_next echo(void *arg, struct request *rq, struct answer *a)
{
    char hex[SHA256_HEX];

    (void)arg;
    sha256_hex(rq->body.data ? rq->body.data : "", rq->body.len, hex);
    a->type = answer_json;
    buf_fmt(&a->body, "{\"len\":%zu,\"sha256\":\"%s\"}\n", rq->body.len, hex);
    return ROUTE_DONE;
}

/* ---- answered by another thread ---- */

struct job {
    uint64_t ticket, ms;
};

static void *work(void *arg)
{
    struct job *job = arg;
    struct answer a = {.status = 200, .type = answer_json};

    clock_sleep_ms((int64_t)job->ms);
    buf_str(&a.body, "{\"late\":true}\n");
    server_complete(server, job->ticket, &a);
    free(job);
    return NULL;
}

static enum route_next later(void *arg, struct request *rq, struct answer *a)
{
    struct job *job = malloc(sizeof *job);
    pthread_t thread;

    (void)arg;
    (void)a;
    if (!job)
        return ROUTE_LATER;
    *job = (struct job){server_later(rq), number(rq, "ms", 0)};
    if (job->ticket && pthread_create(&thread, NULL, work, job) == 0)
        pthread_detach(thread);
    else
        free(job);
    return ROUTE_LATER;
}

static enum route_next never(void *arg, struct request *rq, struct answer *a)
{
    (void)arg;
    (void)a;
    server_later(rq);
    return ROUTE_LATER;
}

/* ---- a body in pieces ---- */

struct upload {
    struct sha256 *hash;
    uint64_t len;
};

static void *upload_begin(void *arg, struct request *rq, struct answer *a)
{
    struct upload *u = calloc(1, sizeof *u);

    (void)arg;
    (void)rq;
    if (!u || !(u->hash = sha256_new())) {
        free(u);
        answer_problem(a, 503, "no-memory", "There is no memory.");
        return NULL;
    }
    uploads_open++;
    return u;
}

static ssize_t upload_piece(void *state, const void *bytes, size_t n, struct answer *a)
{
    struct upload *u = state;

    (void)a;
    if (n > 4 && memcmp(bytes, "FULL", 4) == 0) {
        answer_problem(a, 507, "disk-full", "The disk is full.");
        return -1;
    }
    sha256_add(u->hash, bytes, n);
    u->len += n;
    return (ssize_t)n;
}

static enum route_next upload_end(void *state, struct request *rq, struct answer *a)
{
    struct upload *u = state;
    char hex[SHA256_HEX];

    (void)rq;
    sha256_end(u->hash, hex);
    a->type = answer_json;
    buf_fmt(&a->body, "{\"len\":%" PRIu64 ",\"sha256\":\"%s\"}\n", u->len, hex);
    uploads_ended++;
    return ROUTE_DONE;
}

static void upload_drop(void *state)
{
    struct upload *u = state;

    sha256_free(u->hash);
    free(u);
    uploads_open--;
}

static const char *const upload_types[] = {"application/pdf", NULL};
static const struct route_upload upload = {
    upload_types, upload_begin, upload_piece, upload_end, upload_drop,
};

/* ---- a body for which there is room now and then: ?ms= between two pieces of ROOM bytes ---- */

enum { ROOM = 64 * 1024 };

struct slow {
    struct upload *upload;
    pthread_t thread;
    uint64_t ticket, ms;
    atomic_size_t room;
    atomic_bool over;
};

static void *make_room(void *arg)
{
    struct slow *w = arg;
    int64_t due = clock_boot_ms() + (int64_t)w->ms;
    while (!atomic_load(&w->over)) {
        clock_sleep_ms(1); /* on a busy machine it may be ten */
        if (clock_boot_ms() < due)
            continue;
        due = clock_boot_ms() + (int64_t)w->ms;
        atomic_store(&w->room, ROOM);
        server_room(server, w->ticket);
    }
    return NULL;
}

static void *slow_begin(void *arg, struct request *rq, struct answer *a)
{
    struct slow *w = calloc(1, sizeof *w);

    if (w)
        w->upload = upload_begin(arg, rq, a);
    if (!w || !w->upload)
        exit(71);
    w->ms = number(rq, "ms", 5) + 1;
    w->ticket = server_later(rq);
    if (!w->ticket || pthread_create(&w->thread, NULL, make_room, w) != 0)
        exit(71);
    return w;
}

static ssize_t slow_piece(void *state, const void *bytes, size_t n, struct answer *a)
{
    struct slow *w = state;
    size_t room = atomic_exchange(&w->room, 0), taken = n < room ? n : room;

    if (taken < room) /* what the thread has added meanwhile is as much or more */
        atomic_store(&w->room, room - taken);
    return taken ? upload_piece(w->upload, bytes, taken, a) : 0;
}

static enum route_next slow_end(void *state, struct request *rq, struct answer *a)
{
    struct slow *w = state;

    return upload_end(w->upload, rq, a);
}

static void slow_drop(void *state)
{
    struct slow *w = state;

    atomic_store(&w->over, true);
    pthread_join(w->thread, NULL);
    upload_drop(w->upload);
    free(w);
}

static const struct route_upload slow = {
    upload_types, slow_begin, slow_piece, slow_end, slow_drop,
};

/* ---- events ---- */

/* n events at once, of `size` bytes: "state" of one key, or each for itself. */
static enum route_next publish(void *arg, struct request *rq, struct answer *a)
{
    struct buf text = {0};
    uint64_t n = number(rq, "n", 1), size = number(rq, "size", 0);

    (void)arg;
    for (uint64_t i = 1; i <= n && i <= 100000; i++) {
        buf_clear(&text);
        buf_fmt(&text, "{\"n\":%" PRIu64 ",\"pad\":\"%*s\"}", i, (int)(size % 100000), "");
        server_publish(server, "state", request_query(rq, "each") ? NULL : "k", text.data,
                       text.len);
    }
    buf_free(&text);
    a->status = 204;
    return ROUTE_DONE;
}

static enum route_next counts(void *arg, struct request *rq, struct answer *a)
{
    struct server_counts c;

    (void)arg;
    (void)rq;
    server_count(server, &c);
    a->type = answer_json;
    buf_fmt(&a->body,
            "{\"requests\":%" PRIu64 ",\"refused\":%" PRIu64 ",\"reaped\":%" PRIu64
            ",\"connections\":%zu,\"streams\":%zu,\"uploads_open\":%d,\"uploads_ended\":%d,"
            "\"ok\":%" PRIu64 "}\n",
            c.requests, c.refused, c.reaped, c.connections, c.event_clients, uploads_open,
            uploads_ended, server_count_status(server, 200));
    return ROUTE_DONE;
}

static const struct route routes[] = {
    {.method = REQUEST_GET, .pattern = "/healthz", .need = AUTH_OPEN, .handler = hello},
    {.method = REQUEST_GET, .pattern = "/api/v1/hello", .need = AUTH_READ, .handler = hello},
    {.method = REQUEST_GET, .pattern = "/api/v1/big", .need = AUTH_READ, .handler = big},
    {.method = REQUEST_GET, .pattern = "/api/v1/counts", .need = AUTH_OPEN, .handler = counts},
    {.method = REQUEST_GET, .pattern = "/api/v1/items/{id}", .need = AUTH_READ, .handler = item},
    {.method = REQUEST_DELETE,
     .pattern = "/api/v1/items/{id}",
     .need = AUTH_OPERATE,
     .handler = remove_item},
    {.method = REQUEST_POST, .pattern = "/api/v1/echo", .need = AUTH_OPERATE, .handler = echo},
    {.method = REQUEST_GET, .pattern = "/api/v1/later", .need = AUTH_READ, .handler = later},
    {.method = REQUEST_GET,
     .pattern = "/api/v1/never",
     .need = AUTH_READ,
     .handler = never,
     .limit_ms = 700},
    {.method = REQUEST_GET, .pattern = "/api/v1/hang", .need = AUTH_READ, .handler = never},
    {.method = REQUEST_POST, .pattern = "/api/v1/upload", .need = AUTH_OPERATE, .upload = &upload},
    {.method = REQUEST_POST, .pattern = "/api/v1/slow", .need = AUTH_OPERATE, .upload = &slow},
    {.method = REQUEST_GET, .pattern = "/api/v1/events", .need = AUTH_READ, .events = true},
    {.method = REQUEST_POST,
     .pattern = "/api/v1/publish",
     .need = AUTH_OPEN,
     .handler = publish,
     .no_body = true},
};

static struct server_options options = {.upload_max = 8 * 1024 * 1024,
                                        .routes = routes,
                                        .route_count = sizeof routes / sizeof routes[0]};
static const char *where = "127.0.0.1:0", *token, *folder, *allowed;
static int64_t grace = SERVER_GRACE_MS;
static bool insecure;
static struct listener l = {.fd = -1};

static void take_options(int argc, char **argv)
{
    for (int c; (c = getopt(argc, argv, "l:t:w:a:h:e:c:p:g:rRI")) != -1;) {
        switch (c) {
        case 'l':
            where = optarg;
            break;
        case 't':
            token = optarg;
            break;
        case 'w':
            folder = optarg;
            break;
        case 'a':
            allowed = optarg;
            break;
        case 'h':
            options.patience_ms = atoi(optarg);
            break;
        case 'e':
            options.event_clients = (unsigned)atoi(optarg);
            break;
        case 'c':
            options.connections = (unsigned)atoi(optarg);
            break;
        case 'p':
            options.per_address = (unsigned)atoi(optarg);
            break;
        case 'g':
            grace = atoi(optarg);
            break;
        case 'r':
            options.read_only = true;
            break;
        case 'R':
            options.token_to_read = true;
            break;
        case 'I':
            insecure = true;
            break;
        default:
            exit(64);
        }
    }
}

static void die(const char *what, const char *why)
{
    fprintf(stderr, "%s: %s (%s)\n", what, why, strerror(errno));
    exit(78);
}

static void start(void)
{
    static struct secret secret;
    const char *why;
    char *bad;

    if (token && (why = secret_load(&secret, token)))
        die(token, why);
    int given = listener_inherit(&l, token || insecure, &why);
    if (given == 0)
        why = listener_open(&l, where, token || insecure);
    if (given < 0 || (given == 0 && why))
        die(where, why);
    options.secret = token ? &secret : NULL;
    options.hosts = hostcheck_new(NULL, l.address, allowed, &bad);
    if (!options.hosts)
        die("allowed", bad ? bad : "?");
    if (folder && !(options.assets = assets_load(folder)))
        die(folder, "cannot be read");
    if (!(server = server_new(&options)) || server_start(server, &l) != 0)
        die(where, "cannot be served");
    printf("listening %s\n", l.name);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    sigset_t set;
    int got;

    take_options(argc, argv);
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
    sigdelset(&set, SIGPIPE);
    start();
    sigwait(&set, &got);
    int64_t began = clock_boot_ms();
    server_stop(server, grace);
    listener_close(&l);
    printf("stopped after %" PRId64 " ms\n", clock_boot_ms() - began);
    assets_free((struct assets *)(uintptr_t)options.assets);
    hostcheck_free((struct hostcheck *)(uintptr_t)options.hosts);
    return 0;
}
