/* spoolctl mcp: the spool for an assistant, by the Model Context Protocol on stdin and stdout. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/num.h"
#include "spoold/ctl/ctl.h"
#include "spoold/ctl/mcp_calls.h"
#include "spoold/ctl/mcp_line.h"
#include "spoold/ctl/mcp_serve.h"
#include "spoold/ctl/mcp_wire.h"

enum {
    TIMEOUT_MS = 50000, /* clients give up after 60 s */
    TIMEOUT_LEAST_MS = 100,
    TIMEOUT_MOST_MS = 3600000,
    HURRY_MS = 5000, /* for what is at work when the client has gone */
    CHUNK = 64 * 1024,
    OUT_MAX = 4 * 1024 * 1024, /* a client that does not read is not read from, either */
    OUT_KEEP = 256 * 1024
};

struct session {
    struct mcp_server server;
    struct mcp_calls calls;
    struct mcp_lines lines;
    struct buf out;
    size_t written;   /* of out */
    bool eof, broken; /* broken: nothing can be written any more */
};

/* ---- lines ---- */

static bool blank(const char *line, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!strchr(" \t\r", line[i]) || line[i] == 0)
            return false;
    return true;
}

static void take_line(struct session *s, enum mcp_line how, const char *line, size_t n)
{
    char err[200] = "";
    if (how == MCP_LINE_WHOLE && blank(line, n))
        return;
    struct jsonr *j = how == MCP_LINE_WHOLE ? jsonr_parse(line, n, err, sizeof err) : NULL;
    const struct jsonr *cancelled = j ? mcp_cancelled(j) : NULL;
    if (!j)
        mcp_answer_broken(&s->server, how, err, &s->out);
    else if (cancelled)
        mcp_calls_cancel(&s->calls, cancelled);
    else if (!mcp_wants_tool(j))
        mcp_answer(&s->server, j, &s->out);
    else if (mcp_calls_stuck(&s->calls))
        mcp_calls_refuse(&s->calls, line, n,
                         "The share does not answer, and earlier calls hang on it.");
    else
        mcp_calls_start(&s->calls, line, n, j);
    jsonr_free(j);
}

static bool may_take(const struct session *s)
{
    return s->out.len - s->written < OUT_MAX &&
           (mcp_calls_room(&s->calls) || mcp_calls_stuck(&s->calls));
}

/* All lines that are there and for which there is room. False: there may be more. */
static bool take_lines(struct session *s)
{
    const char *line = NULL;
    size_t n = 0;
    while (may_take(s)) {
        enum mcp_line how = mcp_line_next(&s->lines, &line, &n);
        if (how == MCP_LINE_NONE && s->eof)
            how = mcp_line_last(&s->lines, &line, &n);
        if (how == MCP_LINE_NONE)
            return true;
        take_line(s, how, line, n);
    }
    return false;
}

static void read_some(struct session *s)
{
    char chunk[CHUNK];
    ssize_t n = read(STDIN_FILENO, chunk, sizeof chunk);
    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return;
    s->eof = n <= 0 || !mcp_line_add(&s->lines, chunk, (size_t)n);
    if (s->eof)
        mcp_calls_hurry(&s->calls, HURRY_MS);
}

/* ---- answers ---- */

/* As much as there is room for. Never waits: a socket is asked not to, and a pipe that poll(2) calls
 * writable has room for PIPE_BUF bytes. */
static void write_some(struct session *s)
{
    size_t left = s->out.len - s->written;
    const char *from = s->out.data + s->written;
    ssize_t n = send(STDOUT_FILENO, from, left, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n < 0 && errno == ENOTSOCK)
        n = write(STDOUT_FILENO, from, left < PIPE_BUF ? left : PIPE_BUF);
    if (n < 0 && errno != EINTR && errno != EAGAIN)
        s->broken = true;
    s->written += n > 0 ? (size_t)n : 0;
    if (s->written == s->out.len) {
        buf_shrink(&s->out, OUT_KEEP);
        s->written = 0;
    }
}

/* ---- the loop ---- */

/* Wait, and do what has come. */
static void turn(struct session *s, bool hungry, const sigset_t *open)
{
    struct pollfd fds[MCP_CALLS + 2];
    int64_t wait;
    size_t n = mcp_calls_fds(&s->calls, fds, &wait), in = n;
    if (hungry && !s->eof)
        fds[n++] = (struct pollfd){.fd = STDIN_FILENO, .events = POLLIN};
    bool reading = n > in;
    size_t out = n;
    if (s->out.len > s->written)
        fds[n++] = (struct pollfd){.fd = STDOUT_FILENO, .events = POLLOUT};
    struct timespec t = {.tv_sec = wait / 1000, .tv_nsec = wait % 1000 * 1000000};
    if (ppoll(fds, n, wait < 0 ? NULL : &t, open) < 0)
        n = 0; /* a signal */
    if (n > in && reading && fds[in].revents)
        read_some(s);
    if (n > out && fds[out].revents)
        write_some(s);
    mcp_calls_turn(&s->calls);
}

