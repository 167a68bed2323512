#include "extractd/parser/cage.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "extractd/parser/filter.h"
#include "extractd/parser/landlock.h"
#include "spool/settings.h"

enum { FIRST_UNWANTED_FD = 6, STACK_BYTES = 8 * 1024 * 1024, FDS = 16, CPU_GRACE_S = 5 };

static bool filter_ready;

int cage_prepare(void)
{
    filter_ready = filter_available() && filter_build() == 0;
    return filter_ready ? 0 : -1;
}

const char *cage_tier_name(enum cage_tier tier)
{
    static const char *const names[CAGE_TIERS] = {"none", "seccomp", "full"};
    return names[tier];
}

/* A small file of /proc. These two are the last that a parser ever opens. */
static bool proc_write(const char *file, const char *what, size_t n)
{
    int fd = open(file, O_WRONLY | O_CLOEXEC);
    bool ok = fd >= 0 && write(fd, what, n) == (ssize_t)n;
    if (fd >= 0)
        close(fd);
    return ok;
}

/* Address space that is mapped now, in bytes; 0 when unknown. */
static uint64_t mapped(void)
{
    char text[64];
    int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
    if (fd >= 0)
        close(fd);
    if (n <= 0)
        return 0;
    text[n] = '\0';
    return strtoull(text, NULL, 10) * (uint64_t)sysconf(_SC_PAGESIZE);
}

static bool limit(__rlimit_resource_t what, uint64_t soft, uint64_t hard)
{
    struct rlimit now;
    if (getrlimit(what, &now) < 0)
        return false;
    struct rlimit r = {.rlim_cur = soft, .rlim_max = hard};
    if (r.rlim_max > now.rlim_max) /* an administrator's own, lower limit stays */
        r.rlim_max = now.rlim_max;
    if (r.rlim_cur > r.rlim_max)
        r.rlim_cur = r.rlim_max;
    return setrlimit(what, &r) == 0;
}

/* The kernel counts CPU time over all documents of a process. The slot replaces a parser that has
 * spent half of one document's allowance (parserlink.c, worn_out), so half as much again leaves
 * each document its whole. */
static bool limit_cpu(const struct cage_order *order)
{
    uint64_t s = order->cpu_limit_s + (order->documents > 1 ? order->cpu_limit_s / 2 + 1 : 0);
    return order->cpu_limit_s == 0 || limit(RLIMIT_CPU, s, s + CPU_GRACE_S);
}

static bool limit_memory(const struct cage_order *order)
{
    if (order->memory_limit == 0)
        return true;
    uint64_t now = mapped();
    return now && limit(RLIMIT_AS, now + order->memory_limit, now + order->memory_limit);
}

static bool set_limits(const struct cage_order *order)
{
    return limit_memory(order) && limit_cpu(order) && limit(RLIMIT_FSIZE, 0, 0) &&
           limit(RLIMIT_CORE, 0, 0) && limit(RLIMIT_NOFILE, FDS, FDS) &&
           limit(RLIMIT_STACK, STACK_BYTES, STACK_BYTES);
}

/* What every tier has, "none" too: it costs nothing, and no kernel lacks it. */
static bool bind_to_parent(const struct cage_order *order, const char **why)
{
    *why = "the parent is gone";
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != order->parent)
        return false;
    *why = "the limits of this process cannot be set";
    (void)proc_write("/proc/self/oom_score_adj", "800", 3); /* a wish; containers may refuse it */
    if (!set_limits(order))
        return false;
    if (order->niceness && setpriority(PRIO_PROCESS, 0, (int)order->niceness) < 0)
        return false;
    *why = "the process cannot be made private";
    return prctl(PR_SET_DUMPABLE, 0) == 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           close_range(FIRST_UNWANTED_FD, ~0U, 0) == 0;
}

int cage_enter(const struct cage_order *order, const char **why)
{
    if (!bind_to_parent(order, why))
        return -1;
    if (order->sandbox == SANDBOX_OFF || order->at_most == CAGE_NONE)
        return CAGE_NONE;
    enum cage_tier tier = CAGE_SECCOMP;
    if (order->at_most == CAGE_FULL && landlock_shut(landlock_abi()) == 0)
        tier = CAGE_FULL;
    if (filter_ready && filter_load() == 0)
        return tier;
    *why = "sandbox = require, but this kernel gives no seccomp filter";
    return order->sandbox == SANDBOX_REQUIRE ? -1 : CAGE_NONE;
}
