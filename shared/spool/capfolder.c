#include "spool/capfolder.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/dirlist.h"
#include "base/fsop.h"
#include "spool/look.h"

enum { FOLDER_MODE = 02775, FILE_MODE = 0664, TRIES = 5, PAUSE_MS = 5 };

static void close_keeping_errno(int fd)
{
    int saved = errno;
    if (fd >= 0)
        fs->close(fd);
    errno = saved;
}

int capfolder_open(const struct spool *s, const char *cap, bool make)
{
    int caps = look_folder(s->control, DIR_CAPS);
    if (caps < 0 && errno == ENOENT && make && look_mkdir(s->control, DIR_CAPS, FOLDER_MODE) == 0)
        caps = look_folder(s->control, DIR_CAPS);
    int folder = caps >= 0 ? look_folder(caps, cap) : -1;
    if (caps >= 0 && folder < 0 && errno == ENOENT && make &&
        look_mkdir(caps, cap, FOLDER_MODE) == 0)
        folder = look_folder(caps, cap);
    close_keeping_errno(caps);
    return folder;
}

static int make_file(int folder, const char *name)
{
    int fd = fs->openat(folder, name, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, FILE_MODE);
    return fd < 0 ? -1 : fs->close(fd);
}

/* The private folder, with all that belongs into it. 0 or -1; then something of it may be there. */
static int prepare(int folder, const char *fresh, const char *file, const char *first)
{
    int inside = -1, rc = -1;
    if (make_file(folder, file) == 0 && look_mkdir(folder, fresh, FOLDER_MODE) == 0 &&
        (inside = look_folder(folder, fresh)) >= 0 && make_file(inside, CAP_MADE) == 0)
        rc = look_move(folder, file, inside, first) == MOVED ? 0 : -1;
    close_keeping_errno(inside);
    return rc;
}

/* The one rename: 1, 0 as capfolder_bear. */
static int bear(int folder, const char *fresh, const char *name)
{
    for (int i = 0; i < TRIES; i++) {
        if (fs->renameat(folder, fresh, folder, name) == 0)
            return 1;
        int error = errno;
        if (look_at(folder, name, NULL) == 1)
            return 0;
        errno = error;
        if (!look_passing(error))
            return -1;
        clock_sleep_ms(PAUSE_MS);
        errno = error;
    }
    return -1;
}

/* Empty and remove a folder that nobody can make visible any more: its name is ".old-". */
static void remove_old(int folder, const char *name)
{
    struct dirlist_entry e;
    struct dirlist *d = dirlist_open(folder, name, 0);
    while (d && dirlist_next(d, &e) == 1)
        look_unlink(dirlist_fd(d), e.name);
    dirlist_close(d);
    look_rmdir(folder, name);
}

/* Of no use any more. What is in it may be touched only after its name has been taken away: a birth
 * that was thought to have failed might still come, and then this is the number's own folder. */
static void throw_away(int folder, const char *fresh, const char *id)
{
    char old[NAME_CAP];
    cap_private_name("old", id, old);
    if (look_move(folder, fresh, folder, old) == MOVED)
        remove_old(folder, old);
}

int capfolder_bear(int folder, const char *name, const char *first, const struct lease *l)
{
    char id[ID_CAP], fresh[NAME_CAP], file[NAME_CAP];
    lease_new_id(l, id);
    cap_private_name("new", id, fresh);
    cap_private_name("file", id, file);
    int born = prepare(folder, fresh, file, first) == 0 ? bear(folder, fresh, name) : -1;
    if (born == 1)
        return 1;
    int saved = errno;
    throw_away(folder, fresh, id);
    look_unlink(folder, file);
    errno = saved;
    return born;
}

static bool is_old(int fresh_folder, const char *name, const struct lease *l, int64_t age)
{
    struct statx st;
    if (look_in(fresh_folder, name, &st) != 1)
        return false;
    int64_t m = look_ms(st.stx_mtime), c = look_ms(st.stx_ctime);
    return lease_server_now(l) - (m > c ? m : c) > age;
}

void capfolder_tidy(int folder, const struct lease *l, int64_t age)
{
    struct dirlist_entry e;
    struct dirlist *d = dirlist_open(folder, ".", 0);
    while (d && dirlist_next(d, &e) == 1) {
        if (!(cap_is_private(e.name) || cap_is_want(e.name)) ||
            !is_old(dirlist_fd(d), e.name, l, age))
            continue;
        const char *id = strchr(e.name, '-') + 1;
        if (strncmp(e.name, ".new-", 5) == 0)
            throw_away(folder, e.name, id);
        else if (strncmp(e.name, ".old-", 5) == 0)
            remove_old(folder, e.name);
        else
            look_unlink(folder, e.name);
    }
    dirlist_close(d);
}
