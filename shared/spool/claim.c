#include "spool/claim.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/dirlist.h"
#include "base/fsop.h"
#include "base/rnd.h"
#include "spool/pathfile.h"
#include "spool/retry.h"

enum { MEET_LOOKS = 8, LEAVE_MOST = 512 };

/* Since when a file has been left alone: the later of mtime and ctime on the server's clock. An
 * mtime in the future (cp -p and scanners bring such) says nothing and is ignored. A ctime is the
 * server's own: if it is ahead of what we take for the server's now, it is we who are late (a
 * machine that was paused, until its next beat), and the file is new. */
static int64_t left_alone_since(const struct statx *st, int64_t now)
{
    int64_t m = look_ms(st->stx_mtime), c = look_ms(st->stx_ctime);
    return m > c && m <= now + 1000 ? m : c;
}

/* Is this a document to be claimed now? */
static bool claimable(const struct spool *s, const struct lease *l, const struct statx *st,
                      struct claim_counts *counts)
{
    int64_t now = lease_server_now(l);
    if (!S_ISREG(st->stx_mode)) {
        counts->not_regular++;
        return false;
    }
    if (st->stx_size == 0) {
        counts->empty++;
        return false;
    }
    int64_t since = left_alone_since(st, now);
    if (now - since < s->settings.settle) {
        int64_t at = since + s->settings.settle;
        counts->unsettled++;
        if (counts->next_settle_ms == 0 || at < counts->next_settle_ms)
            counts->next_settle_ms = at;
        return false;
    }
    return true;
}

/* The rename, and what its answer says. True when c is to be kept in the batch. */
static bool take(const struct lease *l, int folder, const char *name, const struct statx *st,
                 struct claimed *c, struct claim_counts *counts)
{
    token_name(&c->token, c->name);
    c->ino = st->stx_ino;
    c->size = st->stx_size;
    c->mtime_ms = look_ms(st->stx_mtime);
    counts->tried++;
    if (fs->renameat(folder, name, l->work, c->name) == 0) {
        c->state = CLAIM_HAVE;
        counts->won++;
        return true;
    }
    if (errno == ENOENT) {
        counts->lost++;
    } else {
        counts->errors++;
        counts->last_error = errno;
    }
    c->state = CLAIM_UNKNOWN;
    return true;
}

static bool new_token(const struct spool *s, const struct lease *l, const char *path,
                      const char *name, struct token *t)
{
    char full[PATH_CAP];
    *t = (struct token){.attempt = 1};
    if (snprintf(full, sizeof full, "%s%s%s", path, *path ? "/" : "", name) >= (int)sizeof full) {
        errno = ENAMETOOLONG;
        return false;
    }
    lease_new_id(l, t->document);
    lease_new_id(l, t->claim);
    token_set_path(t, full);
    return !t->path_apart || pathfile_write(s, t->document, full) == 0;
}

/* Forcing the attributes of a name that is not cached costs a second round trip beside its LOOKUP.
 * So only names that may have been met unsettled are forced. Others may still come from the
 * client's cache (READDIRPLUS fills it, and so does another program's look): as old as that, 60 s
 * at most. A writer that began again since then is noticed by the forced look before the seal. */
static int look_candidate(int fresh, const char *name, struct statx *st,
                          const struct claim_counts *counts)
{
    if (counts->seen_before || counts->unsettled + counts->empty > 0)
        return look_in(fresh, name, st);
    return fs->statx(fresh, name, AT_SYMLINK_NOFOLLOW, st) == 0 ? 1 : errno == ENOENT ? 0 : -1;
}

unsigned claim_pending(const struct spool *s, const struct lease *l, int folder, const char *path,
                       const struct scan_name *names, unsigned n, struct claimed *out, unsigned max,
                       unsigned *used, struct claim_counts *counts)
{
    unsigned got = 0, i = 0;
    struct statx st;
    int fresh = look_folder(folder, ".");
    for (; fresh >= 0 && i < n && got < max; i++) {
        int there = look_candidate(fresh, names[i].name, &st, counts);
        if (there < 0) {
            counts->errors++;
            counts->last_error = errno;
        }
        if (there != 1 || !claimable(s, l, &st, counts))
            continue;
        struct claimed *c = &out[got];
        snprintf(c->need, sizeof c->need, NEED_TEXT);
        c->lane = 0;
        if (!new_token(s, l, path, names[i].name, &c->token)) {
            counts->errors++;
            counts->last_error = errno;
            continue;
        }
        got += take(l, fresh, names[i].name, &st, c, counts);
    }
    if (fresh >= 0)
        fs->close(fresh);
    else
        i = n; /* the folder is gone; the next walk will see */
    *used = i;
    return got;
}

