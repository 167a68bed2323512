#include "extractd/ask.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/child.h"
#include "base/clock.h"

enum { STEP_MS = 5, MOST_READS = 256 };

static void become(const char *path, char *const argv[], int answer)
{
    if (child_move_fd(answer, STDOUT_FILENO) && child_move_fd(STDOUT_FILENO, STDERR_FILENO))
        execv(path, argv);
    fprintf(stderr, "%s cannot be run: %s\n", path, strerror(errno));
    _exit(127);
}

int ask_begin(struct ask *a, const char *path, char *const argv[], int64_t ms)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
        return -1;
    fflush(NULL);
    pid_t pid = child_fork();
    if (pid == 0)
        become(path, argv, ends[1]);
    int saved = errno;
    close(ends[1]);
    if (pid < 0) {
        close(ends[0]);
        errno = saved;
        return -1;
    }
    *a = (struct ask){.pid = pid, .answer = ends[0], .until = clock_boot_ms() + ms, .code = -1};
    return 0;
}

static void take(struct ask *a)
{
    char more[256];
    ssize_t n = 1;
    for (int i = 0; i < MOST_READS && n > 0; i++) {
        if ((n = read(a->answer, more, sizeof more)) <= 0)
            break;
        size_t room = sizeof a->text - 1 - a->len, take = (size_t)n < room ? (size_t)n : room;
        memcpy(a->text + a->len, more, take);
        a->len += take;
    }
}

static void end(struct ask *a, int code)
{
    a->code = code;
    while (a->len > 0 && strchr(" \r\n", a->text[a->len - 1]))
        a->len--;
    a->text[a->len] = 0;
    close(a->answer);
    a->pid = 0;
    a->answer = -1;
}

bool ask_over(struct ask *a)
{
    int status = 0;
    if (a->pid == 0)
        return true;
    take(a);
    pid_t got = waitpid(a->pid, &status, WNOHANG);
    if (got == a->pid || (got < 0 && errno == ECHILD)) {
        take(a);
        end(a, got == a->pid && WIFEXITED(status) ? WEXITSTATUS(status) : -1);
        return true;
    }
    if (clock_boot_ms() > a->until)
        kill(a->pid, SIGKILL);
    return false;
}

int ask_wait(struct ask *a, const char *path, char *const argv[], int64_t ms)
{
    if (ask_begin(a, path, argv, ms) != 0)
        return -1;
    while (!ask_over(a))
        clock_sleep_ms(STEP_MS);
    return 0;
}
