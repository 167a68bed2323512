/* A slot of a simulated extractd: extractd/slot.c, load.c and decide.c with a parser that is a
 * glance at the content. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/dirlist.h"
#include "base/fsop.h"
#include "base/log.h"
#include "document.h"
#include "host.h"
#include "naive.h"
#include "spool/expose.h"
#include "spool/pagefile.h"
#include "spool/pathfile.h"
#include "spool/publish.h"
#include "spool/retry.h"
#include "spool/unpack.h"

enum { WAIT_MS = 15000, SEAL_TRIES = 3 };

enum end { END_FINISH, END_RETRY, END_UNSPENT, END_OCR, END_DROP };

struct decision {
    enum end end;
    enum outcome outcome;
    bool environment;
};

struct slot {
    struct worker *w;
    unsigned index;
    struct lease lease;
    struct document doc; /* as read */
    bool read;
    struct buf pages; /* its text, as it was kept in an earlier turn; empty: not */
    bool pages_kept;
    char path[PATH_CAP];
    int path_unknown;
    struct place place;
    struct unpack *unpack; /* NULL: it holds nothing */
};

static struct decision environment(int error)
{
    return (struct decision){END_UNSPENT, OUTCOME_COUNT, error != EAGAIN};
}

static struct decision failed(const struct slot *s, const struct token *t, enum outcome o)
{
    bool again =
        outcome_facts(o)->retried && t->attempt < (unsigned)s->w->spool.settings.max_attempts;
    return (struct decision){again ? END_RETRY : END_FINISH, o, false};
}

static struct decision changed(const struct slot *s, const struct token *t)
{
    if (t->unspent < (unsigned)s->w->spool.settings.max_unspent)
        return (struct decision){END_UNSPENT, OUTCOME_COUNT, false};
    return (struct decision){END_FINISH, OUTCOME_UNREADABLE, false};
}

/* Read the whole document: 1 read, 0 it is not what was claimed, -1 errno. */
static int copy_out(struct slot *s, int from, const struct claimed *c)
{
    struct statx st;
    char text[DOCUMENT_MOST];
    size_t n = 0;
    ssize_t got = 1;
    if (fs->statx(from, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, &st) != 0)
        return -1;
    if (st.stx_ino != c->ino)
        return 0;
    while (n <= c->size && n < sizeof text && got > 0) {
        size_t want = c->size + 1 - n, room = sizeof text - n;
        got = fs->read(from, text + n, want < room ? want : room);
        if (got < 0 && errno == EINTR && !sched_dead()) {
            got = 1;
            continue;
        }
        if (got < 0)
            return -1;
        n += (size_t)got;
    }
    if (n != c->size)
        return 0;
    s->read = document_read(text, n, &s->doc);
    return 1;
}

static struct decision load(struct slot *s, const struct hand *h)
{
    const struct claimed *c = &h->claimed;
    if (c->token.attempt > (unsigned)s->w->spool.settings.max_attempts)
        return (struct decision){END_FINISH, OUTCOME_POISON, false};
    if (s->path_unknown != 0)
        return environment(s->path_unknown);
    int fd = fs->openat(s->lease.work, c->name,
                        O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0);
    if (fd < 0) {
        int error = errno;
        if (error == EACCES || error == EPERM || error == ELOOP || error == ENXIO)
            return (struct decision){END_FINISH, OUTCOME_UNREADABLE, false};
        if (error == ENOENT && look_at(s->lease.work, c->name, NULL) == 0)
            return (struct decision){END_DROP, OUTCOME_COUNT, false};
        return environment(error);
    }
    int got = copy_out(s, fd, c), error = errno;
    fs->close(fd);
    if (got < 0)
        return environment(error);
    if (got == 0)
        return changed(s, &c->token);
    return (struct decision){END_FINISH, OUTCOME_OK, false};
}

/* ---- documents in two turns: extractd/slot_ocr.c ---- */

static bool needs_ocr(const struct slot *s, const struct claimed *c)
{
    return cluster.ocr_in > 0 && s->doc.serial % cluster.ocr_in == 0 &&
           strcmp(c->need, NEED_OCR) != 0;
}

