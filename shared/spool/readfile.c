#include "spool/readfile.h"

#include <errno.h>

#include "base/fsop.h"

enum { CHUNK = 64 * 1024 };

int readfile(int folder, const char *name, struct buf *out, size_t most)
{
    ssize_t n = -1;
    int fd = fs->openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0);
    if (fd < 0)
        return errno == ENOENT || errno == ELOOP || errno == ENXIO ? 0 : -1;
    while (out->len <= most && buf_room(out, CHUNK) &&
           ((n = fs->read(fd, out->data + out->len, CHUNK)) > 0 || (n < 0 && errno == EINTR)))
        out->len += n > 0 ? (size_t)n : 0;
    int saved = errno;
    fs->close(fd);
    errno = out->failed ? ENOMEM : saved;
    if (out->failed || n < 0)
        return errno == EISDIR ? 0 : -1;
    return out->len <= most;
}
