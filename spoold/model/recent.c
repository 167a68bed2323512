#include "spoold/model/recent.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* Of an event, with its strings behind it: which lists have it is nobody else's business. */
struct held {
    struct said said;
    atomic_uint holders;
    char text[];
};

struct said_list {
    atomic_uint holders;
    struct held *order[RECENT]; /* by time: the oldest first */
};

static void drop(struct held *h)
{
    if (atomic_fetch_sub_explicit(&h->holders, 1, memory_order_acq_rel) == 1)
        free(h);
}

void recent_free(struct recent *r)
{
    struct said_list *l = r->list;
    if (l && atomic_fetch_sub_explicit(&l->holders, 1, memory_order_acq_rel) == 1) {
        for (unsigned i = 0; i < r->n; i++)
            drop(l->order[i]);
        free(l);
    }
    *r = (struct recent){0};
}

void recent_share(const struct recent *r, struct recent *copy)
{
    *copy = *r;
    if (r->list)
        atomic_fetch_add_explicit(&r->list->holders, 1, memory_order_relaxed);
}

/* A list that nobody else holds. */
static struct said_list *own_list(struct recent *r)
{
    if (r->list && atomic_load_explicit(&r->list->holders, memory_order_acquire) == 1)
        return r->list;
    struct said_list *own = calloc(1, sizeof *own);
    if (!own)
        return NULL;
    atomic_init(&own->holders, 1);
    for (unsigned i = 0; i < r->n; i++) {
        own->order[i] = r->list->order[i];
        atomic_fetch_add_explicit(&own->order[i]->holders, 1, memory_order_relaxed);
    }
    struct recent old = *r;
    recent_free(&old);
    return r->list = own;
}

static const char *keep(char **at, const char *s)
{
    size_t n = strlen(s) + 1;
    char *kept = memcpy(*at, s, n);
    *at += n;
    return kept;
}

static struct held *make(const struct fact_event *e, uint16_t host, uint64_t number)
{
    size_t n = strlen(e->document) + strlen(e->path) + strlen(e->message) + strlen(e->claim) +
               strlen(e->stage) + strlen(e->version) + strlen(e->as) + 7;
    struct held *h = malloc(sizeof *h + n);
    if (!h)
        return NULL;
    char *at = h->text;
    atomic_init(&h->holders, 1);
    h->said = (struct said){.time_ms = e->time_ms,
                            .number = number,
                            .size = e->size,
                            .what = e->what,
                            .outcome = e->outcome,
                            .known_tiers = e->known_tiers,
                            .host = host,
                            .pages = e->pages,
                            .took_ms = e->took_ms < UINT32_MAX ? (uint32_t)e->took_ms : UINT32_MAX,
                            .attempt = e->attempt,
                            .load_ms = e->load_ms,
                            .parse_ms = e->parse_ms,
                            .wait_ms = e->wait_ms,
                            .document = keep(&at, e->document),
                            .path = keep(&at, e->path),
                            .message = keep(&at, e->message),
                            .claim = keep(&at, e->claim),
                            .stage = keep(&at, e->stage),
                            .version = keep(&at, e->version),
                            .as = keep(&at, e->as)};
    memcpy(h->said.tiers, e->tiers, sizeof h->said.tiers);
    return h;
}

/* How many are not younger: it belongs behind these. */
static unsigned place_of(const struct recent *r, int64_t time_ms)
{
    unsigned low = 0, high = r->n;
    while (low < high) {
        unsigned mid = (low + high) / 2;
        if (r->list->order[mid]->said.time_ms > time_ms)
            high = mid;
        else
            low = mid + 1;
    }
    return low;
}

/* Its journal is read once more. */
static bool is_there(const struct recent *r, unsigned at, const struct fact_event *e)
{
    for (; at > 0 && r->list->order[at - 1]->said.time_ms == e->time_ms; at--) {
        const struct said *s = &r->list->order[at - 1]->said;
        if (s->what == e->what && strcmp(s->document, e->document) == 0)
            return true;
    }
    return false;
}

int recent_add(struct recent *r, const struct fact_event *e, uint16_t host)
{
    unsigned at = place_of(r, e->time_ms);
    if ((r->n == RECENT && at == 0) || is_there(r, at, e))
        return 0;
    struct said_list *l = own_list(r);
    struct held *h = l ? make(e, host, r->added + 1) : NULL;
    if (!h)
        return -1;
    if (r->n == RECENT) { /* the oldest goes */
        drop(l->order[0]);
        memmove(l->order, l->order + 1, --at * sizeof(struct held *));
    } else {
        memmove(l->order + at + 1, l->order + at, (r->n++ - at) * sizeof(struct held *));
    }
    l->order[at] = h;
    r->added++;
    return 0;
}

const struct said *recent_at(const struct recent *r, unsigned k)
{
    return &r->list->order[r->n - 1 - k]->said;
}
