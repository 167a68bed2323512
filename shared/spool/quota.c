#include "spool/quota.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/dirlist.h"
#include "base/fsop.h"
#include "spool/capfolder.h"
#include "spool/captoken.h"
#include "spool/rates.h"

struct reading {
    struct quota *q; /* one for each cap that is configured */
    size_t n;
    const char *host; /* whose leases are being read */
};

/* ---- tokens in use ---- */

static void count_host(struct quota *q, const char *host)
{
    unsigned i = 0;
    q->in_use++;
    while (i < q->hosts && strcmp(q->host[i].host, host) != 0)
        i++;
    if (i == QUOTA_HOSTS)
        return;
    if (i == q->hosts)
        snprintf(q->host[q->hosts++].host, HOST_CAP, "%s", host);
    q->host[i].n++;
}

static void count_token(struct reading *r, const char *name)
{
    struct captoken t;
    if (!cap_used_parse(name, &t))
        return;
    for (size_t i = 0; i < r->n; i++)
        if (strcmp(r->q[i].cap, t.cap) == 0)
            count_host(&r->q[i], r->host);
}

/* A folder that has gone meanwhile is as good as an empty one. */
static bool gone(void)
{
    return errno == ENOENT || errno == ENOTDIR || errno == ESTALE;
}

static int read_lease(struct reading *r, int host, const char *lease)
{
    struct dirlist_entry e;
    int more = 0;
    int dir = look_folder(host, lease);
    struct dirlist *d = dir >= 0 ? dirlist_open(dir, LEASE_CAPS, 0) : NULL;
    if (!d)
        more = gone() ? 0 : -1;
    while (d && (more = dirlist_next(d, &e)) == 1)
        count_token(r, e.name);
    dirlist_close(d);
    if (dir >= 0)
        fs->close(dir);
    return more;
}

static int read_host(struct reading *r, int claimed, const char *host)
{
    struct dirlist_entry e;
    int more = 0, bad = 0;
    struct dirlist *d = dirlist_open(claimed, host, 0);
    if (!d)
        return gone() ? 0 : -1;
    r->host = host;
    while (!bad && (more = dirlist_next(d, &e)) == 1)
        if (lease_name_ok(e.name, NULL))
            bad = read_lease(r, dirlist_fd(d), e.name);
    dirlist_close(d);
    r->host = NULL;
    return bad ? bad : more;
}

static int read_used(struct reading *r, const struct spool *s)
{
    struct dirlist_entry e;
    char host[HOST_CAP];
    int more = -1, bad = 0;
    struct dirlist *d = dirlist_open(s->claimed, ".", 0);
    while (d && !bad && (more = dirlist_next(d, &e)) == 1) {
        if (!spool_host_ok(e.name))
            continue;
        snprintf(host, sizeof host, "%s", e.name);
        bad = read_host(r, dirlist_fd(d), host);
    }
    dirlist_close(d);
    return bad ? bad : more;
}

/* ---- buckets ---- */

static int read_bucket(const struct spool *s, struct quota *q, int64_t now)
{
    const struct bucket_limits *l = &q->limits.rate;
    int folder = capfolder_open(s, q->cap, false);
    if (folder < 0 && errno != ENOENT)
        return -1;
    int there = folder >= 0 ? rates_read(folder, &q->bucket) : 0;
    if (folder >= 0)
        fs->close(folder);
    if (there == 0)
        q->bucket = bucket_new(l, now);
    bucket_refresh(&q->bucket, l, now);
    q->ready = bucket_has(&q->bucket, l);
    q->wait = bucket_wait(&q->bucket, l);
    return there < 0 ? -1 : 0;
}

/* ---- all ---- */

static void add(struct reading *r, const char *section, struct caps_limits l)
{
    if (!caps_limited(l))
        return;
    struct quota *q = &r->q[r->n++];
    cap_of_section(section, q->cap);
    q->limits = l;
}

static void configured(struct reading *r, const struct settings *s)
{
    for (size_t i = 0; i < s->n_lanes; i++)
        add(r, s->lanes[i].section, caps_of_lane(&s->lanes[i]));
    for (size_t i = 0; i < s->n_tiers; i++)
        add(r, s->tiers[i].section, caps_of_tier(&s->tiers[i]));
}

int quota_read(const struct spool *s, int64_t now, quota_each *each, void *arg)
{
    struct reading r = {.q = calloc(LANES + TIERS, sizeof *r.q)};
    if (!r.q)
        return -1;
    configured(&r, &s->settings);
    int bad = r.n > 0 ? read_used(&r, s) : 0;
    for (size_t i = 0; bad == 0 && i < r.n; i++) {
        struct quota *q = &r.q[i];
        int64_t most = q->limits.max_running;
        q->free = most > q->in_use ? (unsigned)(most - q->in_use) : 0;
        if (bucket_limited(&q->limits.rate))
            bad = read_bucket(s, q, now);
    }
    for (size_t i = 0; bad == 0 && i < r.n; i++)
        each(arg, &r.q[i]);
    int saved = errno;
    free(r.q);
    errno = saved;
    return bad;
}

static void rate_json(struct jsonw *w, const struct quota *q)
{
    const struct bucket_limits *l = &q->limits.rate;
    jsonw_object(w, "rate");
    jsonw_int(w, "per_minute", l->per_minute);
    jsonw_int(w, "burst", l->burst > 0 && l->burst < l->per_minute ? l->burst : l->per_minute);
    jsonw_int(w, "per_day", l->per_day);
    jsonw_uint(w, "ready", q->ready);
    jsonw_int(w, "used_today", q->bucket.used);
    if (q->bucket.day != 0)
        jsonw_time(w, "day_began", q->bucket.day);
    else
        jsonw_null(w, "day_began");
    jsonw_int(w, "wait_ms", q->wait);
    jsonw_end_object(w);
}

void quota_json(struct jsonw *w, const struct quota *q)
{
    const char *dot = strchr(q->cap, '.');
    jsonw_object(w, NULL);
    jsonw_str(w, "kind", strncmp(q->cap, "tier.", 5) == 0 ? "tier" : "lane");
    jsonw_str(w, "name", dot ? dot + 1 : q->cap);
    jsonw_int(w, "max_running", q->limits.max_running);
    jsonw_uint(w, "in_use", q->in_use);
    jsonw_uint(w, "free", q->free);
    jsonw_array(w, "hosts");
    for (unsigned i = 0; i < q->hosts; i++) {
        jsonw_object(w, NULL);
        jsonw_str(w, "host", q->host[i].host);
        jsonw_uint(w, "in_use", q->host[i].n);
        jsonw_end_object(w);
    }
    jsonw_end_array(w);
    if (bucket_limited(&q->limits.rate))
        rate_json(w, q);
    else
        jsonw_null(w, "rate");
    jsonw_end_object(w);
}
