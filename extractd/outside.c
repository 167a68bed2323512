#include "extractd/outside.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/child.h"
#include "base/clock.h"
#include "base/utf8.h"
#include "extractd/outside_parts.h"

enum { SAID_ON_STDERR = 1024, BLOCK = 64 * 1024, END_MS = 2000, KEEPER_MS = 8000, WAIT_MS = 5 };

/* One that runs; a descriptor is -1 once it has ended. */
struct run {
    const struct outside_order *order;
    pid_t keeper;
    int out, err, life;
    struct buf *text;
    char said[SAID_ON_STDERR + 1];
    size_t n_said;
    int status; /* as waitpid has it */
    bool ended; /* and has said how */
    bool flooded, no_memory;
};

/* ---- its beginning ---- */

static int picture_file(const struct outside_order *o)
{
    int fd = memfd_create("page", MFD_CLOEXEC);
    const char *p = o->picture;
    for (size_t left = o->n; fd >= 0 && left > 0;) {
        ssize_t n = write(fd, p, left);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            close(fd);
            return -1;
        }
        p += n;
        left -= (size_t)n;
    }
    if (fd >= 0 && lseek(fd, 0, SEEK_SET) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

static void close_all(const int *fds, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (fds[i] >= 0)
            close(fds[i]);
}

/* False with errno. */
static bool start(struct run *r)
{
    enum { IN, OUT_R, OUT_W, ERR_R, ERR_W, LIFE_A, LIFE_B, ENDS };
    int fd[ENDS] = {-1, -1, -1, -1, -1, -1, -1};
    fd[IN] = picture_file(r->order);
    if (fd[IN] < 0 || pipe2(fd + OUT_R, O_CLOEXEC) != 0 || pipe2(fd + ERR_R, O_CLOEXEC) != 0 ||
        socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd + LIFE_A) != 0 ||
        fcntl(fd[OUT_R], F_SETFL, O_NONBLOCK) != 0 || fcntl(fd[ERR_R], F_SETFL, O_NONBLOCK) != 0 ||
        (r->keeper = child_fork()) < 0) {
        int error = errno;
        close_all(fd, ENDS);
        errno = error;
        return false;
    }
    if (r->keeper == 0)
        keeper_main(r->order, &(struct keeper){fd[IN], fd[OUT_W], fd[ERR_W], fd[LIFE_B]});
    close_all((const int[]){fd[IN], fd[OUT_W], fd[ERR_W], fd[LIFE_B]}, 4);
    r->out = fd[OUT_R];
    r->err = fd[ERR_R];
    r->life = fd[LIFE_A];
    return true;
}

/* ---- what it says ---- */

static void shut(int *fd)
{
    close(*fd);
    *fd = -1;
}

static bool is_over(ssize_t n)
{
    return n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR);
}

static void take_text(struct run *r)
{
    if (!buf_room(r->text, BLOCK)) {
        r->no_memory = true;
        return;
    }
    ssize_t n = read(r->out, r->text->data + r->text->len, BLOCK - 1);
    if (n > 0)
        r->text->len += (size_t)n;
    r->flooded = r->text->len > r->order->max_text;
    if (is_over(n))
        shut(&r->out);
}

static void take_stderr(struct run *r)
{
    char bytes[4096];
    ssize_t n = read(r->err, bytes, sizeof bytes);
    if (n > 0) {
        size_t room = SAID_ON_STDERR - r->n_said, k = (size_t)n < room ? (size_t)n : room;
        memcpy(r->said + r->n_said, bytes, k);
        r->n_said += k;
    }
    if (is_over(n))
        shut(&r->err);
}

static void take_end(struct run *r)
{
    ssize_t n = recv(r->life, &r->status, sizeof r->status, MSG_DONTWAIT);
    r->ended |= n == (ssize_t)sizeof r->status;
    if (is_over(n))
        shut(&r->life);
}

static void listen_once(struct run *r)
{
    struct pollfd p[] = {{r->out, POLLIN, 0}, {r->err, POLLIN, 0}, {r->life, POLLIN, 0}};
    if (poll(p, 3, OUTSIDE_LOOK_MS) <= 0)
        return;
    if (p[0].revents)
        take_text(r);
    if (p[1].revents)
        take_stderr(r);
    if (p[2].revents)
        take_end(r);
}

