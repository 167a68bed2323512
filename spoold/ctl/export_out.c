/* The destination is no part of the spool: its calls do not go by way of fsop. */
#include "spoold/ctl/export_out.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "spool/layout.h"
#include "spoold/ctl/ctl.h"

enum { CLIMB_MAX = 4096 };

struct export_out {
    int folder, fd; /* folder -1: stdout */
    char base[NAME_CAP], part[NAME_CAP];
    int error; /* the first one; it stays */
};

int export_out_folder(const char *dest, char *base, size_t cap)
{
    char folder[PATH_CAP];
    const char *slash = strrchr(dest, '/');
    const char *name = slash ? slash + 1 : dest;
    size_t above = slash ? (size_t)(slash - dest) + 1 : 0;
    if (!*name || strcmp(name, ".") == 0 || strcmp(name, "..") == 0) {
        errno = EISDIR;
        return -1;
    }
    if (strlen(name) >= cap || above >= sizeof folder) {
        errno = ENAMETOOLONG;
        return -1;
    }
    snprintf(base, cap, "%s", name);
    snprintf(folder, sizeof folder, "%.*s", (int)above, dest);
    return open(*folder ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static bool same(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

bool export_out_within(int dir, int root)
{
    struct stat top, here, before;
    bool within = false;
    int at = openat(dir, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    bool ok = at >= 0 && fstat(root, &top) == 0 && fstat(at, &here) == 0;
    for (int i = 0; ok && !within && i < CLIMB_MAX; i++) {
        within = same(&top, &here);
        before = here;
        int above = openat(at, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
        close(at);
        at = above;
        ok = at >= 0 && fstat(at, &here) == 0 && !same(&here, &before);
    }
    if (at >= 0)
        close(at);
    return within;
}

struct export_out *export_out_open(int folder, const char *base)
{
    struct stat st;
    struct export_out *o = calloc(1, sizeof *o);
    if (!o)
        goto fail;
    o->folder = folder;
    o->fd = STDOUT_FILENO;
    if (folder < 0)
        return o;
    errno = EEXIST;
    if (fstatat(folder, base, &st, AT_SYMLINK_NOFOLLOW) == 0)
        goto fail;
    errno = ENAMETOOLONG;
    snprintf(o->base, sizeof o->base, "%s", base);
    if (snprintf(o->part, sizeof o->part, "%s.part", base) >= (int)sizeof o->part)
        goto fail;
    o->fd = openat(folder, o->part, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (o->fd >= 0)
        return o;
    if (errno == EEXIST)
        errno = EBUSY;
fail:;
    int saved = errno;
    if (folder >= 0)
        close(folder);
    free(o);
    errno = saved;
    return NULL;
}

int export_out_write(struct export_out *o, const void *bytes, size_t n)
{
    const char *p = bytes;
    while (n > 0 && !o->error) {
        ssize_t done = write(o->fd, p, n);
        if (done < 0 && errno == EINTR && !ctl_stopped())
            continue;
        if (done <= 0) {
            o->error = done == 0 ? EIO : errno;
            break;
        }
        p += done;
        n -= (size_t)done;
    }
    errno = o->error;
    return o->error ? -1 : 0;
}

/* A rename that replaces nothing. File systems that have no such call: a link, which does not
 * either; and where there are no links, a look before. */
static int give_name(const struct export_out *o)
{
    struct stat st;
    if (renameat2(o->folder, o->part, o->folder, o->base, RENAME_NOREPLACE) == 0)
        return 0;
    if (errno != EINVAL && errno != ENOSYS && errno != EOPNOTSUPP)
        return -1;
    if (linkat(o->folder, o->part, o->folder, o->base, 0) == 0)
        return unlinkat(o->folder, o->part, 0);
    if (errno == EEXIST)
        return -1;
    if (fstatat(o->folder, o->base, &st, AT_SYMLINK_NOFOLLOW) == 0) {
        errno = EEXIST;
        return -1;
    }
    return renameat(o->folder, o->part, o->folder, o->base);
}

int export_out_finish(struct export_out *o)
{
    if (o->error)
        goto fail;
    if (o->folder < 0) {
        free(o);
        return 0;
    }
    if (fsync(o->fd) != 0 && errno != EINVAL && errno != ENOTSUP)
        goto fail;
    int closed = close(o->fd);
    o->fd = -1;
    if (closed != 0 || give_name(o) != 0)
        goto fail;
    /* From here on it is there. A folder that cannot be synced takes nothing back. */
    (void)fsync(o->folder);
    close(o->folder);
    free(o);
    return 0;
fail:
    if (o->error)
        errno = o->error;
    export_out_abandon(o);
    return -1;
}

void export_out_abandon(struct export_out *o)
{
    int saved = errno;
    if (!o)
        return;
    if (o->folder >= 0) {
        if (o->fd >= 0)
            close(o->fd);
        unlinkat(o->folder, o->part, 0);
        close(o->folder);
    }
    free(o);
    errno = saved;
}
