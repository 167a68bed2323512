#include "extractd/parserproc.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fdpass.h"

enum { RESULT_PIPE_BYTES = 256 * 1024 };

/* poll one descriptor for `events` until the boot clock says `until`. True when something is there.
 */
static bool await(int fd, short events, int64_t until)
{
    for (;;) {
        int64_t left = until - clock_boot_ms();
        struct pollfd p = {.fd = fd, .events = events};
        int n = poll(&p, 1, left > 0 ? (int)left : 0);
        if (n > 0)
            return true;
        if (n == 0 || errno != EINTR)
            return false;
    }
}

/* Send one message with n descriptors; waits for room at most PARSERPROC_WAIT_MS. */
static int send_with(int sock, const void *msg, size_t size, const int *fds, unsigned n)
{
    int64_t until = clock_boot_ms() + PARSERPROC_WAIT_MS;
    for (;;) {
        if (fdpass_send(sock, msg, size, fds, n) == 0)
            return 0;
        if (errno == EINTR)
            continue;
        if (errno != EAGAIN)
            return -1;
        if (!await(sock, POLLOUT, until)) {
            errno = ETIMEDOUT;
            return -1;
        }
    }
}

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static void close_pair(int fd[2])
{
    close_fd(&fd[0]);
    close_fd(&fd[1]);
}

/* The zygote's answer to a spawn: sets pid. */
static int await_birth(struct parserproc *p)
{
    struct wire_born born;
    if (!await(p->command, POLLIN, clock_boot_ms() + PARSERPROC_WAIT_MS)) {
        errno = ETIMEDOUT;
        return -1;
    }
    ssize_t n = recv(p->command, &born, sizeof born, MSG_DONTWAIT);
    if (n < 0)
        return -1;
    if (n != sizeof born || born.magic != WIRE_BORN || born.pid == 0) {
        errno = n == 0 ? EPIPE : EPROTO;
        return -1;
    }
    if (born.pid < 0) {
        errno = -born.pid;
        return -1;
    }
    p->pid = born.pid;
    return 0;
}

/* Our ends of its pipes are read without blocking. A larger result pipe saves it waits; done as far
 * as allowed. */
static int prepare(int results, int errors)
{
    if (fcntl(results, F_SETFL, O_NONBLOCK) < 0 || fcntl(errors, F_SETFL, O_NONBLOCK) < 0)
        return -1;
    (void)fcntl(results, F_SETPIPE_SZ, RESULT_PIPE_BYTES);
    return 0;
}

int parserproc_spawn(struct parserproc *p, const struct wire_spawn *order, int status_fd)
{
    int sock[2] = {-1, -1}, res[2] = {-1, -1}, err[2] = {-1, -1};
    p->pid = 0;
    p->died = p->lost = false;
    p->status = 0;
    p->command = p->results = p->errors = -1;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sock) < 0 ||
        pipe2(res, O_CLOEXEC) < 0 || pipe2(err, O_CLOEXEC) < 0 || prepare(res[0], err[0]) < 0)
        goto fail;
    const int lent[4] = {sock[1], res[1], status_fd, err[1]};
    if (send_with(p->zygote, order, sizeof *order, lent, 4) < 0)
        goto fail;
    close_fd(&sock[1]);
    close_fd(&res[1]);
    close_fd(&err[1]);
    p->command = sock[0];
    p->results = res[0];
    p->errors = err[0];
    sock[0] = res[0] = err[0] = -1; /* p's now */
    if (await_birth(p) == 0)
        return 0;
fail:;
    int saved = errno;
    close_pair(sock);
    close_pair(res);
    close_pair(err);
    parserproc_drop(p);
    errno = saved;
    return -1;
}

int parserproc_job(struct parserproc *p, const struct wire_job *job, int document, int papers)
{
    const int lent[2] = {document, papers};
    return send_with(p->command, job, sizeof *job, lent, papers >= 0 ? 2 : 1);
}

void parserproc_news(struct parserproc *p)
{
    struct wire_died died;
    ssize_t n = recv(p->command, &died, sizeof died, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0) {
        p->lost = true; /* both ends of the zygote's side are closed: it is gone, and its children
                           with it */
        return;
    }
    if (n == sizeof died && died.magic == WIRE_DIED && died.pid == p->pid) {
        p->died = true;
        p->status = died.status;
    }
}

bool parserproc_wait(struct parserproc *p, int ms)
{
    int64_t until = clock_boot_ms() + ms;
    while (p->command >= 0 && !p->died && !p->lost && await(p->command, POLLIN, until))
        parserproc_news(p);
    return p->died || p->lost;
}

void parserproc_kill(struct parserproc *p)
{
    struct wire_kill order = {WIRE_KILL, p->pid};
    if (p->pid > 0 && !p->died && !p->lost)
        (void)send_with(p->zygote, &order, sizeof order, NULL, 0);
}

void parserproc_drop(struct parserproc *p)
{
    parserproc_kill(p);
    close_fd(&p->command);
    close_fd(&p->results);
    close_fd(&p->errors);
    p->pid = 0;
    p->died = p->lost = false;
    p->status = 0;
}
