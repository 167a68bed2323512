#include "spoold/http/reaper.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>

struct reaper_conn {
    struct reaper_conn *next, **at; /* at: what points to this one */
    int fd;
    bool ended;    /* shut down already; the library will close it */
    int64_t until; /* INT64_MAX: no limit */
    size_t piece;  /* bytes of the body since `until` was set */
};

struct reaper {
    pthread_mutex_t lock;
    struct reaper_conn *all;
    size_t count;
    int64_t patience_ms;
};

struct reaper *reaper_new(int64_t patience_ms)
{
    struct reaper *r = calloc(1, sizeof *r);

    if (!r)
        return NULL;
    pthread_mutex_init(&r->lock, NULL); /* cannot fail on Linux */
    r->patience_ms = patience_ms ? patience_ms : REAPER_PATIENCE_MS;
    return r;
}

void reaper_free(struct reaper *r)
{
    if (r)
        pthread_mutex_destroy(&r->lock);
    free(r);
}

struct reaper_conn *reaper_open(struct reaper *r, int fd, int64_t now)
{
    struct reaper_conn *c = calloc(1, sizeof *c);

    if (!c)
        return NULL;
    c->fd = fd;
    c->until = now + r->patience_ms;
    pthread_mutex_lock(&r->lock);
    c->next = r->all;
    c->at = &r->all;
    if (c->next)
        c->next->at = &c->next;
    r->all = c;
    r->count++;
    pthread_mutex_unlock(&r->lock);
    return c;
}

void reaper_close(struct reaper *r, struct reaper_conn *c)
{
    pthread_mutex_lock(&r->lock);
    *c->at = c->next;
    if (c->next)
        c->next->at = c->at;
    r->count--;
    pthread_mutex_unlock(&r->lock);
    free(c);
}

static int64_t limit_of(const struct reaper *r, enum reaper_phase p, uint64_t bytes, int64_t now)
{
    switch (p) {
    case REAPER_HEADER:
    case REAPER_BODY:
        return now + r->patience_ms;
    case REAPER_ANSWER:
        return now + REAPER_ANSWER_MS + (int64_t)(bytes / 16);
    case REAPER_WORK:
    case REAPER_STREAM:
        break;
    }
    return INT64_MAX;
}

void reaper_phase(struct reaper *r, struct reaper_conn *c, enum reaper_phase p, uint64_t bytes,
                  int64_t now)
{
    pthread_mutex_lock(&r->lock);
    c->until = limit_of(r, p, bytes, now);
    c->piece = 0;
    pthread_mutex_unlock(&r->lock);
}

void reaper_progress(struct reaper *r, struct reaper_conn *c, size_t n, int64_t now)
{
    pthread_mutex_lock(&r->lock);
    c->piece += n;
    if (c->piece >= REAPER_PIECE) {
        c->piece = 0;
        c->until = limit_of(r, REAPER_BODY, 0, now);
    }
    pthread_mutex_unlock(&r->lock);
}

/* With the lock held. A socket whose peer has gone already says ENOTCONN: it is gone, then. */
static void end(struct reaper_conn *c)
{
    if (!c->ended)
        shutdown(c->fd, SHUT_RDWR);
    c->ended = true;
}

void reaper_kick(struct reaper *r, struct reaper_conn *c)
{
    pthread_mutex_lock(&r->lock);
    end(c);
    pthread_mutex_unlock(&r->lock);
}

size_t reaper_tick(struct reaper *r, int64_t now)
{
    size_t n = 0;

    pthread_mutex_lock(&r->lock);
    for (struct reaper_conn *c = r->all; c; c = c->next)
        if (c->until <= now && !c->ended) {
            end(c);
            n++;
        }
    pthread_mutex_unlock(&r->lock);
    return n;
}

size_t reaper_count(struct reaper *r)
{
    pthread_mutex_lock(&r->lock);
    size_t n = r->count;
    pthread_mutex_unlock(&r->lock);
    return n;
}
