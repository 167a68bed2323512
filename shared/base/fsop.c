#include "base/fsop.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <sys/syscall.h>
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
};

const struct fsop *fs = &fsop_posix;
