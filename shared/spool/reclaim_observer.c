/* The judging half of reclaim.h: which leases are dead. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/dirlist.h"
#include "base/fsop.h"
#include "base/log.h"
#include "spool/look.h"
#include "spool/reclaim.h"
#include "spool/registry.h"

enum { LOOKS_NEEDED = 3 };

/* One lease as it was last seen. */
struct seen {
    char host[HOST_CAP], name[LEASE_CAP];
    uint64_t ino;
    struct statx_timestamp mtime, ctime;
    int64_t since; /* boot clock, ms: when this value was first seen */
    unsigned looks;
    bool met; /* in this round */
};

struct observer {
    struct seen *seen;
    size_t n, cap;
};

struct observer *observer_new(void)
{
    return calloc(1, sizeof(struct observer));
}

void observer_free(struct observer *o)
{
    if (o)
        free(o->seen);
    free(o);
}

static struct seen *find(struct observer *o, const char *host, const char *name)
{
    for (size_t i = 0; i < o->n; i++)
        if (strcmp(o->seen[i].name, name) == 0 && strcmp(o->seen[i].host, host) == 0)
            return &o->seen[i];
    if (o->n == o->cap) {
        size_t cap = o->cap ? 2 * o->cap : 16;
        struct seen *grown = realloc(o->seen, cap * sizeof *grown);
        if (!grown)
            return NULL;
        o->seen = grown;
        o->cap = cap;
    }
    struct seen *v = &o->seen[o->n++];
    memset(v, 0, sizeof *v);
    snprintf(v->host, sizeof v->host, "%s", host);
    snprintf(v->name, sizeof v->name, "%s", name);
    return v;
}

/* Forget leases that were not met in this round. */
static void forget_gone(struct observer *o)
{
    size_t kept = 0;
    for (size_t i = 0; i < o->n; i++)
        if (o->seen[i].met)
            o->seen[kept++] = o->seen[i];
    o->n = kept;
}

