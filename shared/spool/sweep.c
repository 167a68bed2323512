#include "spool/sweep.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fsop.h"
#include "base/log.h"
#include "base/utf8.h"
#include "spool/inuse.h"
#include "spool/look.h"
#include "spool/passing.h"
#include "spool/pathfile.h"
#include "spool/pointer.h"
#include "spool/reserve.h"
#include "spool/unpack.h"
#include "spool/walk.h"

/*
 * A candidate is found old first; only then what is in work is listed, once for a batch of
 * candidates; only then it is removed. Ids are never used twice, so a claim that is not listed then
 * will never be.
 */

/* Reservations (the symbolic links) are in the way of others, unpacked documents take much room:
 * they age faster, an hour for a day. UNPACKED_ENTRIES: of a folder, removed at a time. */
enum { BATCH = 64, SHARE = 24, UNPACKED_ENTRIES = 2000 };

enum kind { RESULT, RESERVATION, PATH, COMMAND, UNPACKED, PROBE_FOLDER, KINDS };

struct candidate {
    enum kind kind;
    char *folder; /* path from the top of the spool (owned) */
    char name[NAME_CAP];
    char document[ID_CAP], claim[ID_CAP];
};

/* The round: which folders, and what each may hold. */
struct phase {
    size_t top; /* offset of the descriptor in struct spool */
    const char *path;
    bool deep;
    void (*entry)(struct sweep *w, const struct walk_at *at);
    void (*folder)(struct sweep *w, const struct walk_at *at, struct swept *sum);
};

struct sweep {
    const struct spool *spool;
    const struct lease *clock;
    const struct phase *phase;
    struct walk *walk; /* NULL between phases */
    struct candidate batch[BATCH];
    unsigned n;
};

/* Older than `age` by the server's clock? The later of mtime and ctime counts. */
static bool older(const struct sweep *w, const struct statx *st, int64_t age)
{
    int64_t m = look_ms(st->stx_mtime), c = look_ms(st->stx_ctime);
    return lease_server_now(w->clock) - (m > c ? m : c) > age;
}

static bool entry_old(const struct sweep *w, int folder, const char *name)
{
    struct statx st;
    return look_in(folder, name, &st) == 1 && !S_ISDIR(st.stx_mode) &&
           older(w, &st, w->spool->settings.sweep_age / (S_ISLNK(st.stx_mode) ? SHARE : 1));
}

static bool folder_old(const struct sweep *w, int folder, const char *name)
{
    struct statx st;
    return look_in(folder, name, &st) == 1 && S_ISDIR(st.stx_mode) &&
           older(w, &st, w->spool->settings.sweep_age / SHARE);
}

/* Put the entry on the list. There is always room: a step flushes a full batch. */
static struct candidate *add(struct sweep *w, const struct walk_at *at, enum kind kind)
{
    struct candidate *c = &w->batch[w->n];
    bool is_folder = kind == UNPACKED || kind == PROBE_FOLDER;
    if (!(is_folder ? folder_old : entry_old)(w, at->folder, at->name))
        return NULL;
    if (asprintf(&c->folder, "%s%s%s", w->phase->path, *at->path ? "/" : "", at->path) < 0)
        return NULL;
    c->kind = kind;
    snprintf(c->name, sizeof c->name, "%s", at->name);
    c->document[0] = c->claim[0] = 0;
    w->n++;
    return c;
}

/* An opener that died has left its probe where it was just then (extractd/opener.c), never deeper
 * than the top; its lease takes it along when that is taken back (reclaim.c), but not one that came
 * late. */
static void probe_entry(struct sweep *w, const struct walk_at *at)
{
    if (at->type == DT_REG && !*at->path && passing_is_probe_in(at->folder, at->name) == 1)
        add(w, at, COMMAND);
}

static void result_entry(struct sweep *w, const struct walk_at *at)
{
    char document[ID_CAP], claim[ID_CAP];
    probe_entry(w, at);
    if (at->type != DT_REG || !inuse_parse_result(at->name, document, claim))
        return;
    struct candidate *c = add(w, at, RESULT);
    if (c) {
        memcpy(c->document, document, ID_CAP);
        memcpy(c->claim, claim, ID_CAP);
    }
}

static void reservation_entry(struct sweep *w, const struct walk_at *at)
{
    char id[ID_CAP];
    if (at->type != DT_LNK || strlen(at->path) != 2)
        return;
    if (at->name[0] == '.') { /* set aside to be removed, by one that died then (reserve.c) */
        add(w, at, COMMAND);
        return;
    }
    ssize_t n = fs->readlinkat(at->folder, at->name, id, sizeof id - 1);
    struct candidate *c = n > 0 && token_id_ok(id, (size_t)n) ? add(w, at, RESERVATION) : NULL;
    if (c)
        snprintf(c->document, ID_CAP, "%.*s", (int)n, id);
}

