#include "spoold/ctl/export_piece.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fsop.h"
#include "base/rnd.h"
#include "spoold/ctl/ctl.h"

enum { CHUNK = 256 * 1024, KEEP = 1024 * 1024 };

void export_piece_init(struct export_piece *p)
{
    *p = (struct export_piece){.fd = -1, .spill = -1};
}

static void close_file(struct export_piece *p)
{
    int saved = errno;
    if (p->fd >= 0)
        fs->close(p->fd);
    p->fd = -1;
    errno = saved;
}

void export_piece_clear(struct export_piece *p)
{
    close_file(p);
    if (p->spill >= 0)
        close(p->spill);
    p->spill = -1;
    p->size = 0;
    p->sha256[0] = 0;
    buf_shrink(&p->bytes, KEEP);
}

void export_piece_free(struct export_piece *p)
{
    export_piece_clear(p);
    buf_free(&p->bytes);
}

int export_piece_open(struct export_piece *p, int dir, const char *name)
{
    struct statx st;
    export_piece_clear(p);
    p->fd = fs->openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0);
    /* The opening has just asked the server: no need to ask again. */
    if (p->fd < 0 || fs->statx(p->fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, &st) != 0) {
        close_file(p);
        return -1;
    }
    if (!S_ISREG(st.stx_mode)) {
        close_file(p);
        errno = EINVAL;
        return -1;
    }
    p->size = st.stx_size;
    p->mtime = st.stx_mtime;
    return 0;
}

/* A file without a name in dir. File systems that cannot make one get a name that goes at once. */
static int open_spill(int dir)
{
    char name[40] = ".spoolctl-", random[17];
    int fd = openat(dir, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL && errno != ENOENT))
        return fd;
    rnd_name(random, 16);
    snprintf(name, sizeof name, ".spoolctl-%s.part", random);
    fd = openat(dir, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd >= 0)
        unlinkat(dir, name, 0);
    return fd;
}

static int spill(struct export_piece *p, size_t n)
{
    const char *from = p->bytes.data;
    while (n > 0) {
        ssize_t done = write(p->spill, from, n);
        if (done < 0 && errno == EINTR && !ctl_stopped())
            continue;
        if (done <= 0) {
            errno = done == 0 ? EIO : errno;
            return -1;
        }
        from += done;
        n -= (size_t)done;
    }
    return 0;
}

/* The next bytes of the file to data + len: how many, 0 at its end, -1. */
static ssize_t next_bytes(struct export_piece *p, size_t want)
{
    ssize_t n;
    if (!buf_room(&p->bytes, want)) {
        errno = ENOMEM;
        return -1;
    }
    do
        n = fs->read(p->fd, p->bytes.data + p->bytes.len, want);
    while (n < 0 && errno == EINTR && !ctl_stopped());
    return n;
}

static int read_all(struct export_piece *p, struct sha256 *h, bool *ours)
{
    uint64_t total = 0;
    ssize_t n;
    /* In memory: one byte more than there should be, so that a read shows whether there is more. */
    while ((n = next_bytes(p, p->spill < 0 ? (size_t)(p->size - total) + 1 : CHUNK)) > 0) {
        if (h)
            sha256_add(h, p->bytes.data + p->bytes.len, (size_t)n);
        total += (uint64_t)n;
        if (p->spill < 0) {
            p->bytes.len += (size_t)n;
        } else if (spill(p, (size_t)n) != 0) {
            *ours = true;
            return -1;
        }
        if (total > p->size || ctl_stopped())
            break;
    }
    if (n < 0)
        return -1;
    /* Published files never change: another length means that the client has not seen this one. */
    errno = ctl_stopped() ? EINTR : ESTALE;
    return total == p->size && n == 0 ? 0 : -1;
}

int export_piece_read(struct export_piece *p, const struct export_piece_way *way, bool *ours)
{
    struct sha256 *h = NULL;
    int bad = -1;
    *ours = false;
    if (p->size > way->most) {
        errno = EFBIG;
        if (way->spill_dir < 0 || (p->spill = open_spill(way->spill_dir)) < 0) {
            *ours = way->spill_dir >= 0;
            goto out;
        }
    }
    if (way->hash && !(h = sha256_new())) {
        errno = ENOMEM;
        goto out;
    }
    bad = read_all(p, h, ours);
    if (!bad && h)
        sha256_end(h, p->sha256);
out:
    sha256_free(h);
    close_file(p);
    return bad;
}

int export_piece_each(const struct export_piece *p, export_piece_bytes *each, void *arg)
{
    off_t at = 0;
    ssize_t n = 0;
    int result = 0;
    if (p->spill < 0)
        return p->bytes.len ? each(arg, p->bytes.data, p->bytes.len) : 0;
    char *chunk = malloc(CHUNK);
    if (!chunk)
        return -1;
    while (result == 0 && (n = pread(p->spill, chunk, CHUNK, at)) > 0) {
        at += n;
        result = each(arg, chunk, (size_t)n);
    }
    int error = n < 0 ? errno : (uint64_t)at != p->size ? EIO : 0;
    free(chunk);
    if (result == 0 && error) {
        errno = error;
        result = -1;
    }
    return result;
}
