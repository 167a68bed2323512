#include "spool/look.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/dirlist.h"
#include "spool/layout.h"

enum { TRIES = 5, FIRST_PAUSE_MS = 5 };

int look_folder(int dir, const char *name)
{
    return fs->openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0);
}

int look_folder_path(int dir, const char *path)
{
    char name[NAME_CAP];
    int at = -1;
    while (*path) {
        size_t n = strcspn(path, "/");
        if (n == 0 || n >= sizeof name) {
            errno = n ? ENAMETOOLONG : EINVAL;
            goto fail;
        }
        memcpy(name, path, n);
        name[n] = 0;
        int next = look_folder(at < 0 ? dir : at, name);
        if (next < 0)
            goto fail;
        if (at >= 0)
            fs->close(at);
        at = next;
        path += n + (path[n] == '/');
    }
    return at >= 0 ? at : look_folder(dir, ".");
fail:
    if (at >= 0) {
        int saved = errno;
        fs->close(at);
        errno = saved;
    }
    return -1;
}

int look_in(int fresh_dir, const char *name, struct statx *st)
{
    struct statx mine;
    if (fs->statx(fresh_dir, name, AT_SYMLINK_NOFOLLOW | AT_STATX_FORCE_SYNC, st ? st : &mine) == 0)
        return 1;
    return errno == ENOENT ? 0 : -1;
}

int look_at(int dir, const char *name, struct statx *st)
{
    int fresh = look_folder(dir, ".");
    if (fresh < 0) /* the folder itself is gone (ENOENT locally, ESTALE over NFS): so is the name */
        return errno == ENOENT || errno == ESTALE ? 0 : -1;
    int there = look_in(fresh, name, st);
    int saved = errno;
    fs->close(fresh);
    errno = saved;
    return there;
}

int look_fd(int fd, struct statx *st)
{
    return fs->statx(fd, "", AT_EMPTY_PATH | AT_STATX_FORCE_SYNC, st);
}

bool look_passing(int error)
{
    return error == ENOENT || error == ESTALE || error == EIO || error == ETIMEDOUT ||
           error == EINTR || error == EAGAIN || error == EREMOTEIO || error == EEXIST ||
           error == EBUSY;
}

/* Is the entry in the folder's own listing, read from the server? NFSv3 tells a folder's states
 * apart by times that move in ticks: a name that was looked for in the very tick in which it was
 * made can stay "absent" in the client's cache for ever. A listing read anew (dirlist drops the
 * cached one) is right, and mends the cached names. */
static int listed(int dir, const char *name)
{
    struct dirlist_entry e;
    int more = -1;
    struct dirlist *d = dirlist_open(dir, ".", 0);
    while (d && (more = dirlist_next(d, &e)) == 1)
        if (strcmp(e.name, name) == 0)
            break;
    /* A folder that was removed can still be opened anew locally, but not read. */
    int gone = more < 0 && (errno == ENOENT || errno == ESTALE);
    dirlist_close(d);
    return gone ? 0 : more;
}

/* Where is the entry? The source first: while it is there nothing has happened yet, and a
 * destination that has never been looked for is in no cache, so that its answer is the server's.
 * Once the source is gone the rename has happened, by whomever; the destination tells by whom. */
static enum moved where_is_it(int from_dir, const char *from, int to_dir, const char *to, int error)
{
    int here = look_at(from_dir, from, NULL);
    int there = here == 0 ? look_at(to_dir, to, NULL) : -1;
    if (there == 0)
        there = listed(to_dir, to);
    errno = error;
    return there == 1 ? MOVED : there == 0 ? MOVE_LOST : MOVE_FAILED;
}

enum moved look_move(int from_dir, const char *from, int to_dir, const char *to)
{
    enum moved result = MOVE_FAILED;
    int64_t pause = FIRST_PAUSE_MS;
    for (int i = 0; i < TRIES; i++) {
        if (fs->renameat(from_dir, from, to_dir, to) == 0)
            return MOVED;
        int error = errno;
        result = where_is_it(from_dir, from, to_dir, to, error);
        if (result != MOVE_FAILED || !look_passing(error))
            return result;
        clock_sleep_ms(pause);
        pause *= 4;
        errno = error;
    }
    return result;
}

int look_unlink(int dir, const char *name)
{
    for (int i = 0;; i++) {
        if (fs->unlinkat(dir, name, 0) == 0)
            return 0;
        int error = errno;
        if (look_at(dir, name, NULL) == 0)
            return 0;
        errno = error;
        if (i + 1 >= TRIES || !look_passing(error))
            return -1;
    }
}

int look_mkdir(int dir, const char *name, unsigned mode)
{
    struct statx st;
    if (fs->mkdirat(dir, name, mode) == 0)
        return 0;
    int error = errno;
    if (look_at(dir, name, &st) != 1) {
        errno = error;
        return -1;
    }
    if (!S_ISDIR(st.stx_mode)) {
        errno = ENOTDIR;
        return -1;
    }
    return 0;
}

int look_rmdir(int dir, const char *name)
{
    if (fs->unlinkat(dir, name, AT_REMOVEDIR) == 0)
        return 0;
    int error = errno;
    if (error != ENOTEMPTY && error != EEXIST && look_at(dir, name, NULL) == 0)
        return 0;
    errno = error == EEXIST ? ENOTEMPTY : error;
    return -1;
}
