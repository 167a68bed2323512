/* One journal: what is new in it, and what was there before. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/fsop.h"
#include "spool/look.h"
#include "spoold/scan/tails_parts.h"

enum { HELD = 256 /* files of journals that are kept open at most */ };

static const char trouble[] = "a journal cannot be read";

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
    snprintf(name, LEASE_CAP, "%s" TAILS_SUFFIX, j->lease);
}

static void in_trouble(struct tails *t, struct journal_seen *j, int error)
{
    char path[HOST_CAP + LEASE_CAP + 16];
    snprintf(path, sizeof path, DIR_JOURNAL "/%s/%s" TAILS_SUFFIX, j->host, j->lease);
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
        tails_read_let_go(t, j);
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

bool tails_read_look(struct tails *t, struct journal_seen *j, int folder)
{
    char name[LEASE_CAP];
    struct statx st;
    journal_name(j, name);
    j->looked_ms = clock_boot_ms();
    if (look_in(folder, name, &st) != 1 || !S_ISREG(st.stx_mode))
        return false; /* not made yet, or removed */
    return !nothing_new(j, &st) && take_new(t, j, folder, &st);
}

void tails_read_hold(struct tails *t, struct journal_seen *j, int folder)
{
    char name[LEASE_CAP];
    journal_name(j, name);
    if (!j->tail.met || j->met_fd >= 0 || t->held >= HELD)
        return;
    j->met_fd = fs->openat(folder, name, O_PATH | O_NOFOLLOW | O_CLOEXEC, 0);
    t->held += j->met_fd >= 0;
}

void tails_read_let_go(struct tails *t, struct journal_seen *j)
{
    if (j->met_fd < 0)
        return;
    fs->close(j->met_fd);
    j->met_fd = -1;
    t->held--;
}

bool tails_read_met(struct tails *t, struct journal_seen *j)
{
    struct statx st;
    j->looked_ms = clock_boot_ms();
    if (look_fd(j->met_fd, &st) != 0 || st.stx_nlink == 0 || st.stx_ino != j->tail.ino) {
        tails_read_let_go(t, j);
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
