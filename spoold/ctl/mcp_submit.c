/*
 * spool_submit: a file from below an allowed folder into pending/. The folder was opened when the server
 * began; the file is opened from there, one component at a time, and no link is followed.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "spool/drop.h"
#include "spool/dropname.h"
#include "spool/look.h"
#include "spool/token.h"
#include "spoold/ctl/ctl.h"
#include "spoold/ctl/mcp_tool.h"

enum { WAIT_MS = 4000 };

/* What comes after an allowed folder, and which that is. NULL: it is below none. */
static const char *below(const struct mcp_allow *a, const char *path, unsigned *root)
{
    for (unsigned i = 0; i < a->roots; i++) {
        size_t n = strlen(a->root[i]);
        n -= n == 1; /* "/" */
        if (strncmp(path, a->root[i], n) == 0 && path[n] == '/') {
            *root = i;
            return path + n + 1;
        }
    }
    return NULL;
}

/* The folder of `rest` below root, and the name in it. -1 with errno. */
static int open_folder(int root, const char *rest, const char **name)
{
    char folder[PATH_CAP];
    const char *slash = strrchr(rest, '/');
    *name = slash ? slash + 1 : rest;
    snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - rest) : 0, rest);
    return look_folder_path(root, folder);
}

/* A regular file, open: -1 with a sentence. It is looked at before it is opened, as opening a device
 * may do something, and again after, as it may have been exchanged. */
static int open_file(struct mcp_call *c, int folder, const char *name)
{
    struct stat before, st;
    int fd = -1;
    if (fstatat(folder, name, &before, AT_SYMLINK_NOFOLLOW) != 0)
        mcp_fail(c, "%s: %s.", ctl_shown(name), strerror(errno));
    else if (!S_ISREG(before.st_mode))
        mcp_fail(c, "%s: it is no regular file.", ctl_shown(name));
    else if ((fd = openat(folder, name,
                          O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)) < 0)
        mcp_fail(c, "%s: %s.", ctl_shown(name), strerror(errno));
    else if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
        mcp_fail(c, "%s: it is no regular file.", ctl_shown(name));
    else if (st.st_size == 0)
        mcp_fail(c, "%s: it is empty.", ctl_shown(name));
    if (c->why.len > 0 && fd >= 0) {
        close(fd);
        fd = -1;
    }
    return fd;
}

struct counted {
    uint64_t bytes;
};

static bool go_on(void *arg, uint64_t bytes)
{
    struct counted *n = arg;
    n->bytes += bytes;
    return !ctl_stopped();
}

static void put(struct mcp_call *c, int fd, const char *name, const char *to)
{
    char folder[PATH_CAP], final[NAME_CAP], path[PATH_CAP + NAME_CAP];
    struct counted n = {0};
    const struct drop drop = {.name = name,
                              .from = fd,
                              .progress = go_on,
                              .arg = &n,
                              .size = DROP_ANY,
                              .number = true,
                              .wait_ms = WAIT_MS};
    int dir = drop_folder(c->spool, to, folder);
    if (dir < 0 || drop_put(c->spool, &drop, dir, folder, final) != 0) {
        mcp_fail(c, "%s: not submitted: %s.", ctl_shown(name),
                 errno == ECANCELED ? "interrupted" : strerror(errno));
    } else {
        snprintf(path, sizeof path, "%s%s%s", to, *to ? "/" : "", final);
        jsonw_name(c->out, "path", path, strlen(path));
        jsonw_uint(c->out, "bytes", n.bytes);
    }
    if (dir >= 0)
        close(dir);
}

/* The folder of pending/ that is asked for, as bytes. False, having failed: no worker looks there. */
static bool target(struct mcp_call *c, const char **to)
{
    *to = jsonr_str(c->args, "to", "");
    const char *why = **to ? drop_wrong_path(*to, strlen(*to)) : NULL;
    if (why)
        mcp_fail(c, "to %s: %s.", ctl_shown(*to), why);
    return !why;
}

void mcp_submit(struct mcp_call *c)
{
    const char *path = jsonr_str(c->args, "path", ""), *name, *to;
    unsigned root = 0;
    const char *rest = below(c->allow, path, &root);
    if (!target(c, &to))
        return;
    if (!rest || strlen(rest) >= PATH_CAP || !token_path_ok(rest)) {
        mcp_fail(c, "%s: give an absolute path below an allowed folder, without '..'.",
                 ctl_shown(path));
        return;
    }
    int folder = open_folder(c->allow->root_fd[root], rest, &name), fd = -1;
    if (folder < 0)
        mcp_fail(c, "%s: its folder cannot be opened (links are not followed): %s.",
                 ctl_shown(path), strerror(errno));
    else if (dropname_ignored(name))
        mcp_fail(c, "%s: %s.", ctl_shown(name), dropname_ignored(name));
    else if ((fd = open_file(c, folder, name)) >= 0)
        put(c, fd, name, to);
    if (fd >= 0)
        close(fd);
    if (folder >= 0)
        close(folder);
}
