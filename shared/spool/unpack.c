#include "spool/unpack.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/dirlist.h"
#include "base/fsop.h"
#include "spool/archive_path.h"
#include "spool/unpack_tree.h"

enum { FOLDER_MODE = 0775, FILE_MODE = 0664 };

struct unpack {
    const struct spool *spool;
    char document[ID_CAP], claim[ID_CAP];
    int top;    /* the hidden folder; -1: not made yet */
    int folder; /* the one below it that the last file is in; -1: none */
    int file;   /* the file in hand; -1: none */
    char folder_path[PATH_CAP], base[NAME_CAP];
    struct sha256 *hash;
    uint64_t size; /* of the file in hand */
    unsigned files;
    bool broken;
    bool thrown; /* its name is used up */
};

struct unpack *unpack_new(const struct spool *s, const struct token *t)
{
    struct unpack *u = calloc(1, sizeof *u);
    if (!u)
        return NULL;
    u->hash = sha256_new();
    if (!u->hash) {
        free(u);
        return NULL;
    }
    u->spool = s;
    memcpy(u->document, t->document, ID_CAP);
    memcpy(u->claim, t->claim, ID_CAP);
    u->top = u->folder = u->file = -1;
    return u;
}

static void close_one(int *fd)
{
    int saved = errno;
    if (*fd >= 0)
        fs->close(*fd);
    *fd = -1;
    errno = saved;
}

static void close_all(struct unpack *u)
{
    close_one(&u->file);
    close_one(&u->folder);
    close_one(&u->top);
}

void unpack_free(struct unpack *u)
{
    if (!u)
        return;
    close_all(u);
    sha256_free(u->hash);
    free(u);
}

static int broken(struct unpack *u)
{
    u->broken = true;
    return -1;
}

/* Make the hidden folder. That it is there already is the rest of a slot that died with this claim,
 * or a reply that was lost: nothing in it counts. */
static int make_top(struct unpack *u)
{
    char name[UNPACK_NAME_CAP];
    unpack_name(u->document, u->claim, name);
    bool made = fs->mkdirat(u->spool->unpack, name, FOLDER_MODE) == 0;
    if (!made && look_mkdir(u->spool->unpack, name, FOLDER_MODE) != 0)
        return -1;
    u->top = look_folder(u->spool->unpack, name);
    unsigned all = UINT_MAX;
    return u->top < 0 || (!made && unpack_tree_empty(u->top, &all) != 0) ? -1 : 0;
}

static int enter_or_make(int at, const char *name)
{
    int next = look_folder(at, name);
    if (next >= 0 || errno != ENOENT)
        return next;
    return look_mkdir(at, name, FOLDER_MODE) == 0 ? look_folder(at, name) : -1;
}

/* The folder of a path, made where it is missing. An archive mostly has its files folder by folder:
 * the last one is kept open. */
static int open_folder(struct unpack *u, const char *path, size_t n)
{
    char name[NAME_CAP];
    if (u->folder >= 0 && strlen(u->folder_path) == n && memcmp(u->folder_path, path, n) == 0)
        return 0;
    close_one(&u->folder);
    int at = look_folder(u->top, ".");
    for (size_t i = 0; i < n && at >= 0;) {
        size_t len = strcspn(path + i, "/");
        snprintf(name, sizeof name, "%.*s", (int)len, path + i);
        int next = enter_or_make(at, name);
        close_one(&at);
        at = next;
        i += len + 1;
    }
    u->folder = at;
    snprintf(u->folder_path, sizeof u->folder_path, "%.*s", (int)n, path);
    return at < 0 ? -1 : 0;
}

int unpack_file(struct unpack *u, const char *path)
{
    if (u->broken || u->file >= 0 || !archive_path_ok(path)) {
        errno = EINVAL;
        return -1;
    }
    const char *slash = strrchr(path, '/');
    if (u->top < 0 && make_top(u) != 0)
        return broken(u);
    if (open_folder(u, path, slash ? (size_t)(slash - path) : 0) != 0)
        return broken(u);
    snprintf(u->base, sizeof u->base, "%s", slash ? slash + 1 : path);
    u->file = fs->openat(u->folder, u->base, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                         FILE_MODE);
    u->size = 0;
    sha256_reset(u->hash);
    return u->file < 0 ? broken(u) : 0;
}

int unpack_bytes(struct unpack *u, const void *bytes, size_t n)
{
    const char *from = bytes;
    if (u->broken || u->file < 0) {
        errno = EINVAL;
        return -1;
    }
    sha256_add(u->hash, bytes, n);
    u->size += n;
    while (n > 0) {
        ssize_t done = fs->write(u->file, from, n);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0) {
            errno = done == 0 ? EIO : errno;
            return broken(u);
        }
        from += done;
        n -= (size_t)done;
    }
    return 0;
}

/* The first error is final: over NFS a second fsync answers 0 although the data are gone. */
int unpack_keep(struct unpack *u, struct unpacked *kept)
{
    if (u->broken || u->file < 0 || u->size == 0) {
        errno = EINVAL;
        return -1;
    }
    int bad = fs->fsync(u->file);
    int error = errno;
    if (fs->close(u->file) != 0 && !bad) {
        bad = -1;
        error = errno;
    }
    u->file = -1;
    errno = error;
    if (bad)
        return broken(u);
    kept->size = u->size;
    sha256_end(u->hash, kept->sha256);
    u->files++;
    return 0;
}

