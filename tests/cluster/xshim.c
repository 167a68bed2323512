/*
 * xshim: what Debian's User-Mode Linux 6.1 needs to run well on today's hosts, by LD_PRELOAD.
 *
 * 1. ptrace(PTRACE_SETREGSET, NT_X86_XSTATE). UML passes 2,696 bytes of floating point state. A
 *    host whose state is larger (AMX: 11,008 bytes) wants all of it, and answers EFAULT; the guest
 *    panics. So what UML gives is padded with zeros, and the parts it does not know are marked as
 *    unused. On other hosts nothing changes.
 * 2. sigsuspend(). UML sleeps here until SIGIO. The tap device sends SIGIO before it wakes epoll,
 *    so the handler may find nothing to read, and the guest sleeps on until its next timer: 200 ms,
 *    in one call of a hundred. So wait for a signal or for the epoll set, whichever comes first.
 * 3. ptrace(PTRACE_SETOPTIONS). A guest's processes die with the guest, even when that is killed.
 */
#include <cpuid.h>
#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#ifndef NT_X86_XSTATE
#define NT_X86_XSTATE 0x202
#endif

enum {
    STATE_MAX = 65536,
    STATE_MIN = 576,     /* legacy area and header: less is no XSAVE state */
    HEADER_OFFSET = 512, /* of the bit map that says which parts are in use */
};

static long (*real_ptrace)(enum __ptrace_request, ...);
static size_t state_size; /* what this host wants */
static int guest_epoll = -1;

__attribute__((constructor)) static void start(void)
{
    unsigned a, b, c, d;
    void *next = dlsym(RTLD_NEXT, "ptrace");
    memcpy(&real_ptrace, &next, sizeof next); /* ISO C has no cast for this */
    __cpuid_count(0xd, 0, a, b, c, d);
    state_size = c;
}

static long set_padded(long pid, void *addr, const struct iovec *given)
{
    static unsigned char state[STATE_MAX] __attribute__((aligned(64)));
    struct iovec whole = {state, state_size};
    uint64_t parts;
    memcpy(state, given->iov_base, given->iov_len);
    memset(state + given->iov_len, 0, state_size - given->iov_len);
    memcpy(&parts, state + HEADER_OFFSET, sizeof parts);
    parts &= ~(UINT64_C(3) << 17); /* AMX: tile configuration, tile data */
    memcpy(state + HEADER_OFFSET, &parts, sizeof parts);
    return real_ptrace(PTRACE_SETREGSET, pid, addr, &whole);
}

long ptrace(enum __ptrace_request request, ...)
{
    va_list rest;
    va_start(rest, request);
    long pid = va_arg(rest, long);
    void *addr = va_arg(rest, void *);
    void *data = va_arg(rest, void *);
    va_end(rest);
    if (request == PTRACE_SETREGSET && (uintptr_t)addr == NT_X86_XSTATE) {
        const struct iovec *given = data;
        if (given->iov_len >= STATE_MIN && given->iov_len < state_size && state_size <= STATE_MAX)
            return set_padded(pid, addr, given);
    }
    if (request == PTRACE_SETOPTIONS)
        data = (void *)((uintptr_t)data | PTRACE_O_EXITKILL);
    return real_ptrace(request, pid, addr, data);
}

/* UML makes one epoll set at its start: the one that its interrupts come from. */
int epoll_create(int size)
{
    int fd = (int)syscall(SYS_epoll_create1, 0);
    (void)size;
    if (guest_epoll < 0)
        guest_epoll = fd;
    return fd;
}

int sigsuspend(const sigset_t *mask)
{
    struct pollfd set = {.fd = guest_epoll, .events = POLLIN};
    if (syscall(SYS_ppoll, &set, 1, NULL, mask, 8) > 0)
        kill(getpid(), SIGIO);
    errno = EINTR;
    return -1;
}
