#include "extractd/helpline.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fdpass.h"

enum { CALL_MAGIC = 0x7048454c, CALL_FDS = 3 };

struct help_call_message {
    uint32_t magic, taker;
};

/* ---- the sheet ---- */

static size_t up(size_t n)
{
    return (n + 15) & ~(size_t)15;
}

static bool map(struct help_map *m)
{
    void *at = mmap(NULL, m->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, m->fd, 0);
    if (at == MAP_FAILED)
        return false;
    m->sheet = at;
    m->pages = (struct pageshare *)((char *)at + up(sizeof *m->sheet));
    return true;
}

int help_map_new(struct help_map *m, uint32_t pages, uint32_t password_bytes)
{
    size_t behind = up(sizeof *m->sheet) + up(pageshare_bytes(pages));
    *m = (struct help_map){.fd = memfd_create("sheet", MFD_CLOEXEC),
                           .bytes = behind + password_bytes};
    if (m->fd < 0)
        return -1;
    if (ftruncate(m->fd, (off_t)m->bytes) != 0 || !map(m)) {
        int error = errno;
        help_map_free(m);
        errno = error;
        return -1;
    }
    m->passwords = (char *)m->sheet + behind;
    return 0;
}

void help_map_free(struct help_map *m)
{
    if (m->sheet)
        munmap(m->sheet, m->bytes);
    if (m->fd >= 0)
        close(m->fd);
    *m = (struct help_map){.fd = -1};
}

/* One that came with a call: the other side has filled it in. */
static bool map_taken(struct help_map *m, int fd)
{
    struct stat st;
    *m = (struct help_map){.fd = fd};
    if (fstat(fd, &st) != 0 || (size_t)st.st_size < up(sizeof *m->sheet) + sizeof(struct pageshare))
        return false;
    m->bytes = (size_t)st.st_size;
    if (!map(m))
        return false;
    size_t behind = up(sizeof *m->sheet) + up(pageshare_bytes(m->pages->pages));
    m->passwords = (char *)m->sheet + behind;
    return behind + m->sheet->password_bytes == m->bytes;
}

/* ---- calls ---- */

int help_call(int calls, const struct help_map *m, int document, unsigned taker)
{
    const struct help_call_message msg = {CALL_MAGIC, taker};
    int line[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, line) != 0)
        return -1;
    const int lent[CALL_FDS] = {line[1], document, m->fd};
    bool sent = fdpass_send(calls, &msg, sizeof msg, lent, CALL_FDS) == 0;
    int error = errno;
    close(line[1]);
    if (sent)
        return line[0];
    close(line[0]);
    errno = error;
    return -1;
}

bool help_take(int calls, struct help_taken *t)
{
    struct help_call_message msg;
    int fds[CALL_FDS];
    unsigned n;
    ssize_t got = fdpass_recv(calls, &msg, sizeof msg, fds, CALL_FDS, &n, false);
    if (got != sizeof msg || msg.magic != CALL_MAGIC || n != CALL_FDS || msg.taker == 0 ||
        msg.taker >= PAGESHARE_TAKERS) {
        fdpass_close(fds, n);
        return false;
    }
    *t = (struct help_taken){.line = fds[0], .document = fds[1], .taker = msg.taker};
    if (map_taken(&t->map, fds[2]))
        return true;
    help_taken_free(t);
    return false;
}

void help_taken_free(struct help_taken *t)
{
    close(t->line);
    close(t->document);
    help_map_free(&t->map);
}

/* ---- on the line ---- */

static bool write_all(int fd, const char *p, size_t n)
{
    while (n > 0) {
        ssize_t k = write(fd, p, n);
        if (k < 0 && errno == EINTR)
            continue;
        if (k <= 0)
            return false;
        p += k;
        n -= (size_t)k;
    }
    return true;
}

bool help_say(int line, const struct help_said *said, const struct buf *pages)
{
    if (!pages)
        return fdpass_send(line, said, sizeof *said, NULL, 0) == 0;
    int fd = buf_ok(pages) ? memfd_create("pages", MFD_CLOEXEC) : -1;
    bool ok = fd >= 0 && write_all(fd, pages->data, pages->len) &&
              fdpass_send(line, said, sizeof *said, &fd, 1) == 0;
    if (fd >= 0)
        close(fd);
    return ok;
}

static bool read_all(int fd, struct buf *out, size_t most)
{
    struct stat st;
    if (fstat(fd, &st) != 0 || st.st_size < 0 || (size_t)st.st_size > most ||
        !buf_room(out, (size_t)st.st_size))
        return false;
    for (off_t at = 0; at < st.st_size;) {
        ssize_t k = pread(fd, out->data + out->len, (size_t)(st.st_size - at), at);
        if (k < 0 && errno == EINTR)
            continue;
        if (k <= 0)
            return false;
        out->len += (size_t)k;
        at += k;
    }
    return true;
}

int help_hear(int line, struct help_said *said, struct buf *pages, size_t most)
{
    int fds[CALL_FDS];
    unsigned n;
    ssize_t got = fdpass_recv(line, said, sizeof *said, fds, CALL_FDS, &n, false);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return 0;
    bool ok = got == sizeof *said && n == (said->word == HELP_PAGES);
    said->wanted[sizeof said->wanted - 1] = '\0';
    if (ok && n)
        ok = read_all(fds[0], pages, most);
    fdpass_close(fds, n);
    return ok ? 1 : -1;
}
