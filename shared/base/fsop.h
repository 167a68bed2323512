/*
 * fsop: the one table through which every file operation on a spool goes.
 *
 * The product uses fsop_posix. Tests replace `fs` by tables that count, fail, kill at, delay, or
 * lie about the Nth call (done, but reported as failed: what a lost NFS reply looks like), or by a
 * whole file system in memory. The semantics are those of the system calls; errors are -1 and
 * errno. No flag is hidden: what the caller passes is what the kernel gets.
 */
#ifndef PDFSPOOL_FSOP_H
#define PDFSPOOL_FSOP_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <fcntl.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/types.h>

struct fsop {
    int (*openat)(int dir, const char *name, int flags, mode_t mode);
    int (*close)(int fd);
    ssize_t (*read)(int fd, void *to, size_t n);
    ssize_t (*pread)(int fd, void *to, size_t n, off_t at); /* not in every table of the tests */
    ssize_t (*write)(int fd, const void *from, size_t n);
    int (*fsync)(int fd);
    /* name "" with AT_EMPTY_PATH in flags: the descriptor itself. Mask is always STATX_BASIC_STATS.
     */
    int (*statx)(int dir, const char *name, int flags, struct statx *out);
    int (*renameat)(int from_dir, const char *from, int to_dir, const char *to);
    int (*unlinkat)(int dir, const char *name, int flags); /* AT_REMOVEDIR: rmdir */
    int (*mkdirat)(int dir, const char *name, mode_t mode);
    int (*symlinkat)(const char *target, int dir, const char *name);
    ssize_t (*readlinkat)(int dir, const char *name, char *to, size_t n);
    int (*touchat)(int dir,
                   const char *name); /* utimensat(NULL): both times to the *server's* now */
    ssize_t (*getdents)(int fd, void *to, size_t n); /* getdents64(2) */
    int (*fstatvfs)(int fd, struct statvfs *out);
    int (*forget)(int fd); /* posix_fadvise(DONTNEED): drop what this machine has cached of the file
                              or folder; a table may leave it out (NULL) */
    /* openat of an existing file that is to be read once and closed, by flags for reading only. Over
     * NFSv4.1 and above the server is asked for no read delegation: one would have to be given back
     * before the file's next rename, and until a host that is cut off does so all others wait. A
     * table may leave it out (NULL): fsop_open_once() knows. */
    int (*open_once)(int dir, const char *name, int flags);
};

extern const struct fsop fsop_posix;
/* The table in use; fsop_posix unless a test has put another here before any thread or child was
 * made. */
extern const struct fsop *fs;

/* fs->open_once, or fs->openat where the table has none. */
int fsop_open_once(int dir, const char *name, int flags);

#endif
