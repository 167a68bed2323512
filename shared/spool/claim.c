#include "spool/claim.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/dirlist.h"
#include "base/fsop.h"
#include "spool/pathfile.h"
#include "spool/retry.h"

/* Since when a file has been left alone: the later of mtime and ctime on the server's clock. An mtime
 * in the future (cp -p and scanners bring such) says nothing and is ignored. A ctime is the server's
 * own: if it is ahead of what we take for the server's now, it is we who are late (a machine that was
 * paused, until its next beat), and the file is new. */
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

/* Forcing the attributes of a name that is not cached costs a second round trip beside its LOOKUP. So only names that
 * may have been met unsettled are forced. Others may still come from the client's cache (READDIRPLUS fills it, and so
 * does another program's look): as old as that, 60 s at most. A writer that began again since then is noticed by the
 * forced look before the seal. */
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

/* A cancelled document need not wait for its next try. */
static bool is_due(const struct waiting *w, int64_t now_ms, const struct control *commands)
{
    for (unsigned i = 0; commands && i < commands->cancels; i++)
        if (strcmp(commands->cancel[i], w->token.document) == 0)
            return true;
    return w->due_s * 1000 <= now_ms;
}

unsigned claim_retry(const struct spool *s, const struct lease *l, const struct control *commands,
                     struct claimed *out, unsigned max, struct claim_counts *counts,
                     int64_t *next_due_ms, uint64_t *waiting)
{
    unsigned got = 0;
    struct dirlist_entry e;
    struct waiting w;
    struct statx st;
    *next_due_ms = 0;
    *waiting = 0;
    struct dirlist *d = dirlist_open(s->retry, ".", 0);
    if (!d) {
        counts->errors++;
        counts->last_error = errno;
        return 0;
    }
    int64_t now = lease_server_now(l);
    while (dirlist_next(d, &e) == 1) {
        if (token_parse_waiting(e.name, &w) != 0)
            continue; /* no name of ours: audit tells of it */
        ++*waiting;
        bool due = is_due(&w, now, commands);
        if (!due || got == max) {
            if (!due && (*next_due_ms == 0 || w.due_s * 1000 < *next_due_ms))
                *next_due_ms = w.due_s * 1000;
            continue;
        }
        if (look_in(dirlist_fd(d), e.name, &st) != 1)
            continue;
        struct claimed *c = &out[got];
        c->token = w.token;
        lease_new_id(l, c->token.claim);
        snprintf(c->need, sizeof c->need, "%s", w.need);
        got += take(l, dirlist_fd(d), e.name, &st, c, counts);
    }
    dirlist_close(d);
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

enum moved claim_put_back_unknown(const struct spool *s, const struct lease *l, int work,
                                  const char *name)
{
    struct token old, t;
    char path[PATH_CAP];
    bool known = token_parse(name, &old) == 0;
    t = known ? old : (struct token){.attempt = 1};
    int bad = known ? pathfile_path(s, &old, path) : -1;
    if (known && bad != 0 && errno != ENODATA)
        return MOVE_FAILED; /* its path cannot be read just now: it stays until that works */
    if (bad != 0)
        snprintf(path, sizeof path, "%s",
                 known ? old.encoded + (old.encoded[0] == '%' ? 2 : 0) : name);
    lease_new_id(l, t.document);
    lease_new_id(l, t.claim);
    token_set_path(&t, path);
    if (t.path_apart && pathfile_write(s, t.document, path) != 0)
        return MOVE_FAILED;
    t.unspent++;
    enum moved m = retry_move(s, work, name, &t,
                              retry_due_unspent(&s->settings, lease_server_now(l)), NEED_TEXT);
    if (m == MOVED && known)
        pathfile_remove(s, &old);
    return m;
}