static void on_child(int sig)
{
    (void)sig; /* it has ended a wait, which is all that is wanted */
}

/* Signals come while we wait, and at no other time: none is missed between a look and a wait. */
static void take_signals(sigset_t *open)
{
    sigset_t held;
    struct sigaction a = {.sa_handler = on_child};
    sigaction(SIGCHLD, &a, NULL);
    ctl_catch_signals();
    signal(SIGPIPE, SIG_IGN);
    sigemptyset(&held);
    sigaddset(&held, SIGTERM);
    sigaddset(&held, SIGINT);
    sigaddset(&held, SIGCHLD);
    sigprocmask(SIG_BLOCK, &held, open);
    sigdelset(open, SIGTERM);
    sigdelset(open, SIGINT);
    sigdelset(open, SIGCHLD);
}

static int serve(struct session *s)
{
    sigset_t open;
    take_signals(&open);
    while (!ctl_stopped() && !s->broken && buf_ok(&s->out)) {
        bool hungry = take_lines(s);
        if (s->eof && hungry && mcp_calls_open(&s->calls) == 0 && s->written == s->out.len)
            break;
        turn(s, hungry, &open);
    }
    bool memory = buf_ok(&s->out);
    mcp_calls_end(&s->calls);
    mcp_line_free(&s->lines);
    buf_free(&s->out);
    if (!memory)
        return ctl_fail(CTL_TEMPORARY, "there is no memory");
    return s->broken ? ctl_fail(CTL_IO, "cannot write to stdout") : CTL_OK;
}

/* ---- the command ---- */

static int add_root(const struct ctl *c, struct mcp_allow *a, const char *folder)
{
    if (a->roots == MCP_ROOTS)
        return ctl_misused(c, "--allow-submit: at most %d folders", MCP_ROOTS);
    char *real = realpath(folder, NULL);
    int fd = real ? open(real, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
    if (fd < 0) {
        int code = ctl_misused(c, "--allow-submit %s: %s", ctl_shown(folder), strerror(errno));
        free(real);
        return code;
    }
    a->root[a->roots] = real;
    a->root_fd[a->roots++] = fd;
    return CTL_OK;
}

static int read_options(struct ctl *c, int argc, char **argv, struct mcp_allow *a, int64_t *timeout)
{
    static const struct option options[] = {{"allow-submit", required_argument, NULL, 's'},
                                            {"allow-changes", no_argument, NULL, 'c'},
                                            {"timeout", required_argument, NULL, 't'},
                                            {NULL, 0, NULL, 0}};
    int code = CTL_OK, got;
    while ((got = ctl_getopt(c, argc, argv, options, &code)) >= 0) {
        a->changes |= got == 'c';
        if (got == 's' && (code = add_root(c, a, optarg)) != CTL_OK)
            return code;
        if (got == 't' && (!num_duration_ms(optarg, timeout) || *timeout < TIMEOUT_LEAST_MS ||
                           *timeout > TIMEOUT_MOST_MS))
            return ctl_misused(c, "--timeout wants a duration from 100ms to 1h, such as 50s");
    }
    if (got == CTL_STOP)
        return code == CTL_OK ? -1 : code;
    if (optind < argc)
        return ctl_misused(c, "mcp takes no argument");
    const char *path = c->path ? c->path : getenv("PDFSPOOL");
    if (!path || !*path)
        return ctl_misused(c, "which spool? Give --spool DIR, or set PDFSPOOL in the environment");
    return CTL_OK;
}

int cmd_mcp(struct ctl *c, int argc, char **argv)
{
    struct mcp_allow allow = {0};
    struct session s = {.server = {.ctl = c, .allow = &allow}};
    int64_t timeout = TIMEOUT_MS;
    int code = read_options(c, argc, argv, &allow, &timeout);
    if (code == CTL_OK) {
        s.calls = (struct mcp_calls){.server = &s.server, .timeout_ms = timeout, .out = &s.out};
        for (size_t i = 0; i < MCP_CALLS; i++)
            s.calls.slot[i].fd = -1;
        if (isatty(STDIN_FILENO))
            ctl_say("speaking MCP on stdin and stdout, one JSON message a line; end with Ctrl-D");
        code = serve(&s);
    }
    for (unsigned i = 0; i < allow.roots; i++) {
        free(allow.root[i]);
        close(allow.root_fd[i]);
    }
    return code < 0 ? CTL_OK : code;
}