/* What is kept is believed once it says that it is of this content. */
static void resume(struct slot *s, const struct claimed *c)
{
    char own[DOCUMENT_MOST];
    if (!s->read || (c->token.attempt < 2 && strcmp(c->need, NEED_OCR) != 0))
        return;
    s->pages_kept = pagefile_read(&s->w->spool, c->token.document, &s->pages, sizeof own) != 0;
    size_t n = document_text(&s->doc, own, sizeof own) - 1;
    if (s->pages.len < n || memcmp(s->pages.data, own, n) != 0)
        buf_clear(&s->pages);
}

static struct decision later(struct slot *s, const struct claimed *c)
{
    char text[DOCUMENT_MOST];
    size_t n = document_text(&s->doc, text, sizeof text);
    (void)pagefile_write(&s->w->spool, c->token.document, text, n);
    return (struct decision){END_OCR, OUTCOME_COUNT, false};
}

/* Parsing takes its time, and is given up when the lease is in doubt. */
static struct decision parse(struct slot *s, const struct claimed *c)
{
    const struct token *t = &c->token;
    sim_us left = s->w->parse_most > 0 ? (sim_us)(sim_random() % (uint64_t)s->w->parse_most) : 0;
    while (left > 0 && !sched_dead()) {
        sim_us nap = left < 2 * SIM_SECOND ? left : 2 * SIM_SECOND;
        sched_until(sim.now + nap);
        left -= nap;
        if (worker_silenced(s->w) || s->w->stopping)
            return (struct decision){END_UNSPENT, OUTCOME_COUNT, false};
    }
    if (!s->read)
        return failed(s, t, OUTCOME_NOT_PDF);
    if (cluster.crash_in > 0 && sim_once_in(cluster.crash_in))
        return failed(s, t, OUTCOME_CRASHED);
    if (s->doc.kind == DOCUMENT_CRASHES)
        return failed(s, t, OUTCOME_CRASHED);
    if (s->doc.kind == DOCUMENT_CORRUPT)
        return failed(s, t, OUTCOME_CORRUPT);
    if (needs_ocr(s, c))
        return later(s, c);
    return (struct decision){END_FINISH, OUTCOME_OK, false};
}

static struct decision load_and_parse(struct slot *s, const struct hand *h)
{
    s->read = s->pages_kept = false;
    buf_clear(&s->pages);
    struct decision d = load(s, h);
    if (d.end != END_FINISH || d.outcome != OUTCOME_OK)
        return d;
    resume(s, &h->claimed);
    return parse(s, &h->claimed);
}

static int unchanged(int work, const struct claimed *c)
{
    struct statx st;
    int there = look_in(work, c->name, &st);
    if (there != 1) {
        errno = there == 0 ? ENOENT : errno;
        return -1;
    }
    return st.stx_ino == c->ino && st.stx_size == c->size && look_ms(st.stx_mtime) == c->mtime_ms;
}

static void publish(struct slot *s, struct hand *h, const char *sealed)
{
    if (sim.protocol == PROTOCOL_LINK)
        naive_link_publish(&s->w->spool, &s->place, s->lease.work, sealed, &h->claimed.token);
    else
        publish_place(&s->w->spool, &s->place, s->lease.work, sealed, &h->claimed.token);
    if (s->pages_kept && !sched_dead())
        pagefile_remove(&s->w->spool, h->claimed.token.document);
}

static int write_results(struct slot *s, const struct hand *h, const struct decision *d)
{
    char text[DOCUMENT_MOST], json[DOCUMENT_MOST];
    const struct document *doc = s->read ? &s->doc : NULL;
    struct buf t = {.data = text}, j = {.data = json};
    t.len = document_text(doc, text, sizeof text);
    if (s->pages.len > 0)
        t = s->pages;
    j.len = document_json(doc, &h->claimed.token, outcome_facts(d->outcome)->name, s->place.path,
                          json, sizeof json);
    return finish_write(&s->place, outcome_facts(d->outcome)->failure ? NULL : &t, &j);
}

