#include "spoold/http/server.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "spoold/http/serve.h"

enum { TICK_MS = 1000 };

/* ---- the clocks ---- */

void server_poke(void *server)
{
    struct server *s = server;

    pthread_mutex_lock(&s->lock);
    s->poked = true;
    pthread_cond_signal(&s->wake);
    pthread_mutex_unlock(&s->lock);
}

/* What is due, and when to look again. */
static int64_t tick(struct server *s, int64_t now)
{
    int64_t next = INT64_MAX, at;
    size_t ended = reaper_tick(s->reaper, now);

    atomic_fetch_add(&s->reaped, ended);
    if (ended > 0)
        log_debug("%zu connections were too slow and have been ended", ended);
    if (reaper_count(s->reaper) > 0)
        next = now + TICK_MS;
    if ((at = later_tick(s->later, now)) < next)
        next = at;
    if ((at = later_tick(s->delays, now)) < next)
        next = at;
    if ((at = sse_tick(s->sse, now)) < next)
        next = at;
    return next;
}

/* With the lock held: until poked, or that long. */
static void sleep_until(struct server *s, int64_t next)
{
    struct timespec until;

    if (next == INT64_MAX) {
        while (!s->poked && !s->stopping)
            pthread_cond_wait(&s->wake, &s->lock);
    } else {
        int64_t ms = next - clock_boot_ms();
        clock_gettime(CLOCK_MONOTONIC, &until);
        int64_t ns = until.tv_nsec + (ms > 0 ? ms : 0) * 1000000;
        until.tv_sec += (time_t)(ns / 1000000000);
        until.tv_nsec = (long)(ns % 1000000000);
        while (!s->poked && !s->stopping &&
               pthread_cond_timedwait(&s->wake, &s->lock, &until) != ETIMEDOUT)
            ;
    }
    s->poked = false;
}

static void *run_clocks(void *server)
{
    struct server *s = server;

    pthread_mutex_lock(&s->lock);
    while (!s->stopping) {
        pthread_mutex_unlock(&s->lock);
        int64_t next = tick(s, clock_boot_ms());
        pthread_mutex_lock(&s->lock);
        sleep_until(s, next);
    }
    pthread_mutex_unlock(&s->lock);
    return NULL;
}

/* ---- beginning and end ---- */

static void set_up(struct server *s, const struct server_options *o)
{
    pthread_condattr_t attr;

    s->o = *o;
    if (!s->o.connections)
        s->o.connections = SERVER_CONNECTIONS;
    if (!s->o.event_clients)
        s->o.event_clients = SERVER_EVENT_CLIENTS;
    if (o->secret)
        s->auth.secret = *o->secret;
    s->auth.token_to_read = o->token_to_read;
    s->auth.read_only = o->read_only;
    /* None of these can fail on Linux. */
    pthread_mutex_init(&s->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&s->wake, &attr);
    pthread_condattr_destroy(&attr);
}

static void tear_down(struct server *s)
{
    sse_free(s->sse);
    later_free(s->delays);
    later_free(s->later);
    reaper_free(s->reaper);
    pthread_cond_destroy(&s->wake);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

static void stop_clocks(struct server *s)
{
    pthread_mutex_lock(&s->lock);
    s->stopping = true;
    pthread_cond_signal(&s->wake);
    pthread_mutex_unlock(&s->lock);
    pthread_join(s->clocks, NULL);
}

struct server *server_new(const struct server_options *o)
{
    struct server *s = calloc(1, sizeof *s);
    struct sse_calls calls = {serve_sleep, serve_wake, serve_kick, server_poke, s};

    if (!s)
        return NULL;
    set_up(s, o);
    s->reaper = reaper_new(o->patience_ms);
    s->later = later_new(serve_sleep, serve_wake);
    s->delays = later_new(serve_sleep, serve_wake);
    s->sse = sse_new(&calls, s->o.event_clients);
    if (s->reaper && s->later && s->delays && s->sse)
        return s;
    tear_down(s);
    errno = ENOMEM;
    return NULL;
}

int server_start(struct server *s, struct listener *l)
{
    struct mhd_options o = {s->o.connections, s->o.per_address, finish_headers};
    int error = pthread_create(&s->clocks, NULL, run_clocks, s);

    if (error) {
        errno = error;
        return -1;
    }
    snprintf(s->auth.cookie, sizeof s->auth.cookie, "pdfspool_%u", (unsigned)l->port);
    /* From here on handlers are called. */
    s->mhd = mhd_start(l->fd, &o, &serve_calls, s);
    if (!s->mhd) {
        error = errno;
        stop_clocks(s);
        errno = error;
        return -1;
    }
    l->fd = -1;
    return 0;
}

/* Until nothing is under way, or that long. */
static void let_finish(struct server *s, int64_t ms)
{
    enum { STEP_MS = 5 };
    int64_t until = clock_boot_ms() + ms;

    while (atomic_load(&s->busy) > 0 && clock_boot_ms() < until)
        clock_sleep_ms(STEP_MS);
}

void server_stop(struct server *s, int64_t grace_ms)
{
    enum { LAST_MS = 200 }; /* for those that have just been told that they wait for nothing */

    if (!s)
        return;
    if (!s->mhd) {
        tear_down(s);
        return;
    }
    int fd = mhd_quiet(s->mhd);
    sse_stop(s->sse, clock_boot_ms());
    let_finish(s, grace_ms);
    /* From here on nothing is suspended, and nothing will be. */
    later_stop(s->later);
    later_stop(s->delays);
    let_finish(s, LAST_MS);
    stop_clocks(s);
    mhd_stop(s->mhd);
    if (fd >= 0)
        close(fd);
    tear_down(s);
}

/* ---- what the program says and asks ---- */

bool server_complete(struct server *s, uint64_t ticket, struct answer *a)
{
    return later_complete(s->later, ticket, a);
}

void server_room(struct server *s, uint64_t ticket)
{
    later_nudge(s->later, ticket);
}

int server_publish(struct server *s, const char *name, const char *key, const char *data, size_t n)
{
    return sse_publish(s->sse, name, key, data, n, clock_boot_ms());
}

int64_t server_gap(struct server *s)
{
    return sse_gap(s->sse, clock_boot_ms());
}

void server_hold(struct server *s)
{
    sse_hold(s->sse);
}

void server_release(struct server *s)
{
    sse_release(s->sse, clock_boot_ms());
}

void server_count(struct server *s, struct server_counts *c)
{
    *c = (struct server_counts){
        .requests = atomic_load(&s->requests),
        .refused = atomic_load(&s->refused),
        .reaped = atomic_load(&s->reaped),
        .connections = reaper_count(s->reaper),
        .event_clients = sse_count(s->sse),
    };
}

uint64_t server_count_status(const struct server *s, int status)
{
    return status >= 100 && status < 600 ? atomic_load(&s->status[status]) : 0;
}

void server_event_id(struct server *s, char id[SSE_ID])
{
    sse_last_id(s->sse, id);
}
