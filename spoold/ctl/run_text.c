/* A run's sum as text: at most 80 columns but for paths and messages. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/num.h"
#include "spoold/ctl/ctl.h"
#include "spoold/ctl/run_show.h"

enum {
    ROWS_MOST = 72, /* hours in the table; more of them are shown as days */
    GROUPS_SHOWN = 20,
    DAY_HOURS = 24,
    SHORT_MS = 100000,
    SHOWN = 32
};

/* "2026-11-22 14:03". */
static const char *minute(int64_t ms, char to[SHOWN])
{
    clock_show(ms, to, SHOWN);
    to[10] = ' ';
    to[16] = 0;
    return to;
}

/* "1,010,233". */
static const char *grouped(uint64_t n, char to[SHOWN])
{
    char digits[24];
    size_t len = (size_t)snprintf(digits, sizeof digits, "%" PRIu64, n), o = 0;
    for (size_t i = 0; i < len; i++) {
        if (i > 0 && (len - i) % 3 == 0)
            to[o++] = ',';
        to[o++] = digits[i];
    }
    to[o] = 0;
    return to;
}

static uint64_t finished(const struct run_count *n)
{
    return n->done + n->failed;
}

static double percent(uint64_t part, uint64_t all)
{
    return all ? 100.0 * (double)part / (double)all : 0;
}

static void heading(const struct run *r, const struct run_about *about, struct buf *b)
{
    char from[SHOWN], to[SHOWN], made[SHOWN], span[SHOWN];
    num_show_duration(run_span(r), span, sizeof span);
    buf_fmt(b, "pdfspool: report of %s\n", ctl_shown(about->spool));
    buf_fmt(b, "from %s to %s UTC (%s); made %s\n\n", minute(r->began_ms, from),
            minute(r->last_ms, to), span, minute(about->made_ms, made));
}

static void documents(const struct run *r, struct buf *b)
{
    char a[SHOWN], c[SHOWN], d[SHOWN], e[SHOWN];
    const struct run_count *n = &r->n;
    buf_fmt(b, "documents  %s: %s done, %s failed (%.1f %%)\n", grouped(finished(n), a),
            grouped(n->done, c), grouped(n->failed, d), percent(n->failed, finished(n)));
    buf_fmt(b, "           done: %s ok, %s partial, %s empty\n",
            grouped(r->outcomes[OUTCOME_OK], a), grouped(r->outcomes[OUTCOME_PARTIAL], c),
            grouped(r->outcomes[OUTCOME_EMPTY], d));
    if (r->reused + r->asked_again > 0)
        buf_fmt(b, "           %s with the text of another, %s sent back by a person\n",
                grouped(r->reused, a), grouped(r->asked_again, c));
    buf_fmt(b, "           %s attempts in vain, %s put back, %s put off for OCR\n",
            grouped(n->retried, a), grouped(n->put_back, c), grouped(n->ocr_later, d));
    num_show_size(n->bytes, e, sizeof e);
    buf_fmt(b, "pages      %s, of %s\n", grouped(n->pages, a), e);
}

/* Sizes and times are what journals say: a number for any of them. */
static uint64_t an_hour(uint64_t n, double hours)
{
    double each = (double)n / hours;
    return each < (double)INT64_MAX ? (uint64_t)each : INT64_MAX;
}

static void rates(const struct run *r, struct buf *b)
{
    char a[SHOWN], c[SHOWN], d[SHOWN], when[SHOWN];
    double hours = (double)run_span(r) / RUN_HOUR_MS;
    const struct run_hour *best = NULL;
    num_show_size(an_hour(r->n.bytes, hours), d, sizeof d);
    buf_fmt(b, "an hour    %s documents, %s pages, %s\n",
            grouped(an_hour(finished(&r->n), hours), a), grouped(an_hour(r->n.pages, hours), c), d);
    for (size_t i = 0; i < r->n_hours; i++)
        if (!best || finished(&r->hours[i].n) > finished(&best->n))
            best = &r->hours[i];
    if (best)
        buf_fmt(b, "           most: %s documents, %s pages, from %s on\n",
                grouped(finished(&best->n), a), grouped(best->n.pages, c),
                minute(best->number * RUN_HOUR_MS, when));
    uint64_t events = finished(&r->n) + r->n.retried + r->n.put_back + r->n.ocr_later;
    buf_fmt(b, "time       %" PRId64 " ms a try", events ? r->n.ms / (int64_t)events : 0);
    if (r->n.said_ms > 0)
        buf_fmt(b, ": %.0f %% loading, %.0f %% parsing, %.0f %% waiting for a core",
                percent((uint64_t)r->n.load_ms, (uint64_t)r->n.said_ms),
                percent((uint64_t)r->n.parse_ms, (uint64_t)r->n.said_ms),
                percent((uint64_t)r->n.wait_ms, (uint64_t)r->n.said_ms));
    buf_str(b, "\n");
}

static void share(struct buf *b, const char *name, uint64_t n, uint64_t all)
{
    char a[SHOWN];
    if (n > 0)
        buf_fmt(b, "  %-12s %14s  %5.1f %%\n", name, grouped(n, a), percent(n, all));
}

static void shares(const struct run *r, struct buf *b)
{
    uint64_t pages = 0;
    for (int i = 0; i < PAGE_TIERS; i++)
        pages += r->tiers[i];
    if (pages > 0)
        buf_str(b, "\npages by tier\n");
    for (int i = 0; i < PAGE_TIERS; i++)
        share(b, page_tier_name((enum page_tier)i), r->tiers[i], pages);
    if (r->n.failed > 0)
        buf_str(b, "\nfailed by class\n");
    for (int i = 0; i < OUTCOME_COUNT; i++)
        if (outcome_facts((enum outcome)i)->failure)
            share(b, outcome_facts((enum outcome)i)->name, r->outcomes[i], r->n.failed);
}

