#include "selftest.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/dirlist.h"
#include "base/fsop.h"
#include "calls.h"
#include "host.h"
#include "net.h"
#include "run.h"
#include "sched.h"
#include "server.h"

static unsigned *n_passed, *n_failed;
static struct host *b; /* the host that looks; what "host A" does, the server is told directly */
static struct inode *dir;
static int fd;

static void check(bool good, const char *what)
{
    ++*(good ? n_passed : n_failed);
    printf("%s model: %s\n", good ? "ok   " : "FAIL ", what);
}

static struct inode *make(const char *name, const char *content)
{
    return server_file(dir, name, content, strlen(content));
}

static int stat_now(const char *name, struct statx *st)
{
    return fs->statx(fd, name, AT_SYMLINK_NOFOLLOW, st) == 0 ? 0 : errno;
}

/* Seconds until f says 0, asked twice a second; 100: never. */
static double seconds_until(int (*f)(const char *), const char *name)
{
    sim_us began = sim.now;
    while (f(name) != 0 && sim.now - began < 100 * SIM_SECOND)
        sched_until(sim.now + SIM_SECOND / 2);
    return (double)(sim.now - began) / (double)SIM_SECOND;
}

static int try_stat(const char *name)
{
    struct statx st;
    return stat_now(name, &st);
}

static int try_open(const char *name)
{
    int f = fs->openat(fd, name, O_RDONLY, 0);
    return f >= 0 ? fs->close(f) : errno;
}

static int try_rename(const char *name)
{
    return fs->renameat(fd, name, fd, "moved") == 0 ? 0 : errno;
}

static int try_look(const char *name)
{
    struct statx st;
    int fresh = fs->openat(fd, ".", O_RDONLY | O_DIRECTORY, 0);
    int error = fs->statx(fresh, name, AT_STATX_FORCE_SYNC, &st) == 0 ? 0 : errno;
    fs->close(fresh);
    return error;
}

static bool listed(const char *name)
{
    struct dirlist_entry e;
    bool found = false;
    struct dirlist *d = dirlist_open(fd, ".", 0);
    while (d && dirlist_next(d, &e) == 1)
        found |= strcmp(e.name, name) == 0;
    dirlist_close(d);
    return found;
}

/* B knows the folder as it is, and the server's clock has gone on. */
static void quiet(void)
{
    try_look("something else");
    sched_until(sim.now + SIM_SECOND);
}

/* B has asked for the name; a second later A makes the file. */
static bool made_after_asking(const char *name)
{
    quiet();
    bool absent = try_stat(name) == ENOENT;
    sched_until(sim.now + SIM_SECOND);
    make(name, "x");
    return absent;
}

/* Table 4.1. */
static void absent_names(void)
{
    check(made_after_asking("n1"), "a name that is not there is not there");
    double t = seconds_until(try_stat, "n1");
    check(t > 20 && t < 61, "stat of a name made since: absent for 30 to 60 s");
    made_after_asking("n2");
    t = seconds_until(try_open, "n2");
    check(t > 20 && t < 61, "open: the same");
    made_after_asking("n3");
    t = seconds_until(try_rename, "n3");
    check(t > 20 && t < 61, "rename: the same, without a call");
    made_after_asking("n4");
    check(try_look("n4") == 0, "after the folder was opened anew, stat finds it at once");
    made_after_asking("n5");
    check(listed("n5"), "a listing of the folder opened anew has it at once");
}

