/* GET /api/v1/health, /healthz, /readyz: how spoold itself fares. */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "spoold/alert/teller.h"
#include "spoold/api/api.h"
#include "spoold/api/params.h"
#include "spoold/api/view.h"

static const char *const none[] = {NULL};
static const char text_plain[] = "text/plain; charset=utf-8";

/* Resident memory of this process; 0: not known. */
static uint64_t memory(void)
{
    char text[128];
    unsigned long long all, resident = 0;
    int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    ssize_t n = fd >= 0 ? read(fd, text, sizeof text - 1) : -1;
    if (fd >= 0)
        close(fd);
    if (n <= 0)
        return 0;
    text[n] = 0;
    if (sscanf(text, "%llu %llu", &all, &resident) != 2)
        return 0;
    return resident * (uint64_t)sysconf(_SC_PAGESIZE);
}

static void check(struct jsonw *w, const char *name, bool ok, int64_t since, const char *message)
{
    jsonw_object(w, NULL);
    jsonw_str(w, "name", name);
    jsonw_bool(w, "ok", ok);
    jsonw_time(w, "since", since);
    jsonw_str(w, "message", ok ? "" : message);
    jsonw_end_object(w);
}

static bool walked(const struct snapshot *s)
{
    for (int i = 0; i < DOC_STATES; i++)
        if (!s->rounds[i].ever)
            return false;
    return true;
}

/* Does each receiver take what it is sent? The first that does not is named. */
static void check_webhooks(struct jsonw *w, const struct api *api)
{
    struct courier_counts c, worst = {.failing_since_ms = 0};
    char message[COURIER_NAME + COURIER_WHY + 80];
    for (size_t i = 0; api->teller && courier_count(teller_courier(api->teller), i, &c); i++)
        if (c.failing_since_ms != 0 &&
            (worst.failing_since_ms == 0 || c.failing_since_ms < worst.failing_since_ms))
            worst = c;
    snprintf(message, sizeof message, "%s takes no messages, %llu wait: %s", worst.name,
             (unsigned long long)worst.waiting, worst.why);
    bool ok = worst.failing_since_ms == 0;
    check(w, "webhooks", ok, ok ? api->began_ms : worst.failing_since_ms, message);
}

static void show(const struct api *api, const struct view *v, const struct board_health *h,
                 struct answer *a)
{
    struct jsonw w;
    struct server_counts c = {0};
    if (api->server)
        server_count(api->server, &c);
    a->type = answer_json;
    jsonw_init(&w, &a->body, false);
    jsonw_object(&w, NULL);
    jsonw_str(&w, "status", h->answering && h->scanner ? "ok" : "degraded");
    jsonw_str(&w, "version", PDFSPOOL_VERSION);
    jsonw_time(&w, "time", v->now_ms);
    jsonw_time(&w, "started", api->began_ms);
    jsonw_array(&w, "checks");
    check(&w, "share", h->answering, h->answering_since, "the share does not answer");
    check(&w, "scanner", h->scanner, h->scanner_since,
          "there is no scanner; another one is started");
    check(&w, "journals", v->s->backlog_bytes == 0, api->began_ms,
          "journals from before this start are still being read");
    check(&w, "walk", walked(v->s), api->began_ms, "the first walk through the tree goes on");
    check_webhooks(&w, api);
    jsonw_end_array(&w);
    jsonw_uint(&w, "connections", c.connections);
    jsonw_uint(&w, "sse_clients", c.event_clients);
    jsonw_uint(&w, "memory_bytes", memory());
    jsonw_uint(&w, "documents_known", v->s->documents.rows);
    jsonw_end_object(&w);
    buf_char(&a->body, '\n');
}

static struct board_health health_of(struct api *api)
{
    pthread_mutex_lock(&api->board.lock);
    struct board_health h = api->board.health;
    pthread_mutex_unlock(&api->board.lock);
    return h;
}

enum route_next health_get(void *arg, struct request *rq, struct answer *a)
{
    struct api *api = arg;
    struct view v;
    if (!params_known(rq, a, none) || !view_open(&v, api->model))
        return ROUTE_DONE;
    struct board_health h = health_of(api);
    show(api, &v, &h, a);
    view_close(&v);
    return ROUTE_DONE;
}

enum route_next healthz_get(void *arg, struct request *rq, struct answer *a)
{
    (void)arg;
    (void)rq;
    a->type = text_plain;
    buf_str(&a->body, "ok\n");
    return ROUTE_DONE;
}

enum route_next readyz_get(void *arg, struct request *rq, struct answer *a)
{
    struct api *api = arg;
    struct view v;
    (void)rq;
    if (!view_open(&v, api->model))
        return ROUTE_DONE;
    a->type = text_plain;
    /* What the journals tell is a picture; the walk, which may take long, only corrects it. */
    if (view_answering(&v) && (v.s->backlog_bytes == 0 || walked(v.s))) {
        buf_str(&a->body, "ready\n");
    } else {
        a->status = 503;
        buf_str(&a->body, view_answering(&v) ? "the journals are still being read\n"
                                             : "the share does not answer\n");
    }
    view_close(&v);
    return ROUTE_DONE;
}
