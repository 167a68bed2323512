#include "base/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

pid_t child_fork(void)
{
    static const int ignored[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE};
    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid != 0)
        return pid;
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent)
        _exit(1); /* the parent died before the request: nobody would ever stop us */
    for (size_t i = 0; i < sizeof ignored / sizeof *ignored; i++)
        signal(ignored[i], SIG_IGN);
    signal(SIGCHLD, SIG_DFL);
    return 0;
}

bool child_move_fd(int from, int to)
{
    if (from == to) {
        int flags = fcntl(from, F_GETFD);
        return flags >= 0 && fcntl(from, F_SETFD, flags & ~FD_CLOEXEC) == 0;
    }
    return dup2(from, to) == to;
}

void child_name(const char *name)
{
    prctl(PR_SET_NAME, name);
}

void child_show_status(int status, char *dst, size_t cap)
{
    if (WIFSIGNALED(status)) {
        const char *name = sigabbrev_np(WTERMSIG(status));
        snprintf(dst, cap, "killed by SIG%s", name ? name : "?");
    } else {
        snprintf(dst, cap, "exit code %d", WEXITSTATUS(status));
    }
}
