/* outside_keeper: the process between a slot and the user's program. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/child.h"
#include "base/clock.h"
#include "extractd/outside_parts.h"

enum {
    LIFE = 3,
    FREE_FD = 4,
    HIGH_FD = 16,
    CLEAR_MS = 5000,
    PAUSE_MS = 5,
    NO_SETUP = 71,
    NICE = 19
};

/* ---- the program ---- */

static bool environment(const struct outside_order *o)
{
    char page[16], pages[16];
    snprintf(page, sizeof page, "%u", o->page);
    snprintf(pages, sizeof pages, "%u", o->pages);
    return setenv("PDFSPOOL_PAGE", page, 1) == 0 && setenv("PDFSPOOL_PAGES", pages, 1) == 0 &&
           setenv("PDFSPOOL_PATH", o->path, 1) == 0 &&
           setenv("PDFSPOOL_LANGUAGES", o->languages, 1) == 0 && unsetenv("NOTIFY_SOCKET") == 0;
}

static bool limits(const struct outside_order *o)
{
    const struct rlimit memory = {o->memory_limit, o->memory_limit}, none = {0, 0};
    return setrlimit(RLIMIT_AS, &memory) == 0 && setrlimit(RLIMIT_CORE, &none) == 0;
}

static _Noreturn void become(const struct outside_order *o, pid_t keeper)
{
    static const int ours[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGCHLD};
    sigset_t none;
    sigemptyset(&none);
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
        signal(ours[i], SIG_DFL);
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != keeper || setpgid(0, 0) != 0 ||
        sigprocmask(SIG_SETMASK, &none, NULL) != 0 || !environment(o) || !limits(o))
        _exit(NO_SETUP);
    (void)setpriority(PRIO_PROCESS, 0, NICE); /* OCR takes what text leaves */
    execl("/bin/sh", "sh", "-c", o->command, (char *)NULL);
    _exit(127);
}

/* ---- the keeper ---- */

static void kill_children(void)
{
    char path[64], list[4096];
    snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd >= 0 ? read(fd, list, sizeof list - 1) : -1;
    if (fd >= 0)
        close(fd);
    list[n > 0 ? n : 0] = '\0';
    /* Ours until we reap them: no other process can have these numbers. The last may be cut. */
    char *last = strrchr(list, ' ');
    if (last)
        last[1] = '\0';
    for (char *at = list, *end; *at; at = end + (*end == ' ')) {
        long pid = strtol(at, &end, 10);
        if (end == at || pid <= 1)
            break;
        kill((pid_t)pid, SIGKILL);
    }
}

/* All that have come of it: what its processes leave behind becomes a child of this one. */
static void clear(pid_t pid, int *status)
{
    int64_t until = clock_boot_ms() + CLEAR_MS;
    kill(-pid, SIGKILL);
    kill(pid, SIGKILL);
    while (clock_boot_ms() < until) {
        int how;
        pid_t got = waitpid(-1, &how, WNOHANG);
        if (got == pid)
            *status = how;
        if (got < 0 && errno == ECHILD)
            return;
        if (got > 0)
            continue;
        kill_children();
        clock_sleep_ms(PAUSE_MS);
    }
}

static bool move_all(const struct keeper *k)
{
    const int from[FREE_FD] = {k->in, k->out, k->err, k->life};
    int safe[FREE_FD];
    for (int i = 0; i < FREE_FD; i++)
        if ((safe[i] = fcntl(from[i], F_DUPFD_CLOEXEC, HIGH_FD)) < 0)
            return false;
    for (int i = 0; i < FREE_FD; i++)
        if (!child_move_fd(safe[i], i))
            return false;
    return close_range(FREE_FD, ~0U, 0) == 0 && fcntl(LIFE, F_SETFD, FD_CLOEXEC) == 0;
}

void keeper_main(const struct outside_order *o, const struct keeper *k)
{
    pid_t self = getpid();
    int status = 0;
    child_name("tier");
    /* That the slot is gone it sees by the end of `life`: then it has something to do yet. */
    if (!move_all(k) || prctl(PR_SET_CHILD_SUBREAPER, 1) != 0 || prctl(PR_SET_PDEATHSIG, 0) != 0)
        _exit(NO_SETUP);
    pid_t pid = fork();
    if (pid == 0)
        become(o, self);
    if (pid < 0)
        _exit(NO_SETUP);
    (void)setpgid(pid, pid); /* whoever comes first */
    int child = pidfd_open(pid, 0);
    struct pollfd p[] = {{child, POLLIN, 0}, {LIFE, POLLIN, 0}};
    for (int fd = 0; fd < LIFE; fd++)
        close(fd);
    if (child >= 0)
        while (poll(p, 2, -1) < 0 && errno == EINTR) {
        }
    /* It has ended, or is to end; it is not reaped yet: its group is nobody else's. */
    siginfo_t info = {0};
    bool ended =
        waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == pid;
    clear(pid, &status);
    if (ended && send(LIFE, &status, sizeof status, MSG_NOSIGNAL) != (ssize_t)sizeof status)
        _exit(1);
    _exit(0);
}