/* A cancelled document need not wait for its next try, nor for a host that does OCR. */
static bool is_cancelled(const struct waiting *w, const struct control *commands)
{
    for (unsigned i = 0; commands && i < commands->cancels; i++)
        if (strcmp(commands->cancel[i], w->token.document) == 0)
            return true;
    return false;
}

void claim_retry_end(struct retry_walk *w)
{
    dirlist_close(w->list);
    w->list = NULL;
}

/* A claim whose claimer slept may have moved another file than it looked at, one that is still
 * being written: what waits must have settled, too. By its mtime alone, for each rename moves the
 * ctime. */
static int64_t settled_at(const struct spool *s, const struct statx *st, int64_t now)
{
    int64_t m = look_ms(st->stx_mtime);
    return m <= now + 1000 ? m + s->settings.settle : now;
}

static unsigned lane_of(const struct retry_walk *r, const struct waiting *w)
{
    return r->lanes ? r->lanes->of(r->lanes->arg, &w->token) : 0;
}

enum waiting_entry { ENTRY_TAKEN, ENTRY_GONE, ENTRY_UNSETTLED };

/* One due entry: claimed, or another has it by now, or somebody still writes it. */
static enum waiting_entry claim_waiting(const struct spool *s, const struct lease *l, int fresh,
                                        const char *name, const struct waiting *w,
                                        struct retry_walk *r, struct claimed *c,
                                        struct claim_counts *counts)
{
    struct statx st;
    int64_t now = lease_server_now(l);
    if (look_in(fresh, name, &st) != 1)
        return ENTRY_GONE;
    if (S_ISDIR(st.stx_mode)) {
        claim_folder_back(s, fresh, name, &w->token);
        return ENTRY_GONE;
    }
    int64_t settled = settled_at(s, &st, now);
    if (settled > now) {
        if (r->soonest == 0 || settled < r->soonest)
            r->soonest = settled;
        return ENTRY_UNSETTLED;
    }
    c->token = w->token;
    lease_new_id(l, c->token.claim);
    snprintf(c->need, sizeof c->need, "%s", w->need);
    c->lane = lane_of(r, w);
    take(l, fresh, name, &st, c, counts);
    return ENTRY_TAKEN;
}

/* All hosts list .retry/ in one order. One that finds most of what it looks at gone leaves some to
 * the others, by chance. */
static void part(struct retry_walk *w, unsigned looked, unsigned gone)
{
    if (looked >= MEET_LOOKS && gone * 2 > looked)
        w->leave = (unsigned)(rnd_u64() % LEAVE_MOST);
}

/* Is its turn one of OCR? What waits for that in a lane that has none is finished as it is. */
static bool is_for_ocr(const struct retry_walk *r, const struct waiting *w, unsigned lane)
{
    return strcmp(w->need, NEED_OCR) == 0 && (!r->lanes || r->lanes->reads(r->lanes->arg, lane));
}

/* Has this host room for it now? To be asked once of each that is due: what may be taken counts as
 * taken. */
static bool has_room(struct retry_walk *r, const struct waiting *w, unsigned lane)
{
    if (is_for_ocr(r, w, lane) && r->ocr_most == 0) {
        r->ocr_left++;
        return false;
    }
    if (strcmp(w->need, NEED_LONG) == 0 && r->long_most == 0) {
        r->long_left++;
        return false;
    }
    if (r->lanes && !r->lanes->may(r->lanes->arg, lane)) {
        r->lanes_left++;
        return false;
    }
    return true;
}

/* A document that needs OCR is for hosts that do it, and for a part of their slots; its lane may
 * have to wait; for what else hosts differ in, r->may is asked. */
static enum claim_may may_take(struct retry_walk *r, struct waiting *w, int64_t now)
{
    unsigned lane = lane_of(r, w);
    if (is_for_ocr(r, w, lane) && r->no_ocr)
        return CLAIM_FOREIGN;
    enum claim_may may = r->may ? r->may(r->may_arg, w, now) : CLAIM_MAY;
    if (may == CLAIM_MAY && w->due_s * 1000 <= now && !has_room(r, w, lane))
        may = CLAIM_LATER;
    return may;
}

/* One that is not taken now: due ones wait for room, others for their time. */
static void leave(struct retry_walk *r, const struct waiting *w, enum claim_may may, int64_t now)
{
    int64_t due = w->due_s * 1000;
    if (may == CLAIM_FOREIGN) {
        r->foreign++;
        r->met--;
    } else if (due > now) {
        r->soonest = r->soonest == 0 || due < r->soonest ? due : r->soonest;
    }
}

