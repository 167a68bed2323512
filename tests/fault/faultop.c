#include "faultop.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { LATE_MS = 20, HURRY = 100 };

/* The rooms sleep between tries, by clock_nanosleep. Thousands of failing tries would take hours:
 * in this program all such sleeps are shorter by a factor. (Our own definition goes before the C
 * library's.) */
int clock_nanosleep(clockid_t clock, int flags, const struct timespec *want, struct timespec *left)
{
    long long ns = (want->tv_sec * 1000000000LL + want->tv_nsec) / HURRY;
    struct timespec shorter = {.tv_sec = (time_t)(ns / 1000000000),
                               .tv_nsec = (long)(ns % 1000000000)};
    (void)clock;
    (void)flags;
    return nanosleep(&shorter, left);
}

static struct {
    struct fault_plan plan;
    struct fault_proof *proof;
    bool armed;
    const char *file; /* the place of the next call; NULL: not known */
    int line;
} state;

static const char *const op_names[OP_COUNT] = {
    "openat",   "create",  "close",     "read",       "write",   "fsync",    "statx",    "renameat",
    "unlinkat", "mkdirat", "symlinkat", "readlinkat", "touchat", "getdents", "fstatvfs", "linkat"};

#define BIT(op)  (1u << (op))
#define ALL      (BIT(OP_COUNT) - 1u)
#define CHANGERS (BIT(OP_RENAMEAT) | BIT(OP_UNLINKAT) | BIT(OP_MKDIRAT) | BIT(OP_SYMLINKAT))
#define GROWERS                                                                                    \
    (BIT(OP_CREATE) | BIT(OP_WRITE) | BIT(OP_FSYNC) | BIT(OP_RENAMEAT) | BIT(OP_MKDIRAT) |         \
     BIT(OP_SYMLINKAT) | BIT(OP_LINKAT))

/* Which operations a kind can happen to, and the errno that it answers. An error of close() is
 * always one of a descriptor that is closed all the same. */
static const struct {
    const char *name;
    unsigned ops;
    int error;
} kinds[FAULT_KINDS] = {
    [FAULT_NONE] = {"none", 0, 0},
    [FAULT_KILL_BEFORE] = {"kill_before", ALL, 0},
    [FAULT_KILL_AFTER] = {"kill_after", ALL, 0},
    [FAULT_EIO] = {"EIO", ALL & ~BIT(OP_CLOSE), EIO},
    [FAULT_ESTALE] = {"ESTALE", ALL & ~BIT(OP_CLOSE), ESTALE},
    [FAULT_ENOSPC] = {"ENOSPC", GROWERS, ENOSPC},
    [FAULT_EDQUOT] = {"EDQUOT", GROWERS, EDQUOT},
    [FAULT_EACCES] = {"EACCES", CHANGERS | BIT(OP_OPENAT) | BIT(OP_CREATE) | BIT(OP_LINKAT),
                      EACCES},
    [FAULT_EINTR] = {"EINTR",
                     CHANGERS | BIT(OP_OPENAT) | BIT(OP_CREATE) | BIT(OP_READ) | BIT(OP_WRITE) |
                         BIT(OP_FSYNC) | BIT(OP_STATX),
                     EINTR},
    [FAULT_SHORT] = {"short", BIT(OP_READ) | BIT(OP_WRITE), 0},
    [FAULT_LIE_ENOENT] = {"lie_ENOENT", CHANGERS | BIT(OP_TOUCHAT), ENOENT},
    [FAULT_LIE_EEXIST] = {"lie_EEXIST", CHANGERS | BIT(OP_LINKAT), EEXIST},
    [FAULT_LIE_EIO] = {"lie_EIO", CHANGERS | BIT(OP_CREATE) | BIT(OP_TOUCHAT) | BIT(OP_LINKAT),
                       EIO},
    [FAULT_LATE] = {"late", CHANGERS | BIT(OP_CREATE), 0},
    [FAULT_FSYNC_ENOSPC] = {"fsync_ENOSPC", BIT(OP_FSYNC), ENOSPC},
    [FAULT_CLOSE_EIO] = {"close_EIO", BIT(OP_CLOSE), EIO},
    [FAULT_ENOSPC_ON] = {"ENOSPC_on", GROWERS, ENOSPC},
    [FAULT_EIO_ON] = {"EIO_on", ALL & ~BIT(OP_CLOSE), EIO},
    [FAULT_PARK] = {"park", ALL, 0},
    [FAULT_EIO_KILL_1] = {"EIO_kill_1", ALL & ~BIT(OP_CLOSE), EIO},
    [FAULT_EIO_KILL_2] = {"EIO_kill_2", ALL & ~BIT(OP_CLOSE), EIO},
    [FAULT_EIO_KILL_3] = {"EIO_kill_3", ALL & ~BIT(OP_CLOSE), EIO},
};

bool faultop_applies(enum fault_kind kind, enum fault_op op)
{
    return kinds[kind].ops & BIT(op);
}

bool faultop_kills(enum fault_kind kind)
{
    return kind == FAULT_KILL_BEFORE || kind == FAULT_KILL_AFTER;
}

