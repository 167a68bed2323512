#include "spool/journal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fsop.h"
#include "spool/look.h"

int journal_open(struct journal *j, const struct spool *s, const struct lease *l)
{
    char name[LEASE_CAP + 8];
    struct statx st;
    j->fd = -1;
    if (look_mkdir(s->journal, l->host, 0775) != 0)
        return -1;
    int dir = look_folder(s->journal, l->host);
    if (dir < 0)
        return -1;
    snprintf(name, sizeof name, "%s.jsonl", l->id);
    j->fd = fs->openat(dir, name, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0664);
    int saved = errno;
    fs->close(dir);
    /* Nobody else writes to it, and to open it was to ask for its size: no round trip. */
    j->end = JOURNAL_END_UNKNOWN;
    if (j->fd >= 0 && fs->statx(j->fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, &st) == 0)
        j->end = st.stx_size;
    errno = saved;
    return j->fd >= 0 ? 0 : -1;
}

static int give_up(struct journal *j)
{
    int saved = errno;
    journal_close(j);
    errno = saved;
    return -1;
}

/* An NFS client would keep what is written for up to half a minute, and a full disk to itself: so
 * it is flushed (one WRITE, and no COMMIT after it). */
int journal_append(struct journal *j, const struct buf *lines)
{
    size_t at = 0;
    while (at < lines->len) {
        ssize_t n = fs->write(j->fd, lines->data + at, lines->len - at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return give_up(j);
        at += (size_t)n;
        if (j->end != JOURNAL_END_UNKNOWN)
            j->end += (uint64_t)n;
    }
    return fs->fsync(j->fd) == 0 ? 0 : give_up(j);
}

void journal_close(struct journal *j)
{
    if (j->fd >= 0)
        fs->close(j->fd);
    j->fd = -1;
}

int journal_reading(const struct spool *s, const char *host, const char *lease)
{
    char name[LEASE_ID_CAP + 8];
    int dir = look_folder(s->journal, host);
    if (dir < 0)
        return -1;
    snprintf(name, sizeof name, "%s.jsonl", lease);
    int fd = fs->openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0);
    int saved = errno;
    fs->close(dir);
    errno = saved;
    return fd;
}

int journal_line(const struct spool *s, const char *host, const char *lease, uint64_t offset,
                 struct buf *line)
{
    size_t before = line->len;
    int fd = journal_reading(s, host, lease);
    if (fd < 0)
        return -1;
    ssize_t n = -1;
    errno = ENOMEM;
    if (buf_room(line, JOURNAL_LINE_MOST))
        n = fs->pread(fd, line->data + before, JOURNAL_LINE_MOST, (off_t)offset);
    int error = n < 0 ? errno : ENODATA;
    fs->close(fd);
    const char *end = n > 0 ? memchr(line->data + before, '\n', (size_t)n) : NULL;
    if (end)
        line->len = (size_t)(end - line->data);
    errno = error;
    return end ? 0 : -1;
}
