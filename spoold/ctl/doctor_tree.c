/* doctor_tree: every transition of the protocol, tried. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/dirlist.h"
#include "spool/look.h"
#include "spoold/ctl/doctor.h"

/* A file and a folder: without them nothing else can be tried. */
static bool check_make(struct doctor *d)
{
    if (doctor_make(d->dir, "a") == 0 && look_mkdir(d->dir, "sub", 0775) == 0)
        return true;
    int error = errno;
    look_unlink(d->dir, "a");
    doctor_say(d, DOCTOR_FAIL, "write", "files and folders cannot be made here: %s%s",
               strerror(error), doctor_hint(d->dir, error));
    return false;
}

/* On what check_make() has made. */
static void check_rename(struct doctor *d)
{
    int sub = look_folder(d->dir, "sub");
    bool within = fs->renameat(d->dir, "a", d->dir, "b") == 0 && look_at(d->dir, "a", NULL) == 0 &&
                  look_at(d->dir, "b", NULL) == 1;
    bool between = within && sub >= 0 && fs->renameat(d->dir, "b", sub, "c") == 0 &&
                   look_at(d->dir, "b", NULL) == 0 && look_at(sub, "c", NULL) == 1;
    int missing = fs->renameat(d->dir, "nothing", d->dir, "x") == 0 ? 0 : errno;
    if (!between)
        doctor_say(
            d, DOCTOR_FAIL, "rename",
            "a rename %s folder%s does not do what it must: %s; this share cannot carry a spool",
            within ? "between" : "within a", within ? "s" : "", strerror(errno));
    else if (missing != ENOENT)
        doctor_say(d, DOCTOR_FAIL, "rename",
                   "renaming what is not there answers \"%s\", not ENOENT", strerror(missing));
    else
        doctor_say(d, DOCTOR_OK, "rename", "files are renamed within a folder and between folders");
    if (sub >= 0) {
        int error = fs->unlinkat(d->dir, "sub", AT_REMOVEDIR) == 0 ? 0 : errno;
        bool kept = error == ENOTEMPTY || error == EEXIST;
        look_unlink(sub, "c");
        fs->close(sub);
        bool gone = look_rmdir(d->dir, "sub") == 0;
        bool ok = kept && gone;
        doctor_say(d, ok ? DOCTOR_OK : DOCTOR_FAIL, "rmdir",
                   ok ? "a folder is removed when, and only when, it is empty"
                      : "removing a folder that is not empty must fail, and an empty one must go: "
                        "it does not (%s)",
                   strerror(kept ? errno : error));
    }
}

static void check_one_file_system(struct doctor *d)
{
    const struct spool *s = d->spool;
    const struct {
        int fd;
        const char *name;
    } way[] = {{s->pending, DIR_PENDING}, {s->retry, DIR_PENDING "/" DIR_RETRY},
               {s->claimed, DIR_CLAIMED}, {s->done, DIR_DONE},
               {s->failed, DIR_FAILED},   {s->control, DIR_CONTROL},
               {s->journal, DIR_JOURNAL}};
    char probe[48];
    int at = d->dir;
    snprintf(probe, sizeof probe, "%s.probe", d->tag);
    bool ok = doctor_make(at, probe) == 0;
    for (size_t i = 0; ok && i < sizeof way / sizeof *way; i++) {
        if (fs->renameat(at, probe, way[i].fd, probe) == 0) {
            at = way[i].fd;
            continue;
        }
        int error = errno;
        doctor_say(d, DOCTOR_FAIL, "one-mount", "a file cannot be moved into %s/: %s%s",
                   way[i].name, strerror(error), doctor_hint(way[i].fd, error));
        ok = false;
    }
    look_unlink(at, probe);
    if (ok)
        doctor_say(d, DOCTOR_OK, "one-mount",
                   "a file moves freely between all folders of the spool");
}

static void check_symlink(struct doctor *d)
{
    char to[16] = "";
    int first = fs->symlinkat("one", d->dir, "link");
    int error = first == 0 ? 0 : errno;
    int second = first == 0 && fs->symlinkat("two", d->dir, "link") != 0 ? errno : 0;
    ssize_t n = first == 0 ? fs->readlinkat(d->dir, "link", to, sizeof to - 1) : -1;
    look_unlink(d->dir, "link");
    if (first != 0)
        doctor_say(d, DOCTOR_FAIL, "symlink",
                   "symbolic links cannot be made: %s; names are reserved by them",
                   strerror(error));
    else if (second != EEXIST || n != 3 || memcmp(to, "one", 3) != 0)
        doctor_say(d, DOCTOR_FAIL, "symlink",
                   "a second symbolic link of one name is not refused as it must be");
    else
        doctor_say(d, DOCTOR_OK, "symlink", "symbolic links are exclusive: names can be reserved");
}

static void check_write(struct doctor *d)
{
    static const char data[] = "pdfspool";
    char back[16];
    int fd = fs->openat(d->dir, ".hidden", O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0664);
    bool ok =
        fd >= 0 && fs->write(fd, data, sizeof data) == (ssize_t)sizeof data && fs->fsync(fd) == 0;
    if (fd >= 0)
        ok = fs->close(fd) == 0 && ok;
    ok = ok && fs->fsync(d->dir) == 0;
    int error = errno;
    fd = ok ? fs->openat(d->dir, ".hidden", O_RDONLY | O_CLOEXEC, 0) : -1;
    ok = fd >= 0 && fs->read(fd, back, sizeof back) == (ssize_t)sizeof data &&
         memcmp(back, data, sizeof data) == 0;
    if (fd >= 0)
        fs->close(fd);
    look_unlink(d->dir, ".hidden");
    if (ok)
        doctor_say(d, DOCTOR_OK, "write", "hidden files are written, synced and read back");
    else
        doctor_say(d, DOCTOR_FAIL, "write",
                   "a hidden file cannot be written, synced and read back: %s%s", strerror(error),
                   doctor_hint(d->dir, error));
}

