#include "record.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/fsop.h"

enum { DESCRIPTORS = 1024 };

static struct record_log *log_;
static bool written[DESCRIPTORS]; /* open for writing */

const char *record_kind_name(enum record_kind kind)
{
    static const char *const names[] = {"create", "mkdir", "symlink", "rename",
                                        "unlink", "trunc", "write",   "fsync",
                                        "FSYNC!", "close", "touch",   "source gone"};
    return names[kind];
}

bool record_changes_entries(enum record_kind kind)
{
    return kind <= REC_UNLINK;
}

struct record_log *record_new(void)
{
    void *p = mmap(NULL, sizeof(struct record_log), PROT_READ | PROT_WRITE,
                   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED) {
        perror("power-cut: mmap");
        _exit(70);
    }
    return p;
}

/* ---- nodes ---- */

/* Inode numbers may be used again: the newest of that number is meant. */
static int node_of(unsigned long ino)
{
    for (int i = (int)log_->nodes - 1; i >= 0; i--)
        if (log_->node[i].ino == ino)
            return i;
    return -1;
}

static unsigned keep(const void *bytes, size_t n)
{
    unsigned at = log_->filled;
    if (n > RECORD_BYTES - at) {
        log_->full = true;
        return 0;
    }
    memcpy(log_->bytes + at, bytes, n);
    log_->filled += (unsigned)n;
    return at;
}

static struct record_node *add_node(unsigned long ino, mode_t mode, int parent, const char *name)
{
    if (log_->nodes == RECORD_NODES) {
        log_->full = true;
        return &log_->node[RECORD_NODES - 1];
    }
    struct record_node *n = &log_->node[log_->nodes++];
    memset(n, 0, sizeof *n);
    n->ino = ino;
    n->type = S_ISDIR(mode) ? NODE_FOLDER : S_ISLNK(mode) ? NODE_LINK : NODE_FILE;
    n->parent = parent;
    snprintf(n->name, sizeof n->name, "%s", name);
    return n;
}

static int index_of(const struct record_node *n)
{
    return (int)(n - log_->node);
}

static struct record_op *add_op(enum record_kind kind, int node, int dir, const char *name)
{
    if (log_->ops == RECORD_OPS) {
        log_->full = true;
        return &log_->op[RECORD_OPS - 1];
    }
    struct record_op *o = &log_->op[log_->ops++];
    *o = (struct record_op){.kind = kind, .node = node, .dir = dir, .to_dir = -1};
    snprintf(o->name, sizeof o->name, "%s", name);
    return o;
}

/* The folder that holds dir/name (a name may be a short path), and the last component. */
static int folder_of(int dir, const char *name, const char **last)
{
    char above[4096];
    struct stat st;
    const char *slash = strrchr(name, '/');
    *last = slash ? slash + 1 : name;
    snprintf(above, sizeof above, "%.*s", slash ? (int)(slash - name) : 1, slash ? name : ".");
    return fstatat(dir, *above ? above : "/", &st, AT_SYMLINK_NOFOLLOW) == 0 ? node_of(st.st_ino)
                                                                             : -1;
}

static int node_at(int dir, const char *name)
{
    struct stat st;
    return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 ? node_of(st.st_ino) : -1;
}

static int node_of_fd(int fd)
{
    struct stat st;
    return fstat(fd, &st) == 0 ? node_of(st.st_ino) : -1;
}

/* ---- the snapshot ---- */

static void snap_content(struct record_node *n, int dir, const char *name)
{
    static char bytes[RECORD_BYTES];
    ssize_t len;
    if (n->type == NODE_LINK) {
        len = readlinkat(dir, name, bytes, sizeof bytes);
    } else {
        int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
        len = fd < 0 ? -1 : read(fd, bytes, sizeof bytes);
        close(fd);
    }
    n->len = len > 0 ? (unsigned)len : 0;
    n->at = keep(bytes, n->len);
}

static void snap(int dir, int parent)
{
    DIR *d = fdopendir(dir);
    struct dirent *e;
    while (d && (e = readdir(d))) {
        struct stat st;
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0 ||
            fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0)
            continue;
        struct record_node *n = add_node(st.st_ino, st.st_mode, parent, e->d_name);
        n->old = true;
        if (n->type == NODE_FOLDER)
            snap(openat(dirfd(d), e->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC), index_of(n));
        else
            snap_content(n, dirfd(d), e->d_name);
    }
    if (d)
        closedir(d);
}

/* ---- the table ---- */

static int rec_openat(int dir, const char *name, int flags, mode_t mode)
{
    const char *last;
    struct stat st;
    bool creates = flags & O_CREAT,
         was = creates && fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
    int fd = fsop_posix.openat(dir, name, flags, mode);
    if (fd < 0 || fd >= DESCRIPTORS)
        return fd;
    written[fd] = (flags & O_ACCMODE) != O_RDONLY;
    if (creates && !was && fstat(fd, &st) == 0) {
        int folder = folder_of(dir, name, &last);
        int node = index_of(add_node(st.st_ino, st.st_mode, folder, last));
        add_op(REC_CREATE, node, folder, last);
    } else if (creates && flags & O_TRUNC) {
        add_op(REC_TRUNCATE, node_of_fd(fd), -1, name);
    }
    return fd;
}

