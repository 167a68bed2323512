#include "spoold/http/sse.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/num.h"
#include "base/rnd.h"

struct event {
    char name[SSE_NAME];
    char *key; /* NULL: never replaced */
    struct buf data;
};

struct sse_client {
    struct sse_client *next, **at;
    void *arg;
    uint64_t place; /* number of the event that it gets next */
    size_t offset;  /* bytes of that event (or of `own`) that it has */
    struct buf own; /* what is for this client alone, told first */
    int comments;   /* that are due */
    bool sleeps, ended;
    char topics[SSE_TOPICS]; /* ",overview,host,"; "": all */
};

struct sse {
    pthread_mutex_t lock;
    struct sse_calls calls;
    char start[9]; /* of this start of the program */
    /* The ring: events first..next-1; event i lies at i % SSE_RING, as it goes over the wire. */
    struct buf ring[SSE_RING];
    char names[SSE_RING][SSE_NAME];
    uint64_t first, next;
    size_t bytes;
    struct event pending[SSE_PENDING];
    size_t pendings;
    unsigned held;     /* how many tell a set of events just now */
    bool lost;         /* some that waited were dropped */
    int64_t paid;      /* until when what has been told has used up its share of the time */
    int64_t commented; /* when; far back: never */
    bool stopping;
    struct sse_client *all;
    size_t count, clients_max;
};

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

/* data NULL: of a "hello" or a "reset", which say where the client is now. */
static bool wire(struct sse *s, struct buf *to, uint64_t id, const char *name,
                 const struct buf *data)
{
    buf_fmt(to, "id: %s-%" PRIu64 "\nevent: %s\ndata: ", s->start, id, name);
    if (!data)
        buf_fmt(to, "{\"event_id\":\"%s-%" PRIu64 "\"}", s->start, id);
    else
        buf_add(to, data->data ? data->data : "{}", data->data ? data->len : 2);
    buf_str(to, "\n\n");
    return buf_ok(to);
}

/* False: there is no memory, and the event is not told. */
static bool tell(struct sse *s, const char *name, const struct buf *data)
{
    struct buf text = {0};

    if (!wire(s, &text, s->next, name, data)) {
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

/* ---- clients ---- */

/* The place after that id; 0: it is none of ours that the ring still has. */
static uint64_t place_after(const struct sse *s, const char *last_id)
{
    size_t n = strlen(s->start);
    uint64_t id;

    if (strncmp(last_id, s->start, n) != 0 || last_id[n] != '-' || !num_u64(last_id + n + 1, &id))
        return 0;
    return id + 1 >= s->first && id < s->next ? id + 1 : 0;
}

static bool wants(const struct sse_client *c, const char *name)
{
    char word[SSE_NAME + 2];

    if (!c->topics[0] || strcmp(name, "reset") == 0)
        return true;
    snprintf(word, sizeof word, ",%s,", name);
    return strstr(c->topics, word) != NULL;
}

/* What it gets before anything else, and where it goes on. */
static void greet(struct sse *s, struct sse_client *c, const struct sse_wish *w)
{
    bool known = w->last_id && *w->last_id;

    c->place = known ? place_after(s, w->last_id) : 0;
    buf_str(&c->own, "retry: 3000\n\n");
    if (c->place)
        return;
    c->place = s->next;
    wire(s, &c->own, s->next - 1, known ? "reset" : "hello", NULL);
    if (!w->name || !wants(c, w->name))
        return;
    const struct buf data = {(char *)(uintptr_t)w->data, strlen(w->data), 0, false};
    wire(s, &c->own, s->next - 1, w->name, &data);
}

struct sse_client *sse_join(struct sse *s, void *arg, const struct sse_wish *w)
{
    struct sse_client *c = calloc(1, sizeof *c);

    if (!c)
        return NULL;
    if (w->topics && *w->topics && strlen(w->topics) + 3 <= sizeof c->topics)
        snprintf(c->topics, sizeof c->topics, ",%s,", w->topics);
    pthread_mutex_lock(&s->lock);
    greet(s, c, w);
    bool room = s->count < s->clients_max && !s->stopping, memory = buf_ok(&c->own);
    if (!room || !memory) {
        pthread_mutex_unlock(&s->lock);
        buf_free(&c->own);
        free(c);
        errno = room ? ENOMEM : EBUSY;
        return NULL;
    }
    c->arg = arg;
    c->next = s->all;
    c->at = &s->all;
    if (c->next)
        c->next->at = &c->next;
    s->all = c;
    s->count++;
    pthread_mutex_unlock(&s->lock);
    s->calls.poke(s->calls.hub); /* for the comments */
    return c;
}

void sse_last_id(struct sse *s, char id[SSE_ID])
{
    pthread_mutex_lock(&s->lock);
    snprintf(id, SSE_ID, "%s-%" PRIu64, s->start, s->next - 1);
    pthread_mutex_unlock(&s->lock);
}

/* A piece of one text; true when the whole of it has been taken. */
static bool piece(const struct buf *from, size_t *offset, char *to, size_t cap, size_t *n)
{
    size_t left = from->len - *offset;
    size_t take = left < cap - *n ? left : cap - *n;

    if (take > 0)
        memcpy(to + *n, from->data + *offset, take);
    *n += take;
    *offset += take;
    if (*offset < from->len)
        return false;
    *offset = 0;
    return true;
}

static size_t take(struct sse *s, struct sse_client *c, char *to, size_t cap)
{
    static char comment_text[] = ": ka\n\n";
    size_t n = 0, none = 0;

    if (c->own.len > 0) {
        if (!piece(&c->own, &c->offset, to, cap, &n))
            return n;
        buf_free(&c->own);
    }
    while (c->place < s->next) {
        if (c->offset == 0 && !wants(c, s->names[c->place % SSE_RING])) {
            c->place++;
            continue;
        }
        if (!piece(&s->ring[c->place % SSE_RING], &c->offset, to, cap, &n))
            return n;
        c->place++;
    }
    struct buf text = {comment_text, sizeof comment_text - 1, 0, false};
    if (c->comments > 0 && cap - n >= text.len)
        piece(&text, &none, to, cap, &n);
    c->comments = 0; /* it takes what there is: it lives */
    return n;
}

ssize_t sse_take(struct sse *s, struct sse_client *c, char *to, size_t cap)
{
    ssize_t n = -1;

    pthread_mutex_lock(&s->lock);
    if (!c->ended && c->place >= s->first) {
        n = (ssize_t)take(s, c, to, cap);
        if (n == 0 && s->stopping) {
            n = -1;
        } else if (n == 0) {
            c->sleeps = true;
            s->calls.sleep(c->arg);
        }
    }
    pthread_mutex_unlock(&s->lock);
    return n;
}

void sse_leave(struct sse *s, struct sse_client *c)
{
    pthread_mutex_lock(&s->lock);
    *c->at = c->next;
    if (c->next)
        c->next->at = c->at;
    s->count--;
    pthread_mutex_unlock(&s->lock);
    buf_free(&c->own);
    free(c);
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
