#include "base/dirlist.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/fsop.h"

enum { DIRLIST_BUFFER = 64 * 1024, DIRLIST_BUFFER_MIN = 512 };

/* Before the name in struct linux_dirent64, whose layout glibc's struct dirent64 shares. */
enum { ENTRY_HEAD = offsetof(struct dirent64, d_name) };

struct dirlist {
    int fd;
    bool borrowed; /* fd is the caller's */
    unsigned calls;
    size_t at, filled, cap;
    char bytes[]; /* as getdents64 gave them */
};

static struct dirlist *make(int fd, size_t buffer, bool borrowed)
{
    size_t cap = buffer == 0 ? DIRLIST_BUFFER : buffer;

    if (cap < DIRLIST_BUFFER_MIN) /* the longest name would not fit, and the kernel says EINVAL */
        cap = DIRLIST_BUFFER_MIN;
    struct dirlist *d = malloc(sizeof *d + cap);
    if (!d)
        return NULL;
    *d = (struct dirlist){.fd = fd, .cap = cap, .borrowed = borrowed};
    /* The listing is to be the server's, not this machine's copy of an earlier one: over NFSv3 a
     * change within a tick of the server's file times leaves that copy looking current for ever.
     * Advice; nothing depends on its answer. */
    if (fs->forget)
        (void)fs->forget(fd);
    return d;
}

struct dirlist *dirlist_open(int dir, const char *name, size_t buffer)
{
    int fd = fs->openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0);
    struct dirlist *d = fd >= 0 ? make(fd, buffer, false) : NULL;
    if (fd >= 0 && !d) {
        int saved = errno;
        fs->close(fd);
        errno = saved;
    }
    return d;
}

struct dirlist *dirlist_over(int fd, size_t buffer)
{
    return make(fd, buffer, true);
}

/* Take one record out of the buffer. A server may have written what it likes: trust no length, and
 * no name that leads elsewhere (recent kernels refuse those, too). */
static int take(struct dirlist *d, struct dirlist_entry *e)
{
    const char *record = d->bytes + d->at;
    size_t left = d->filled - d->at;
    struct dirent64 head;

    if (left <= ENTRY_HEAD)
        goto broken;
    memcpy(&head, record, ENTRY_HEAD);
    if (head.d_reclen <= ENTRY_HEAD || head.d_reclen > left)
        goto broken;
    if (!memchr(record + ENTRY_HEAD, '\0', head.d_reclen - (size_t)ENTRY_HEAD))
        goto broken;
    if (record[ENTRY_HEAD] == '\0' || strchr(record + ENTRY_HEAD, '/'))
        goto broken;
    d->at += head.d_reclen;
    *e = (struct dirlist_entry){record + ENTRY_HEAD, head.d_ino, head.d_type};
    return 1;

broken:
    errno = EIO;
    return -1;
}

static bool is_dot_or_dotdot(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

int dirlist_next(struct dirlist *d, struct dirlist_entry *e)
{
    for (;;) {
        if (d->at == d->filled) {
            ssize_t n = fs->getdents(d->fd, d->bytes, d->cap);
            d->calls++;
            if (n <= 0)
                return (int)n;
            if ((size_t)n > d->cap) {
                errno = EIO;
                return -1;
            }
            d->at = 0;
            d->filled = (size_t)n;
        }
        int got = take(d, e);
        if (got < 0 || !is_dot_or_dotdot(e->name))
            return got;
    }
}

int dirlist_fd(const struct dirlist *d)
{
    return d->fd;
}

unsigned dirlist_calls(const struct dirlist *d)
{
    return d->calls;
}

void dirlist_close(struct dirlist *d)
{
    int saved = errno;

    if (!d)
        return;
    if (!d->borrowed)
        fs->close(d->fd);
    free(d);
    errno = saved;
}