/* 4.3: B has looked at x (the old file); a user moves it away and puts another there. */
static void stale_present(void)
{
    struct statx before, after, forced;
    char bytes[8] = "";
    int work = fs->openat(fd, ".", O_RDONLY | O_DIRECTORY, 0);
    make("x", "old");
    quiet();
    stat_now("x", &before);
    sched_until(sim.now + SIM_SECOND);
    server_rename(dir, "x", dir, "away");
    struct inode *new = make("x", "new");
    check(fs->renameat(fd, "x", work, "claim") == 0 && server_find(dir, "claim") == new,
          "a rename by a stale name moves the new file on the server");
    fs->statx(work, "claim", AT_SYMLINK_NOFOLLOW, &after);
    fs->statx(work, "claim", AT_SYMLINK_NOFOLLOW | AT_STATX_FORCE_SYNC, &forced);
    int f = fs->openat(work, "claim", O_RDONLY, 0);
    ssize_t n = fs->read(f, bytes, 3);
    fs->close(f);
    check(after.stx_ino == before.stx_ino && forced.stx_ino == before.stx_ino,
          "but the client's stat, forced or not, is of the old one");
    check(n == 3 && memcmp(bytes, "old", 3) == 0, "and reads the old one's bytes");
    struct dirlist_entry e;
    uint64_t number = 0;
    struct dirlist *d = dirlist_open(work, ".", 0);
    while (d && dirlist_next(d, &e) == 1)
        number = strcmp(e.name, "claim") == 0 ? e.ino : number;
    dirlist_close(d);
    check(number == new->number, "the listing's inode number is the server's");
    fs->close(work);
}

static void stale_removed(void)
{
    struct statx st;
    char bytes[8] = "";
    make("y", "old");
    quiet();
    stat_now("y", &st);
    struct rpc r = {.op = RPC_REMOVE, .dir = dir, .name = "y", .outside = true};
    server_execute(&r);
    make("y", "new");
    int f = fs->openat(fd, "y", O_RDONLY, 0);
    ssize_t n = fs->read(f, bytes, 3);
    fs->close(f);
    check(n == 3 && memcmp(bytes, "new", 3) == 0, "had the old one been removed, ESTALE heals it");
}

static void opened_folder_heals(void)
{
    struct statx st;
    make("z", "old");
    quiet();
    stat_now("z", &st);
    sched_until(sim.now + SIM_SECOND);
    server_rename(dir, "z", dir, "away2");
    struct inode *new = make("z", "new");
    int fresh = fs->openat(fd, ".", O_RDONLY | O_DIRECTORY, 0);
    fs->statx(fresh, "z", AT_SYMLINK_NOFOLLOW, &st);
    fs->close(fresh);
    check(st.stx_ino == new->number, "opening the folder anew drops stale names");
}

static void attributes(void)
{
    struct statx one, two;
    struct inode *i = make("beat", "");
    quiet();
    stat_now("beat", &one);
    sched_until(sim.now + SIM_SECOND);
    i->mtime = i->ctime = sim.now;
    i->change++;
    stat_now("beat", &two);
    check(one.stx_mtime.tv_sec == two.stx_mtime.tv_sec &&
              one.stx_mtime.tv_nsec == two.stx_mtime.tv_nsec,
          "attributes come from the cache for 3 s or more");
    fs->statx(fd, "beat", AT_STATX_FORCE_SYNC, &two);
    check(one.stx_mtime.tv_nsec != two.stx_mtime.tv_nsec ||
              one.stx_mtime.tv_sec != two.stx_mtime.tv_sec,
          "and from the server when forced");
}

/* Section 3: what comes late. */
static void late_calls(void)
{
    struct inode *i = make("job", "a");
    struct rpc late = {
        .op = RPC_RENAME, .dir = dir, .name = "job", .to_dir = dir, .to_name = "mine"};
    server_rename(dir, "job", dir, "theirs");
    server_execute(&late);
    check(late.error == ENOENT && server_find(dir, "theirs") == i,
          "a late RENAME of a name that has moved finds nothing");
    struct rpc touch = {.op = RPC_TOUCH, .object = i};
    struct rpc link = {.op = RPC_LINK, .object = i, .dir = dir, .name = "again"};
    struct rpc make_file = {.op = RPC_OPEN, .dir = dir, .name = "visible", .flags = RPC_MAKE};
    server_execute(&touch);
    server_execute(&link);
    server_execute(&make_file);
    check(touch.error == 0 && link.error == 0 && make_file.error == 0,
          "a late SETATTR, LINK or CREATE succeeds");
    struct inode *folder = server_mkdir(dir, "folder");
    struct rpc into = {
        .op = RPC_RENAME, .dir = dir, .name = "theirs", .to_dir = folder, .to_name = "in"};
    server_rename(dir, "folder", dir, "folder2");
    server_execute(&into);
    check(into.error == 0, "a RENAME into a folder that was moved follows it");
    struct rpc gone = {
        .op = RPC_RENAME, .dir = folder, .name = "in", .to_dir = dir, .to_name = "out"};
    server_execute(&gone);
    struct rpc rmdir = {.op = RPC_RMDIR, .dir = dir, .name = "folder2", .outside = true};
    server_execute(&rmdir);
    struct rpc back = {
        .op = RPC_RENAME, .dir = dir, .name = "out", .to_dir = folder, .to_name = "in"};
    server_execute(&back);
    check(rmdir.error == 0 && back.error == ESTALE, "and into one that was removed is ESTALE");
}

