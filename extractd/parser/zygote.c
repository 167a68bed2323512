#include "extractd/parser/zygote.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fdpass.h"
#include "extractd/parser/archive.h"
#include "extractd/parser/child.h"
#include "extractd/parser/grow.h"
#include "extractd/parser/models.h"
#include "extractd/parser/renew.h"
#include "extractd/parser/second.h"
#include "extractd/parser/whole.h"
#include "extractd/wire.h"

enum {
    LENT_FDS = 4,
#ifdef TEST_EVIL
    RENEW_AFTER = 5
#else
    RENEW_AFTER = 1000 /* documents */
#endif
};

static struct renew self = {.whole = -1};
static uint64_t promised; /* documents that the parsers of this image may have seen, at most */

union order {
    uint32_t magic;
    struct wire_spawn spawn;
    struct wire_kill kill;
};

static void tell(int sock, const void *msg, size_t n)
{
    (void)send(sock, msg, n,
               MSG_DONTWAIT | MSG_NOSIGNAL); /* a slot that is gone does not need it */
}

static int find(pid_t pid)
{
    for (int i = 0; i < RENEW_CHILDREN; i++)
        if (self.children[i].pid == pid)
            return i;
    return -1;
}

/* There will be no parser. */
static void refuse(const int fds[LENT_FDS], int error)
{
    const struct wire_born born = {WIRE_BORN, -error};
    tell(fds[0], &born, sizeof born);
    fdpass_close(fds, LENT_FDS);
}

/* fds: command, results, status, errors; taken over. */
static void spawn(const struct wire_spawn *w, const int fds[LENT_FDS])
{
    struct wire_born born = {WIRE_BORN, -EAGAIN};
    const struct cage_order order = {
        .sandbox = w->sandbox,
        .at_most = self.at_most,
        .parent = getpid(),
        .memory_limit = w->memory_limit,
        .cpu_limit_s = w->cpu_limit_s,
        .documents = w->documents ? w->documents : 1,
        .niceness = w->niceness < 19 ? w->niceness : 19,
    };
    const struct models *models = NULL;
    if (w->whole == WHOLE_OR_NONE && !whole_program()) {
        refuse(fds, ENOENT);
        return;
    }
    errno = ENOENT; /* of a program that has OCR */
    if (w->languages[0] && whole_program())
        models = models_get(w->languages);
    if (w->languages[0] && !models) {
        refuse(fds, errno);
        return;
    }
    promised += order.documents;
    int place = find(0);
    pid_t pid = place < 0 ? -1 : fork();
    if (pid == 0) {
        const struct child_fds lent = {fds[0], fds[1], fds[2], fds[3]};
        if (child_settle(&lent) < 0)
            _exit(1);
        child_run(&order, models);
    }
    fdpass_close(fds + 1, LENT_FDS - 1);
    if (pid < 0) {
        born.pid = place < 0 ? -EAGAIN : -errno;
        tell(fds[0], &born, sizeof born);
        close(fds[0]);
        return;
    }
    self.children[place].pid = pid;
    self.children[place].command = fds[0];
    born.pid = pid;
    tell(fds[0], &born, sizeof born);
}

static void kill_child(pid_t pid)
{
    if (pid > 0 && find(pid) >= 0)
        kill(pid, SIGKILL);
}

static void reap(void)
{
    int status;
    for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
        const struct wire_died died = {WIRE_DIED, pid, status};
        int i = find(pid);
        if (i < 0)
            continue;
        tell(self.children[i].command, &died, sizeof died);
        close(self.children[i].command);
        self.children[i].pid = 0;
    }
}

/* One message. False at the end of the control socket. */
static bool obey(void)
{
    union order o;
    int fds[LENT_FDS];
    unsigned got;
    ssize_t n = fdpass_recv(ZYGOTE_CONTROL_FD, &o, sizeof o, fds, LENT_FDS, &got, false);
    if (n <= 0)
        return n < 0 && (errno == EAGAIN || errno == EINTR || errno == EMFILE);
    if (n == sizeof o.spawn && o.magic == WIRE_SPAWN && got == LENT_FDS) {
        o.spawn.languages[WIRE_LANGUAGES - 1] = '\0';
        spawn(&o.spawn, fds);
        return true;
    }
    fdpass_close(fds, got);
    if (n == sizeof o.kill && o.magic == WIRE_KILL)
        kill_child(o.kill.pid);
    return true;
}

/* Signals to the whole group (Ctrl-C, a stopping service) are the supervisor's to answer: documents
 * in hand are finished. Ignored here, they are ignored by the parsers too. */
static int take_signals(void)
{
    sigset_t chld;
    const int ignored[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2};
    for (size_t i = 0; i < sizeof ignored / sizeof ignored[0]; i++)
        signal(ignored[i], SIG_IGN);
    signal(SIGCHLD, SIG_DFL);
    signal(SIGPIPE, SIG_DFL);
    signal(SIGXCPU, SIG_DFL);
    sigemptyset(&chld);
    sigaddset(&chld, SIGCHLD);
    if (sigprocmask(SIG_SETMASK, &chld, NULL) < 0)
        return -1;
    return signalfd(-1, &chld, SFD_CLOEXEC | SFD_NONBLOCK);
}

int zygote_go_on(const char *number)
{
    return renew_take(number, &self) == 0 ? zygote_serve(self.at_most, -1) : -1;
}

int zygote_serve(enum cage_tier at_most, int whole)
{
    struct signalfd_siginfo info[8];
    pid_t parent = getppid();
    int sig = take_signals();
    if (sig < 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
        return -1;
    if (getppid() != parent)
        return 0;
    prctl(PR_SET_NAME, "pdfspool-parser"); /* an exec by a descriptor calls it by its number */
    self.at_most = at_most;
    if (whole >= 0)
        grow_given(&self, whole);
    grow_prepare(&self);
    if (whole_program()) {
        (void)second_prepare();  /* where it fails, there are no second opinions */
        (void)archive_prepare(); /* where it fails, some names of entries are lost */
    }
    (void)cage_prepare(); /* where it fails, each parser decides by its order whether it may live
                           without */
    reap();               /* those that died during a renewal */
    struct pollfd p[2] = {{.fd = ZYGOTE_CONTROL_FD, .events = POLLIN},
                          {.fd = sig, .events = POLLIN}};
    for (bool open = true; open;) {
        if (poll(p, 2, -1) < 0 && errno != EINTR)
            return -1;
        if (p[1].revents) {
            (void)!read(sig, info, sizeof info);
            reap();
        }
        if (p[0].revents) {
            grow_if_asked(&self, ZYGOTE_CONTROL_FD);
            open = obey();
        }
        if (open && promised >= RENEW_AFTER) {
            renew_exec(&self, false);
            promised = 0; /* no descriptors just now: later */
        }
    }
    return 0;
}