const char *faultop_kind_name(enum fault_kind kind)
{
    return kinds[kind].name;
}

enum fault_kind faultop_kind_of(const char *name)
{
    enum fault_kind k = FAULT_NONE;
    while (k < FAULT_KINDS && strcmp(kinds[k].name, name) != 0)
        k++;
    return k;
}

const char *faultop_op_name(enum fault_op op)
{
    return op_names[op];
}

static void park(void)
{
    char byte = 'p';
    if (write(state.plan.park_say, &byte, 1) == 1)
        while (read(state.plan.park_hear, &byte, 1) < 0 && errno == EINTR)
            ;
}

const struct fsop *fault_site(const char *file, int line)
{
    state.file = file;
    state.line = line;
    return fs;
}

/* The place that this call comes from; NULL: not known, or no room. */
static struct fault_site *this_site(enum fault_op op)
{
    struct fault_proof *p = state.proof;
    const char *file = state.file;
    state.file = NULL;
    for (unsigned i = 0; file && i < p->sites; i++)
        if (p->site[i].line == state.line && p->site[i].op == op && p->site[i].file == file)
            return &p->site[i];
    if (!file || p->sites == FAULT_SITES)
        return NULL;
    p->site[p->sites] = (struct fault_site){file, state.line, (unsigned char)op, 0, 0};
    return &p->site[p->sites++];
}

/* The second of two faults. */
static void die_soon_after(unsigned call, struct fault_site *site)
{
    const struct fault_plan *plan = &state.plan;
    if (plan->kind < FAULT_EIO_KILL_1 || atomic_load(&state.proof->hits) == 0 ||
        call != state.proof->hit_call + 1 + (unsigned)(plan->kind - FAULT_EIO_KILL_1))
        return;
    if (site)
        site->hit++;
    raise(SIGKILL);
}

/* What to do with this call. Counts it, notes it, dies or waits where that is the plan. */
static enum fault_kind decide(enum fault_op op, const char *name)
{
    struct fault_proof *p = state.proof;
    const struct fault_plan *plan = &state.plan;
    if (!state.armed)
        return FAULT_NONE;
    unsigned n = atomic_fetch_add(&p->calls, 1) + 1;
    struct fault_site *site = this_site(op);
    if (site)
        site->reached++;
    if (n <= FAULT_MAX_CALLS)
        p->site_of[n - 1] = site ? (unsigned char)(1 + site - p->site) : 0;
    die_soon_after(n, site);
    atomic_fetch_add(&p->by_op[op], 1);
    if (n <= FAULT_MAX_CALLS)
        p->ops[n - 1] = (unsigned char)op;
    bool on = plan->kind == FAULT_ENOSPC_ON || plan->kind == FAULT_EIO_ON;
    bool now = plan->call > 0 && n >= plan->call && faultop_applies(plan->kind, op) &&
               (on || atomic_load(&p->hits) == 0);
    if (plan->trace)
        fprintf(stderr, "%5u %-10s %s%s%s\n", n, op_names[op], name ? name : "",
                now ? "   <-- " : "", now ? kinds[plan->kind].name : "");
    if (!now)
        return FAULT_NONE;
    if (atomic_load(&p->hits) == 0) {
        p->hit_call = n;
        p->hit_op = op;
        snprintf(p->hit_name, sizeof p->hit_name, "%s", name ? name : "");
    }
    atomic_fetch_add(&p->hits, 1);
    if (site)
        site->hit++;
    if (plan->kind == FAULT_KILL_BEFORE)
        raise(SIGKILL);
    if (plan->kind == FAULT_LATE)
        nanosleep(&(struct timespec){.tv_nsec = LATE_MS * 1000000L}, NULL);
    if (plan->kind == FAULT_PARK)
        park();
    return plan->kind;
}

/* True when the call is not to be made at all, but answered with errno. */
static bool refuses(enum fault_kind k)
{
    bool refused = (k >= FAULT_EIO && k <= FAULT_EINTR) || k == FAULT_FSYNC_ENOSPC ||
                   k == FAULT_ENOSPC_ON || k == FAULT_EIO_ON || k >= FAULT_EIO_KILL_1;
    if (refused)
        errno = kinds[k].error;
    return refused;
}

/* What is answered after the call was made with `result`. */
static int answer(enum fault_kind k, int result)
{
    if (k == FAULT_KILL_AFTER)
        raise(SIGKILL);
    if (result == 0 && k >= FAULT_LIE_ENOENT && k <= FAULT_LIE_EIO) {
        errno = kinds[k].error;
        return -1;
    }
    return result;
}

static int fault_openat(int dir, const char *name, int flags, mode_t mode)
{
    enum fault_kind k = decide(flags & O_CREAT ? OP_CREATE : OP_OPENAT, name);
    if (refuses(k))
        return -1;
    int fd = fsop_posix.openat(dir, name, flags, mode);
    int error = errno;
    if (answer(k, fd < 0 ? -1 : 0) == 0) /* killed there, too, where nothing could be opened */
        return fd;
    if (fd >= 0)
        fsop_posix.close(fd);
    errno = fd >= 0 ? kinds[k].error : error;
    return -1;
}

