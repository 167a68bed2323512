/* The clients of a stream: where they are in it, and what they take. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "spoold/http/sse_parts.h"

bool sse_client_wire(const struct sse *s, struct buf *to, uint64_t id, const char *name,
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
    sse_client_wire(s, &c->own, s->next - 1, known ? "reset" : "hello", NULL);
    if (!w->name || !wants(c, w->name))
        return;
    const struct buf data = {(char *)(uintptr_t)w->data, strlen(w->data), 0, false};
    sse_client_wire(s, &c->own, s->next - 1, w->name, &data);
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
