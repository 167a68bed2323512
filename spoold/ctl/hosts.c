#include "spoold/ctl/hosts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/dirlist.h"
#include "base/fsop.h"
#include "base/num.h"
#include "spool/lease.h"
#include "spool/look.h"
#include "spool/srvclock.h"
#include "spoold/ctl/docs.h"

enum { STATUS_MAX = 4 * 1024 * 1024 };

static unsigned count_work(int lease)
{
    struct dirlist_entry e;
    unsigned n = 0;
    struct dirlist *d = dirlist_open(lease, LEASE_WORK, 0);
    while (d && dirlist_next(d, &e) == 1)
        n++;
    dirlist_close(d);
    return n;
}

static void one_lease(const struct spool *s, int lease, int64_t now, struct host_view *v,
                      struct host_status *st)
{
    static struct registry all; /* large */
    struct buf b = {0};
    struct statx beat;
    v->has_beat = look_at(lease, LEASE_BEAT, &beat) == 1;
    v->beat_age_ms = v->has_beat && now >= 0 ? now - look_ms(beat.stx_mtime) : -1;
    if (v->beat_age_ms < -1)
        v->beat_age_ms = 0;
    v->silent = !v->has_beat || v->beat_age_ms > HOSTS_SILENT_BEATS * s->settings.beat_interval;
    v->has_status = docs_read(lease, LEASE_STATUS, &b, STATUS_MAX) == 0 &&
                    hoststatus_read(st, b.data, b.len) == 0;
    if (!v->has_status)
        memset(st, 0, sizeof *st);
    buf_free(&b);
    v->processes =
        registry_load(&all, lease) == 0 && strcmp(all.lease, v->lease) == 0 ? &all : NULL;
    v->now_ms = now;
    v->in_work = count_work(lease);
}

static void one_host(const struct spool *s, const char *host, int64_t now, struct host_status *st,
                     hosts_visit *visit, void *arg)
{
    struct dirlist_entry e;
    struct dirlist *d = dirlist_open(s->claimed, host, 0);
    while (d && dirlist_next(d, &e) == 1) {
        int lease = lease_name_ok(e.name, NULL) ? look_folder(dirlist_fd(d), e.name) : -1;
        if (lease < 0)
            continue;
        struct host_view v = {.host = host, .lease = e.name, .status = st};
        one_lease(s, lease, now, &v, st);
        fs->close(lease);
        visit(arg, &v);
    }
    dirlist_close(d);
}

int hosts_each(const struct spool *s, hosts_visit *visit, void *arg)
{
    struct dirlist_entry e;
    int more = -1;
    struct host_status *st = malloc(sizeof *st);
    int64_t now = srvclock_now(s);
    struct dirlist *d = st ? dirlist_open(s->claimed, ".", 0) : NULL;
    while (d && (more = dirlist_next(d, &e)) == 1)
        if (spool_host_ok(e.name))
            one_host(s, e.name, now, st, visit, arg);
    int saved = errno;
    dirlist_close(d);
    free(st);
    errno = saved;
    return more == 0 ? 0 : -1;
}

const char *hosts_word(const struct host_view *v)
{
    static char word[80];
    char age[32];
    unsigned busy = 0;
    if (!v->has_beat) {
        snprintf(word, sizeof word, "dead");
    } else if (v->silent) {
        num_show_duration(v->beat_age_ms, age, sizeof age);
        snprintf(word, sizeof word, "silent for %s", age);
    } else if (!v->has_status) {
        snprintf(word, sizeof word, "starting");
    } else if (strcmp(v->status->state, "running") != 0) {
        snprintf(word, sizeof word, "%s", v->status->state);
    } else {
        for (uint32_t i = 0; i < v->status->shown_slots; i++)
            busy += v->status->slots[i].path[0] != 0;
        snprintf(word, sizeof word, "%s", busy ? "working" : "idle");
    }
    return word;
}
