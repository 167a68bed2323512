#include "extractd/load.h"

#include <errno.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/fsop.h"
#include "spool/look.h"

enum { BLOCK = 256 * 1024 };

/* Where the copy goes. Local, so not by way of fsop. */
static int copy_target(uint64_t size, const struct settings *s, bool *memory)
{
    *memory = size <= s->memory_file;
    if (*memory)
        return memfd_create("document", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    return open(s->scratch_dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
}

/* The parser gets a descriptor that nobody can write through any more: seals on a memfd, a
 * read-only reopening of a file. */
static int make_read_only(int fd, bool memory)
{
    char link[64];
    if (memory) {
        if (fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0)
            return -1;
    }
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    return open(link, O_RDONLY | O_CLOEXEC);
}

static int write_local(int fd, const char *from, size_t n)
{
    while (n > 0) {
        ssize_t done = write(fd, from, n);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return -1;
        from += done;
        n -= (size_t)done;
    }
    return 0;
}

/* Copy until the end of the file, at most one byte more than `expect`. Bytes copied, or -1. */
static int64_t copy(int from, int to, uint64_t expect, struct sha256 *hash,
                    _Atomic uint64_t *progress)
{
    static char block[BLOCK];
    uint64_t total = 0;
    while (total <= expect) {
        uint64_t want = expect + 1 - total;
        ssize_t n = fs->read(from, block, want < BLOCK ? (size_t)want : BLOCK);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        if (n == 0)
            break;
        sha256_add(hash, block, (size_t)n);
        if (write_local(to, block, (size_t)n) != 0)
            return -1;
        total += (uint64_t)n;
        atomic_fetch_add(progress, 1);
    }
    return (int64_t)total;
}

static enum load_result open_error(int work, const struct claimed *c)
{
    if (errno == EACCES || errno == EPERM || errno == ELOOP || errno == ENXIO)
        return LOAD_UNREADABLE;
    if (errno == ENOENT && look_at(work, c->name, NULL) == 0)
        return LOAD_GONE;
    return LOAD_ENVIRONMENT;
}

static enum load_result copy_out(int from, const struct claimed *c, const struct settings *s,
                                 struct sha256 *hash, _Atomic uint64_t *progress,
                                 struct loaded *out)
{
    struct statx st;
    bool memory;
    int fd = -1;
    enum load_result result = LOAD_ENVIRONMENT;
    /* Kind and inode number are what they are, so what this machine knows will do: no round trip.
     * The size is found by reading. */
    if (fs->statx(from, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, &st) != 0)
        return LOAD_ENVIRONMENT;
    if (!S_ISREG(st.stx_mode))
        return LOAD_UNREADABLE;
    if (st.stx_ino != c->ino)
        return LOAD_CHANGED;
    if (c->size > s->max_input)
        return LOAD_TOO_BIG;
    sha256_reset(hash);
    fd = copy_target(c->size, s, &memory);
    if (fd < 0)
        return LOAD_ENVIRONMENT;
    int64_t n = copy(from, fd, c->size, hash, progress);
    if (n < 0)
        goto out;
    if ((uint64_t)n != c->size) {
        result = LOAD_CHANGED;
        goto out;
    }
    out->fd = make_read_only(fd, memory);
    out->size = (uint64_t)n;
    sha256_end(hash, out->sha256);
    result = out->fd >= 0 ? LOAD_OK : LOAD_ENVIRONMENT;
out:;
    int saved = errno;
    close(fd);
    errno = saved;
    return result;
}

enum load_result load_document(int work, const struct claimed *c, const struct settings *s,
                               struct sha256 *hash, _Atomic uint64_t *progress, struct loaded *out)
{
    out->fd = -1;
    int from =
        fsop_open_once(work, c->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (from < 0)
        return open_error(work, c);
    enum load_result result = copy_out(from, c, s, hash, progress, out);
    int saved = errno;
    fs->close(from);
    errno = saved;
    return result;
}

int load_unchanged(int work, const struct claimed *c)
{
    struct statx st;
    int there = look_in(work, c->name, &st);
    if (there != 1) {
        errno = there == 0 ? ENOENT : errno;
        return -1;
    }
    return st.stx_ino == c->ino && st.stx_size == c->size && look_ms(st.stx_mtime) == c->mtime_ms;
}