static void row_head(struct buf *b, const char *what)
{
    buf_fmt(b, "\n%-18s %11s %9s %12s %8s %9s\n", what, "done", "failed", "pages", "bytes",
            "in vain");
}

static void row(struct buf *b, const char *name, const struct run_count *n)
{
    char a[SHOWN], c[SHOWN], d[SHOWN], e[SHOWN], f[SHOWN];
    num_show_size(n->bytes, e, sizeof e);
    buf_fmt(b, "  %-16s %11s %9s %12s %8s %9s\n", name, grouped(n->done, a), grouped(n->failed, c),
            grouped(n->pages, d), e, grouped(n->retried, f));
}

static void add(struct run_count *to, const struct run_count *n)
{
    to->done += n->done;
    to->failed += n->failed;
    to->pages += n->pages;
    to->bytes += n->bytes;
    to->retried += n->retried;
}

/* Hour by hour, or where these are too many, day by day. */
static void hours(const struct run *r, struct buf *b)
{
    char when[SHOWN];
    int64_t step = r->n_hours > ROWS_MOST ? DAY_HOURS : 1;
    row_head(b, step == 1 ? "hour (UTC)" : "day (UTC)");
    for (size_t i = 0; i < r->n_hours;) {
        struct run_count sum = {0};
        int64_t at = r->hours[i].number / step;
        for (; i < r->n_hours && r->hours[i].number / step == at; i++)
            add(&sum, &r->hours[i].n);
        minute(at * step * RUN_HOUR_MS, when);
        when[step == 1 ? 16 : 10] = 0;
        row(b, when, &sum);
    }
}

static void hosts(const struct run *r, struct buf *b)
{
    row_head(b, "host");
    for (size_t i = 0; i < r->n_hosts; i++)
        row(b, r->hosts[i].name, &r->hosts[i].n);
}

static void slowest(const struct run *r, struct buf *b)
{
    char took[SHOWN], pages[SHOWN];
    if (r->n_slowest > 0)
        buf_str(b, "\nslowest\n");
    for (size_t i = 0; i < r->n_slowest; i++) {
        const struct run_slow *s = &r->slowest[i];
        if (s->ms < SHORT_MS)
            snprintf(took, sizeof took, "%.1f s", (double)s->ms / 1000);
        else
            num_show_duration(s->ms, took, sizeof took);
        buf_fmt(b, "  %12s  %-10s %9s pages  %s  %s\n", took,
                outcome_facts((enum outcome)s->outcome)->name, grouped(s->pages, pages), s->host,
                ctl_shown(s->path));
    }
}

static void failures(const struct run *r, struct buf *b)
{
    char n[SHOWN], when[SHOWN];
    if (r->failures.n > 0)
        buf_str(b, "\nfailures\n");
    for (size_t i = 0; i < r->failures.n && i < GROUPS_SHOWN; i++) {
        const struct group *g = &r->failures.all[i];
        buf_fmt(b, "  %8s  %s%s%s: %s\n", grouped(g->documents, n),
                outcome_facts((enum outcome)g->outcome)->name, g->stage[0] ? " at " : "",
                ctl_shown(g->stage), ctl_sentence(g->message[0] ? g->message : "other messages"));
        buf_fmt(b, "            latest: %s  %s\n", minute(g->last_ms, when), ctl_shown(g->sample));
    }
    if (r->failures.n > GROUPS_SHOWN)
        buf_fmt(b, "  and %zu groups more\n", r->failures.n - GROUPS_SHOWN);
}

static void versions(const struct run *r, struct buf *b)
{
    char n[SHOWN], from[SHOWN], to[SHOWN];
    if (r->n_versions > 0)
        buf_str(b, "\nversions\n");
    for (size_t i = 0; i < r->n_versions; i++) {
        const struct run_version *v = &r->versions[i];
        buf_fmt(b, "  %-10s %12s documents, from %s to %s\n", v->name[0] ? v->name : "older",
                grouped(v->documents, n), minute(v->first_ms, from), minute(v->last_ms, to));
    }
}

static void journals(const struct run *r, struct buf *b)
{
    char a[SHOWN], c[SHOWN];
    buf_fmt(b, "\njournals: %s lines of %s\n", grouped(r->lines, a), grouped(r->journals, c));
    if (r->harmed > 0)
        buf_fmt(b, "  %s lines make no sense, and are not in here\n", grouped(r->harmed, a));
    if (r->unread > 0)
        buf_fmt(b, "  %s journals could not be read: these sums are too small\n",
                grouped(r->unread, a));
    if (r->unlisted > 0)
        buf_fmt(b, "  %s lines are in the totals, and found no room by hour or host\n",
                grouped(r->unlisted, a));
}

void run_text(const struct run *r, const struct run_about *about, struct buf *out)
{
    if (r->first_ms == 0) {
        buf_fmt(out, "pdfspool: report of %s\nnothing has happened%s\n", ctl_shown(about->spool),
                r->since_ms || r->until_ms ? " in that time" : ", as far as journals tell");
    } else {
        heading(r, about, out);
        documents(r, out);
        rates(r, out);
        shares(r, out);
        hours(r, out);
        hosts(r, out);
        slowest(r, out);
        failures(r, out);
        versions(r, out);
    }
    journals(r, out);
}