/* ---- documents out of documents ---- */

static void throw_away(struct slot *s)
{
    if (s->unpack)
        unpack_throw(s->unpack);
    unpack_free(s->unpack);
    s->unpack = NULL;
}

static int unpack_one(struct slot *s, unsigned i)
{
    char content[DOCUMENT_MOST];
    struct unpacked kept;
    size_t n =
        document_write(document_inner(s->doc.serial, i), DOCUMENT_GOOD, content, sizeof content);
    return unpack_file(s->unpack, document_inner_path(i)) != 0 ||
                   unpack_bytes(s->unpack, content, n) != 0 || unpack_keep(s->unpack, &kept) != 0
               ? -1
               : 0;
}

/* What it holds, into the hidden folder. */
static int unpack(struct slot *s, const struct token *t, const struct decision *d)
{
    unsigned files;
    if (!s->read || s->doc.kind != DOCUMENT_HOLDS || d->outcome != OUTCOME_OK ||
        sim.protocol != PROTOCOL_OURS)
        return 0;
    s->unpack = unpack_new(&s->w->spool, t);
    if (!s->unpack)
        sim_broken("no memory");
    for (unsigned i = 0; i < DOCUMENT_INNER; i++)
        if (unpack_one(s, i) != 0)
            return -1;
    return unpack_finish(s->unpack, &files);
}

static int reserve(struct slot *s, const struct token *t, enum outcome outcome)
{
    char folder[PATH_CAP];
    const struct spool *spool = &s->w->spool;
    if (finish_reserve(&s->place, spool, t, outcome) != 0)
        return -1;
    if (!s->unpack || expose_reserve(&s->place, spool, t, folder) == 0)
        return 0;
    int error = errno;
    reserve_drop(spool, s->place.key, t->document, false);
    place_close(&s->place);
    errno = error;
    return -1;
}

static struct decision finish_unpacked(struct slot *s, struct hand *h, const struct decision *d,
                                       bool changing)
{
    struct place *p = &s->place;
    const struct token *t = &h->claimed.token;
    char sealed[NAME_CAP];
    struct decision result = {END_DROP, OUTCOME_COUNT, false};
    if (unpack(s, t, d) != 0 || reserve(s, t, d->outcome) != 0)
        return environment(errno);
    if (write_results(s, h, d) != 0) {
        int error = errno;
        reserve_drop(&s->w->spool, p->key, t->document, false);
        expose_drop(p, &s->w->spool, t);
        place_close(p);
        return environment(error);
    }
    if (!changing && unchanged(s->lease.work, &h->claimed) == 0) {
        finish_drop(p, &s->w->spool, t, true);
        place_close(p);
        return changed(s, t);
    }
    enum moved m = MOVE_FAILED;
    for (int i = 0; i < SEAL_TRIES && m == MOVE_FAILED; i++)
        m = finish_seal(p, s->lease.work, t, sealed);
    if (m == MOVED) {
        publish(s, h, sealed);
        unpack_free(s->unpack);
        s->unpack = NULL;
        result = *d;
    } else if (m == MOVE_LOST) {
        finish_drop(p, &s->w->spool, t, false);
    } else {
        unpack_free(s->unpack); /* undecided: nothing is thrown away */
        s->unpack = NULL;
        result = environment(errno);
    }
    place_close(p);
    return result;
}

static struct decision finish(struct slot *s, struct hand *h, const struct decision *d,
                              bool changing)
{
    struct decision result = finish_unpacked(s, h, d, changing);
    throw_away(s); /* unless it has been sealed */
    return result;
}

static void put_back(struct slot *s, struct hand *h, const struct decision *d)
{
    struct token t = h->claimed.token;
    const struct settings *c = &s->w->spool.settings;
    int64_t now = lease_server_now(&s->lease), due;
    if (d->end == END_RETRY) {
        token_spend(&t, outcome_facts(d->outcome)->letter);
        due = retry_due(c, &t, now);
    } else if (d->end == END_OCR) {
        snprintf(h->claimed.need, sizeof h->claimed.need, "%s", NEED_OCR);
        due = now / 1000;
    } else {
        bool stopping = s->w->stopping;
        t.unspent += !stopping && t.unspent < 999999;
        due = stopping ? now / 1000 : retry_due_unspent(c, now);
    }
    if (retry_move(&s->w->spool, s->lease.work, h->claimed.name, &t, due, h->claimed.need) ==
        MOVE_FAILED)
        log_warn("it could not be put back: %s", strerror(errno));
}

