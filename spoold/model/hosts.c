#include "spoold/model/hosts.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "spool/lease.h"
#include "spool/spool.h"
#include "spoold/model/leaf.h"

/* A row as it is kept: who holds it is nobody else's business. */
struct held {
    struct host_row row;
    atomic_uint holders;
};

static void drop(const struct host_row *row)
{
    struct held *h = (struct held *)(uintptr_t)row;
    if (!h || atomic_fetch_sub_explicit(&h->holders, 1, memory_order_acq_rel) != 1)
        return;
    free((void *)(uintptr_t)h->row.status);
    free(h);
}

void hosts_free(struct hosts *h)
{
    hosts_drop_all(h->rows, h->n);
    free(h->names);
    free(h->scratch);
    memset(h, 0, sizeof *h);
}

uint16_t hosts_number(struct hosts *h, const char *name)
{
    for (size_t i = 0; i < h->n_names; i++)
        if (strcmp(h->names[i], name) == 0)
            return (uint16_t)i;
    if (h->n_names >= HOSTS_NAMES)
        return NO_HOST;
    if (h->n_names == h->cap_names) {
        size_t cap = h->cap_names ? 2 * h->cap_names : 16;
        char(*grown)[HOST_CAP] = realloc(h->names, cap * sizeof *grown);
        if (!grown)
            return NO_HOST;
        h->names = grown;
        h->cap_names = cap;
    }
    snprintf(h->names[h->n_names], HOST_CAP, "%s", name);
    return (uint16_t)h->n_names++;
}

static bool find(const struct hosts *h, const char *host, const char *lease, size_t *at)
{
    for (*at = 0; *at < h->n; ++*at) {
        int order = strcmp(h->rows[*at]->host, host);
        if (order == 0)
            order = strcmp(h->rows[*at]->lease, lease);
        if (order >= 0)
            return order == 0;
    }
    return false;
}

/* What a copy of a status takes that has so many slots, and is never looked at beyond them: all that
 * there could be are a megabyte. */
static size_t status_bytes(size_t slots)
{
    return offsetof(struct host_status, slots) + slots * sizeof(struct slot_status);
}

static const struct host_status *copy_status(struct hosts *h, const char *json)
{
    if (!h->scratch)
        h->scratch = malloc(sizeof *h->scratch);
    if (!h->scratch || hoststatus_read(h->scratch, json, strlen(json)) != 0)
        return NULL;
    size_t n = status_bytes(h->scratch->shown_slots);
    struct host_status *copy = malloc(n);
    if (copy)
        memcpy(copy, h->scratch, n);
    return copy;
}

static const struct host_row *make_row(struct hosts *h, const struct fact_host *f, int64_t boot_ms)
{
    struct held *made = calloc(1, sizeof *made);
    if (!made)
        return NULL;
    atomic_init(&made->holders, 1);
    struct host_row *row = &made->row;
    snprintf(row->host, sizeof row->host, "%s", f->host);
    snprintf(row->lease, sizeof row->lease, "%s", f->lease);
    row->has_beat = f->has_beat;
    row->silent = f->silent;
    row->beat_ms = f->beat_ms;
    row->age_ms = f->age_ms;
    row->heard_ms = boot_ms;
    row->in_work = f->in_work;
    row->status = *f->status ? copy_status(h, f->status) : NULL;
    row->has_status = row->status != NULL;
    return row;
}

static bool room_for_row(struct hosts *h)
{
    if (h->n < h->cap)
        return true;
    size_t cap = h->cap ? 2 * h->cap : 16;
    const struct host_row **grown = realloc(h->rows, cap * sizeof(struct host_row *));
    if (!grown)
        return false;
    h->rows = grown;
    h->cap = cap;
    return true;
}

static void take_out(struct hosts *h, size_t at)
{
    drop(h->rows[at]);
    memmove(h->rows + at, h->rows + at + 1, (--h->n - at) * sizeof(struct host_row *));
}

/* Where there are too many, whoever has been gone for longest makes room. */
static void make_room(struct hosts *h)
{
    size_t oldest = h->n;
    for (size_t i = 0; h->n >= HOSTS_LEASES && i < h->n; i++)
        if (h->rows[i]->gone && (oldest == h->n || h->rows[i]->beat_ms < h->rows[oldest]->beat_ms))
            oldest = i;
    if (oldest < h->n)
        take_out(h, oldest);
}

/* Put a row in, or in place of the one of its lease. -1: no memory, or too many. */
static int put(struct hosts *h, const struct host_row *row)
{
    size_t at;
    if (!find(h, row->host, row->lease, &at))
        make_room(h);
    if (find(h, row->host, row->lease, &at)) {
        drop(h->rows[at]);
    } else {
        if (h->n >= HOSTS_LEASES || !room_for_row(h))
            return -1;
        memmove(h->rows + at + 1, h->rows + at, (h->n - at) * sizeof(struct host_row *));
        h->n++;
    }
    h->rows[at] = row;
    return 0;
}

/* Of the leases of a host that are gone, none stays beside one that is at work, or has beaten
 * later. */
static void forget_older(struct hosts *h, const char *host)
{
    const struct host_row *best = NULL;
    for (size_t i = 0; i < h->n; i++) {
        const struct host_row *r = h->rows[i];
        if (strcmp(r->host, host) == 0 &&
            (!best || (r->silent == best->silent ? r->beat_ms > best->beat_ms : !r->silent)))
            best = r;
    }
    for (size_t i = h->n; i-- > 0;)
        if (h->rows[i] != best && h->rows[i]->gone && strcmp(h->rows[i]->host, host) == 0)
            take_out(h, i);
}

