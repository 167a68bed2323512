#include "spoold/model/model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "spoold/model/model_parts.h"

enum { FUTURE_MS = 3600000 };

struct model *model_new(void)
{
    struct model *m = calloc(1, sizeof *m);
    if (!m)
        return NULL;
    m->heard_ms = m->server_ms = m->start_ms = -1;
    pthread_mutex_init(&m->lock, NULL); /* of the default kind: cannot fail on Linux */
    return m;
}

void model_free(struct model *m)
{
    if (!m)
        return;
    snapshot_drop(m->current);
    catalog_free(&m->documents);
    places_free(&m->places);
    groups_free(&m->groups);
    hosts_free(&m->hosts);
    covered_free(&m->covered);
    recent_free(&m->recent);
    free(m->drains);
    pthread_mutex_destroy(&m->lock);
    free(m);
}

static uint64_t tiers_of(const struct fact_event *e, unsigned bits)
{
    uint64_t n = 0;
    for (unsigned i = 0; i < PAGE_TIERS; i++)
        n += bits & 1u << i ? e->tiers[i] : 0;
    return n;
}

static void add_total(struct totals *t, const struct fact_event *e)
{
    t->retries += e->what == EVENT_RETRY;
    t->put_back += e->what == EVENT_PUT_BACK;
    t->ocr_later += e->what == EVENT_OCR_LATER;
    if (e->what != EVENT_DONE && e->what != EVENT_FAILED)
        return;
    t->outcomes[e->outcome]++;
    t->pages += e->pages;
    t->bytes += e->size;
    took_add(&t->took, e);
    for (int i = 0; e->known_tiers && i < PAGE_TIERS; i++)
        t->tiers[i] += e->tiers[i];
}

/* Into the history and the totals; only once for each line of a journal. */
static void count_event(struct model *m, const struct fact_event *e)
{
    static const enum history_count kind[EVENTS] = {DID_DONE, DID_FAILED, DID_RETRY, DID_PUT_BACK,
                                                    DID_OCR_LATER};
    uint64_t n[HISTORY_COUNTS] = {0};
    bool finished = e->what == EVENT_DONE || e->what == EVENT_FAILED;
    uint64_t ocr = tiers_of(e, 1u << PAGES_OCR | 1u << PAGES_OCR_HARD | 1u << PAGES_MIXED);
    n[kind[e->what]] = 1;
    n[DID_MS] = (uint64_t)e->took_ms;
    if (finished) {
        n[DID_PAGES] = e->pages;
        n[DID_BYTES] = e->size;
        n[DID_OCR_PAGES] = e->known_tiers ? ocr : 0;
        n[DID_OCR_DOCS] = n[DID_OCR_PAGES] > 0;
        n[DID_TEXT_PAGES] =
            e->known_tiers ? tiers_of(e, 1u << PAGES_TEXT | 1u << PAGES_REPAIR | 1u << PAGES_BLANK)
                           : e->pages;
    }
    add_total(&m->totals, e);
    if (m->start_ms >= 0 && e->time_ms >= m->start_ms)
        add_total(&m->since_start, e);
    history_add(&m->history, e->time_ms, n);
}

static int take_event(struct model *m, const struct fact_event *given)
{
    struct fact_event e = *given;
    /* A time to come would hold against all that comes. */
    if (m->server_ms >= 0 && e.time_ms > m->server_ms + FUTURE_MS)
        e.time_ms = m->server_ms;
    if (covered_add(&m->covered, e.host, e.lease, e.offset, e.offset + e.length, e.time_ms))
        count_event(m, &e);
    int bad = recent_add(&m->recent, &e, hosts_number(&m->hosts, e.host));
    return model_docs_event(m, &e) != 0 || bad ? -1 : 0;
}

static int take_journal(struct model *m, const struct fact_journal *j)
{
    if (covered_meet(&m->covered, j->host, j->lease, j->ino, j->size) != 0)
        return -1;
    covered_add(&m->covered, j->host, j->lease, j->from, j->to, m->server_ms);
    return 0;
}

static void begin_round(struct model *m, const struct fact_round *r, int64_t boot_ms)
{
    /* A round that came to no good end does not count as one. */
    if (!m->round_runs[r->state])
        m->round_number[r->state]++;
    m->round_runs[r->state] = true;
    m->rounds[r->state].begun_ms = r->begun_ms;
    m->round_begun_ms[r->state] = boot_ms;
}

