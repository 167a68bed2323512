/*
 * far: the object that puts a far share under extractd: the local file system, on which each call of
 * the protocol takes as many round trips as it does on an NFS mount of version 4.2 (docs/NFS.md), and
 * holds the locks meanwhile that Linux holds: that of a folder whose names change (create, remove,
 * rename), and the one lock of a mount for renames between folders.
 *
 * FAR_SHARE_US in the environment is the length of a round trip; without it nothing is changed. What
 * this leaves out: what an RPC costs a processor, and a server's time for it.
 */
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "base/fsop.h"

enum { LOCKS = 1024, MOUNT = LOCKS, FILES = 1024, BLOCK = 1 << 20 };

enum kind { UNKNOWN, FOLDER, FILE_READ, FILE_WRITTEN };

/* Shared by all processes; the last is the mount's. */
static pthread_mutex_t *lock;
static long trip_us;
static struct {
    enum kind kind;
    bool listed;
    size_t read; /* of what the last round trip brought, bytes */
} file[FILES];

static void round_trip(void)
{
    struct timespec t = {trip_us / 1000000, trip_us % 1000000 * 1000};
    while (clock_nanosleep(CLOCK_MONOTONIC, 0, &t, &t) == EINTR)
        ;
}

static void take(size_t i)
{
    if (pthread_mutex_lock(&lock[i]) == EOWNERDEAD)
        pthread_mutex_consistent(&lock[i]);
}

static size_t of_folder(int dir, const char *name)
{
    struct stat st = {0};
    (void)fstatat(dir, name, &st, AT_EMPTY_PATH);
    return (size_t)(st.st_ino * 2654435761U >> 8) % LOCKS;
}

/* The folder in which the last name of the path is. */
static size_t above(int dir, const char *path)
{
    char folder[4096];
    const char *slash = strrchr(path, '/');
    snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - path) : 0, path);
    return of_folder(dir, folder);
}

#define SLOW(type, call, i)                                                                        \
    size_t which = i;                                                                              \
    take(which);                                                                                   \
    round_trip();                                                                                  \
    type result = call;                                                                            \
    int error = errno;                                                                             \
    pthread_mutex_unlock(&lock[which]);                                                            \
    errno = error;                                                                                 \
    return result

static void opened(int fd, int flags)
{
    if (fd < 0 || fd >= FILES)
        return;
    memset(&file[fd], 0, sizeof file[fd]);
    file[fd].kind = flags & O_DIRECTORY               ? FOLDER
                    : (flags & O_ACCMODE) == O_RDONLY ? FILE_READ
                                                      : FILE_WRITTEN;
}

static int create(int dir, const char *name, int flags, mode_t mode)
{
    SLOW(int, fsop_posix.openat(dir, name, flags, mode), above(dir, name));
}

static int far_openat(int dir, const char *name, int flags, mode_t mode)
{
    int fd;
    if (flags & O_CREAT) {
        fd = create(dir, name, flags, mode);
    } else {
        round_trip();
        fd = fsop_posix.openat(dir, name, flags, mode);
    }
    opened(fd, flags);
    return fd;
}

static enum kind kind_of(int fd)
{
    return fd >= 0 && fd < FILES ? file[fd].kind : UNKNOWN;
}

static int far_close(int fd)
{
    if (kind_of(fd) == FILE_READ || kind_of(fd) == FILE_WRITTEN)
        round_trip();
    return fsop_posix.close(fd);
}

static ssize_t far_read(int fd, void *to, size_t n)
{
    ssize_t got = fsop_posix.read(fd, to, n);
    if (got > 0 && kind_of(fd) == FILE_READ) {
        if (file[fd].read % BLOCK == 0) /* what follows is read ahead */
            round_trip();
        file[fd].read += (size_t)got;
    }
    return got;
}

static int far_fsync(int fd)
{
    if (kind_of(fd) == FILE_WRITTEN)
        round_trip();
    return fsop_posix.fsync(fd);
}

