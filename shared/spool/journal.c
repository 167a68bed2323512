#include "spool/journal.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "base/fsop.h"
#include "spool/look.h"

int journal_open(struct journal *j, const struct spool *s, const struct lease *l)
{
    char name[LEASE_CAP + 8];
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
    errno = saved;
    return j->fd >= 0 ? 0 : -1;
}

int journal_append(struct journal *j, const struct buf *lines)
{
    size_t at = 0;
    while (at < lines->len) {
        ssize_t n = fs->write(j->fd, lines->data + at, lines->len - at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            int saved = errno;
            journal_close(j);
            errno = saved;
            return -1;
        }
        at += (size_t)n;
    }
    return 0;
}

void journal_close(struct journal *j)
{
    if (j->fd >= 0)
        fs->close(j->fd);
    j->fd = -1;
}