static void one_document(struct slot *s, struct hand *h)
{
    s->path_unknown = 0;
    if (pathfile_path(&s->w->spool, &h->claimed.token, s->path) != 0)
        s->path_unknown = errno == ENODATA ? 0 : errno;
    struct decision d = load_and_parse(s, h);
    bool changing = d.end == END_FINISH && d.outcome == OUTCOME_UNREADABLE;
    if (d.end == END_FINISH)
        d = finish(s, h, &d, changing);
    if (d.end == END_FINISH && d.outcome == OUTCOME_UNREADABLE && !changing)
        d = finish(s, h, &d, true);
    if (sched_dead())
        return; /* the hand stays, for the one who comes after this process */
    if (d.environment)
        worker_environment_failed(s->w);
    else if (d.end == END_FINISH)
        s->w->environment_row = 0;
    if (d.end == END_RETRY || d.end == END_UNSPENT || d.end == END_OCR)
        put_back(s, h, &d);
    if (sched_dead())
        return;
    s->w->slot_hand[s->index] = NOBODY;
    hand_free(h);
    sched_wake(s->w->claimer);
}

static void settle_predecessor(struct slot *s)
{
    int index = s->w->slot_hand[s->index];
    struct dirlist_entry e;
    struct sealed sealed;
    if (index == NOBODY)
        return;
    struct hand *h = &s->w->hands[index];
    if (h->state != HAND_TAKEN || (h->slot != (int)s->index && h->slot != NOBODY)) {
        s->w->slot_hand[s->index] = NOBODY;
        return;
    }
    struct token t = h->claimed.token;
    struct dirlist *d = dirlist_open(s->lease.work, ".", 0);
    while (d && dirlist_next(d, &e) == 1) {
        if (token_parse_sealed(e.name, &sealed) == 0 && strcmp(sealed.token.claim, t.claim) == 0)
            publish_sealed(&s->w->spool, s->lease.work, e.name);
        else if (strcmp(e.name, h->claimed.name) == 0) {
            token_spend(&t, LETTER_LEASE_DIED);
            retry_move(&s->w->spool, s->lease.work, e.name, &t,
                       retry_due(&s->w->spool.settings, &t, lease_server_now(&s->lease)),
                       h->claimed.need);
        }
    }
    dirlist_close(d);
    if (sched_dead())
        return;
    s->w->slot_hand[s->index] = NOBODY;
    hand_free(h);
}

static struct hand *take(struct slot *s)
{
    for (int i = 0; i < WORKER_HANDS; i++)
        if (s->w->hands[i].state == HAND_QUEUED) {
            s->w->hands[i].state = HAND_TAKEN;
            s->w->hands[i].slot = (int)s->index;
            s->w->slot_hand[s->index] = i;
            return &s->w->hands[i];
        }
    return NULL;
}

void worker_slot(void *arg)
{
    struct slot_arg *a = arg;
    struct worker *w = a->w;
    struct slot *s = calloc(1, sizeof *s);
    if (!s)
        sim_broken("no memory");
    s->w = w;
    s->index = a->index;
    s->place.folder = -1;
    w->parse_most = cluster.parse_most;
    if (lease_open(&s->lease, &w->spool, w->lease_name, &w->shared) == 0) {
        settle_predecessor(s);
        while (!sched_dead() && !w->stopping) {
            struct hand *h = take(s);
            if (h)
                one_document(s, h);
            else
                sched_wait(sim.now + (w->claimer ? SIM_MINUTE : WAIT_MS * SIM_MS));
        }
        lease_close(&s->lease);
    }
    buf_free(&s->pages);
    free(s);
    sched_wake(w->supervisor);
}
