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
#include "spoold/scan/line.h"
#include "spoold/scan/tail.h"

enum {
    BUSY_MS = 10000,
    LINGER_MS = 60000,
    ASLEEP_MS = 300000,
    JOURNALS = 65536,
    HELD = 256 /* files of journals that are kept open at most */
};

#define SUFFIX ".jsonl"
static const char trouble[] = "a journal cannot be read";

struct journal_seen {
    char host[HOST_CAP], lease[LEASE_ID_CAP];
    struct tail tail;
    uint64_t size;      /* at the last look */
    int64_t live_ms;    /* boot clock: when its lease was last there */
    int64_t grew_ms;    /* boot clock: when it last grew */
    int64_t looked_ms;  /* boot clock */
    int64_t reaches_ms; /* epoch: the oldest event told of it; before the first its mtime */
    int met_fd;         /* -1, or the file itself, to ask for its size: no reading, no state */
    bool in_trouble, watched, silent;
};

struct tails {
    const struct spool *spool;
    struct out *out;
    struct journal_seen *all;
    size_t n, cap, held;
    struct buf scratch;
    struct line line;
    uint64_t no_event;
    tails_folder *call;
    void *arg;
};

struct tails *tails_new(const struct spool *s, struct out *o)
{
    struct tails *t = calloc(1, sizeof *t);
    if (t) {
        t->spool = s;
        t->out = o;
    }
    return t;
}

static void let_go(struct tails *t, struct journal_seen *j)
{
    if (j->met_fd < 0)
        return;
    fs->close(j->met_fd);
    j->met_fd = -1;
    t->held--;
}

void tails_free(struct tails *t)
{
    if (!t)
        return;
    for (size_t i = 0; i < t->n; i++)
        let_go(t, &t->all[i]);
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

/* What the visits of a block need. */
struct telling {
    struct tails *tails;
    struct journal_seen *journal;
    int64_t oldest_ms; /* of the block; 0: none */
};

static void tell_line(void *arg, uint64_t offset, const char *text, size_t n)
{
    struct telling *t = arg;
    struct line *line = &t->tails->line;
    struct out *out = t->tails->out;
    if (!line_read(line, text, n)) {
        t->tails->no_event++;
        return;
    }
    struct fact f = {.type = FACT_EVENT, .event = line->event};
    f.event.host = t->journal->host;
    f.event.lease = t->journal->lease;
    f.event.offset = offset;
    f.event.length = n + 1;
    uint64_t refused = out->refused;
    out_fact(out, &f);
    t->tails->no_event += out->refused - refused;
    if (t->oldest_ms == 0 || line->event.time_ms < t->oldest_ms)
        t->oldest_ms = line->event.time_ms;
}

static void tell_range(struct tails *t, const struct journal_seen *j, uint64_t from, uint64_t to)
{
    struct fact f = {
        .type = FACT_JOURNAL,
        .journal = {j->host, j->lease, j->tail.ino, j->size < to ? to : j->size, from, to}};
    out_fact(t->out, &f);
}

static void journal_name(const struct journal_seen *j, char name[LEASE_CAP])
{
    snprintf(name, LEASE_CAP, "%s" SUFFIX, j->lease);
}

static void in_trouble(struct tails *t, struct journal_seen *j, int error)
{
    char path[HOST_CAP + LEASE_CAP + 16];
    snprintf(path, sizeof path, DIR_JOURNAL "/%s/%s" SUFFIX, j->host, j->lease);
    if (error || j->in_trouble)
        out_trouble(t->out, error, trouble, path);
    j->in_trouble = error != 0;
}

/* Forwards, as far as it goes. */
static bool read_on(struct tails *t, struct journal_seen *j, int fd, uint64_t size)
{
    struct telling telling = {t, j, 0};
    int got = 0, error;
    bool any = false, anew = tail_meet(&j->tail, fd, j->tail.ino, size, &error);
    if (anew) {
        tell_range(t, j, 0, 0);
        j->grew_ms = j->live_ms ? clock_boot_ms() : 0;
    }
    while (!error && !t->out->gone) {
        uint64_t from = j->tail.to;
        got = tail_forward(&j->tail, fd, size, &t->scratch, tell_line, &telling);
        if (got <= 0)
            break;
        tell_range(t, j, from, j->tail.to);
        any = true;
    }
    in_trouble(t, j, error ? error : got < 0 ? errno : 0);
    if (any)
        j->grew_ms = clock_boot_ms();
    return any;
}

/* The file has this size now, and is another than at the last look or not: read what is new. */
static bool take_new(struct tails *t, struct journal_seen *j, int folder, const struct statx *st)
{
    char name[LEASE_CAP];
    journal_name(j, name);
    int fd = fs->openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0);
    if (fd < 0) {
        in_trouble(t, j, errno);
        return false;
    }
    if (!j->tail.met || j->tail.ino != st->stx_ino) {
        let_go(t, j);
        j->tail.met = false;
        j->tail.ino = st->stx_ino;
        j->reaches_ms = look_ms(st->stx_mtime);
    }
    j->size = st->stx_size;
    bool any = read_on(t, j, fd, j->size);
    fs->close(fd);
    return any;
}