static int end_round(struct model *m, const struct fact_round *r, int64_t boot_ms)
{
    struct round_seen *seen = &m->rounds[r->state];
    if (!m->round_runs[r->state])
        return 0;
    seen->ever = true;
    seen->complete = r->complete;
    seen->ended_ms = boot_ms;
    seen->took_ms = boot_ms - m->round_begun_ms[r->state];
    seen->entries = r->entries;
    seen->strays = r->strays;
    seen->ignored = r->ignored;
    if (!r->complete)
        return 0;
    m->round_runs[r->state] = false;
    return model_docs_sweep(m, r->state);
}

static int take_control(struct model *m, const struct fact_control *c)
{
    char *drains = strdup(c->drains);
    if (!drains)
        return -1;
    free(m->drains);
    m->drains = drains;
    m->control_known = true;
    m->pause = c->pause;
    m->cancels = c->cancels;
    return 0;
}

/* One of each kind; error 0 ends it. */
static void take_trouble(struct model *m, const struct fact_trouble *t, int64_t boot_ms)
{
    unsigned i = 0;
    char what[TROUBLE_TEXT];
    snprintf(what, sizeof what, "%.*s", (int)sizeof what - 1, t->what);
    while (i < m->n_troubles && strcmp(m->troubles[i].what, what) != 0)
        i++;
    if (t->error == 0) {
        if (i < m->n_troubles)
            m->troubles[i] = m->troubles[--m->n_troubles];
        return;
    }
    if (i == TROUBLES)
        return;
    struct trouble_seen *seen = &m->troubles[i];
    if (i == m->n_troubles) {
        m->n_troubles++;
        *seen = (struct trouble_seen){.since_ms = boot_ms};
        memcpy(seen->what, what, sizeof what);
    }
    seen->error = t->error;
    snprintf(seen->path, sizeof seen->path, "%.*s", (int)sizeof seen->path - 1, t->path);
}

static void take_tick(struct model *m, const struct fact_tick *t, int64_t boot_ms)
{
    m->changed = m->changed || m->backlog_bytes != t->backlog_bytes || m->heard_ms < 0;
    m->heard_ms = boot_ms;
    m->server_ms = t->server_ms;
    history_fold(&m->history, t->server_ms);
    m->changed = hosts_round(&m->hosts, t->server_ms) || m->changed;
    if (m->start_ms < 0)
        m->start_ms = t->server_ms;
    m->wakes = t->wakes;
    m->backlog_bytes = t->backlog_bytes;
    m->harmed_lines = t->harmed_lines;
}

int model_take(struct model *m, const struct fact *f, int64_t boot_ms)
{
    if (f->type == FACT_TICK) {
        take_tick(m, &f->tick, boot_ms);
        return 0;
    }
    /* A round that begins is no news; an entry is, where it says something new (put, drop). */
    if (f->type != FACT_ENTRY && f->type != FACT_ROUND_BEGIN && f->type != FACT_JOURNAL)
        m->changed = true;
    switch (f->type) {
    case FACT_EVENT:
        return take_event(m, &f->event);
    case FACT_JOURNAL:
        return take_journal(m, &f->journal);
    case FACT_HOST:
        return hosts_heard(&m->hosts, &f->host, boot_ms);
    case FACT_HOST_GONE:
        hosts_gone(&m->hosts, f->gone.host, f->gone.lease);
        return 0;
    case FACT_ENTRY:
        return model_docs_entry(m, &f->entry);
    case FACT_ROUND_BEGIN:
        begin_round(m, &f->round, boot_ms);
        return 0;
    case FACT_ROUND_END:
        return end_round(m, &f->round, boot_ms);
    case FACT_SPACE:
        m->space = f->space;
        return 0;
    case FACT_CONTROL:
        return take_control(m, &f->control);
    case FACT_TROUBLE:
        take_trouble(m, &f->trouble, boot_ms);
        return 0;
    case FACT_TICK:
    case FACT_TYPE_END:
        break;
    }
    return 0;
}

bool model_changed(const struct model *m)
{
    return m->changed;
}

bool model_told(const struct model *m)
{
    return m->recent.added != m->told;
}

size_t model_bytes(const struct model *m)
{
    return catalog_bytes(&m->documents) + m->places.cap * sizeof *m->places.slots;
}
