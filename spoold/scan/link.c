#include "spoold/scan/link.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/child.h"
#include "base/clock.h"
#include "base/log.h"

enum {
    CHUNK = 64 * 1024,
    STEP_BYTES = 1024 * 1024,
    PIPE_BYTES = 1024 * 1024,
    PAUSE_MS = 1000,
    PAUSE_MOST_MS = 30000,
    LASTED_MS = 120000
};

static void close_ends(struct link *l)
{
    close(l->in);
    close(l->until);
    l->in = l->until = -1;
    buf_free(&l->bytes);
}

static int make_pipes(int facts[2], int until[2])
{
    if (pipe2(facts, O_CLOEXEC) != 0)
        return -1;
    if (pipe2(until, O_CLOEXEC) == 0)
        return 0;
    close(facts[0]);
    close(facts[1]);
    return -1;
}

/* Another may come after a pause, which grows while they do not last. */
static void put_off(struct link *l, int64_t now, bool lasted)
{
    l->pause_ms = l->pause_ms && !lasted ? 2 * l->pause_ms : PAUSE_MS;
    if (l->pause_ms > PAUSE_MOST_MS)
        l->pause_ms = PAUSE_MOST_MS;
    l->next_start = now + l->pause_ms;
}

static void start(struct link *l, int64_t now)
{
    int facts[2], until[2];
    if (make_pipes(facts, until) != 0) {
        log_warn("no pipe for a scanner: %s", strerror(errno));
        put_off(l, now, false);
        return;
    }
    pid_t pid = child_fork();
    if (pid == 0) {
        close(facts[0]);
        close(until[1]);
        child_name("scanner");
        _exit(l->run(l->arg, facts[1], until[0]));
    }
    close(facts[1]);
    close(until[0]);
    l->in = facts[0];
    l->until = until[1];
    if (pid < 0) {
        log_warn("no process for a scanner: %s", strerror(errno));
        close_ends(l);
        put_off(l, now, false);
        return;
    }
    fcntl(l->in, F_SETFL, O_NONBLOCK);
    fcntl(l->in, F_SETPIPE_SZ, PIPE_BYTES); /* a smaller one only means more turns */
    l->pid = pid;
    l->killed = false;
    l->heard_ms = l->started_ms = now;
    l->starts++;
}

/* Facts out of what has come so far. False: it is nonsense. */
static bool take_whole(struct link *l, int64_t now)
{
    size_t at = 0, used;
    struct fact f;
    enum fact_verdict v = FACT_MORE;
    while (at < l->bytes.len) {
        v = fact_decode((const uint8_t *)l->bytes.data + at, l->bytes.len - at, &f, &used);
        if (v != FACT_WHOLE)
            break;
        if (model_take(l->model, &f, now) != 0)
            log_warn("no memory for a fact of the scanner");
        l->facts++;
        at += used;
    }
    if (at > 0) {
        memmove(l->bytes.data, l->bytes.data + at, l->bytes.len - at);
        buf_cut(&l->bytes, l->bytes.len - at);
    }
    return v != FACT_BROKEN;
}

/* 1: there may be more; 0: not now; -1: no more will come. */
static int take(struct link *l, int64_t now)
{
    for (size_t got = 0; got < STEP_BYTES;) {
        if (!buf_room(&l->bytes, CHUNK)) {
            log_warn("no memory for what the scanner says; it is ended");
            return -1;
        }
        ssize_t n = read(l->in, l->bytes.data + l->bytes.len, CHUNK);
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
            return 0;
        if (n <= 0)
            return -1;
        l->bytes.len += (size_t)n;
        l->heard_ms = now;
        got += (size_t)n;
        if (!take_whole(l, now)) {
            log_error("bug: the scanner has sent what is no fact; it is ended");
            l->broken++;
            return -1;
        }
    }
    return 1;
}

static void kill_once(struct link *l)
{
    if (!l->killed)
        kill(l->pid, SIGKILL);
    l->killed = true;
}

/* Is it gone? Then another may come. */
static bool reap(struct link *l, int64_t now)
{
    int status;
    char how[64];
    if (waitpid(l->pid, &status, WNOHANG) != l->pid)
        return false;
    child_show_status(status, how, sizeof how);
    log_warn("the scanner is gone (%s)", how);
    put_off(l, now, now - l->started_ms > LASTED_MS);
    l->pid = 0;
    close_ends(l);
    return true;
}

bool link_step(struct link *l, int64_t boot_ms)
{
    int64_t hang = l->hang_ms ? l->hang_ms : LINK_HANG_MS;
    if (l->pid == 0 && boot_ms >= l->next_start)
        start(l, boot_ms);
    if (l->pid == 0)
        return false;
    int got = l->killed ? 0 : take(l, boot_ms);
    if (got < 0)
        kill_once(l);
    if (!l->killed && boot_ms - l->heard_ms > hang) {
        log_warn("the scanner has said nothing for %lld s; it is ended",
                 (long long)(boot_ms - l->heard_ms) / 1000);
        kill_once(l);
    }
    if (l->killed)
        reap(l, boot_ms);
    return got > 0;
}

int link_fd(const struct link *l)
{
    return l->pid && !l->killed ? l->in : -1;
}

bool link_end(struct link *l)
{
    enum { TRIES = 20, TRY_MS = 10 };
    if (l->pid == 0)
        return true;
    kill_once(l);
    for (int i = 0; i < TRIES; i++) {
        if (waitpid(l->pid, NULL, WNOHANG) == l->pid) {
            l->pid = 0;
            close_ends(l);
            return true;
        }
        clock_sleep_ms(TRY_MS);
    }
    return false;
}
