#include "spoold/scan/tails.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/dirlist.h"
#include "base/fsop.h"
#include "spool/lease.h"
#include "spool/look.h"
#include "spool/token.h"
#include "spoold/scan/tails_parts.h"

enum { BUSY_MS = 10000, LINGER_MS = 60000, ASLEEP_MS = 300000, JOURNALS = 65536 };

struct tails *tails_new(const struct spool *s, struct out *o)
{
    struct tails *t = calloc(1, sizeof *t);
    if (t) {
        t->spool = s;
        t->out = o;
    }
    return t;
}

void tails_free(struct tails *t)
{
    if (!t)
        return;
    for (size_t i = 0; i < t->n; i++)
        tails_read_let_go(t, &t->all[i]);
    free(t->all);
    buf_free(&t->scratch);
    line_free(&t->line);
    free(t);
}

void tails_on_folder(struct tails *t, tails_folder *call, void *arg)
{
    t->call = call;
    t->arg = arg;
}

static struct journal_seen *journal_for(struct tails *t, const char *host, const char *lease)
{
    for (size_t i = 0; i < t->n; i++)
        if (strcmp(t->all[i].lease, lease) == 0 && strcmp(t->all[i].host, host) == 0)
            return &t->all[i];
    if (t->n == t->cap && t->n < JOURNALS) {
        size_t cap = t->cap ? 2 * t->cap : 16;
        struct journal_seen *grown = realloc(t->all, cap * sizeof *grown);
        if (!grown)
            return NULL;
        t->all = grown;
        t->cap = cap;
    }
    if (t->n == t->cap)
        return NULL;
    struct journal_seen *j = &t->all[t->n++];
    *j = (struct journal_seen){.met_fd = -1};
    snprintf(j->host, sizeof j->host, "%s", host);
    snprintf(j->lease, sizeof j->lease, "%s", lease);
    return j;
}

/* The lease's id of a journal's name. */
static bool lease_of(const char *name, char lease[LEASE_ID_CAP])
{
    size_t n = strlen(name), suffix = sizeof TAILS_SUFFIX - 1;
    if (n <= suffix || n - suffix >= LEASE_ID_CAP || strcmp(name + n - suffix, TAILS_SUFFIX) != 0)
        return false;
    snprintf(lease, LEASE_ID_CAP, "%.*s", (int)(n - suffix), name);
    return token_id_ok(lease, n - suffix);
}

static void list_host(struct tails *t, const char *host, int64_t now)
{
    struct dirlist_entry e;
    char lease[LEASE_ID_CAP];
    struct dirlist *d = dirlist_open(t->spool->journal, host, 0);
    if (d && t->call)
        t->call(t->arg, host);
    while (d && !t->out->gone && dirlist_next(d, &e) == 1) {
        struct journal_seen *j = lease_of(e.name, lease) ? journal_for(t, host, lease) : NULL;
        if (j && (!j->tail.met || now - j->looked_ms > ASLEEP_MS))
            tails_read_look(t, j, dirlist_fd(d));
    }
    dirlist_close(d);
}

void tails_list(struct tails *t)
{
    static const char what[] = "journal/ cannot be listed";
    struct dirlist_entry e;
    int64_t now = clock_boot_ms();
    int more = -1;
    struct dirlist *d = dirlist_open(t->spool->journal, ".", 0);
    while (d && !t->out->gone && (more = dirlist_next(d, &e)) == 1)
        if (spool_host_ok(e.name))
            list_host(t, e.name, now);
    out_trouble(t->out, more < 0 ? errno : 0, what, DIR_JOURNAL);
    dirlist_close(d);
}

void tails_live(struct tails *t, const char *host, const char *lease, bool silent)
{
    struct journal_seen *j = journal_for(t, host, lease);
    if (!j)
        return;
    j->live_ms = clock_boot_ms();
    j->silent = silent;
}

static bool due(const struct journal_seen *j, int64_t now, enum tails_which which)
{
    if (!j->live_ms || now - j->live_ms >= LINGER_MS)
        return false;
    return which == TAILS_ALL ||
           (!j->silent && (which == TAILS_BEATING || now - j->grew_ms < BUSY_MS));
}

size_t tails_count(const struct tails *t, enum tails_which which)
{
    size_t n = 0;
    int64_t now = clock_boot_ms();
    for (size_t i = 0; i < t->n; i++)
        n += due(&t->all[i], now, which);
    return n;
}

/* A folder that was opened anew for these looks: journals of a host follow each other, mostly. */
struct opened {
    const char *host;
    int fd;
};

/* That the folder of a new host is not there may be believed for a minute: journal/ is opened anew
 * before that is, with `sure`. */
static int folder_of(struct tails *t, struct journal_seen *j, struct opened *o, bool sure)
{
    if (o->host && strcmp(o->host, j->host) == 0)
        return o->fd;
    if (o->fd >= 0)
        fs->close(o->fd);
    *o = (struct opened){j->host, look_folder(t->spool->journal, j->host)};
    int top = o->fd < 0 && errno == ENOENT && sure ? look_folder(t->spool->journal, ".") : -1;
    if (top >= 0) {
        o->fd = look_folder(top, j->host);
        fs->close(top);
    }
    return o->fd;
}

static bool look_in_folder(struct tails *t, struct journal_seen *j, struct opened *o, bool sure)
{
    int folder = folder_of(t, j, o, sure);
    if (folder >= 0 && !j->watched && t->call)
        t->call(t->arg, j->host); /* made since the last listing */
    j->watched = folder >= 0;
    bool any = folder >= 0 && tails_read_look(t, j, folder);
    if (folder >= 0)
        tails_read_hold(t, j, folder);
    return any;
}

bool tails_look(struct tails *t, enum tails_which which)
{
    int64_t now = clock_boot_ms();
    bool any = false;
    struct opened o = {NULL, -1};
    for (size_t i = 0; i < t->n && !t->out->gone; i++) {
        struct journal_seen *j = &t->all[i];
        if (!due(j, now, which)) {
            if (!due(j, now, TAILS_ALL))
                tails_read_let_go(t, j);
            continue;
        }
        if (which != TAILS_ALL && j->met_fd >= 0)
            any = tails_read_met(t, j) || any;
        else
            any = look_in_folder(t, j, &o, which == TAILS_ALL) || any;
    }
    if (o.fd >= 0)
        fs->close(o.fd);
    return any;
}

uint64_t tails_backlog_bytes(const struct tails *t)
{
    uint64_t n = 0;
    for (size_t i = 0; i < t->n; i++)
        n += t->all[i].tail.from;
    return n;
}

uint64_t tails_harmed(const struct tails *t)
{
    uint64_t n = t->no_event;
    for (size_t i = 0; i < t->n; i++)
        n += t->all[i].tail.harmed;
    return n;
}
