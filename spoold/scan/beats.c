#include "spoold/scan/beats.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/dirlist.h"
#include "base/fsop.h"
#include "spool/hoststatus.h"
#include "spool/lease.h"
#include "spool/look.h"
#include "spool/srvclock.h"

enum { CLOCK_MS = 60000, GAP_MS = 3000, STATUS_CHUNK = 64 * 1024, LEASES = 4096 };

struct lease_seen {
    char host[HOST_CAP], name[LEASE_CAP];
    bool met, told, has_beat, silent;
    bool has_lived; /* it has had a beat: here, or it has said something */
    uint64_t beat_ino, status_ino, status_size;
    int64_t beat_ms, beat_changed, status_ms;
    int64_t still_since; /* boot clock: since when the beat has stood still in our sight */
    uint32_t in_work;
    struct buf status; /* what it said last, as we write it */
};

struct beats {
    const struct spool *spool;
    struct out *out;
    struct lease_seen *all;
    size_t n, cap;
    struct host_status *parsed;
    int64_t offset, clock_asked, last_round, gap_ended; /* boot clock, ms; offset: server - boot */
    bool clock_known, clock_asked_once;
};

struct beats *beats_new(const struct spool *s, struct out *o)
{
    struct beats *b = calloc(1, sizeof *b);
    if (!b)
        return NULL;
    b->spool = s;
    b->out = o;
    b->parsed = malloc(sizeof *b->parsed);
    if (!b->parsed) {
        free(b);
        return NULL;
    }
    return b;
}

void beats_free(struct beats *b)
{
    if (!b)
        return;
    for (size_t i = 0; i < b->n; i++)
        buf_free(&b->all[i].status);
    free(b->all);
    free(b->parsed);
    free(b);
}

int64_t beats_server_now(const struct beats *b)
{
    return b->clock_known ? clock_boot_ms() + b->offset : -1;
}

static void ask_clock(struct beats *b)
{
    int64_t now = clock_boot_ms();
    if (b->clock_asked_once && now - b->clock_asked < CLOCK_MS)
        return;
    b->clock_asked = now;
    b->clock_asked_once = true;
    int64_t server = srvclock_now(b->spool);
    if (server >= 0) {
        b->offset = server - clock_boot_ms();
        b->clock_known = true;
    }
}

/* The server's clock is not behind what it has stamped. */
static void learn_from(struct beats *b, int64_t beat_ms)
{
    int64_t least = beat_ms - clock_boot_ms();
    if (!b->clock_known || least > b->offset)
        b->offset = least;
    b->clock_known = true;
}

static struct lease_seen *lease_for(struct beats *b, const char *host, const char *name)
{
    for (size_t i = 0; i < b->n; i++)
        if (strcmp(b->all[i].name, name) == 0 && strcmp(b->all[i].host, host) == 0)
            return &b->all[i];
    if (b->n == b->cap && b->n < LEASES) {
        size_t cap = b->cap ? 2 * b->cap : 16;
        struct lease_seen *grown = realloc(b->all, cap * sizeof *grown);
        if (!grown)
            return NULL;
        b->all = grown;
        b->cap = cap;
    }
    if (b->n == b->cap)
        return NULL;
    struct lease_seen *l = &b->all[b->n++];
    *l = (struct lease_seen){.beat_ms = -1, .still_since = clock_boot_ms()};
    snprintf(l->host, sizeof l->host, "%s", host);
    snprintf(l->name, sizeof l->name, "%s", name);
    return l;
}

/* True: the beat is another than at the last look. */
static bool look_beat(struct beats *b, struct lease_seen *l, int folder)
{
    struct statx st;
    int there = look_in(folder, LEASE_BEAT, &st);
    if (there < 0)
        return false; /* not known: as it was */
    bool had = l->has_beat;
    l->has_beat = there == 1;
    if (there == 0)
        return had;
    l->has_lived = true;
    int64_t ctime = look_ms(st.stx_ctime);
    if (had && l->beat_ino == st.stx_ino && l->beat_ms == look_ms(st.stx_mtime) &&
        l->beat_changed == ctime)
        return false;
    l->beat_ino = st.stx_ino;
    l->beat_ms = look_ms(st.stx_mtime);
    l->beat_changed = ctime;
    l->still_since = clock_boot_ms();
    learn_from(b, l->beat_ms);
    return true;
}

/* status.json, up to its most. */
static int read_status(int folder, struct buf *b)
{
    int fd = fs->openat(folder, LEASE_STATUS, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0);
    ssize_t n = fd < 0 ? -1 : 1;
    while (fd >= 0 && b->len < FACT_STATUS_MAX && buf_room(b, STATUS_CHUNK) &&
           (n = fs->read(fd, b->data + b->len, STATUS_CHUNK)) > 0)
        b->len += (size_t)n;
    if (fd >= 0)
        fs->close(fd);
    return n == 0 ? 0 : -1;
}

