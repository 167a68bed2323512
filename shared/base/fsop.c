#include "base/fsop.h"

#include <dirent.h>
#include <errno.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

static int posix_openat(int dir, const char *name, int flags, mode_t mode)
{
    return openat(dir, name, flags, mode);
}

static int posix_statx(int dir, const char *name, int flags, struct statx *out)
{
    return statx(dir, name, flags, STATX_BASIC_STATS, out);
}

static int posix_touchat(int dir, const char *name)
{
    return utimensat(dir, name, NULL, 0);
}

static ssize_t posix_getdents(int fd, void *to, size_t n)
{
    return (ssize_t)syscall(SYS_getdents64, fd, to, n);
}

static int posix_forget(int fd)
{
    int error = posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
    if (error != 0)
        errno = error;
    return error == 0 ? 0 : -1;
}

/* Of the folder asked about last: the question is a round trip, and a process that opens documents
 * has one folder of them. */
static bool is_nfs(int dir)
{
    static int last = -1;
    static bool nfs;
    struct statfs st;
    if (dir != last) {
        nfs = fstatfs(dir, &st) == 0 && st.f_type == NFS_SUPER_MAGIC;
        last = dir;
    }
    return nfs;
}

/* Linux asks for no delegation where a file is opened for direct reading (nfs4_map_atomic_open_share;
 * its flag may be taken off again at once, which the server does not hear of). Only where it is NFS:
 * elsewhere the flag means what it says, and may be refused. */
static int posix_open_once(int dir, const char *name, int flags)
{
    if (!is_nfs(dir))
        return openat(dir, name, flags);
    int fd = openat(dir, name, flags | O_DIRECT);
    if (fd < 0 && errno == EINVAL)
        return openat(dir, name, flags);
    if (fd >= 0 && fcntl(fd, F_SETFL, flags) != 0) {
        close(fd);
        return openat(dir, name, flags);
    }
    return fd;
}

int fsop_open_once(int dir, const char *name, int flags)
{
    return fs->open_once ? fs->open_once(dir, name, flags) : fs->openat(dir, name, flags, 0);
}

const struct fsop fsop_posix = {
    .openat = posix_openat,
    .close = close,
    .read = read,
    .pread = pread,
    .write = write,
    .fsync = fsync,
    .statx = posix_statx,
    .renameat = renameat,
    .unlinkat = unlinkat,
    .mkdirat = mkdirat,
    .symlinkat = symlinkat,
    .readlinkat = readlinkat,
    .touchat = posix_touchat,
    .getdents = posix_getdents,
    .fstatvfs = fstatvfs,
    .forget = posix_forget,
    .open_once = posix_open_once,
};

const struct fsop *fs = &fsop_posix;