/* The next entry of the listing that is to be looked at. 1, 0: the end, -1. */
static int next_due_entry(struct retry_walk *r, int64_t now, const struct control *commands,
                          struct dirlist_entry *e, struct waiting *w)
{
    int more;
    while ((more = dirlist_next(r->list, e)) == 1) {
        if (token_parse_waiting(e->name, w) != 0)
            continue; /* no name of ours: audit tells of it */
        r->met++;
        if (is_cancelled(w, commands))
            return 1;
        enum claim_may may = may_take(r, w, now);
        if (may != CLAIM_MAY || w->due_s * 1000 > now) {
            leave(r, w, may, now);
            continue;
        }
        if (r->leave == 0)
            return 1;
        r->leave--;
    }
    return more;
}

/* A new listing, unless one is being worked down. False: it cannot be had. */
static bool begin_listing(const struct spool *s, struct retry_walk *r)
{
    if (r->list)
        return true;
    r->soonest = 0;
    r->met = 0;
    r->leave = 0;
    r->ocr_left = r->long_left = r->foreign = r->lanes_left = 0;
    r->list = dirlist_open(s->retry, ".", 0);
    return r->list != NULL;
}

/* What is known now. `more`: 1 the listing goes on, 0 it is at its end, -1 it failed. */
static void sum_up(struct retry_walk *r, int more)
{
    if (more == 1) { /* nobody may think that nothing waits */
        r->waiting = r->waiting > r->met ? r->waiting : r->met + 1;
        return;
    }
    r->next_due_ms = r->soonest;
    r->waiting = more == 0 || r->met > 0 ? r->met : 1;
    claim_retry_end(r);
}

unsigned claim_retry(const struct spool *s, const struct lease *l, const struct control *commands,
                     struct retry_walk *r, struct claimed *out, unsigned max,
                     struct claim_counts *counts)
{
    unsigned got = 0, looked = 0;
    struct dirlist_entry e;
    struct waiting w;
    bool held = r->list != NULL;
    int more = begin_listing(s, r) ? 1 : -1, own = -1;
    int64_t now = lease_server_now(l);
    /* A folder opened just now is fresh; one that has been held since an earlier call is not. */
    int fresh = held || more < 0 ? -1 : dirlist_fd(r->list);
    while (more == 1 && got < max && (more = next_due_entry(r, now, commands, &e, &w)) == 1) {
        if (fresh < 0 && (fresh = own = look_folder(s->retry, ".")) < 0) {
            more = -1;
            break;
        }
        enum waiting_entry is = claim_waiting(s, l, fresh, e.name, &w, r, &out[got], counts);
        looked += is != ENTRY_UNSETTLED;
        if (is == ENTRY_GONE)
            part(r, looked, looked - got);
        if (is != ENTRY_TAKEN)
            continue;
        r->met -= out[got].state == CLAIM_HAVE;
        r->long_most -= r->long_most > 0 && strcmp(w.need, NEED_LONG) == 0;
        r->ocr_most -= r->ocr_most > 0 && strcmp(w.need, NEED_OCR) == 0;
        got++;
    }
    if (more < 0) {
        counts->errors++;
        counts->last_error = errno;
    }
    if (own >= 0)
        fs->close(own);
    sum_up(r, more);
    return got;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct claimed *)a)->name, ((const struct claimed *)b)->name);
}

int claim_verify(const struct lease *l, struct claimed *batch, unsigned n, claim_stranger *stranger,
                 void *arg)
{
    struct dirlist_entry e;
    struct claimed key = {0};
    bool *seen = calloc(n + 1, sizeof *seen);
    struct dirlist *d = seen ? dirlist_open(l->work, ".", 0) : NULL;
    int more = d ? 0 : -1;
    qsort(batch, n, sizeof *batch, by_name);
    while (d && (more = dirlist_next(d, &e)) == 1) {
        snprintf(key.name, sizeof key.name, "%s", e.name);
        struct claimed *c = n ? bsearch(&key, batch, n, sizeof *batch, by_name) : NULL;
        if (!c) {
            stranger(arg, e.name, e.ino);
            continue;
        }
        seen[c - batch] = true;
        c->state = e.ino == c->ino ? CLAIM_HAVE : CLAIM_MISMATCH;
    }
    dirlist_close(d);
    unsigned left = 0;
    for (unsigned i = 0; more == 0 && i < n; i++)
        if (seen[i] || batch[i].state != CLAIM_UNKNOWN)
            batch[left++] = batch[i];
    free(seen);
    return more == 0 ? (int)left : -1;
}