/* True: it says something new. What it says is written anew: what is hostile in it ends here. */
static bool look_status(struct beats *b, struct lease_seen *l, int folder)
{
    struct buf text = {0};
    struct statx st;
    if (look_in(folder, LEASE_STATUS, &st) != 1 ||
        (l->status_ino == st.stx_ino && l->status_size == st.stx_size &&
         l->status_ms == look_ms(st.stx_mtime)))
        return false;
    bool ok = read_status(folder, &text) == 0 &&
              hoststatus_read(b->parsed, text.data ? text.data : "", text.len) == 0;
    buf_free(&text);
    if (!ok)
        return false; /* the next look, then */
    l->status_ino = st.stx_ino;
    l->status_size = st.stx_size;
    l->status_ms = look_ms(st.stx_mtime);
    l->has_lived = true;
    buf_clear(&l->status);
    hoststatus_write(b->parsed, &l->status);
    return true;
}

static uint32_t count_work(int folder)
{
    struct dirlist_entry e;
    uint32_t n = 0;
    struct dirlist *d = dirlist_open(folder, LEASE_WORK, 0);
    while (d && dirlist_next(d, &e) == 1)
        n++;
    dirlist_close(d);
    return n;
}

static int64_t age_of(const struct beats *b, const struct lease_seen *l, int64_t now)
{
    if (!l->has_beat)
        return -1;
    int64_t age = b->clock_known ? now + b->offset - l->beat_ms : now - l->still_since;
    return age > 0 ? age : 0;
}

/* One that is just being made has no beat yet; one that has lost it is dead. */
static bool silent_now(const struct beats *b, const struct lease_seen *l, int64_t now)
{
    int64_t limit = BEATS_SILENT * b->spool->settings.beat_interval;
    int64_t in_sight = l->still_since > b->gap_ended ? l->still_since : b->gap_ended;
    if (!l->has_beat)
        return l->has_lived || now - l->still_since > limit;
    return age_of(b, l, now) > limit && (b->gap_ended == 0 || now - in_sight > limit);
}

static void tell(struct beats *b, struct lease_seen *l)
{
    struct fact f = {.type = FACT_HOST,
                     .host = {.host = l->host,
                              .lease = l->name,
                              .has_beat = l->has_beat,
                              .silent = l->silent,
                              .beat_ms = l->beat_ms < 0 ? -1 : l->beat_ms,
                              .age_ms = age_of(b, l, clock_boot_ms()),
                              .in_work = l->in_work,
                              .status = buf_ok(&l->status) && l->status.len ? l->status.data : ""}};
    out_fact(b->out, &f);
    l->told = true;
}

/* Is it silent? */
static bool one_lease(struct beats *b, const char *host, const char *name, int folder)
{
    struct lease_seen *l = lease_for(b, host, name);
    if (!l)
        return false;
    l->met = true;
    bool beat = look_beat(b, l, folder), news = look_status(b, l, folder);
    bool silent = silent_now(b, l, clock_boot_ms());
    if (l->told && !beat && !news && silent == l->silent)
        return silent;
    l->silent = silent;
    l->in_work = count_work(folder);
    tell(b, l);
    return silent;
}

static void one_host(struct beats *b, const char *host, beats_visit *visit, void *arg)
{
    struct dirlist_entry e;
    char id[LEASE_ID_CAP];
    int more = -1;
    struct dirlist *d = dirlist_open(b->spool->claimed, host, 0);
    while (d && !b->out->gone && (more = dirlist_next(d, &e)) == 1) {
        int lease = lease_name_ok(e.name, id) ? look_folder(dirlist_fd(d), e.name) : -1;
        if (lease < 0)
            continue;
        bool silent = one_lease(b, host, e.name, lease);
        fs->close(lease);
        visit(arg, host, id, silent);
    }
    bool unread = d ? more < 0 : errno != ENOENT;
    dirlist_close(d);
    for (size_t i = 0; i < b->n && unread; i++) /* nothing is known of its leases now */
        if (strcmp(b->all[i].host, host) == 0)
            b->all[i].met = true;
}

static void tell_gone(struct beats *b)
{
    size_t kept = 0;
    for (size_t i = 0; i < b->n; i++) {
        struct lease_seen *l = &b->all[i];
        if (l->met) {
            b->all[kept++] = *l;
            continue;
        }
        struct fact f = {.type = FACT_HOST_GONE, .gone = {l->host, l->name}};
        out_fact(b->out, &f);
        buf_free(&l->status);
    }
    b->n = kept;
}

/* How long we have to have looked away for it to be a gap. Where hosts beat more often than we look,
 * each pause between two rounds would be one, and no host ever silent. */
static int64_t gap_of(const struct beats *b)
{
    int64_t limit = BEATS_SILENT * b->spool->settings.beat_interval;
    return limit > GAP_MS ? limit : GAP_MS;
}

int beats_round(struct beats *b, beats_visit *visit, void *arg)
{
    struct dirlist_entry e;
    int more = -1;
    int64_t now = clock_boot_ms();
    ask_clock(b);
    if (b->last_round && now - b->last_round > gap_of(b))
        b->gap_ended = now;
    for (size_t i = 0; i < b->n; i++)
        b->all[i].met = false;
    struct dirlist *d = dirlist_open(b->spool->claimed, ".", 0);
    while (d && !b->out->gone && (more = dirlist_next(d, &e)) == 1)
        if (spool_host_ok(e.name))
            one_host(b, e.name, visit, arg);
    int saved = errno;
    dirlist_close(d);
    if (more == 0) {
        tell_gone(b);
        b->last_round = clock_boot_ms();
    }
    errno = saved;
    return more == 0 ? 0 : -1;
}