/* The first line of standard error, made fit to be shown. */
static void add_said(const struct run *r, char why[OUTSIDE_WHY])
{
    size_t at = strlen(why), n = strcspn(r->said, "\n");
    if (n == 0 || at + 3 >= OUTSIDE_WHY)
        return;
    at += (size_t)snprintf(why + at, OUTSIDE_WHY - at, ": ");
    for (size_t i = 0, k; i < n; i += k) {
        k = utf8_seq(r->said + i, n - i);
        bool plain = k > 0 && !utf8_control(r->said + i, k);
        size_t put = plain ? k : 1;
        if (at + put >= OUTSIDE_WHY)
            break;
        memcpy(why + at, plain ? r->said + i : "?", put);
        at += put;
        k = k > 0 ? k : 1;
    }
    why[at] = '\0';
}

/* ---- its end ---- */

static void end_keeper(struct run *r)
{
    int64_t until = clock_boot_ms() + KEEPER_MS;
    pid_t got;
    const int fds[] = {r->life, r->out, r->err};
    close_all(fds, 3); /* for the keeper: the end, where it has not come */
    while ((got = waitpid(r->keeper, NULL, WNOHANG)) == 0 && clock_boot_ms() < until)
        clock_sleep_ms(WAIT_MS);
    if (got == 0) { /* then the command dies with it */
        kill(r->keeper, SIGKILL);
        while (waitpid(r->keeper, NULL, 0) < 0 && errno == EINTR) {
        }
    }
}

static enum outside_end verdict(const struct run *r, bool stopped, bool late, char why[OUTSIDE_WHY])
{
    char how[64];
    if (stopped)
        return OUTSIDE_STOPPED;
    if (r->no_memory) {
        snprintf(why, OUTSIDE_WHY, "there is no memory for what it says");
        return OUTSIDE_UNABLE;
    }
    if (r->flooded) {
        snprintf(why, OUTSIDE_WHY, "it says more than max_page_text");
        return OUTSIDE_FAILED;
    }
    if (late) {
        snprintf(why, OUTSIDE_WHY, "it took longer than its timeout");
        add_said(r, why);
        return OUTSIDE_FAILED;
    }
    if (!r->ended) {
        snprintf(why, OUTSIDE_WHY, "it could not be started");
        return OUTSIDE_UNABLE;
    }
    if (WIFEXITED(r->status) && WEXITSTATUS(r->status) == 0)
        return OUTSIDE_SAID;
    child_show_status(r->status, how, sizeof how);
    snprintf(why, OUTSIDE_WHY, "%s", how);
    add_said(r, why);
    return OUTSIDE_FAILED;
}

enum outside_end outside_run(const struct outside_order *o, struct buf *out, char why[OUTSIDE_WHY])
{
    struct run r = {.order = o, .text = out};
    int64_t began = clock_boot_ms(), until = began + o->timeout_ms;
    bool stopped = false, late = false, told = false;
    buf_clear(out);
    why[0] = '\0';
    if (!start(&r)) {
        snprintf(why, OUTSIDE_WHY, "it could not be started: %s", strerror(errno));
        return OUTSIDE_UNABLE;
    }
    while ((r.life >= 0 || r.out >= 0) && !stopped && !late && !r.flooded && !r.no_memory) {
        listen_once(&r);
        if (r.life < 0 && !told) { /* nothing of it is left, so there is an end to what it said */
            told = true;
            until = clock_boot_ms() + END_MS;
        }
        stopped = !o->go_on(o->arg);
        late = clock_boot_ms() >= until && (r.life >= 0 || r.out >= 0);
    }
    while (r.err >= 0 && r.n_said < SAID_ON_STDERR) { /* what is there already */
        size_t before = r.n_said;
        take_stderr(&r);
        if (r.n_said == before)
            break;
    }
    end_keeper(&r);
    return verdict(&r, stopped, late, why);
}