int hosts_heard(struct hosts *h, const struct fact_host *f, int64_t boot_ms)
{
    const struct host_row *row = make_row(h, f, boot_ms);
    if (!row || put(h, row) != 0) {
        drop(row);
        return -1;
    }
    forget_older(h, f->host);
    return 0;
}

static bool says(const struct host_row *r, const char *state)
{
    return r->has_status && strcmp(r->status->state, state) == 0;
}

/* The same row, of a lease that is gone: what it had in hand is nobody's any more. NULL: no
 * memory. */
static const struct host_row *gone_of(const struct host_row *r, bool stopped)
{
    struct held *made = calloc(1, sizeof *made);
    size_t n = r->has_status ? status_bytes(r->status->shown_slots) : 0;
    struct host_status *status = made && n > 0 ? malloc(n) : NULL;
    if (!made || (r->has_status && !status)) {
        free(made);
        return NULL;
    }
    atomic_init(&made->holders, 1);
    made->row = *r;
    made->row.gone = made->row.silent = true;
    made->row.stopped = stopped;
    made->row.in_work = 0;
    if (status) {
        memcpy(status, r->status, n);
        status->shown_slots = 0;
    }
    made->row.status = status;
    return &made->row;
}

void hosts_gone(struct hosts *h, const char *host, const char *lease)
{
    size_t at;
    if (!find(h, host, lease, &at))
        return;
    const struct host_row *was = h->rows[at];
    const struct host_row *gone =
        was->beat_ms > 0 ? gone_of(was, !was->silent || says(was, "stopping")) : NULL;
    if (!gone) {
        take_out(h, at);
        return;
    }
    drop(was);
    h->rows[at] = gone;
    forget_older(h, host);
}

bool hosts_round(struct hosts *h, int64_t server_ms)
{
    bool changed = !h->heard;
    h->heard = true;
    for (size_t i = h->n; i-- > 0;)
        if (h->rows[i]->gone && server_ms - h->rows[i]->beat_ms > HOSTS_KEPT_MS) {
            take_out(h, i);
            changed = true;
        }
    return changed;
}

void hosts_write(const struct hosts *h, struct buf *out)
{
    for (size_t i = 0; i < h->n; i++) {
        const struct host_row *r = h->rows[i];
        bool stopped = r->gone ? r->stopped : !r->silent;
        if (r->beat_ms <= 0)
            continue;
        buf_fmt(out, "host %s %s %lld %s ", r->host, r->lease, (long long)r->beat_ms,
                stopped ? "stopped" : "silent");
        const struct host_row *bare = r->has_status ? gone_of(r, stopped) : NULL;
        if (bare)
            hoststatus_write(bare->status, out); /* with its newline */
        else
            buf_str(out, "-\n");
        drop(bare);
    }
}

/* The next word of a line, into dst. */
static bool word(const char **p, char *dst, size_t cap)
{
    size_t n = strcspn(*p, " ");
    if (n == 0 || n >= cap || (*p)[n] != ' ')
        return false;
    memcpy(dst, *p, n);
    dst[n] = 0;
    *p += n + 1;
    return true;
}

bool hosts_read_line(struct hosts *h, const char *line)
{
    char host[HOST_CAP], lease[LEASE_CAP], beat[24], how[8];
    struct fact_host f = {.host = host, .lease = lease, .has_beat = true, .age_ms = -1};
    if (strncmp(line, "host ", 5) != 0)
        return false;
    const char *p = line + 5;
    if (!word(&p, host, sizeof host) || !spool_host_ok(host) || !word(&p, lease, sizeof lease) ||
        !lease_name_ok(lease, NULL) || !word(&p, beat, sizeof beat) || !num_i64(beat, &f.beat_ms) ||
        f.beat_ms <= 0 || f.beat_ms > INT64_MAX / 4 || !word(&p, how, sizeof how) ||
        (strcmp(how, "stopped") != 0 && strcmp(how, "silent") != 0))
        return false;
    f.status = strcmp(p, "-") == 0 ? "" : p;
    const struct host_row *read = make_row(h, &f, 0);
    const struct host_row *row = read ? gone_of(read, strcmp(how, "stopped") == 0) : NULL;
    bool ok = row && (read->has_status || !*f.status) && put(h, row) == 0;
    if (!ok)
        drop(row);
    else
        forget_older(h, host);
    drop(read);
    return ok;
}

int hosts_share(const struct hosts *h, const struct host_row ***rows, size_t *n)
{
    *n = 0;
    *rows = malloc((h->n ? h->n : 1) * sizeof(struct host_row *));
    if (!*rows)
        return -1;
    for (size_t i = 0; i < h->n; i++) {
        if (h->rows[i]->gone && !h->heard)
            continue;
        atomic_fetch_add_explicit(&((struct held *)(uintptr_t)h->rows[i])->holders, 1,
                                  memory_order_relaxed);
        (*rows)[(*n)++] = h->rows[i];
    }
    return 0;
}

void hosts_drop_all(const struct host_row **rows, size_t n)
{
    for (size_t i = 0; i < n; i++)
        drop(rows[i]);
    free(rows);
}
