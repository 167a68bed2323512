/* The model's way out: snapshots for readers, and what is kept over a restart. */
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "spoold/model/model_parts.h"

/* What grows without bound is shared, what is small is copied. */
static int copy_parts(struct model *m, struct snapshot *s)
{
    s->groups = malloc((m->groups.n + 1) * sizeof *s->groups);
    s->host_names = malloc((m->hosts.n_names + 1) * sizeof *s->host_names);
    s->drains = strdup(m->drains ? m->drains : "");
    if (!s->groups || !s->host_names || !s->drains ||
        hosts_share(&m->hosts, &s->hosts, &s->n_hosts) != 0 ||
        catalog_share(&m->documents, &s->documents) != 0)
        return -1;
    s->n_groups = m->groups.n;
    if (m->groups.n)
        memcpy(s->groups, m->groups.all, m->groups.n * sizeof *s->groups);
    s->n_host_names = m->hosts.n_names;
    if (m->hosts.n_names)
        memcpy(s->host_names, m->hosts.names, m->hosts.n_names * sizeof *s->host_names);
    memcpy(s->states, m->states, sizeof s->states);
    memcpy(s->outcomes, m->outcomes, sizeof s->outcomes);
    memcpy(s->rounds, m->rounds, sizeof s->rounds);
    memcpy(s->troubles, m->troubles, sizeof s->troubles);
    s->n_troubles = m->n_troubles;
    s->totals = m->totals;
    s->since_start = m->since_start;
    s->start_ms = m->start_ms;
    s->wakes = m->wakes;
    for (int i = 0; i < DOC_STATES; i++)
        s->walks = s->walks || m->round_runs[i];
    s->history = m->history;
    recent_share(&m->recent, &s->recent);
    s->space = m->space;
    s->control_known = m->control_known;
    s->pause = m->pause;
    s->cancels = m->cancels;
    return 0;
}

static void reckon(const struct model *m, struct snapshot *s, int64_t boot_ms)
{
    struct leaf_sum sum;
    catalog_sum(&s->documents, &sum);
    s->oldest_ms = sum.oldest_s == UINT32_MAX ? 0 : (int64_t)sum.oldest_s * 1000;
    uint64_t open = s->states[DOC_PENDING] + s->states[DOC_WAITING] + s->states[DOC_CLAIMED] +
                    s->states[DOC_SEALED];
    struct eta_work work = {.documents = open - sum.ocr_documents,
                            .ocr_documents = sum.ocr_unknown,
                            .ocr_pages = sum.ocr_pages};
    int64_t now = m->server_ms >= 0 ? m->server_ms + (boot_ms - m->heard_ms) : m->history.newest_ms;
    eta_of(&s->history, now, &work, s->eta);
}

int model_publish(struct model *m, int64_t boot_ms)
{
    struct snapshot *s = snapshot_new();
    if (!s || copy_parts(m, s) != 0) {
        snapshot_drop(s);
        return -1;
    }
    s->version = ++m->version;
    s->made_ms = boot_ms;
    s->heard_ms = m->heard_ms;
    s->server_ms = m->server_ms;
    s->backlog_bytes = m->backlog_bytes;
    s->harmed_lines = m->harmed_lines;
    reckon(m, s, boot_ms);
    pthread_mutex_lock(&m->lock);
    struct snapshot *last = m->current;
    m->current = s;
    pthread_mutex_unlock(&m->lock);
    snapshot_drop(last);
    m->changed = false;
    m->told = m->recent.added;
    return 0;
}

const struct snapshot *model_hold(struct model *m)
{
    pthread_mutex_lock(&m->lock);
    struct snapshot *s = m->current;
    if (s)
        snapshot_hold(s);
    pthread_mutex_unlock(&m->lock);
    return s;
}

/* The totals by name; those of outcomes and tiers have their own names before them. */
static const struct total {
    const char *name;
    size_t offset;
} plain_totals[] = {
    {"pages", offsetof(struct totals, pages)},
    {"bytes", offsetof(struct totals, bytes)},
    {"retries", offsetof(struct totals, retries)},
    {"put_back", offsetof(struct totals, put_back)},
    {"ocr_later", offsetof(struct totals, ocr_later)},
};
enum { PLAIN_TOTALS = sizeof plain_totals / sizeof *plain_totals };

static uint64_t *plain_total(struct totals *t, size_t i)
{
    return (uint64_t *)(void *)((char *)t + plain_totals[i].offset);
}

void model_keep(const struct model *m, struct buf *out)
{
    struct totals t = m->totals;
    for (size_t i = 0; i < PLAIN_TOTALS; i++)
        buf_fmt(out, "total %s %llu\n", plain_totals[i].name,
                (unsigned long long)*plain_total(&t, i));
    for (int i = 0; i < OUTCOME_COUNT; i++)
        buf_fmt(out, "outcome %s %llu\n", outcome_facts((enum outcome)i)->name,
                (unsigned long long)t.outcomes[i]);
    for (int i = 0; i < PAGE_TIERS; i++)
        buf_fmt(out, "tier %s %llu\n", page_tier_name((enum page_tier)i),
                (unsigned long long)t.tiers[i]);
    took_write(&t.took, out);
    history_write(&m->history, out);
    covered_write(&m->covered, out);
    hosts_write(&m->hosts, out);
}

static uint64_t *total_of(struct totals *t, const char *kind, const char *name)
{
    for (size_t i = 0; i < PLAIN_TOTALS && strcmp(kind, "total") == 0; i++)
        if (strcmp(plain_totals[i].name, name) == 0)
            return plain_total(t, i);
    enum outcome o = outcome_of(name, strlen(name));
    if (strcmp(kind, "outcome") == 0 && o < OUTCOME_COUNT)
        return &t->outcomes[o];
    enum page_tier tier = page_tier_of(name);
    return strcmp(kind, "tier") == 0 && tier < PAGE_TIERS ? &t->tiers[tier] : NULL;
}

static bool read_total(struct totals *t, char *line)
{
    char *name = strchr(line, ' '), *value = name ? strchr(name + 1, ' ') : NULL;
    if (!value)
        return false;
    *name++ = *value++ = 0;
    uint64_t *to = total_of(t, line, name);
    return to && num_u64(value, to);
}

unsigned model_restore(struct model *m, const char *text, size_t n)
{
    unsigned strange = 0;
    struct buf line = {0};
    for (size_t at = 0, len; at < n; at += len + 1) {
        const char *end = memchr(text + at, '\n', n - at);
        len = end ? (size_t)(end - text) - at : n - at;
        buf_clear(&line);
        buf_add(&line, text + at, len);
        if (!buf_ok(&line) || memchr(line.data, 0, len) ||
            (!history_read_line(&m->history, line.data) &&
             !covered_read_line(&m->covered, line.data) &&
             !hosts_read_line(&m->hosts, line.data) &&
             !took_read_line(&m->totals.took, line.data) && !read_total(&m->totals, line.data)))
            strange++;
    }
    buf_free(&line);
    return strange;
}
