#include "extractd/parser/filter.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"
#pragma GCC diagnostic ignored "-Wconversion"
#include <seccomp.h>
#pragma GCC diagnostic pop

enum { INSTRUCTIONS_MAX = 1024 };

static struct sock_filter program[INSTRUCTIONS_MAX];
static unsigned short instructions;

/* Harmless without a condition. Nothing here takes a path, makes a descriptor or reaches another
 * process. */
static const int allowed[] = {
    SCMP_SYS(read),          SCMP_SYS(pread64),
    SCMP_SYS(lseek),         SCMP_SYS(fstat),
    SCMP_SYS(close),         SCMP_SYS(brk),
    SCMP_SYS(munmap),        SCMP_SYS(mremap),
    SCMP_SYS(madvise),       SCMP_SYS(futex),
    SCMP_SYS(clock_gettime), SCMP_SYS(clock_nanosleep),
    SCMP_SYS(gettimeofday),  SCMP_SYS(getrandom),
    SCMP_SYS(getpid),        SCMP_SYS(gettid),
    SCMP_SYS(sched_yield),   SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn),  SCMP_SYS(restart_syscall),
    SCMP_SYS(poll),          SCMP_SYS(ppoll),
    SCMP_SYS(exit),          SCMP_SYS(exit_group),
    SCMP_SYS(sysinfo), /* qsort asks how much memory there is */
};

/* Libraries look for files (fonts, locales) and do without. */
static const int refused_eacces[] = {
    SCMP_SYS(open),      SCMP_SYS(openat),     SCMP_SYS(openat2),  SCMP_SYS(stat),
    SCMP_SYS(lstat),     SCMP_SYS(newfstatat), SCMP_SYS(statx),    SCMP_SYS(access),
    SCMP_SYS(faccessat), SCMP_SYS(faccessat2), SCMP_SYS(readlink), SCMP_SYS(readlinkat),
    SCMP_SYS(getcwd),
};

static const int refused_eperm[] = {
    SCMP_SYS(prctl),         SCMP_SYS(prlimit64),     SCMP_SYS(sched_setaffinity),
    SCMP_SYS(get_mempolicy), SCMP_SYS(set_mempolicy), SCMP_SYS(mbind),
};

static int add_all(scmp_filter_ctx f, uint32_t action, const int *calls, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        int err = seccomp_rule_add(f, action, calls[i], 0);
        if (err)
            return err;
    }
    return 0;
}

/* Calls that depend on their arguments. A comparison looks at all 64 bits where the kernel may look
 * at fewer; that only ever refuses more. The exception is PROT_EXEC, which the kernel too takes
 * from the whole word. */
static int add_conditional(scmp_filter_ctx f)
{
    const struct {
        uint32_t action;
        int call;
        struct scmp_arg_cmp condition;
    } rules[] = {
        {SCMP_ACT_ALLOW, SCMP_SYS(write), SCMP_A0_64(SCMP_CMP_EQ, 2)},
        {SCMP_ACT_ALLOW, SCMP_SYS(write), SCMP_A0_64(SCMP_CMP_EQ, 4)},
        {SCMP_ACT_ALLOW, SCMP_SYS(writev), SCMP_A0_64(SCMP_CMP_EQ, 2)},
        {SCMP_ACT_ALLOW, SCMP_SYS(writev), SCMP_A0_64(SCMP_CMP_EQ, 4)},
        {SCMP_ACT_ALLOW, SCMP_SYS(recvmsg), SCMP_A0_64(SCMP_CMP_EQ, 3)},
        {SCMP_ACT_ALLOW, SCMP_SYS(mmap), SCMP_A2_64(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)},
        {SCMP_ACT_ALLOW, SCMP_SYS(mprotect), SCMP_A2_64(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)},
        {SCMP_ACT_ALLOW, SCMP_SYS(fcntl), SCMP_A1_64(SCMP_CMP_EQ, F_GETFL)},
        {SCMP_ACT_ALLOW, SCMP_SYS(fcntl), SCMP_A1_64(SCMP_CMP_EQ, F_GETFD)},
        /* isatty and its like are harmless; typing into somebody's terminal is an attack */
        {SCMP_ACT_ERRNO(EPERM), SCMP_SYS(ioctl), SCMP_A1_64(SCMP_CMP_NE, TIOCSTI)},
    };
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        int err = seccomp_rule_add(f, rules[i].action, rules[i].call, 1, rules[i].condition);
        if (err)
            return err;
    }
    return 0;
}

/* libseccomp only writes its program to a descriptor. */
static int export(scmp_filter_ctx f)
{
    int fd = memfd_create("filter", MFD_CLOEXEC), err = -1;
    if (fd < 0)
        return -1;
    ssize_t n = -1;
    if ((err = seccomp_export_bpf(f, fd)) == 0)
        n = pread(fd, program, sizeof program, 0);
    close(fd);
    if (n <= 0 || n == sizeof program || (size_t)n % sizeof program[0]) {
        errno = err ? -err : E2BIG;
        return -1;
    }
    instructions = (unsigned short)((size_t)n / sizeof program[0]);
    return 0;
}

int filter_build(void)
{
    scmp_filter_ctx f = seccomp_init(SCMP_ACT_KILL_PROCESS);
    if (!f) {
        errno = ENOMEM;
        return -1;
    }
    int err = seccomp_attr_set(f, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
    if (!err)
        err = seccomp_attr_set(f, SCMP_FLTATR_CTL_OPTIMIZE, 2); /* a binary tree */
    if (!err)
        err = add_all(f, SCMP_ACT_ALLOW, allowed, sizeof allowed / sizeof allowed[0]);
    if (!err)
        err = add_all(f, SCMP_ACT_ERRNO(EACCES), refused_eacces,
                      sizeof refused_eacces / sizeof refused_eacces[0]);
    if (!err)
        err = add_all(f, SCMP_ACT_ERRNO(EPERM), refused_eperm,
                      sizeof refused_eperm / sizeof refused_eperm[0]);
    if (!err)
        err = add_conditional(f);
    if (!err && export(f) < 0)
        err = -errno;
    seccomp_release(f);
    errno = err < 0 ? -err : 0;
    return err ? -1 : 0;
}

bool filter_available(void)
{
    uint32_t action = SECCOMP_RET_KILL_PROCESS;
    return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
}

int filter_load(void)
{
    struct sock_fprog fprog = {.len = instructions, .filter = program};
    if (instructions == 0) {
        errno = ENOSYS;
        return -1;
    }
    return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &fprog);
}
