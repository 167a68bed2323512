#include <dirent.h>
#include <errno.h>
#include <string.h>

#include "base/fsop.h"
#include "fuzz.h"
#include "spool/layout.h"

enum { FIRST_FD = 10000 }; /* no descriptor of this process is that high */

static struct {
    const uint8_t *bytes;
    size_t n, piece, file_at, folder_at;
    int open;
} served;

static int mem_openat(int dir, const char *name, int flags, mode_t mode)
{
    (void)dir;
    (void)mode;
    if (!*name) {
        errno = ENOENT;
        return -1;
    }
    if (flags & (O_CREAT | O_WRONLY | O_RDWR)) {
        errno = EROFS;
        return -1;
    }
    if (!(flags & O_DIRECTORY))
        served.file_at = 0;
    served.open++;
    return FIRST_FD;
}

static int mem_close(int fd)
{
    FUZZ_LAW(fd == FIRST_FD && served.open > 0);
    served.open--;
    return 0;
}

static ssize_t take(void *to, size_t n, size_t *at)
{
    size_t left = served.n - *at;
    n = n < left ? n : left;
    n = served.piece && served.piece < n ? served.piece : n;
    if (n)
        memcpy(to, served.bytes + *at, n);
    *at += n;
    return (ssize_t)n;
}

static ssize_t mem_read(int fd, void *to, size_t n)
{
    (void)fd;
    return take(to, n, &served.file_at);
}

static ssize_t mem_getdents(int fd, void *to, size_t n)
{
    (void)fd;
    return take(to, n, &served.folder_at);
}

static int mem_statx(int dir, const char *name, int flags, struct statx *out)
{
    (void)dir;
    (void)flags;
    memset(out, 0, sizeof *out);
    out->stx_mode = S_IFREG | 0644;
    out->stx_size = served.n;
    out->stx_ino = *name ? 2 : 1;
    return 0;
}

static int no_rename(int from_dir, const char *from, int to_dir, const char *to)
{
    (void)from_dir;
    (void)from;
    (void)to_dir;
    (void)to;
    errno = EROFS;
    return -1;
}

static ssize_t no_link(int dir, const char *name, char *to, size_t n)
{
    (void)dir;
    (void)name;
    (void)to;
    (void)n;
    errno = EINVAL;
    return -1;
}

static const struct fsop memfile = {
    .openat = mem_openat,
    .close = mem_close,
    .read = mem_read,
    .statx = mem_statx,
    .renameat = no_rename,
    .readlinkat = no_link,
    .getdents = mem_getdents,
};

void memfile_serve(const uint8_t *bytes, size_t n, size_t piece)
{
    served.bytes = bytes;
    served.n = n;
    served.piece = piece;
    served.file_at = served.folder_at = 0;
    served.open = 0;
    fs = &memfile;
}

bool memfile_closed(void)
{
    return served.open == 0;
}

char *fuzz_string(const uint8_t *data, size_t n, size_t *used)
{
    const uint8_t *nul = n ? memchr(data, 0, n) : NULL;
    size_t len = nul ? (size_t)(nul - data) : n;
    char *s = malloc(len + 1);
    if (!s)
        abort();
    if (len)
        memcpy(s, data, len);
    s[len] = 0;
    if (used)
        *used = len + (nul != NULL);
    return s;
}

bool fuzz_name_ok(const char *name)
{
    size_t n = strlen(name);
    return n > 0 && n < NAME_CAP && !strchr(name, '/') && strcmp(name, ".") != 0 &&
           strcmp(name, "..") != 0;
}
