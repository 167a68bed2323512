#include "spoold/ctl/mcp_calls.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/child.h"
#include "base/clock.h"
#include "spoold/ctl/mcp_wire.h"

enum {
    GRACE_MS = 2000,
    END_MS = 2200,
    CHUNK = 64 * 1024,
    ANSWER_MAX = 64 * 1024 * 1024,
    STEP_MS = 20
};

/* ---- the child ---- */

static void write_all(int fd, const struct buf *b)
{
    for (size_t at = 0; at < b->len;) {
        ssize_t n = write(fd, b->data + at, b->len - at);
        if (n < 0 && errno != EINTR)
            _exit(1);
        at += n > 0 ? (size_t)n : 0;
    }
}

static _Noreturn void work(struct mcp_server *server, const struct jsonr *json, int to)
{
    struct buf out = {0};
    sigset_t none;
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    /* Nothing but the parent speaks to the client, whatever is called from here. */
    if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0)
        _exit(1);
    child_name("mcp-call");
    ctl_catch_signals();
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    mcp_answer(server, json, &out);
    if (!buf_ok(&out))
        _exit(1);
    write_all(to, &out);
    _exit(0);
}

/* ---- the parent ---- */

static struct mcp_slot *free_slot(struct mcp_calls *c)
{
    for (size_t i = 0; i < MCP_CALLS; i++)
        if (c->slot[i].pid == 0)
            return &c->slot[i];
    return NULL;
}

bool mcp_calls_room(const struct mcp_calls *c)
{
    for (size_t i = 0; i < MCP_CALLS; i++)
        if (c->slot[i].pid == 0)
            return true;
    return false;
}

bool mcp_calls_stuck(const struct mcp_calls *c)
{
    return !mcp_calls_room(c) && mcp_calls_open(c) == 0;
}

unsigned mcp_calls_open(const struct mcp_calls *c)
{
    unsigned n = 0;
    for (size_t i = 0; i < MCP_CALLS; i++)
        n += c->slot[i].pid != 0 && !c->slot[i].answered;
    return n;
}

void mcp_calls_refuse(struct mcp_calls *c, const char *line, size_t n, const char *why)
{
    struct jsonr *json = jsonr_parse(line, n, NULL, 0);
    c->server->instead = why;
    if (json) /* no memory: nothing can be said */
        mcp_answer(c->server, json, c->out);
    c->server->instead = NULL;
    jsonr_free(json);
}

static void remember(struct mcp_slot *s, const char *line, size_t n, const struct jsonr *json)
{
    const struct jsonr *id = jsonr_get(json, "id"); /* a batch has none */
    buf_add(&s->line, line, n);
    if (id)
        jsonr_copy(id, &s->id);
}

static void forget(struct mcp_slot *s)
{
    if (s->fd >= 0)
        close(s->fd);
    buf_free(&s->line);
    buf_free(&s->out);
    buf_free(&s->id);
    *s = (struct mcp_slot){.fd = -1};
}

void mcp_calls_start(struct mcp_calls *c, const char *line, size_t n, const struct jsonr *json)
{
    int ends[2] = {-1, -1};
    struct mcp_slot *s = free_slot(c);
    pid_t pid = s && pipe2(ends, O_CLOEXEC) == 0 ? child_fork() : -1;
    if (pid == 0)
        work(c->server, json, ends[1]);
    if (ends[1] >= 0)
        close(ends[1]);
    if (pid < 0) {
        if (ends[0] >= 0)
            close(ends[0]);
        mcp_calls_refuse(c, line, n, "No process can be made for it just now; try again later.");
        return;
    }
    int flags = fcntl(ends[0], F_GETFL);
    fcntl(ends[0], F_SETFL, flags | O_NONBLOCK); /* of a pipe of ours: cannot fail */
    *s = (struct mcp_slot){.pid = pid, .fd = ends[0], .end_at = clock_boot_ms() + c->timeout_ms};
    remember(s, line, n, json);
}

/* Without an answer to come. */
static void give_up(struct mcp_slot *s, int64_t now)
{
    s->answered = true;
    s->end_at = now;
}

void mcp_calls_cancel(struct mcp_calls *c, const struct jsonr *id)
{
    struct buf text = {0};
    jsonr_copy(id, &text);
    for (size_t i = 0; id && buf_ok(&text) && i < MCP_CALLS; i++) {
        struct mcp_slot *s = &c->slot[i];
        if (s->pid != 0 && s->id.len == text.len && text.len > 0 &&
            memcmp(s->id.data, text.data, text.len) == 0)
            give_up(s, clock_boot_ms());
    }
    buf_free(&text);
}

