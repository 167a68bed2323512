#include "spoold/local/keepfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATH_MOST = 4096, CHUNK = 64 * 1024 };

static int write_all(int fd, const struct buf *b)
{
    for (size_t at = 0; at < b->len;) {
        ssize_t n = write(fd, b->data + at, b->len - at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return -1;
        at += (size_t)n;
    }
    return fsync(fd);
}

/* The rename is on disk when its folder is. */
static int sync_folder(const char *path)
{
    char folder[PATH_MOST];
    const char *slash = strrchr(path, '/');
    snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - path) + 1 : 1,
             slash ? path : ".");
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    int bad = fsync(fd), saved = errno;
    close(fd);
    errno = saved;
    return bad;
}

int keepfile_write(const char *path, const struct buf *content)
{
    char temporary[PATH_MOST];
    int n = snprintf(temporary, sizeof temporary, "%s.XXXXXX", path);
    if (n >= (int)sizeof temporary) {
        errno = ENAMETOOLONG;
        return -1;
    }
    int fd = mkostemp(temporary, O_CLOEXEC);
    if (fd < 0)
        return -1;
    int bad = write_all(fd, content), saved = errno;
    if (close(fd) != 0 && !bad) {
        bad = -1;
        saved = errno;
    }
    if (!bad && rename(temporary, path) != 0) {
        bad = -1;
        saved = errno;
    }
    if (bad) {
        unlink(temporary);
        errno = saved;
        return -1;
    }
    return sync_folder(path);
}

int keepfile_read(const char *path, struct buf *content, size_t most)
{
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    ssize_t n = 1;
    if (fd < 0)
        return -1;
    buf_clear(content);
    while (n > 0 && content->len <= most) {
        errno = ENOMEM;
        n = buf_room(content, CHUNK) ? read(fd, content->data + content->len, CHUNK) : -1;
        if (n > 0)
            content->len += (size_t)n;
        else if (n < 0 && errno == EINTR)
            n = 1;
    }
    int error = n < 0 ? errno : content->len > most ? EFBIG : 0;
    close(fd);
    errno = error;
    return error ? -1 : 0;
}