static void made_again(void)
{
    fs->mkdirat(fd, "d", 0775);
    int d = fs->openat(fd, "d", O_RDONLY | O_DIRECTORY, 0);
    make("e", "x");
    try_look("e");
    fs->unlinkat(fd, "d", AT_REMOVEDIR);
    server_mkdir(dir, "d");
    uint64_t before = sim.rpcs;
    check(fs->renameat(fd, "e", d, "e") != 0 && errno == ENOENT && sim.rpcs == before,
          "a rename into a folder removed and made again: ENOENT, without a call");
    fs->close(d);
}

/* Two changes within a tick of the server's clock. */
static void tick_blindness(bool v3)
{
    sched_until((sim.now / SERVER_TICK + 2) * SERVER_TICK); /* a tick begins */
    make("first", "x");
    sim.lockstep = true;
    try_look("second"); /* two calls: 2 ms */
    sim.lockstep = false;
    make("second", "x");
    sched_until(sim.now + 3 * SIM_MINUTE);
    bool blind = try_look("second") == ENOENT;
    check(blind == v3, v3 ? "v3: a second change within a tick is never noticed by a look"
                          : "v4.2: it is noticed");
    if (v3)
        check(listed("second"), "v3: but a listing read anew has it");
}

static void late_errors(void)
{
    char block[100] = "";
    int f = fs->openat(fd, "full", O_WRONLY | O_CREAT, 0664);
    server_full_until = sim.now + SIM_MINUTE;
    server_full_error = ENOSPC;
    ssize_t n = fs->write(f, block, sizeof block);
    int first = fs->fsync(f) == 0 ? 0 : errno, second = fs->fsync(f);
    check(n == (ssize_t)sizeof block && first == ENOSPC && second == 0,
          "disk full: write says yes, fsync ENOSPC, a second fsync 0");
    check(server_find(dir, "full")->size == 0, "and nothing is there");
    server_full_until = 0;
    fs->close(f);
}

static void body(void *arg)
{
    bool v3 = *(const bool *)arg;
    fd = fs->openat(AT_FDCWD, "/", O_RDONLY | O_DIRECTORY, 0);
    absent_names();
    stale_present();
    stale_removed();
    opened_folder_heals();
    attributes();
    late_calls();
    made_again();
    tick_blindness(v3);
    late_errors();
    fs->close(fd);
}

static bool version3;

static void prepare(void)
{
    sim.calm = true;
    sim.protocol = PROTOCOL_NAIVE; /* nothing here is a spool */
}

void selftest(unsigned *passed, unsigned *failed)
{
    n_passed = passed;
    n_failed = failed;
    for (int i = 0; i < 2; i++) {
        struct schedule s = {.seed = 7, .prepare = prepare, .protocol = PROTOCOL_NAIVE};
        version3 = i == 0;
        printf("the model of NFS%s:\n", version3 ? "v3" : "v4.2");
        run_begin(&s);
        prepare();
        dir = server_find(server_root(), "spool");
        b = host_add(version3);
        b->plus = false;
        b->up = true;
        b->boot = 1;
        host_make_known(b);
        sched_start(b, "B", body, &version3, NULL)->outside = true;
        sched_run(SIM_NEVER, NULL);
        check(calls_open_files() == 0, "all descriptors are closed");
    }
}
