/* The table of file operations of the simulated hosts: what each call means. */
#include "calls.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>

#include "calls_parts.h"
#include "net.h"
#include "sched.h"

static int fail(int error)
{
    errno = error;
    return -1;
}

static struct host *here(void)
{
    return sched_self()->host;
}

static int sim_openat(int dir, const char *name, int flags, mode_t mode)
{
    struct file *d;
    struct inode *i = NULL;
    (void)mode;
    if (!calls_enter(dir, &d))
        return -1;
    if (dir == AT_FDCWD)
        return calls_new_file(server_find(server_root(), "spool"));
    int error = (flags & O_CREAT)
                    ? client_create(here(), d->inode, name, flags & O_EXCL, flags & O_TRUNC, &i)
                    : client_open(here(), d->inode, name, &i);
    if (error)
        return fail(error);
    if ((flags & O_DIRECTORY) && !S_ISDIR(i->mode))
        return fail(ENOTDIR);
    if (S_ISLNK(i->mode))
        return fail(ELOOP);
    return calls_new_file(i);
}

static int sim_close(int fd)
{
    struct file *f = calls_file(fd);
    int error = 0;
    sim.calls++;
    if (!f)
        return fail(EBADF);
    if (sched_self() && sched_self()->dead)
        calls_flush_of_dead(f);
    else if (f->n_dirty)
        error = calls_flush(f);
    calls_free_file(f);
    return error ? fail(error) : 0;
}

static ssize_t sim_read(int fd, void *to, size_t n)
{
    struct file *f;
    if (!calls_enter(fd, &f))
        return -1;
    struct rpc r = {.op = RPC_READ, .object = f->inode, .to = to, .n = n, .offset = f->offset};
    int error = net_call(&r, NULL);
    if (error)
        return fail(error);
    f->offset += r.done;
    return (ssize_t)r.done;
}

static ssize_t sim_write(int fd, const void *from, size_t n)
{
    struct file *f;
    if (!calls_enter(fd, &f))
        return -1;
    if (f->n_dirty + n > f->cap_dirty) {
        char *grown = sim_alloc(f->cap_dirty = 2 * (f->n_dirty + n));
        if (f->n_dirty)
            memcpy(grown, f->dirty, f->n_dirty);
        f->dirty = grown;
    }
    if (n)
        memcpy(f->dirty + f->n_dirty, from, n);
    f->n_dirty += n;
    size_t at = f->dirty_at;
    int error = here()->write_through ? calls_flush(f) : 0;
    if (error) /* nothing was taken */
        f->dirty_at = at;
    return error ? fail(error) : (ssize_t)n;
}

static int sim_fsync(int fd)
{
    struct file *f;
    if (!calls_enter(fd, &f))
        return -1;
    int error = calls_flush(f);
    return error ? fail(error) : 0;
}

static struct statx_timestamp stamp(sim_us t)
{
    int64_t us = SIM_EPOCH + t;
    return (struct statx_timestamp){.tv_sec = us / SIM_SECOND,
                                    .tv_nsec = (uint32_t)(us % SIM_SECOND * 1000)};
}

static int sim_statx(int dir, const char *name, int flags, struct statx *out)
{
    struct file *d;
    struct attrs a;
    int error;
    if (!calls_enter(dir, &d))
        return -1;
    bool forced = (flags & AT_STATX_FORCE_SYNC) != 0;
    const char *slash = strchr(name, '/');
    if (!*name) {
        error = client_attrs(here(), d->inode,
                             forced                         ? CLIENT_FORCED
                             : (flags & AT_STATX_DONT_SYNC) ? CLIENT_ANY_AGE
                                                            : CLIENT_CACHED,
                             &a);
    } else if (slash) { /* "lease/beat": two components at most */
        char first[256];
        struct inode *i;
        bool cached;
        memcpy(first, name, (size_t)(slash - name));
        first[slash - name] = 0;
        error = client_lookup(here(), d->inode, first, false, &i, &cached);
        if (error == 0)
            error = client_stat(here(), i, slash + 1, forced, &a);
        if (error == ESTALE && client_lookup(here(), d->inode, first, true, &i, &cached) == 0)
            error = client_stat(here(), i, slash + 1, forced, &a);
    } else {
        error = client_stat(here(), d->inode, name, forced, &a);
    }
    if (error)
        return fail(error);
    memset(out, 0, sizeof *out);
    out->stx_mask = STATX_BASIC_STATS;
    out->stx_mode = (uint16_t)a.mode;
    out->stx_nlink = a.links;
    out->stx_ino = a.number;
    out->stx_size = a.size;
    out->stx_mtime = stamp(a.mtime);
    out->stx_ctime = stamp(a.ctime);
    return 0;
}

static int sim_renameat(int from_dir, const char *from, int to_dir, const char *to)
{
    struct file *f, *t;
    const char *slash = strchr(from, '/'), *to_slash = strchr(to, '/');
    if (!calls_enter(from_dir, &f) || !calls_enter(to_dir, &t))
        return -1;
    struct inode *a = f->inode, *b = t->inode;
    bool cached;
    char part[256];
    int error = 0;
    if (slash) { /* reservations: "hh/hash" */
        memcpy(part, from, (size_t)(slash - from));
        part[slash - from] = 0;
        error = client_lookup(here(), f->inode, part, false, &a, &cached);
        from = slash + 1;
    }
    if (to_slash && error == 0) {
        memcpy(part, to, (size_t)(to_slash - to));
        part[to_slash - to] = 0;
        error = client_lookup(here(), t->inode, part, false, &b, &cached);
        to = to_slash + 1;
    }
    if (error == 0)
        error = client_rename(here(), a, from, b, to);
    return error ? fail(error) : 0;
}

