#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/rnd.h"
#include "spoold/http/sse_parts.h"

struct sse *sse_new(const struct sse_calls *calls, size_t clients_max)
{
    struct sse *s = calloc(1, sizeof *s);

    if (!s)
        return NULL;
    pthread_mutex_init(&s->lock, NULL);
    s->calls = *calls;
    s->clients_max = clients_max;
    s->first = s->next = 1;
    s->paid = s->commented = INT64_MIN / 2;
    rnd_name(s->start, sizeof s->start - 1);
    return s;
}

static void free_event(struct event *e)
{
    free(e->key);
    buf_free(&e->data);
    *e = (struct event){0};
}

static void drop_pending(struct sse *s)
{
    for (size_t i = 0; i < s->pendings; i++)
        free_event(&s->pending[i]);
    s->pendings = 0;
}

void sse_free(struct sse *s)
{
    if (!s)
        return;
    drop_pending(s);
    for (size_t i = 0; i < SSE_RING; i++)
        buf_free(&s->ring[i]);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

/* ---- telling; with the lock held ---- */

static void rouse(struct sse *s, struct sse_client *c)
{
    if (c->sleeps) {
        c->sleeps = false;
        s->calls.wake(c->arg);
    }
}

/* Its connection is ended too: it may be stuck in a write, where nobody asks us for more. */
static void end(struct sse *s, struct sse_client *c)
{
    if (!c->ended)
        s->calls.kick(c->arg);
    c->ended = true;
    rouse(s, c);
}

static void forget_oldest(struct sse *s)
{
    struct buf *b = &s->ring[s->first % SSE_RING];

    s->bytes -= b->len;
    buf_free(b);
    s->first++;
}

/* False: there is no memory, and the event is not told. */
static bool tell(struct sse *s, const char *name, const struct buf *data)
{
    struct buf text = {0};

    if (!sse_client_wire(s, &text, s->next, name, data)) {
        buf_free(&text);
        return false;
    }
    if (s->next - s->first == SSE_RING)
        forget_oldest(s);
    s->ring[s->next % SSE_RING] = text;
    snprintf(s->names[s->next % SSE_RING], SSE_NAME, "%s", name);
    s->bytes += text.len;
    s->next++;
    while (s->bytes > SSE_RING_BYTES)
        forget_oldest(s);
    return true;
}

static void flush(struct sse *s, int64_t now)
{
    for (size_t i = 0; i < s->pendings && !s->lost; i++)
        s->lost = !tell(s, s->pending[i].name, &s->pending[i].data);
    drop_pending(s);
    if (s->lost)
        s->lost = !tell(s, "reset", NULL);
    s->paid = (s->paid > now ? s->paid : now) + SSE_GAP_MS;
    for (struct sse_client *c = s->all; c; c = c->next) {
        if (c->place < s->first)
            end(s, c);
        else
            rouse(s, c);
    }
}

static bool anything(const struct sse *s)
{
    return s->pendings > 0 || s->lost;
}

/* May what waits go out now? */
static bool due(const struct sse *s, int64_t now)
{
    return s->held == 0 && now >= s->paid - SSE_AHEAD_MS;
}

static struct event *waiting(struct sse *s, const char *name, const char *key)
{
    for (size_t i = 0; key && i < s->pendings; i++) {
        struct event *e = &s->pending[i];
        if (e->key && strcmp(e->name, name) == 0 && strcmp(e->key, key) == 0)
            return e;
    }
    return NULL;
}

static bool put(struct sse *s, const char *name, const char *key, const char *data, size_t n)
{
    struct event *e = waiting(s, name, key);

    if (!e) {
        if (s->pendings == SSE_PENDING || n > SSE_EVENT_BYTES)
            return false;
        e = &s->pending[s->pendings];
        snprintf(e->name, sizeof e->name, "%s", name);
        e->key = key ? strdup(key) : NULL;
        if (key && !e->key)
            return false;
        s->pendings++;
    }
    buf_clear(&e->data);
    buf_add(&e->data, data, n);
    /* The wire's lines must not be ended by what we say: blanks mean the same in JSON. */
    for (size_t i = 0; i < e->data.len; i++)
        if (e->data.data[i] == '\n' || e->data.data[i] == '\r')
            e->data.data[i] = ' ';
    return buf_ok(&e->data) && n <= SSE_EVENT_BYTES;
}

int sse_publish(struct sse *s, const char *name, const char *key, const char *data, size_t n,
                int64_t now)
{
    pthread_mutex_lock(&s->lock);
    bool first = !anything(s);
    bool good = put(s, name, key, data, n);
    if (!good)
        s->lost = true;
    bool at_once = due(s, now);
    if (at_once)
        flush(s, now);
    bool poke = s->held == 0 && anything(s) && (first || at_once);
    pthread_mutex_unlock(&s->lock);
    if (poke)
        s->calls.poke(s->calls.hub);
    return good ? 0 : -1;
}

int64_t sse_gap(struct sse *s, int64_t now)
{
    pthread_mutex_lock(&s->lock);
    int64_t gap = s->paid - SSE_AHEAD_MS - now;
    pthread_mutex_unlock(&s->lock);
    return gap > 0 ? gap : 0;
}

void sse_hold(struct sse *s)
{
    pthread_mutex_lock(&s->lock);
    s->held++;
    pthread_mutex_unlock(&s->lock);
}

void sse_release(struct sse *s, int64_t now)
{
    pthread_mutex_lock(&s->lock);
    s->held--;
    if (anything(s) && due(s, now))
        flush(s, now);
    bool poke = s->held == 0 && anything(s);
    pthread_mutex_unlock(&s->lock);
    if (poke)
        s->calls.poke(s->calls.hub);
}

/* Each client owes us a sign of life: who has taken nothing since the last two comments is stuck.
 */
static void comment(struct sse *s, int64_t now)
{
    s->commented = now;
    for (struct sse_client *c = s->all; c; c = c->next) {
        if (++c->comments > 2)
            end(s, c);
        else
            rouse(s, c);
    }
}

int64_t sse_tick(struct sse *s, int64_t now)
{
    int64_t next = INT64_MAX;

    pthread_mutex_lock(&s->lock);
    if (anything(s) && due(s, now))
        flush(s, now);
    if (anything(s) && s->held == 0)
        next = s->paid - SSE_AHEAD_MS;
    if (now - s->commented >= SSE_COMMENT_MS)
        comment(s, now);
    if (s->all && s->commented + SSE_COMMENT_MS < next)
        next = s->commented + SSE_COMMENT_MS;
    pthread_mutex_unlock(&s->lock);
    return next;
}

void sse_last_id(struct sse *s, char id[SSE_ID])
{
    pthread_mutex_lock(&s->lock);
    snprintf(id, SSE_ID, "%s-%" PRIu64, s->start, s->next - 1);
    pthread_mutex_unlock(&s->lock);
}

void sse_stop(struct sse *s, int64_t now)
{
    pthread_mutex_lock(&s->lock);
    s->stopping = true;
    if (anything(s))
        flush(s, now);
    for (struct sse_client *c = s->all; c; c = c->next)
        rouse(s, c);
    pthread_mutex_unlock(&s->lock);
}

size_t sse_count(struct sse *s)
{
    pthread_mutex_lock(&s->lock);
    size_t n = s->count;
    pthread_mutex_unlock(&s->lock);
    return n;
}
