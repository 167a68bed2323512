#include "spool/unpack_tree.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>

#include "base/dirlist.h"
#include "base/fsop.h"
#include "spool/archive_path.h"
#include "spool/look.h"

/* Folders below one another: those of a path, and one in which the files are. */
enum { DEEPEST = ARCHIVE_PATH_DEPTH + 1 };

static void close_keeping(int fd)
{
    int saved = errno;
    fs->close(fd);
    errno = saved;
}

static bool is_folder(int dir, const struct dirlist_entry *e)
{
    struct statx st;
    if (e->type != DT_UNKNOWN)
        return e->type == DT_DIR;
    return look_in(dir, e->name, &st) == 1 && S_ISDIR(st.stx_mode);
}

static int sync_below(int folder, int depth, bool *empty);

/* One folder in another. *gone: it was empty, and has been removed. */
static int sync_child(int dir, const char *name, int depth, bool *gone)
{
    bool empty = false;
    int child = depth < DEEPEST ? look_folder(dir, name) : (errno = ELOOP, -1);
    if (child < 0)
        return -1;
    int bad = sync_below(child, depth + 1, &empty);
    close_keeping(child);
    *gone = !bad && empty;
    return bad == 0 && empty ? look_rmdir(dir, name) : bad;
}

static int sync_below(int folder, int depth, bool *empty)
{
    struct dirlist_entry e;
    int more = -1, bad = 0;
    *empty = true;
    struct dirlist *d = dirlist_open(folder, ".", 0);
    while (d && bad == 0 && (more = dirlist_next(d, &e)) == 1) {
        bool gone = false;
        if (is_folder(dirlist_fd(d), &e))
            bad = sync_child(dirlist_fd(d), e.name, depth, &gone);
        *empty = *empty && gone;
    }
    dirlist_close(d);
    return bad != 0 || more != 0 ? -1 : fs->fsync(folder);
}

int unpack_tree_sync(int folder, bool *empty)
{
    return sync_below(folder, 0, empty);
}

static int empty_below(int folder, int depth, unsigned *entries);

static int remove_child(int dir, const struct dirlist_entry *e, int depth, unsigned *entries)
{
    if (!is_folder(dir, e))
        return look_unlink(dir, e->name);
    int child = depth < DEEPEST ? look_folder(dir, e->name) : (errno = ELOOP, -1);
    if (child < 0)
        return errno == ENOENT ? 0 : -1;
    int left = empty_below(child, depth + 1, entries);
    close_keeping(child);
    return left != 0 ? left : look_rmdir(dir, e->name);
}

static int empty_below(int folder, int depth, unsigned *entries)
{
    struct dirlist_entry e;
    int more = -1, left = 0;
    struct dirlist *d = dirlist_open(folder, ".", 0);
    while (d && left == 0 && (more = dirlist_next(d, &e)) == 1) {
        if (*entries == 0)
            left = 1;
        else if ((left = remove_child(dirlist_fd(d), &e, depth, entries)) == 0)
            --*entries;
    }
    dirlist_close(d);
    return left != 0 ? left : more;
}

int unpack_tree_empty(int folder, unsigned *entries)
{
    return empty_below(folder, 0, entries);
}

/* The listing is the server's; a name that this machine knows may stand for another folder by now,
 * one that was renamed away and is visible (docs/NFS.md: names that are present, and stale). */
int unpack_tree_open(int dir, const char *name)
{
    struct dirlist_entry e;
    struct statx st;
    int more = -1, folder = -1;
    struct dirlist *d = dirlist_open(dir, ".", 0);
    while (d && (more = dirlist_next(d, &e)) == 1 && strcmp(e.name, name) != 0)
        ;
    if (more == 0)
        errno = ENOENT;
    if (more == 1)
        folder = look_folder(dirlist_fd(d), name);
    if (folder >= 0 && (look_fd(folder, &st) != 0 || st.stx_ino != e.ino)) {
        fs->close(folder);
        folder = -1;
        errno = ESTALE;
    }
    dirlist_close(d);
    return folder;
}