static bool same_time(struct statx_timestamp a, struct statx_timestamp b)
{
    return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

/* Judge by change seen: true when the beat has stood still for lease_timeout in enough looks. */
static bool stood_still(struct seen *v, const struct statx *st, const struct lease *mine,
                        int64_t timeout)
{
    int64_t now = clock_boot_ms();
    if (v->since <= atomic_load(&mine->shared->gap_ended))
        v->looks = 0; /* our own beats did not get through all the while: start anew */
    if (v->looks == 0 || v->ino != st->stx_ino || !same_time(v->mtime, st->stx_mtime) ||
        !same_time(v->ctime, st->stx_ctime)) {
        v->ino = st->stx_ino;
        v->mtime = st->stx_mtime;
        v->ctime = st->stx_ctime;
        v->since = now;
        v->looks = 1;
        return false;
    }
    v->looks++;
    return v->looks >= LOOKS_NEEDED && now - v->since >= timeout;
}

static bool is_dead(struct observer *o, const struct spool *s, const struct lease *mine,
                    const char *host, const char *name, int host_dir, const char **why)
{
    struct statx st;
    char beat[LEASE_CAP + 8];
    if (strcmp(host, s->host) == 0 && lease_owner_gone(name)) {
        *why = "its process is gone";
        return true;
    }
    if (!mine)
        return false;
    snprintf(beat, sizeof beat, "%s/%s", name, LEASE_BEAT);
    int there = look_in(host_dir, beat, &st);
    if (there == 0) { /* a bare ENOENT may come from a cache: the lease's folder afresh */
        int dir = look_folder(host_dir, name);
        there = dir >= 0 ? look_in(dir, LEASE_BEAT, &st) : -1;
        if (dir >= 0)
            fs->close(dir);
    }
    struct seen *v = find(o, host, name);
    if (!v || there < 0)
        return false;
    v->met = true;
    if (there == 0) {
        *why = "it has no beat";
        return true;
    }
    *why = "its beat stands still";
    return stood_still(v, &st, mine, s->settings.lease_timeout);
}

/* Another's silence counts only while our own beats get through: after an outage of the server
 * every beat is old. */
static void start_anew_after_gap(struct observer *o, const struct spool *s,
                                 const struct lease *mine)
{
    atomic_store(&mine->shared->gap_limit,
                 s->settings.self_stop); /* it may have been configured anew */
    if (clock_boot_ms() - atomic_load(&mine->shared->last_good_beat) > s->settings.self_stop)
        o->n = 0;
}

static void report(const char *host, const char *name, const char *why, int gone,
                   const struct reclaimed *sum)
{
    if (gone == 0)
        log_warn(
            "took back the lease %s of host %s (%s): %u documents published, %u to be tried again",
            name, host, why, sum->published, sum->retried + sum->strangers);
    else
        log_warn("could not yet take back all of the lease %s of host %s (%s): %u entries left: "
                 "%s; trying again later",
                 name, host, why, sum->failed, strerror(errno));
}

/* What lives of an extractd that is gone would go on with work that is others' now. It could do no
 * harm there, but it would cost this machine. */
static void end_orphans(const struct spool *s, const char *host, const char *name)
{
    struct orphans o;
    if (strcmp(host, s->host) == 0 && lease_owner_gone(name))
        orphans_end(s, name, &o);
}

/* All leases of one host. */
static int look_at_host(struct observer *o, const struct spool *s, const struct lease *mine,
                        const char *host)
{
    struct dirlist_entry e;
    int reclaimed = 0;
    struct dirlist *d = dirlist_open(s->claimed, host, 0);
    while (d && dirlist_next(d, &e) == 1) {
        const char *why = "";
        char name[LEASE_CAP];
        if ((mine && strcmp(e.name, mine->name) == 0) || !lease_name_ok(e.name, NULL))
            continue;
        snprintf(name, sizeof name, "%s", e.name);
        if (!is_dead(o, s, mine, host, name, dirlist_fd(d), &why))
            continue;
        end_orphans(s, host, name);
        struct reclaimed sum = {0};
        int gone = reclaim_lease(s, host, name, true, mine, &sum);
        report(host, name, why, gone, &sum);
        reclaimed += gone == 0;
    }
    dirlist_close(d);
    return reclaimed;
}

bool observer_neighbour_gone(struct observer *o, const struct spool *s)
{
    bool gone = false;
    for (size_t i = 0; i < o->n;) {
        if (strcmp(o->seen[i].host, s->host) == 0 && lease_owner_gone(o->seen[i].name)) {
            o->seen[i] = o->seen[--o->n];
            gone = true;
        } else {
            i++;
        }
    }
    return gone;
}

int observer_round(struct observer *o, const struct spool *s, const struct lease *mine)
{
    struct dirlist_entry e;
    int reclaimed = 0, more = -1;
    if (mine)
        start_anew_after_gap(o, s, mine);
    for (size_t i = 0; i < o->n; i++)
        o->seen[i].met = false;
    struct dirlist *d = dirlist_open(s->claimed, ".", 0);
    while (d && (more = dirlist_next(d, &e)) == 1)
        if (spool_host_ok(e.name))
            reclaimed += look_at_host(o, s, mine, e.name);
    dirlist_close(d);
    forget_gone(o);
    return more == 0 ? reclaimed : -1;
}

int reclaim_own_host(const struct spool *s, const struct lease *clock)
{
    struct dirlist_entry e;
    int reclaimed = 0, more = -1;
    struct dirlist *d = dirlist_open(s->claimed, s->host, 0);
    if (!d)
        return errno == ENOENT ? 0 : -1;
    while ((more = dirlist_next(d, &e)) == 1) {
        char name[LEASE_CAP];
        if (!lease_name_ok(e.name, NULL) || (clock && strcmp(e.name, clock->name) == 0) ||
            !lease_owner_gone(e.name))
            continue;
        snprintf(name, sizeof name, "%s", e.name);
        end_orphans(s, s->host, name);
        struct reclaimed sum = {0};
        int gone = reclaim_lease(s, s->host, name, true, clock, &sum);
        report(s->host, name, "its process is gone", gone, &sum);
        reclaimed += gone == 0;
    }
    dirlist_close(d);
    return more == 0 ? reclaimed : -1;
}