static void path_entry(struct sweep *w, const struct walk_at *at)
{
    char document[ID_CAP];
    if (at->type != DT_REG || !pathfile_owner(at->name, document))
        return;
    struct candidate *c = add(w, at, PATH);
    if (c)
        memcpy(c->document, document, sizeof document);
}

static void command_entry(struct sweep *w, const struct walk_at *at)
{
    const char *id = at->name + strlen(CTL_CANCEL);
    probe_entry(w, at);
    bool cancel =
        strncmp(at->name, CTL_CANCEL, strlen(CTL_CANCEL)) == 0 && token_id_ok(id, strlen(id));
    if (at->type != DT_REG || (!cancel && strncmp(at->name, ".new-", 5) != 0))
        return;
    struct candidate *c = add(w, at, COMMAND);
    if (c && cancel) /* of a document that never came, or is done */
        snprintf(c->document, ID_CAP, "%s", id);
}

/* The part of a document that a spoolctl submit had written when it died. One that still writes
 * keeps it young. */
static void part_entry(struct sweep *w, const struct walk_at *at)
{
    if (at->type == DT_REG && passing_is_part(at->name))
        add(w, at, COMMAND);
    else if (at->type == DT_DIR && !*at->path && passing_is_probe(at->name))
        add(w, at, PROBE_FOLDER);
}

/* Unpacked documents. Its age proves nothing and needs not: a claim is in work/ before it has a
 * folder, and leaves it after that is visible. */
static void unpacked_entry(struct sweep *w, const struct walk_at *at)
{
    char document[ID_CAP], claim[ID_CAP];
    if (at->type != DT_DIR)
        return;
    bool probe = passing_is_probe(at->name);
    if (!probe && !unpack_parse(at->name, document, claim))
        return;
    struct candidate *c = add(w, at, probe ? PROBE_FOLDER : UNPACKED);
    if (c && !probe) {
        memcpy(c->document, document, ID_CAP);
        memcpy(c->claim, claim, ID_CAP);
    }
}

/* A user's folder that has been empty for long: rmdir takes nothing but an empty one, whoever fills
 * it just now. */
static void empty_folder(struct sweep *w, const struct walk_at *at, struct swept *sum)
{
    struct statx st;
    char above[WALK_PATH_CAP];
    int64_t age = w->spool->settings.empty_folder_age;
    if (at->entries != 0 || !*at->path || age == 0 || look_fd(at->folder, &st) != 0 ||
        !older(w, &st, age))
        return;
    const char *slash = strrchr(at->path, '/');
    snprintf(above, sizeof above, "%.*s", slash ? (int)(slash - at->path) : 0, at->path);
    int dir = look_folder_path(w->spool->pending, above);
    if (dir < 0)
        return;
    if (look_rmdir(dir, slash ? slash + 1 : at->path) == 0)
        sum->folders++;
    fs->close(dir);
}

static const struct phase phases[] = {
    {offsetof(struct spool, done), DIR_DONE, true, result_entry, NULL},
    {offsetof(struct spool, failed), DIR_FAILED, true, result_entry, NULL},
    {offsetof(struct spool, names), DIR_CONTROL "/" DIR_NAMES, true, reservation_entry, NULL},
    {offsetof(struct spool, paths), DIR_CONTROL "/" DIR_PATHS, false, path_entry, NULL},
    {offsetof(struct spool, control), DIR_CONTROL, false, command_entry, NULL},
    {offsetof(struct spool, retry), DIR_PENDING "/" DIR_RETRY, false, probe_entry, NULL},
    {offsetof(struct spool, unpack), DIR_PENDING "/" DIR_UNPACK, false, unpacked_entry, NULL},
    {offsetof(struct spool, pending), DIR_PENDING, true, part_entry, empty_folder},
};
enum { PHASES = sizeof phases / sizeof *phases };

struct sweep *sweep_new(const struct spool *s, const struct lease *clock)
{
    struct sweep *w = calloc(1, sizeof *w);
    if (!w)
        return NULL;
    w->spool = s;
    w->clock = clock;
    w->phase = phases;
    return w;
}

static void forget_batch(struct sweep *w)
{
    while (w->n > 0)
        free(w->batch[--w->n].folder);
}

void sweep_free(struct sweep *w)
{
    if (!w)
        return;
    walk_free(w->walk);
    forget_batch(w);
    free(w);
}

