#include "spoold/alert/command.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/child.h"
#include "base/clock.h"
#include "base/jsonr.h"
#include "base/log.h"
#include "base/utf8.h"

enum { LINES = 100, LINE_CAP = 512, LOOK_MS = 100, OURS = 7 };

/* ---- the environment ---- */

struct env {
    struct buf ours[OURS];
    char **all; /* ours, and spoold's but for what ours replace */
};

static void env_free(struct env *e)
{
    for (size_t i = 0; i < OURS; i++)
        buf_free(&e->ours[i]);
    free(e->all);
}

static bool is_ours(const struct env *e, const char *entry)
{
    size_t n = strcspn(entry, "=") + 1;
    for (size_t i = 0; i < OURS; i++)
        if (strncmp(e->ours[i].data, entry, n) == 0)
            return true;
    return false;
}

static void number(struct buf *b, const char *name, const struct jsonr *j, const char *key)
{
    buf_fmt(b, "%s=%" PRId64, name, jsonr_int(j, key, 0));
}

static bool env_fill(struct env *e, const struct command *c, const struct jsonr *j)
{
    const struct jsonr *n = jsonr_get(j, "documents");
    const char *folder = jsonr_str(j, "folder", "");
    size_t theirs = 0, at = 0;
    buf_fmt(&e->ours[0], "PDFSPOOL=%s", c->spool);
    buf_fmt(&e->ours[1], "PDFSPOOL_ID=%s", jsonr_str(j, "id", ""));
    buf_str(&e->ours[2], "PDFSPOOL_FOLDER=");
    bool good = utf8_unshow_name(&e->ours[2], folder, strlen(folder));
    number(&e->ours[3], "PDFSPOOL_DONE", n, "done");
    number(&e->ours[4], "PDFSPOOL_PARTIAL", n, "partial");
    number(&e->ours[5], "PDFSPOOL_EMPTY", n, "empty");
    number(&e->ours[6], "PDFSPOOL_FAILED", n, "failed");
    for (size_t i = 0; i < OURS; i++)
        good = good && buf_ok(&e->ours[i]);
    while (environ[theirs])
        theirs++;
    e->all = good ? calloc(theirs + OURS + 1, sizeof *e->all) : NULL;
    for (size_t i = 0; e->all && i < OURS; i++)
        e->all[at++] = e->ours[i].data;
    for (size_t i = 0; e->all && i < theirs; i++)
        if (!is_ours(e, environ[i]))
            e->all[at++] = environ[i];
    return e->all != NULL;
}

/* ---- its life ---- */

/* What it reads: a file that nobody else has, so that it may leave it unread. */
static int input_of(const struct command *c)
{
    int fd = memfd_create("folder-done", MFD_CLOEXEC);
    if (fd < 0)
        return -1;
    if (write(fd, c->json, c->n) == (ssize_t)c->n && lseek(fd, 0, SEEK_SET) == 0)
        return fd;
    close(fd);
    return -1;
}

/* In a process group of its own, with no signal blocked or ignored. 0 or an errno. */
static int spawn(const struct command *c, const struct env *e, int in, int out, pid_t *pid)
{
    char *argv[] = {(char *)"sh", (char *)"-c", (char *)(uintptr_t)c->text, NULL};
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attr;
    sigset_t none, defaults;
    sigemptyset(&none);
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGPIPE);
    int bad = posix_spawn_file_actions_init(&files);
    if (bad)
        return bad;
    if ((bad = posix_spawnattr_init(&attr)) != 0) {
        posix_spawn_file_actions_destroy(&files);
        return bad;
    }
    if (!(bad = posix_spawn_file_actions_adddup2(&files, in, STDIN_FILENO)) &&
        !(bad = posix_spawn_file_actions_adddup2(&files, out, STDOUT_FILENO)) &&
        !(bad = posix_spawn_file_actions_adddup2(&files, out, STDERR_FILENO)) &&
        !(bad = posix_spawnattr_setpgroup(&attr, 0)) &&
        !(bad = posix_spawnattr_setsigmask(&attr, &none)) &&
        !(bad = posix_spawnattr_setsigdefault(&attr, &defaults)) &&
        !(bad = posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK |
                                                    POSIX_SPAWN_SETSIGDEF)))
        bad = posix_spawn(pid, "/bin/sh", &files, &attr, argv, e->all);
    posix_spawnattr_destroy(&attr);
    posix_spawn_file_actions_destroy(&files);
    return bad;
}