int unpack_leave(struct unpack *u)
{
    if (u->broken || u->file < 0) {
        errno = EINVAL;
        return -1;
    }
    close_one(&u->file); /* what a late write says is of no interest: the file goes */
    return look_unlink(u->folder, u->base) == 0 ? 0 : broken(u);
}

int unpack_restart(struct unpack *u)
{
    unsigned all = UINT_MAX;
    close_one(&u->file);
    close_one(&u->folder);
    u->files = 0;
    if (u->thrown) {
        errno = EINVAL;
        return -1;
    }
    if (u->top >= 0 && unpack_tree_empty(u->top, &all) != 0)
        return broken(u);
    u->broken = false;
    return 0;
}

int unpack_finish(struct unpack *u, unsigned *files)
{
    if (u->broken || u->file >= 0) {
        errno = EINVAL;
        return -1;
    }
    *files = u->files;
    if (u->files == 0) {
        unpack_throw(u);
        return 0;
    }
    close_one(&u->folder);
    bool empty;
    if (unpack_tree_sync(u->top, &empty) != 0 || fs->fsync(u->spool->unpack) != 0)
        return broken(u);
    close_all(u);
    return 0;
}

void unpack_throw(struct unpack *u)
{
    unsigned all = UINT_MAX;
    close_all(u);
    u->files = 0;
    u->broken = u->thrown = true;
    if (unpack_void(u->spool, u->document, u->claim) == MOVED)
        unpack_remove(u->spool, u->document, u->claim, &all);
}

/* ---- names, and throwing away ---- */

#define VOID_SUFFIX ".void"

void unpack_name(const char *document, const char *claim, char name[UNPACK_NAME_CAP])
{
    snprintf(name, UNPACK_NAME_CAP, "%.*s.%.*s", ID_CAP - 1, document, ID_CAP - 1, claim);
}

void unpack_void_name(const char *document, const char *claim, char name[UNPACK_NAME_CAP])
{
    snprintf(name, UNPACK_NAME_CAP, "%.*s.%.*s" VOID_SUFFIX, ID_CAP - 1, document, ID_CAP - 1,
             claim);
}

/* As leases make them (lease_new_id): a folder "my.files" is nobody's of ours. */
static bool is_id(const char *id, size_t n)
{
    return token_id_ok(id, n) && memchr(id, '-', n);
}

int unpack_parse(const char *name, char document[ID_CAP], char claim[ID_CAP])
{
    const char *dot = strchr(name, '.'), *end = dot ? strchrnul(dot + 1, '.') : NULL;
    if (!dot || (*end && strcmp(end, VOID_SUFFIX) != 0) || !is_id(name, (size_t)(dot - name)) ||
        !is_id(dot + 1, (size_t)(end - dot) - 1))
        return 0;
    snprintf(document, ID_CAP, "%.*s", (int)(dot - name), name);
    snprintf(claim, ID_CAP, "%.*s", (int)(end - dot) - 1, dot + 1);
    return *end ? 2 : 1;
}

/* One listing. An entry that is renamed while it is read may be missed. */
static enum unpack_at listed(const struct spool *s, const char *name, const char *away)
{
    enum unpack_at at = UNPACK_NOWHERE;
    struct dirlist_entry e;
    int more = -1;
    struct dirlist *d = dirlist_open(s->unpack, ".", 0);
    while (d && at == UNPACK_NOWHERE && (more = dirlist_next(d, &e)) == 1) {
        if (strcmp(e.name, name) == 0)
            at = UNPACK_HIDDEN;
        else if (strcmp(e.name, away) == 0)
            at = UNPACK_VOID;
    }
    dirlist_close(d);
    return more < 0 ? UNPACK_UNKNOWN : at;
}

/* Twice, because a folder that is thrown away just now may be missed once; then it is not renamed
 * again. Not by look_at, to which a folder that cannot be reached is an empty one. */
enum unpack_at unpack_where(const struct spool *s, const char *document, const char *claim)
{
    char name[UNPACK_NAME_CAP], away[UNPACK_NAME_CAP];
    unpack_name(document, claim, name);
    unpack_void_name(document, claim, away);
    enum unpack_at at = listed(s, name, away);
    return at == UNPACK_NOWHERE ? listed(s, name, away) : at;
}

/* Nothing is ever removed from a folder that could become visible, or has: this machine may know it
 * by a name that it has no more on the server. The rename is by the server's names; it is done
 * once, to here or to pending/. */
enum moved unpack_void(const struct spool *s, const char *document, const char *claim)
{
    char name[UNPACK_NAME_CAP], away[UNPACK_NAME_CAP];
    unpack_name(document, claim, name);
    unpack_void_name(document, claim, away);
    enum moved m = look_move(s->unpack, name, s->unpack, away);
    if (m != MOVE_LOST)
        return m;
    enum unpack_at at = unpack_where(s, document, claim);
    if (at == UNPACK_HIDDEN)
        errno = EAGAIN;
    return at == UNPACK_NOWHERE ? MOVE_LOST : at == UNPACK_VOID ? MOVED : MOVE_FAILED;
}

int unpack_remove(const struct spool *s, const char *document, const char *claim, unsigned *entries)
{
    char name[UNPACK_NAME_CAP];
    unpack_void_name(document, claim, name);
    int folder = unpack_tree_open(s->unpack, name);
    if (folder < 0)
        return errno == ENOENT ? 0 : -1;
    int left = unpack_tree_empty(folder, entries);
    close_one(&folder);
    return left != 0 ? left : look_rmdir(s->unpack, name);
}