static int rec_close(int fd)
{
    if (fd >= 0 && fd < DESCRIPTORS && written[fd]) {
        add_op(REC_CLOSE, node_of_fd(fd), -1, "");
        written[fd] = false;
    }
    return fsop_posix.close(fd);
}

static ssize_t rec_write(int fd, const void *from, size_t n)
{
    struct stat st;
    bool append = fcntl(fd, F_GETFL) & O_APPEND;
    off_t at = append ? (fstat(fd, &st) == 0 ? st.st_size : 0) : lseek(fd, 0, SEEK_CUR);
    ssize_t put = fsop_posix.write(fd, from, n);
    if (put > 0) {
        struct record_op *o = add_op(REC_WRITE, node_of_fd(fd), -1, "");
        o->offset = (unsigned)at;
        o->len = (unsigned)put;
        o->at = keep(from, o->len);
    }
    return put;
}

static int rec_fsync(int fd)
{
    bool planned = ++log_->fsyncs == log_->lie_at;
    if (log_->lie == RECORD_FSYNC_NOTHING || (planned && log_->lie == RECORD_FSYNC_SKIPPED)) {
        log_->lies++;
        return 0;
    }
    if (planned && log_->lie != RECORD_HONEST) {
        log_->lies++;
        add_op(REC_FSYNC_LOST, node_of_fd(fd), -1, "");
        errno = EIO;
        return log_->lie == RECORD_FSYNC_FAILS ? -1 : 0;
    }
    int bad = fsop_posix.fsync(fd);
    if (bad == 0)
        add_op(REC_FSYNC, node_of_fd(fd), -1, "");
    return bad;
}

static int rec_renameat(int from_dir, const char *from, int to_dir, const char *to)
{
    const char *from_last, *to_last;
    int node = node_at(from_dir, from);
    int bad = fsop_posix.renameat(from_dir, from, to_dir, to);
    if (bad == 0) {
        int dir = folder_of(from_dir, from, &from_last);
        struct record_op *o = add_op(REC_RENAME, node, dir, from_last);
        o->to_dir = folder_of(to_dir, to, &to_last);
        snprintf(o->to, sizeof o->to, "%s", to_last);
    }
    return bad;
}

static int rec_unlinkat(int dir, const char *name, int flags)
{
    const char *last;
    int node = node_at(dir, name);
    int bad = fsop_posix.unlinkat(dir, name, flags);
    if (bad == 0) {
        int folder = folder_of(dir, name, &last);
        add_op(REC_UNLINK, node, folder, last);
    }
    return bad;
}

static int rec_mkdirat(int dir, const char *name, mode_t mode)
{
    const char *last;
    struct stat st;
    int bad = fsop_posix.mkdirat(dir, name, mode);
    if (bad == 0 && fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0) {
        int folder = folder_of(dir, name, &last);
        int node = index_of(add_node(st.st_ino, st.st_mode, folder, last));
        add_op(REC_MKDIR, node, folder, last);
    }
    return bad;
}

static int rec_symlinkat(const char *target, int dir, const char *name)
{
    const char *last;
    struct stat st;
    int bad = fsop_posix.symlinkat(target, dir, name);
    if (bad == 0 && fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0) {
        int folder = folder_of(dir, name, &last);
        struct record_node *n = add_node(st.st_ino, st.st_mode, folder, last);
        n->len = (unsigned)strlen(target);
        n->at = keep(target, n->len);
        add_op(REC_SYMLINK, index_of(n), folder, last);
    }
    return bad;
}

static int rec_touchat(int dir, const char *name)
{
    int bad = fsop_posix.touchat(dir, name);
    if (bad == 0)
        add_op(REC_TOUCH, node_at(dir, name), -1, name);
    return bad;
}

/* Of a user's own file: spoolctl submit --move calls it directly, for the source is no part of the
 * spool. (Our own definition goes before the C library's.) */
int unlink(const char *path)
{
    int bad = unlinkat(AT_FDCWD, path, 0);
    if (bad == 0 && log_) {
        const char *last = strrchr(path, '/');
        add_op(REC_SOURCE_GONE, -1, -1, last ? last + 1 : path);
    }
    return bad;
}

void record_start(struct record_log *log, const char *top, enum record_lie lie, unsigned lie_at)
{
    static struct fsop table;
    struct stat st;
    table = fsop_posix;
    table.openat = rec_openat;
    table.close = rec_close;
    table.write = rec_write;
    table.fsync = rec_fsync;
    table.renameat = rec_renameat;
    table.unlinkat = rec_unlinkat;
    table.mkdirat = rec_mkdirat;
    table.symlinkat = rec_symlinkat;
    table.touchat = rec_touchat;
    log->lie = lie;
    log->lie_at = lie_at;
    log->fsyncs = log->lies = log->nodes = log->ops = log->filled = 0;
    log->full = false;
    log_ = log;
    int root = open(top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (root < 0 || fstat(root, &st) != 0) {
        perror("power-cut: snapshot");
        _exit(70);
    }
    add_node(st.st_ino, st.st_mode, -1, "")->old = true;
    snap(root, 0);
    fs = &table;
}

void record_stop(void)
{
    fs = &fsop_posix;
    log_ = NULL;
}