/* The folder of a name that may have one component before it. */
static int parent(struct inode *dir, const char **name, struct inode **out)
{
    const char *slash = strchr(*name, '/');
    char part[256];
    bool cached;
    *out = dir;
    if (!slash)
        return 0;
    memcpy(part, *name, (size_t)(slash - *name));
    part[slash - *name] = 0;
    *name = slash + 1;
    return client_lookup(here(), dir, part, false, out, &cached);
}

static int sim_unlinkat(int dir, const char *name, int flags)
{
    struct file *d;
    struct inode *i;
    if (!calls_enter(dir, &d))
        return -1;
    int error = parent(d->inode, &name, &i);
    if (error == 0)
        error = client_remove(here(), i, name, flags & AT_REMOVEDIR);
    return error ? fail(error) : 0;
}

static int sim_mkdirat(int dir, const char *name, mode_t mode)
{
    struct file *d;
    (void)mode;
    if (!calls_enter(dir, &d))
        return -1;
    int error = client_make(here(), d->inode, name, NULL);
    return error ? fail(error) : 0;
}

static int sim_symlinkat(const char *target, int dir, const char *name)
{
    struct file *d;
    struct inode *i;
    if (!calls_enter(dir, &d))
        return -1;
    int error = parent(d->inode, &name, &i);
    if (error == 0)
        error = client_make(here(), i, name, target);
    return error ? fail(error) : 0;
}

static ssize_t sim_readlinkat(int dir, const char *name, char *to, size_t n)
{
    struct file *d;
    struct inode *i;
    size_t got = 0;
    if (!calls_enter(dir, &d))
        return -1;
    int error = parent(d->inode, &name, &i);
    if (error == 0)
        error = client_readlink(here(), i, name, to, n, &got);
    return error ? fail(error) : (ssize_t)got;
}

static int sim_touchat(int dir, const char *name)
{
    struct file *d;
    if (!calls_enter(dir, &d))
        return -1;
    int error = client_touch(here(), d->inode, name);
    return error ? fail(error) : 0;
}

static unsigned char type_of(const struct host *h, const struct client_entry *e)
{
    if (h->unknown_types && (server_hash(e->name) & 2))
        return DT_UNKNOWN;
    return S_ISDIR(e->mode) ? DT_DIR : S_ISREG(e->mode) ? DT_REG : DT_LNK;
}

static ssize_t sim_getdents(int fd, void *to, size_t n)
{
    struct file *f;
    size_t used = 0, head = offsetof(struct dirent64, d_name);
    if (!calls_enter(fd, &f))
        return -1;
    if (!f->listed) {
        int error = client_list(here(), f->inode, &f->listing, &f->n);
        if (error)
            return fail(error);
        f->listed = true;
    }
    for (; f->at < f->n; f->at++) {
        const struct client_entry *e = &f->listing[f->at];
        size_t len = strlen(e->name) + 1, size = (head + len + 7) / 8 * 8;
        if (used + size > n)
            break;
        struct dirent64 d = {.d_ino = e->number,
                             .d_off = f->at + 1,
                             .d_reclen = (unsigned short)size,
                             .d_type = type_of(here(), e)};
        memcpy((char *)to + used, &d, head);
        memcpy((char *)to + used + head, e->name, len);
        used += size;
    }
    return (ssize_t)used;
}

static int sim_fstatvfs(int fd, struct statvfs *out)
{
    struct file *f;
    struct rpc r = {.op = RPC_FSSTAT};
    if (!calls_enter(fd, &f))
        return -1;
    int error = net_call(&r, NULL);
    if (error)
        return fail(error);
    memset(out, 0, sizeof *out);
    out->f_blocks = out->f_files = 1000000;
    out->f_bavail = out->f_favail = sim.now < server_full_until && sim.now % 2 ? 0 : 500000;
    return 0;
}

static int sim_forget(int fd)
{
    struct file *f;
    if (!calls_enter(fd, &f))
        return -1;
    client_forget(here(), f->inode);
    return 0;
}

int calls_link(int fd, int dir, const char *name)
{
    struct file *f, *d;
    if (!calls_enter(fd, &f) || !calls_enter(dir, &d))
        return -1;
    int error = client_link(here(), f->inode, d->inode, name);
    return error ? fail(error) : 0;
}

const struct fsop calls_table = {
    .openat = sim_openat,
    .close = sim_close,
    .read = sim_read,
    .write = sim_write,
    .fsync = sim_fsync,
    .statx = sim_statx,
    .renameat = sim_renameat,
    .unlinkat = sim_unlinkat,
    .mkdirat = sim_mkdirat,
    .symlinkat = sim_symlinkat,
    .readlinkat = sim_readlinkat,
    .touchat = sim_touchat,
    .getdents = sim_getdents,
    .fstatvfs = sim_fstatvfs,
    .forget = sim_forget,
};