/* File names are bytes here; a file system that folds case or rejects bytes mixes documents up. */
static void check_names(struct doctor *d)
{
    static const char *const odd[] = {"a b",      "new\nline", "-rf",          "\xff\xfe",
                                      "quote\"'", "100%",      "colon:star*?", "trailing. "};
    char longest[NAME_CAP];
    unsigned refused = 0;
    memset(longest, 'n', sizeof longest - 1);
    longest[sizeof longest - 1] = 0;
    for (size_t i = 0; i <= sizeof odd / sizeof *odd; i++) {
        const char *name = i < sizeof odd / sizeof *odd ? odd[i] : longest;
        if (doctor_make(d->dir, name) != 0 || look_unlink(d->dir, name) != 0)
            refused++;
    }
    bool folds = doctor_make(d->dir, "Case") == 0 && look_at(d->dir, "case", NULL) == 1;
    look_unlink(d->dir, "Case");
    if (folds)
        doctor_say(d, DOCTOR_FAIL, "names",
                   "\"Case\" and \"case\" are one file here: documents would get mixed up");
    else if (refused)
        doctor_say(
            d, DOCTOR_WARN, "names",
            "%u of 9 odd file names are refused (bytes that are no UTF-8, newlines, 255 bytes, "
            "...): documents of such names cannot be dropped",
            refused);
    else
        doctor_say(d, DOCTOR_OK, "names", "file names may be any bytes, up to 255");
}

/* What a rename does to the times: settling stands on the ctime, which must move; users' mtimes
 * must stay. */
static void check_times(struct doctor *d)
{
    static const int pauses[] = {30, 1100};
    struct statx before, after;
    bool ctime = false, mtime = true, ok = true;
    for (size_t i = 0; i < 2 && ok && !ctime; i++) {
        ok = doctor_make(d->dir, "t1") == 0 && look_at(d->dir, "t1", &before) == 1;
        clock_sleep_ms(pauses[i]);
        ok = ok && fs->renameat(d->dir, "t1", d->dir, "t2") == 0 &&
             look_at(d->dir, "t2", &after) == 1;
        if (ok) {
            mtime = mtime && look_ms(before.stx_mtime) == look_ms(after.stx_mtime);
            ctime = look_ms(after.stx_ctime) > look_ms(before.stx_ctime);
        }
        look_unlink(d->dir, "t2");
    }
    if (!ok)
        doctor_say(d, DOCTOR_FAIL, "times", "a file cannot be renamed and looked at: %s",
                   strerror(errno));
    else if (!mtime)
        doctor_say(
            d, DOCTOR_FAIL, "times",
            "a rename changes a file's mtime: the check for writers at work would never settle");
    else if (!ctime)
        doctor_say(d, DOCTOR_WARN, "times",
                   "a rename does not change a file's ctime: a file that is moved into pending/ is "
                   "taken at once, without settle_time");
    else
        doctor_say(d, DOCTOR_OK, "times", "a rename moves the ctime and leaves the mtime alone");
}

static void check_inode(struct doctor *d)
{
    struct dirlist_entry e;
    struct statx st;
    uint64_t listed = 0;
    if (doctor_make(d->dir, "inode") != 0 || look_at(d->dir, "inode", &st) != 1)
        return;
    struct dirlist *list = dirlist_open(d->dir, ".", 0);
    while (list && dirlist_next(list, &e) == 1)
        if (strcmp(e.name, "inode") == 0)
            listed = e.ino;
    dirlist_close(list);
    look_unlink(d->dir, "inode");
    if (listed == st.stx_ino)
        doctor_say(d, DOCTOR_OK, "inodes", "listings and stat agree on inode numbers");
    else
        doctor_say(d, DOCTOR_FAIL, "inodes",
                   "listings say inode %llu, stat says %llu: claims could not be checked",
                   (unsigned long long)listed, (unsigned long long)st.stx_ino);
}

/* How fine the server's clock shows in a touched file. */
static void check_touch(struct doctor *d)
{
    struct statx st;
    int64_t first = 0, begun = clock_boot_ms(), step = -1;
    if (doctor_make(d->dir, "touch") != 0)
        return;
    for (int i = 0; i < 400 && step < 0; i++) {
        if (fs->touchat(d->dir, "touch") != 0 || look_at(d->dir, "touch", &st) != 1)
            break;
        int64_t now = look_ms(st.stx_mtime);
        if (first == 0)
            first = now;
        else if (now != first)
            step = clock_boot_ms() - begun;
        clock_sleep_ms(5);
    }
    look_unlink(d->dir, "touch");
    if (step < 0)
        doctor_say(d, DOCTOR_FAIL, "heartbeat",
                   "a touched file's mtime does not move within 2 s: heartbeats would not be seen");
    else
        doctor_say(d, step > 500 ? DOCTOR_WARN : DOCTOR_OK, "heartbeat",
                   step > 500 ? "a touch shows after %lld ms only: time stamps are coarse, keep "
                                "beat_interval well above that"
                              : "a touch shows within %lld ms",
                   (long long)step);
}

bool doctor_tree(struct doctor *d)
{
    if (!check_make(d))
        return false;
    check_rename(d);
    check_one_file_system(d);
    check_symlink(d);
    check_write(d);
    check_names(d);
    check_times(d);
    check_inode(d);
    check_touch(d);
    return true;
}