/* What protects a leftover of each kind: the claim in work/; the document in work/ or waiting. (A
 * waiting document keeps its reservation, too: it may be claimed, and find the reservation to be
 * its own, at any moment.) What becomes of an archive's documents is written under its reservation,
 * and needs its path: while there is a pointer to it both stay (tally.h). */
static bool protected(const struct sweep *w, const struct candidate *c, const struct inuse *u)
{
    switch (c->kind) {
    case RESULT:
    case UNPACKED:
        return inuse_has(u, c->claim, INUSE_CLAIM);
    case RESERVATION:
    case PATH:
        return inuse_has(u, c->document, INUSE_CLAIMED | INUSE_WAITING) ||
               pointer_there(w->spool, c->document) != 0;
    default:
        return c->document[0] && inuse_has(u, c->document, INUSE_CLAIMED | INUSE_WAITING);
    }
}

static void count(enum kind kind, struct swept *sum)
{
    if (kind == RESULT)
        sum->results++;
    else if (kind == RESERVATION)
        sum->reservations++;
    else if (kind == PATH)
        sum->paths++;
    else if (kind == UNPACKED)
        sum->unpacked++;
}

/* Nobody can make it visible any more once it is set aside: only what unpack_void got is removed.
 */
static void remove_unpacked(const struct sweep *w, const struct candidate *c, struct swept *sum)
{
    unsigned entries = UNPACKED_ENTRIES;
    if (unpack_void(w->spool, c->document, c->claim) == MOVED &&
        unpack_remove(w->spool, c->document, c->claim, &entries) == 0)
        count(c->kind, sum);
}

static void remove_one(struct sweep *w, const struct candidate *c, struct swept *sum)
{
    char key[RESERVE_KEY_CAP];
    if (c->kind == RESERVATION) {
        const char *two = strrchr(c->folder, '/');
        snprintf(key, sizeof key, "%.2s/%.32s", two ? two + 1 : "", c->name);
        reserve_drop(w->spool, key, c->document, false);
        count(c->kind, sum);
        return;
    }
    if (c->kind == UNPACKED) {
        remove_unpacked(w, c, sum);
        return;
    }
    int dir = look_folder_path(w->spool->root, c->folder);
    if (dir < 0)
        return;
    if (c->kind == PROBE_FOLDER) /* rmdir takes nothing but an empty one */
        look_rmdir(dir, c->name);
    /* Looked at once more: what somebody has touched since is not old any more. */
    if (entry_old(w, dir, c->name) && look_unlink(dir, c->name) == 0) {
        log_debug("swept away an old leftover: %s/%s", c->folder, c->name);
        count(c->kind, sum);
    }
    fs->close(dir);
}

static int flush(struct sweep *w, struct swept *sum)
{
    struct inuse u = {0};
    if (w->n == 0)
        return 0;
    int bad = inuse_read(&u, w->spool);
    int error = errno;
    for (unsigned i = 0; bad == 0 && i < w->n; i++)
        if (!protected(w, &w->batch[i], &u))
            remove_one(w, &w->batch[i], sum);
    inuse_free(&u);
    forget_batch(w);
    errno = error;
    return bad;
}

/* The next folder of the round to be walked. False: no memory. */
static bool begin(struct sweep *w)
{
    int top = *(const int *)(const void *)((const char *)w->spool + w->phase->top);
    w->walk = walk_new(top, w->phase->deep);
    return w->walk != NULL;
}

static int give_up(struct sweep *w)
{
    int saved = errno;
    walk_free(w->walk);
    w->walk = NULL;
    w->phase = phases;
    forget_batch(w);
    errno = saved;
    return -1;
}

int sweep_step(struct sweep *w, unsigned entries, struct swept *sum)
{
    struct walk_at at;
    for (unsigned i = 0; i < entries || i == 0; i++) {
        if (!w->walk && !begin(w))
            return give_up(w);
        enum walk_got got = walk_next(w->walk, &at);
        if (got == WALK_ENTRY && w->phase->entry)
            w->phase->entry(w, &at);
        else if (got == WALK_FOLDER && w->phase->folder)
            w->phase->folder(w, &at, sum);
        else if (got == WALK_TROUBLE && !look_passing(errno) && errno != EACCES)
            return give_up(w);
        if ((w->n == BATCH || got == WALK_END) && flush(w, sum) != 0)
            return give_up(w);
        if (got != WALK_END)
            continue;
        walk_free(w->walk);
        w->walk = NULL;
        if (++w->phase == phases + PHASES) {
            w->phase = phases;
            return 0;
        }
    }
    return 1;
}