void mcp_calls_hurry(struct mcp_calls *c, int64_t ms)
{
    int64_t end = clock_boot_ms() + ms;
    for (size_t i = 0; i < MCP_CALLS; i++)
        if (c->slot[i].pid != 0 && c->slot[i].end_at > end)
            c->slot[i].end_at = end;
}

size_t mcp_calls_fds(const struct mcp_calls *c, struct pollfd *fds, int64_t *wait_ms)
{
    size_t n = 0;
    int64_t now = clock_boot_ms();
    *wait_ms = -1;
    for (size_t i = 0; i < MCP_CALLS; i++) {
        const struct mcp_slot *s = &c->slot[i];
        if (s->pid == 0)
            continue;
        if (s->fd >= 0)
            fds[n++] = (struct pollfd){.fd = s->fd, .events = POLLIN};
        int64_t at = s->ended ? s->kill_at : s->end_at, left = at > now ? at - now : 0;
        if (!s->killed && (*wait_ms < 0 || left < *wait_ms))
            *wait_ms = left;
    }
    return n;
}

static void refuse_slot(struct mcp_calls *c, struct mcp_slot *s, const char *why)
{
    if (!s->answered)
        mcp_calls_refuse(c, s->line.data ? s->line.data : "", s->line.len, why);
    s->answered = true;
}

/* All that its pipe has. */
static void drain(struct mcp_calls *c, struct mcp_slot *s)
{
    ssize_t n = 1;
    while (s->fd >= 0 && s->out.len < ANSWER_MAX && buf_room(&s->out, CHUNK) &&
           ((n = read(s->fd, s->out.data + s->out.len, CHUNK)) > 0 || (n < 0 && errno == EINTR)))
        s->out.len += n > 0 ? (size_t)n : 0;
    if (s->fd >= 0 && n == 0) {
        close(s->fd);
        s->fd = -1;
    }
    if (s->out.len >= ANSWER_MAX || s->out.failed) {
        refuse_slot(c, s, "The answer is too long: ask for less.");
        buf_free(&s->out);
        s->end_at = 0;
    }
}

static void reaped(struct mcp_calls *c, struct mcp_slot *s, int status)
{
    char how[40], why[100];
    drain(c, s);
    if (!s->answered && WIFEXITED(status) && WEXITSTATUS(status) == 0) {
        buf_add(c->out, s->out.data ? s->out.data : "", s->out.len);
    } else {
        child_show_status(status, how, sizeof how);
        snprintf(why, sizeof why, "The call ended without an answer (%s).", how);
        refuse_slot(c, s, why);
    }
    forget(s);
}

static void clocks(struct mcp_calls *c, struct mcp_slot *s, int64_t now)
{
    if (!s->ended && now >= s->end_at) {
        kill(s->pid, SIGTERM);
        s->ended = true;
        s->kill_at = now + GRACE_MS;
    } else if (s->ended && !s->killed && now >= s->kill_at) {
        kill(s->pid, SIGKILL);
        s->killed = true;
        refuse_slot(c, s,
                    "The share did not answer in time. Whether a change was made is not known.");
    }
}

void mcp_calls_turn(struct mcp_calls *c)
{
    int status;
    for (size_t i = 0; i < MCP_CALLS; i++) {
        struct mcp_slot *s = &c->slot[i];
        if (s->pid == 0)
            continue;
        drain(c, s);
        if (waitpid(s->pid, &status, WNOHANG) == s->pid)
            reaped(c, s, status);
        else
            clocks(c, s, clock_boot_ms());
    }
}

static bool any(const struct mcp_calls *c)
{
    for (size_t i = 0; i < MCP_CALLS; i++)
        if (c->slot[i].pid != 0)
            return true;
    return false;
}

void mcp_calls_end(struct mcp_calls *c)
{
    int64_t now = clock_boot_ms(), last = now + END_MS;
    for (size_t i = 0; i < MCP_CALLS; i++)
        if (c->slot[i].pid != 0)
            give_up(&c->slot[i], now);
    for (; any(c) && now < last; now = clock_boot_ms()) {
        mcp_calls_turn(c);
        if (any(c))
            clock_sleep_ms(STEP_MS);
    }
    for (size_t i = 0; i < MCP_CALLS; i++) /* who cannot be killed yet will be, with us or after */
        forget(&c->slot[i]);
}