static int far_statx(int dir, const char *name, int flags, struct statx *out)
{
    if (flags & AT_STATX_FORCE_SYNC)
        round_trip();
    return fsop_posix.statx(dir, name, flags, out);
}

static int rename_within(int dir, const char *from, int to_dir, const char *to)
{
    SLOW(int, fsop_posix.renameat(dir, from, to_dir, to), above(dir, from));
}

static int far_renameat(int from_dir, const char *from, int to_dir, const char *to)
{
    size_t a = above(from_dir, from), b = above(to_dir, to);
    if (a == b)
        return rename_within(from_dir, from, to_dir, to);
    /* So the order of the other two matters to nobody else: Linux has the new one first. */
    take(MOUNT);
    take(b);
    take(a);
    round_trip();
    int result = fsop_posix.renameat(from_dir, from, to_dir, to), error = errno;
    pthread_mutex_unlock(&lock[a]);
    pthread_mutex_unlock(&lock[b]);
    pthread_mutex_unlock(&lock[MOUNT]);
    errno = error;
    return result;
}

static int far_unlinkat(int dir, const char *name, int flags)
{
    SLOW(int, fsop_posix.unlinkat(dir, name, flags), above(dir, name));
}

static int far_mkdirat(int dir, const char *name, mode_t mode)
{
    SLOW(int, fsop_posix.mkdirat(dir, name, mode), above(dir, name));
}

static int far_symlinkat(const char *target, int dir, const char *name)
{
    SLOW(int, fsop_posix.symlinkat(target, dir, name), above(dir, name));
}

static ssize_t far_readlinkat(int dir, const char *name, char *to, size_t n)
{
    round_trip();
    return fsop_posix.readlinkat(dir, name, to, n);
}

static int far_touchat(int dir, const char *name)
{
    round_trip();
    return fsop_posix.touchat(dir, name);
}

static ssize_t far_getdents(int fd, void *to, size_t n)
{
    if (kind_of(fd) == FOLDER && !file[fd].listed)
        round_trip();
    ssize_t got = fsop_posix.getdents(fd, to, n);
    if (kind_of(fd) == FOLDER) /* a block that is not full was the last */
        file[fd].listed = got >= 0 && (size_t)got < n / 2;
    return got;
}

static int far_fstatvfs(int fd, struct statvfs *out)
{
    round_trip();
    return fsop_posix.fstatvfs(fd, out);
}

static struct fsop far;

static bool make_locks(void)
{
    pthread_mutexattr_t shared;
    size_t bytes = (LOCKS + 1) * sizeof *lock;
    lock = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (lock == MAP_FAILED || pthread_mutexattr_init(&shared) != 0)
        return false;
    pthread_mutexattr_setpshared(&shared, PTHREAD_PROCESS_SHARED);
    pthread_mutexattr_setrobust(&shared, PTHREAD_MUTEX_ROBUST);
    for (size_t i = 0; i <= LOCKS; i++)
        if (pthread_mutex_init(&lock[i], &shared) != 0)
            return false;
    return true;
}

/* Before main(), and so before any operation of the program. */
__attribute__((constructor)) static void far_open(void)
{
    const char *us = getenv("FAR_SHARE_US");
    if (!us)
        return;
    trip_us = strtol(us, NULL, 10);
    if (trip_us <= 0 || !make_locks()) {
        fprintf(stderr, "FAR_SHARE_US=%s: no far share can be made of that\n", us);
        _exit(99);
    }
    far = fsop_posix;
    far.openat = far_openat;
    far.open_once = NULL;
    far.close = far_close;
    far.read = far_read;
    far.fsync = far_fsync;
    far.statx = far_statx;
    far.renameat = far_renameat;
    far.unlinkat = far_unlinkat;
    far.mkdirat = far_mkdirat;
    far.symlinkat = far_symlinkat;
    far.readlinkat = far_readlinkat;
    far.touchat = far_touchat;
    far.getdents = far_getdents;
    far.fstatvfs = far_fstatvfs;
    fs = &far;
}
