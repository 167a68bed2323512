#include "spool/pagefile.h"

#include <errno.h>
#include <stdio.h>

#include "base/fsop.h"
#include "base/rnd.h"
#include "spool/look.h"

enum { OWN = 12, SUFFIXED_CAP = ID_CAP + OWN + 16, BLOCK = 64 * 1024 };

static int write_all(int fd, const char *p, size_t n)
{
    while (n > 0) {
        ssize_t k = fs->write(fd, p, n);
        if (k < 0 && errno == EINTR)
            continue;
        if (k <= 0) {
            errno = k < 0 ? errno : EIO;
            return -1;
        }
        p += k;
        n -= (size_t)k;
    }
    return 0;
}

int pagefile_write(const struct spool *s, const char *document, const void *bytes, size_t n)
{
    char name[SUFFIXED_CAP], private[SUFFIXED_CAP], own[OWN + 1];
    /* A name of this one's own: who was taken for dead may be writing still. */
    rnd_name(own, OWN);
    snprintf(name, sizeof name, "%s" PAGEFILE_SUFFIX, document);
    snprintf(private, sizeof private, ".%s.%s.new", document, own);
    int fd =
        fs->openat(s->paths, private, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0664);
    if (fd < 0)
        return -1;
    bool ok = write_all(fd, bytes, n) == 0 && fs->fsync(fd) == 0;
    int saved = errno;
    if (fs->close(fd) != 0 && ok) {
        ok = false;
        saved = errno;
    }
    /* Where an older one is and the answer is lost, that is taken for ours: pages are done again.
     */
    if (ok && look_move(s->paths, private, s->paths, name) == MOVED)
        return 0;
    saved = ok ? errno : saved;
    look_unlink(s->paths, private);
    errno = saved;
    return -1;
}

int pagefile_read(const struct spool *s, const char *document, struct buf *out, size_t most)
{
    char name[SUFFIXED_CAP], block[BLOCK];
    snprintf(name, sizeof name, "%s" PAGEFILE_SUFFIX, document);
    int fd = fs->openat(s->paths, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0);
    if (fd < 0) {
        /* The folder's descriptor may be stale where ENOENT comes from: look again, afresh. */
        bool gone = errno == ENOENT && look_at(s->paths, name, NULL) == 0;
        return gone || errno == ELOOP ? 0 : -1;
    }
    size_t total = 0;
    ssize_t n;
    while ((n = fs->read(fd, block, sizeof block)) != 0 && total <= most) {
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            break;
        buf_add(out, block, (size_t)n);
        total += (size_t)n;
    }
    int saved = errno;
    fs->close(fd);
    errno = saved;
    if (n < 0)
        return -1;
    if (!buf_ok(out)) {
        errno = ENOMEM;
        return -1;
    }
    return total > 0 && total <= most;
}

void pagefile_remove(const struct spool *s, const char *document)
{
    char name[SUFFIXED_CAP];
    snprintf(name, sizeof name, "%s" PAGEFILE_SUFFIX, document);
    look_unlink(s->paths, name);
}