static int fault_close(int fd)
{
    enum fault_kind k = decide(OP_CLOSE, NULL);
    int result = answer(k, fsop_posix.close(fd));
    if (k == FAULT_CLOSE_EIO) {
        errno = EIO;
        return -1;
    }
    return result;
}

static ssize_t fault_read(int fd, void *to, size_t n)
{
    enum fault_kind k = decide(OP_READ, NULL);
    if (refuses(k))
        return -1;
    ssize_t got = fsop_posix.read(fd, to, k == FAULT_SHORT && n > 1 ? 1 : n);
    answer(k, 1);
    return got;
}

static ssize_t fault_pread(int fd, void *to, size_t n, off_t at)
{
    enum fault_kind k = decide(OP_READ, NULL);
    if (refuses(k))
        return -1;
    ssize_t got = fsop_posix.pread(fd, to, k == FAULT_SHORT && n > 1 ? 1 : n, at);
    answer(k, 1);
    return got;
}

static ssize_t fault_write(int fd, const void *from, size_t n)
{
    enum fault_kind k = decide(OP_WRITE, NULL);
    if (refuses(k))
        return -1;
    ssize_t put = fsop_posix.write(fd, from, k == FAULT_SHORT && n > 1 ? 1 : n);
    answer(k, 1);
    return put;
}

static int fault_fsync(int fd)
{
    enum fault_kind k = decide(OP_FSYNC, NULL);
    return refuses(k) ? -1 : answer(k, fsop_posix.fsync(fd));
}

static int fault_statx(int dir, const char *name, int flags, struct statx *out)
{
    enum fault_kind k = decide(OP_STATX, name);
    return refuses(k) ? -1 : answer(k, fsop_posix.statx(dir, name, flags, out));
}

static int fault_renameat(int from_dir, const char *from, int to_dir, const char *to)
{
    enum fault_kind k = decide(OP_RENAMEAT, from);
    return refuses(k) ? -1 : answer(k, fsop_posix.renameat(from_dir, from, to_dir, to));
}

static int fault_unlinkat(int dir, const char *name, int flags)
{
    enum fault_kind k = decide(OP_UNLINKAT, name);
    return refuses(k) ? -1 : answer(k, fsop_posix.unlinkat(dir, name, flags));
}

static int fault_mkdirat(int dir, const char *name, mode_t mode)
{
    enum fault_kind k = decide(OP_MKDIRAT, name);
    return refuses(k) ? -1 : answer(k, fsop_posix.mkdirat(dir, name, mode));
}

static int fault_symlinkat(const char *target, int dir, const char *name)
{
    enum fault_kind k = decide(OP_SYMLINKAT, name);
    return refuses(k) ? -1 : answer(k, fsop_posix.symlinkat(target, dir, name));
}

static ssize_t fault_readlinkat(int dir, const char *name, char *to, size_t n)
{
    enum fault_kind k = decide(OP_READLINKAT, name);
    if (refuses(k))
        return -1;
    ssize_t got = fsop_posix.readlinkat(dir, name, to, n);
    answer(k, 1);
    return got;
}

static int fault_touchat(int dir, const char *name)
{
    enum fault_kind k = decide(OP_TOUCHAT, name);
    return refuses(k) ? -1 : answer(k, fsop_posix.touchat(dir, name));
}

static ssize_t fault_getdents(int fd, void *to, size_t n)
{
    enum fault_kind k = decide(OP_GETDENTS, NULL);
    if (refuses(k))
        return -1;
    ssize_t got = fsop_posix.getdents(fd, to, n);
    answer(k, 1);
    return got;
}

static int fault_fstatvfs(int fd, struct statvfs *out)
{
    enum fault_kind k = decide(OP_FSTATVFS, NULL);
    return refuses(k) ? -1 : answer(k, fsop_posix.fstatvfs(fd, out));
}

int faultop_link(int fd, int dir, const char *name)
{
    char self[40];
    enum fault_kind k = decide(OP_LINKAT, name);
    snprintf(self, sizeof self, "/proc/self/fd/%d", fd);
    return refuses(k) ? -1 : answer(k, linkat(AT_FDCWD, self, dir, name, AT_SYMLINK_FOLLOW));
}

static const struct fsop table = {
    .openat = fault_openat,
    .close = fault_close,
    .read = fault_read,
    .pread = fault_pread,
    .write = fault_write,
    .fsync = fault_fsync,
    .statx = fault_statx,
    .renameat = fault_renameat,
    .unlinkat = fault_unlinkat,
    .mkdirat = fault_mkdirat,
    .symlinkat = fault_symlinkat,
    .readlinkat = fault_readlinkat,
    .touchat = fault_touchat,
    .getdents = fault_getdents,
    .fstatvfs = fault_fstatvfs,
};

void faultop_install(const struct fault_plan *plan, struct fault_proof *proof)
{
    state.plan = *plan;
    state.proof = proof;
    state.armed = false;
    fs = &table;
}

void faultop_arm(bool armed)
{
    state.file = NULL;
    state.armed = armed;
}
