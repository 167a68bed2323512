/*
 * The sink for folders: the same tree again, the same names, the same times. Each file gets its
 * name when it is whole; all of it is synced once, at the end. No symbolic link that lies in the
 * tree is followed, so that nothing is ever written beside it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/rnd.h"
#include "spoold/ctl/ctl.h"
#include "spoold/ctl/export_piece.h"
#include "spoold/ctl/export_sink.h"

struct tree_sink {
    struct export_sink sink; /* first, so that one is the other */
    int top, folder;         /* folder: -1, or that of folder_path: documents come by folder */
    bool update;
    char folder_path[EXPORT_PATH_CAP];
    char private[40]; /* the name of the file that is being written */
};

/* A folder below `at`, made if it is not there. Closes `at` (unless it is the top). */
static int step(const struct tree_sink *t, int at, const char *name, bool make)
{
    int next = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (next < 0 && errno == ENOENT && make && (mkdirat(at, name, 0777) == 0 || errno == EEXIST))
        next = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    int saved = errno;
    if (at != t->top)
        close(at);
    errno = saved;
    return next;
}

static void leave(struct tree_sink *t)
{
    if (t->folder >= 0 && t->folder != t->top)
        close(t->folder);
    t->folder = -1;
}

/* 0, or -1 with errno. */
static int enter(struct tree_sink *t, const char *path, bool make)
{
    char name[NAME_CAP];
    if (t->folder >= 0 && strcmp(t->folder_path, path) == 0)
        return 0;
    leave(t);
    int at = t->top;
    for (const char *p = path; *p && at >= 0;) {
        size_t n = strcspn(p, "/");
        snprintf(name, sizeof name, "%.*s", (int)n, p);
        at = step(t, at, name, make);
        p += n + (p[n] == '/');
    }
    if (at < 0)
        return -1;
    t->folder = at;
    snprintf(t->folder_path, sizeof t->folder_path, "%s", path);
    return 0;
}

/* Some file systems know whole seconds only. */
static bool same_time(const struct stat *st, const struct statx_timestamp *t)
{
    return st->st_mtim.tv_sec == t->tv_sec &&
           (st->st_mtim.tv_nsec == 0 || st->st_mtim.tv_nsec == (long)t->tv_nsec);
}

static bool has(struct export_sink *k, const struct export_document *d, enum export_part part,
                const struct export_piece *piece)
{
    struct tree_sink *t = (struct tree_sink *)k;
    struct stat st;
    return t->update && enter(t, d->folder, false) == 0 &&
           fstatat(t->folder, d->name[part], &st, AT_SYMLINK_NOFOLLOW) == 0 &&
           S_ISREG(st.st_mode) && (uint64_t)st.st_size == piece->size &&
           same_time(&st, &piece->mtime);
}

static int write_all(void *arg, const char *bytes, size_t n)
{
    const int *fd = arg;
    while (n > 0) {
        ssize_t done = write(*fd, bytes, n);
        if (done < 0 && errno == EINTR && !ctl_stopped())
            continue;
        if (done <= 0) {
            errno = done == 0 ? EIO : errno;
            return -1;
        }
        bytes += done;
        n -= (size_t)done;
    }
    return 0;
}

/* The private name becomes the file's. In a new tree nothing may be in the way. */
static int give_name(const struct tree_sink *t, const char *name)
{
    struct stat st;
    if (t->update)
        return renameat(t->folder, t->private, t->folder, name);
    if (renameat2(t->folder, t->private, t->folder, name, RENAME_NOREPLACE) == 0)
        return 0;
    if (errno != EINVAL && errno != ENOSYS && errno != EOPNOTSUPP)
        return -1;
    if (fstatat(t->folder, name, &st, AT_SYMLINK_NOFOLLOW) == 0) {
        errno = EEXIST;
        return -1;
    }
    return renameat(t->folder, t->private, t->folder, name);
}

static int write_file(struct tree_sink *t, const char *name, const struct export_piece *piece)
{
    const struct timespec times[2] = {{0, UTIME_OMIT},
                                      {piece->mtime.tv_sec, (long)piece->mtime.tv_nsec}};
    int fd =
        openat(t->folder, t->private, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (fd < 0)
        return -1;
    int bad = export_piece_each(piece, write_all, &fd);
    bad = bad || futimens(fd, times) != 0;
    int error = bad ? errno : 0;
    if (close(fd) != 0 && !bad) {
        bad = 1;
        error = errno;
    }
    if (!bad && give_name(t, name) == 0)
        return 0;
    error = bad ? error : errno;
    unlinkat(t->folder, t->private, 0);
    errno = error;
    return -1;
}

/* Errors that are about one name, and not about the file system. */
static bool of_this_name(int error)
{
    return error == ENAMETOOLONG || error == EILSEQ || error == EINVAL || error == EISDIR ||
           error == ENOTDIR || error == EEXIST || error == ELOOP || error == ENOTEMPTY;
}

static int put(struct export_sink *k, const struct export_document *d)
{
    struct tree_sink *t = (struct tree_sink *)k;
    int bad = enter(t, d->folder, true);
    int i = 0;
    for (; !bad && i < EXPORT_PARTS; i++)
        if (d->part[i])
            bad = write_file(t, d->name[i], d->part[i]);
    if (!bad)
        return 0;
    k->error = errno;
    /* Half a document is none: what this call has made goes. A file that was replaced stays as it
     * is now. */
    for (i -= 2; !t->update && i >= 0; i--)
        if (d->part[i])
            unlinkat(t->folder, d->name[i], 0);
    snprintf(k->trouble, EXPORT_TROUBLE_CAP, "%s", strerror(k->error));
    return of_this_name(k->error) ? 1 : -1;
}

static void end(struct tree_sink *t)
{
    int saved = errno;
    leave(t);
    close(t->top);
    free(t);
    errno = saved;
}

static int finish(struct export_sink *k)
{
    struct tree_sink *t = (struct tree_sink *)k;
    int bad = syncfs(t->top) != 0 && errno != ENOSYS && errno != EINVAL ? -1 : 0;
    if (bad)
        snprintf(k->trouble, EXPORT_TROUBLE_CAP, "%s", strerror(errno));
    end(t);
    return bad;
}

static void abandon(struct export_sink *k)
{
    end((struct tree_sink *)k);
}

struct export_sink *export_tree_new(int top, bool update, char trouble[EXPORT_TROUBLE_CAP])
{
    char random[17];
    struct tree_sink *t = calloc(1, sizeof *t);
    if (!t) {
        close(top);
        return NULL;
    }
    t->sink = (struct export_sink){put, has, finish, abandon, trouble, 0};
    t->top = top;
    t->folder = -1;
    t->update = update;
    rnd_name(random, 16);
    snprintf(t->private, sizeof t->private, ".spoolctl-%s.part", random);
    return &t->sink;
}
