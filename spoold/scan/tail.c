#include "spoold/scan/tail.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fsop.h"

enum { HOLE_MS = 10000 };

/* Up to n bytes at `at` into scratch. (Seeking asks no server: it is none of fsop's calls.) */
static int read_at(int fd, uint64_t at, size_t n, struct buf *scratch)
{
    buf_clear(scratch);
    if (!buf_room(scratch, n) || lseek(fd, (off_t)at, SEEK_SET) < 0)
        return -1;
    while (scratch->len < n) {
        ssize_t got = fs->read(fd, scratch->data + scratch->len, n - scratch->len);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -1;
        if (got == 0)
            break; /* it has become shorter: the next look sees that */
        scratch->len += (size_t)got;
    }
    return 0;
}

/* The end of the last whole line of the file: behind its newline. */
static int last_end(int fd, uint64_t size, uint64_t *end)
{
    struct buf b = {0};
    size_t n = size < TAIL_LINE_MAX ? (size_t)size : TAIL_LINE_MAX;
    int bad = read_at(fd, size - n, n, &b);
    const char *newline = !bad && b.len ? memrchr(b.data, '\n', b.len) : NULL;
    *end = newline ? size - n + (uint64_t)(newline - b.data) + 1 : size - n;
    int saved = errno;
    buf_free(&b);
    errno = saved;
    return bad;
}

bool tail_meet(struct tail *t, int fd, uint64_t ino, uint64_t size, int *error)
{
    uint64_t end = 0;
    *error = 0;
    if (t->met && t->ino == ino && size >= t->to)
        return false;
    if (size > 0 && last_end(fd, size, &end) != 0) {
        *error = errno;
        return false;
    }
    uint64_t harmed = t->harmed;
    *t = (struct tail){.met = true, .ino = ino, .to = end, .from = end, .harmed = harmed};
    return true;
}

/* A line that may still be on its way: since when? */
static bool wait_for_hole(struct tail *t)
{
    int64_t now = clock_boot_ms();
    if (t->hole_ms == 0)
        t->hole_ms = now;
    if (now - t->hole_ms < HOLE_MS)
        return true;
    t->hole_ms = 0;
    return false;
}

/* The lines of the scratch, whose first byte is at t->to. */
static void tell_forward(struct tail *t, int fd, const struct buf *b, tail_visit *visit, void *arg)
{
    size_t at = 0;
    const char *newline;
    while (at < b->len && (newline = memchr(b->data + at, '\n', b->len - at))) {
        size_t n = (size_t)(newline - b->data) - at;
        bool hole = memchr(b->data + at, 0, n) != NULL;
        if (hole && !t->in_long && wait_for_hole(t)) {
            if (fs->forget)
                fs->forget(fd); /* this machine has cached it */
            break;
        }
        t->hole_ms = 0;
        if (t->in_long || hole || n > TAIL_LINE_MAX)
            t->harmed++;
        else
            visit(arg, t->to + at, b->data + at, n);
        t->in_long = false;
        at += n + 1;
    }
    if (at == 0 && b->len > TAIL_LINE_MAX) { /* no end in sight */
        t->in_long = true;
        at = b->len;
    }
    t->to += at;
}

int tail_forward(struct tail *t, int fd, uint64_t size, struct buf *scratch, tail_visit *visit,
                 void *arg)
{
    uint64_t was = t->to;
    if (size <= t->to)
        return 0;
    size_t n = size - t->to < TAIL_BLOCK ? (size_t)(size - t->to) : TAIL_BLOCK;
    if (read_at(fd, t->to, n, scratch) != 0)
        return -1;
    tell_forward(t, fd, scratch, visit, arg);
    return t->to > was;
}

/* The block ends where a line begins that has been told, or within one that is too long: then what
 * is behind its last newline is the rest of that. */
static void tell_lines(struct tail *t, uint64_t base, const char *text, size_t n, tail_visit *visit,
                       void *arg)
{
    const char *newline;
    for (size_t at = 0; at < n && (newline = memchr(text + at, '\n', n - at));) {
        size_t len = (size_t)(newline - text) - at;
        if (len > TAIL_LINE_MAX || memchr(text + at, 0, len))
            t->harmed++;
        else
            visit(arg, base + at, text + at, len);
        at += len + 1;
    }
}

int tail_backward(struct tail *t, int fd, struct buf *scratch, tail_visit *visit, void *arg)
{
    if (t->from == 0)
        return 0;
    size_t n = t->from < TAIL_BLOCK ? (size_t)t->from : TAIL_BLOCK, skip = 0;
    uint64_t base = t->from - n;
    if (read_at(fd, base, n, scratch) != 0)
        return -1;
    if (scratch->len < n) { /* shorter than it was */
        errno = ESTALE;
        return -1;
    }
    if (base > 0) { /* the first line begins before the block; its newline is not the last byte */
        const char *newline = memchr(scratch->data, '\n', n - 1);
        skip = newline ? (size_t)(newline - scratch->data) + 1 : n;
        t->harmed += !newline;
    }
    tell_lines(t, base + skip, scratch->data + skip, n - skip, visit, arg);
    t->from = skip < n ? base + skip : base;
    return 1;
}