struct saying {
    char line[LINE_CAP];
    size_t n;
    unsigned lines;
};

static void end_line(struct saying *s)
{
    if (s->n > 0 && s->lines < LINES)
        log_info("on_folder_done: %.*s", (int)s->n, s->line);
    else if (s->n > 0 && s->lines == LINES)
        log_info("on_folder_done: it says more than %d lines; the rest is not logged", LINES);
    s->lines += s->n > 0;
    s->n = 0;
}

/* As read(2). */
static ssize_t take_output(struct saying *s, int fd)
{
    char bytes[4096];
    ssize_t n = read(fd, bytes, sizeof bytes);
    for (ssize_t i = 0; i < n; i++) {
        if (bytes[i] == '\n' || s->n == LINE_CAP)
            end_line(s);
        if (bytes[i] != '\n')
            s->line[s->n++] = bytes[i];
    }
    return n;
}

/* It has ended, and stays a zombie: its process group cannot become another's. */
static bool has_ended(pid_t pid)
{
    siginfo_t info = {0};
    return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == pid;
}

/* Wait for its end, as long as it may take; what is left of its group is killed. */
static bool attend(const struct command *c, pid_t pid, int out, char why[COMMAND_WHY])
{
    struct saying s = {.n = 0};
    int status = 0;
    int64_t until = clock_boot_ms() + c->timeout_ms;
    bool open = true, ended = false, late = false, stopped = false;
    fcntl(out, F_SETFL, O_NONBLOCK);
    while (!ended && !late && !stopped) {
        struct pollfd p = {open ? out : -1, POLLIN, 0};
        if (poll(&p, 1, LOOK_MS) > 0)
            open = take_output(&s, out) != 0;
        ended = has_ended(pid);
        late = clock_boot_ms() >= until;
        stopped = c->stop && atomic_load(c->stop);
    }
    kill(-pid, SIGKILL);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    for (int i = 0; i < LINES && take_output(&s, out) > 0; i++) {
    }
    end_line(&s);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return true;
    char how[64];
    child_show_status(status, how, sizeof how);
    snprintf(why, COMMAND_WHY, "%s%s", how,
             ended     ? ""
             : late    ? ", for it took longer than command_timeout"
             : stopped ? ", for spoold stops"
                       : "");
    return false;
}

bool command_run(const struct command *c, char why[COMMAND_WHY])
{
    struct env e = {0};
    struct jsonr *j = jsonr_parse(c->json, c->n, why, COMMAND_WHY);
    int in = -1, ends[2] = {-1, -1}, bad = 0;
    pid_t pid = 0;
    bool good = false;
    if (!j)
        return false;
    if (!env_fill(&e, c, j))
        bad = ENOMEM;
    else if ((in = input_of(c)) < 0 || pipe2(ends, O_CLOEXEC) != 0)
        bad = errno;
    else
        bad = spawn(c, &e, in, ends[1], &pid);
    if (ends[1] >= 0)
        close(ends[1]);
    if (bad)
        snprintf(why, COMMAND_WHY, "it cannot be started: %s", strerror(bad));
    else
        good = attend(c, pid, ends[0], why);
    if (ends[0] >= 0)
        close(ends[0]);
    if (in >= 0)
        close(in);
    env_free(&e);
    jsonr_free(j);
    return good;
}
