#include "tests/gen/genfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int complain(const char *path)
{
    (void)fprintf(stderr, "mkpdf: %s: %s\n", path, strerror(errno));
    return -1;
}

static int write_all(int fd, const char *bytes, size_t n)
{
    while (n > 0) {
        ssize_t wrote = write(fd, bytes, n);

        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote < 0)
            return -1;
        bytes += wrote;
        n -= (size_t)wrote;
    }
    return 0;
}

int genfile_write(const char *path, const struct buf *out)
{
    int fd;

    if (!buf_ok(out)) {
        errno = ENOMEM;
        return complain(path);
    }
    fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0)
        return complain(path);
    if (write_all(fd, out->data, out->len) < 0) {
        complain(path);
        (void)close(fd);
        return -1;
    }
    return close(fd) < 0 ? complain(path) : 0;
}

int genfile_folder(const char *path)
{
    return mkdir(path, 0755) < 0 && errno != EEXIST ? complain(path) : 0;
}
