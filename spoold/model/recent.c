#include "spoold/model/recent.h"

#include <string.h>

#include "base/utf8.h"

static void fill(struct said *s, const struct fact_event *e, uint16_t host)
{
    size_t n = strlen(e->message), o = 0, len;
    *s = (struct said){.time_ms = e->time_ms,
                       .what = e->what,
                       .outcome = e->outcome,
                       .host = host,
                       .pages = e->pages,
                       .size = e->size,
                       .took_ms = e->took_ms < UINT32_MAX ? (uint32_t)e->took_ms : UINT32_MAX,
                       .attempt = e->attempt};
    strncpy(s->document, e->document, sizeof s->document - 1);
    memcpy(s->path, e->path, strnlen(e->path, sizeof s->path - 1));
    memcpy(s->as, e->as, strnlen(e->as, sizeof s->as - 1));
    while (o < n && (len = utf8_seq(e->message + o, n - o)) && o + len < sizeof s->message)
        o += len;
    memcpy(s->message, e->message, o);
}

static bool same(const struct said *s, const struct fact_event *e)
{
    return s->what == e->what && strcmp(s->document, e->document) == 0;
}

void recent_add(struct recent *r, const struct fact_event *e, uint16_t host)
{
    unsigned at = r->n;
    while (at > 0 && r->places[r->order[at - 1]].time_ms > e->time_ms)
        at--;
    for (unsigned i = at; i > 0 && r->places[r->order[i - 1]].time_ms == e->time_ms; i--)
        if (same(&r->places[r->order[i - 1]], e))
            return; /* its journal is read once more */
    if (r->n < RECENT) {
        memmove(r->order + at + 1, r->order + at, (r->n - at) * sizeof *r->order);
        r->order[at] = (uint16_t)r->n;
        r->n++;
    } else if (at > 0) { /* the oldest gives its place */
        uint16_t place = r->order[0];
        at--;
        memmove(r->order, r->order + 1, at * sizeof *r->order);
        r->order[at] = place;
    } else {
        return;
    }
    fill(&r->places[r->order[at]], e, host);
    r->places[r->order[at]].number = ++r->added;
}

const struct said *recent_at(const struct recent *r, unsigned k)
{
    return &r->places[r->order[r->n - 1 - k]];
}
