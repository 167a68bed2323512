/*
 * The zygote's control socket: any messages, with any number of descriptors.
 *
 * Laws: only its own living children are killed; no message makes it stop serving; no descriptor
 * stays open when its children are gone. fork, kill and waitpid are this file's own.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "extractd/parser/zygote.h"
#include "fuzz.h"

enum { FIRST_PID = 1000000, CONTROL_FD = 900, CHILDREN = 600 };
static bool lives[CHILDREN];
static int born;

static pid_t mem_fork(void)
{
    if (born == CHILDREN)
        return -1;
    lives[born] = true;
    return FIRST_PID + born++;
}

static int mem_kill(pid_t pid, int signal)
{
    (void)signal;
    FUZZ_LAW(pid >= FIRST_PID && pid < FIRST_PID + born && lives[pid - FIRST_PID]);
    return 0;
}

static pid_t mem_waitpid(pid_t pid, int *status, int flags)
{
    (void)pid;
    (void)flags;
    *status = 9;
    for (int i = 0; i < born; i++)
        if (lives[i]) {
            lives[i] = false;
            return FIRST_PID + i;
        }
    return 0;
}

#define fork              mem_fork
#define kill              mem_kill
#define waitpid           mem_waitpid
#define ZYGOTE_CONTROL_FD CONTROL_FD
#include "extractd/parser/zygote.c"

int child_settle(const struct child_fds *fds)
{
    (void)fds;
    return -1;
}

void child_run(const struct cage_order *order, const struct models *models)
{
    (void)order, (void)models;
    abort();
}

/* Some languages are there, others are not. */
const struct models *models_get(const char *languages)
{
    static struct models some;
    FUZZ_LAW(strlen(languages) < WIRE_LANGUAGES);
    errno = ENODATA;
    return languages[0] & 1 ? &some : NULL;
}

/* Now the program that has all engines, now the one that has not, and finds no other. */
static bool whole;

bool whole_program(void)
{
    return whole;
}

bool second_prepare(void)
{
    return true;
}

int archive_prepare(void)
{
    return 0;
}

int cage_prepare(void)
{
    return 0;
}

static void put(int to, const uint8_t *bytes, size_t n, unsigned lent)
{
    static int null = -1;
    union {
        char bytes[CMSG_SPACE(8 * sizeof(int))];
        struct cmsghdr align;
    } control = {{0}};
    struct iovec iov = {.iov_base = (void *)(uintptr_t)bytes, .iov_len = n};
    struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1};
    if (null < 0)
        null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (lent) {
        int fds[8] = {null, null, null, null, null, null, null, null};
        m.msg_control = control.bytes;
        m.msg_controllen = CMSG_SPACE(lent * sizeof(int));
        struct cmsghdr *c = CMSG_FIRSTHDR(&m);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(lent * sizeof(int));
        memcpy(CMSG_DATA(c), fds, lent * sizeof(int));
    }
    FUZZ_LAW(sendmsg(to, &m, MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)n);
}

/* The lowest free descriptor: the same before and after, or something was left open. */
static int lowest(void)
{
    int fd = dup(CONTROL_FD);
    FUZZ_LAW(fd >= 0);
    close(fd);
    return fd;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static int ours = -1;
    if (ours < 0) {
        int pair[2];
        FUZZ_LAW(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == 0);
        FUZZ_LAW(dup2(pair[1], CONTROL_FD) == CONTROL_FD);
        close(pair[1]);
        ours = pair[0];
        put(ours, (const uint8_t *)"x", 1, 1); /* opens /dev/null, for good */
        FUZZ_LAW(obey());
    }
    int before = lowest();
    born = 0;
    while (n >= 2) { /* each message: lent descriptors and reaping, length, bytes */
        size_t len = data[1] % 128u + 1u;
        len = len < n - 2 ? len : n - 2;
        if (len == 0)
            break;
        put(ours, data + 2, len, data[0] % 9);
        whole = data[0] & 0x40;
        grow_if_asked(&self, CONTROL_FD);
        FUZZ_LAW(obey());
        if (data[0] & 0x80)
            reap();
        data += 2 + len;
        n -= 2 + len;
    }
    reap();
    FUZZ_LAW(lowest() == before);
    return 0;
}