static bool nothing_new(const struct journal_seen *j, const struct statx *st)
{
    return j->tail.met && j->tail.ino == st->stx_ino && j->tail.to == st->stx_size;
}

/* Look at one journal in its folder, which was opened a moment ago. */
static bool look(struct tails *t, struct journal_seen *j, int folder)
{
    char name[LEASE_CAP];
    struct statx st;
    journal_name(j, name);
    j->looked_ms = clock_boot_ms();
    if (look_in(folder, name, &st) != 1 || !S_ISREG(st.stx_mode))
        return false; /* not made yet, or removed */
    return !nothing_new(j, &st) && take_new(t, j, folder, &st);
}

/* The file of a journal, to be asked for its size: no look for its name each time. */
static void hold(struct tails *t, struct journal_seen *j, int folder)
{
    char name[LEASE_CAP];
    journal_name(j, name);
    if (!j->tail.met || j->met_fd >= 0 || t->held >= HELD)
        return;
    j->met_fd = fs->openat(folder, name, O_PATH | O_NOFOLLOW | O_CLOEXEC, 0);
    t->held += j->met_fd >= 0;
}

/* Look at the file that was met. That its name is another file's by now is for who looks in the
 * folder, soon. */
static bool look_met(struct tails *t, struct journal_seen *j)
{
    struct statx st;
    j->looked_ms = clock_boot_ms();
    if (look_fd(j->met_fd, &st) != 0 || st.stx_nlink == 0 || st.stx_ino != j->tail.ino) {
        let_go(t, j);
        return false;
    }
    if (nothing_new(j, &st))
        return false;
    int folder = look_folder(t->spool->journal, j->host);
    bool any = folder >= 0 && take_new(t, j, folder, &st);
    if (folder >= 0)
        fs->close(folder);
    return any;
}

/* The lease's id of a journal's name. */
static bool lease_of(const char *name, char lease[LEASE_ID_CAP])
{
    size_t n = strlen(name), suffix = sizeof SUFFIX - 1;
    if (n <= suffix || n - suffix >= LEASE_ID_CAP || strcmp(name + n - suffix, SUFFIX) != 0)
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
            look(t, j, dirlist_fd(d));
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
    bool any = folder >= 0 && look(t, j, folder);
    if (folder >= 0)
        hold(t, j, folder);
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
                let_go(t, j);
            continue;
        }
        if (which != TAILS_ALL && j->met_fd >= 0)
            any = look_met(t, j) || any;
        else
            any = look_in_folder(t, j, &o, which == TAILS_ALL) || any;
    }
    if (o.fd >= 0)
        fs->close(o.fd);
    return any;
}

static struct journal_seen *newest(struct tails *t)
{
    struct journal_seen *best = NULL;
    for (size_t i = 0; i < t->n; i++)
        if (t->all[i].tail.from > 0 && (!best || t->all[i].reaches_ms > best->reaches_ms))
            best = &t->all[i];
    return best;
}

/* The file that was met; it may be another one by now. */
static int open_met(struct tails *t, const struct journal_seen *j)
{
    char name[LEASE_CAP];
    struct statx st;
    journal_name(j, name);
    int folder = look_folder(t->spool->journal, j->host), error = ENOENT;
    int fd = folder < 0
                 ? -1
                 : fs->openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0);
    if (folder < 0 || fd < 0)
        error = errno;
    if (folder >= 0)
        fs->close(folder);
    if (fd >= 0 && look_fd(fd, &st) == 0 && st.stx_ino == j->tail.ino &&
        st.stx_size >= j->tail.from)
        return fd;
    if (fd >= 0)
        fs->close(fd);
    errno = error;
    return -1;
}

bool tails_backlog(struct tails *t)
{
    struct journal_seen *j = newest(t);
    struct telling telling = {t, j, 0};
    if (!j)
        return false;
    int fd = open_met(t, j), got = -1;
    uint64_t to = j->tail.from;
    if (fd >= 0)
        got = tail_backward(&j->tail, fd, &t->scratch, tell_line, &telling);
    int error = got < 0 ? errno : 0;
    if (fd >= 0)
        fs->close(fd);
    in_trouble(t, j, error == ENOENT ? 0 : error);
    if (error != ENOENT && error != ESTALE && look_passing(error))
        return false; /* later */
    if (got > 0)
        tell_range(t, j, j->tail.from, to);
    else
        j->tail.from = 0; /* its beginning cannot be had any more */
    if (telling.oldest_ms && telling.oldest_ms < j->reaches_ms)
        j->reaches_ms = telling.oldest_ms;
    else
        j->reaches_ms--; /* whatever it says of its times, others come to their turn */
    return true;
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
