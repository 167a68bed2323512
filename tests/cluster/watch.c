/*
 * watch: writes down every name that comes and goes below a folder, in the order in which it does.
 *
 *   watch FOLDER OUT [SKIP ...]     FOLDER/SKIP are not watched; OUT is appended to
 *
 * It runs on the NFS server, where inotify sees each rename of each client, and one queue gives
 * them a total order. One line each, the path below FOLDER last:
 *
 *   W                 it begins (again, after a restart of the server): all that is there follows
 *   S <inode> f|d P   P was there, when FOLDER or a new folder was looked through
 *   R                 that was all; from here on nothing is missed
 *   F <cookie> f|d P  P was moved away          T <cookie> f|d P   something was moved to P
 *   C 0 f|d P         P was made                D 0 f|d P          P was removed
 *   Q                 the queue ran over: what follows is worth nothing
 *
 * A folder that is made is watched at once, then looked through: what came in before that is told
 * by S, what comes in between by S and by its event, which may come later. SIGKILL ends it.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_CAP = 4096, BLOCK = 1 << 18, WATCHES = 1 << 16 };

static char *watched[WATCHES]; /* watch descriptor -> path below the top (owned), or NULL */
static int queue, highest;
static const char *top;
static char **skipped;
static char *moving; /* the folder whose MOVED_FROM was read last (owned), or NULL */
static unsigned moving_cookie;
static FILE *out;

static void fail(const char *what)
{
    fprintf(stderr, "watch: %s: %s\n", what, strerror(errno));
    exit(1);
}

static bool is_skipped(const char *path)
{
    for (char **s = skipped; *s; s++)
        if (strcmp(*s, path) == 0)
            return true;
    return false;
}

static void join(char to[PATH_CAP], const char *folder, const char *name)
{
    if (snprintf(to, PATH_CAP, "%s%s%s", folder, *folder && *name ? "/" : "", name) >= PATH_CAP) {
        errno = ENAMETOOLONG;
        fail(folder);
    }
}

static void tell(char what, unsigned long number, bool folder, const char *path)
{
    fprintf(out, "%c %lu %c %s\n", what, number, folder ? 'd' : 'f', path);
}

/* Watch a folder. False when it is gone again. */
static bool watch(const char *path)
{
    char full[PATH_CAP];
    join(full, top, path);
    int wd = inotify_add_watch(queue, full,
                               IN_MOVE | IN_CREATE | IN_DELETE | IN_ONLYDIR | IN_DONT_FOLLOW);
    if (wd < 0 && (errno == ENOENT || errno == ENOTDIR))
        return false;
    if (wd < 0 || wd >= WATCHES)
        fail(full);
    highest = wd > highest ? wd : highest;
    free(watched[wd]);
    watched[wd] = strdup(path);
    if (!watched[wd])
        fail(path);
    return true;
}

/* Watch a folder and all below it, telling what is there. */
static void look_through(const char *path)
{
    char full[PATH_CAP], inner[PATH_CAP];
    struct dirent *e;
    join(full, top, path);
    if (is_skipped(path) || !watch(path))
        return;
    DIR *d = opendir(full);
    while (d && (e = readdir(d))) {
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        join(inner, path, e->d_name);
        if (is_skipped(inner))
            continue;
        tell('S', e->d_ino, e->d_type == DT_DIR, inner);
        if (e->d_type == DT_DIR)
            look_through(inner);
    }
    if (d)
        closedir(d);
}

/* A folder was moved: what was below its old path is below its new one. */
static void move_watches(const char *from, const char *to)
{
    size_t n = strlen(from);
    char path[PATH_CAP];
    for (int wd = 0; wd <= highest; wd++) {
        char *old = watched[wd];
        if (!old || strncmp(old, from, n) != 0 || (old[n] != 0 && old[n] != '/'))
            continue;
        join(path, to, old[n] == '/' ? old + n + 1 : "");
        watched[wd] = strdup(path);
        if (!watched[wd])
            fail(path);
        free(old);
    }
}

static void folder_event(const struct inotify_event *e, const char *path)
{
    if (e->mask & IN_MOVED_FROM) {
        free(moving);
        moving = strdup(path);
        moving_cookie = e->cookie;
    } else if (e->mask & IN_MOVED_TO && moving && moving_cookie == e->cookie) {
        move_watches(moving, path);
    } else if (e->mask & (IN_CREATE | IN_MOVED_TO)) {
        look_through(path);
    }
}

static void one_event(const struct inotify_event *e)
{
    char path[PATH_CAP];
    bool folder = (e->mask & IN_ISDIR) != 0;
    if (e->mask & IN_Q_OVERFLOW) {
        fprintf(out, "Q\n");
        return;
    }
    if (e->wd < 0 || e->wd >= WATCHES || !watched[e->wd])
        return;
    if (e->mask & IN_IGNORED) { /* removed: its name was told by the folder above */
        free(watched[e->wd]);
        watched[e->wd] = NULL;
        return;
    }
    if (e->len == 0)
        return;
    join(path, watched[e->wd], e->name);
    tell(e->mask & IN_MOVED_FROM ? 'F'
         : e->mask & IN_MOVED_TO ? 'T'
         : e->mask & IN_CREATE   ? 'C'
                                 : 'D',
         e->cookie, folder, path);
    if (folder)
        folder_event(e, path);
}

static void read_events(void)
{
    static char block[BLOCK] __attribute__((aligned(__alignof__(struct inotify_event))));
    ssize_t n = read(queue, block, sizeof block);
    if (n < 0 && errno != EINTR)
        fail("inotify");
    for (char *at = block; at < block + n;) {
        const struct inotify_event *e = (const void *)at;
        one_event(e);
        at += sizeof *e + e->len;
    }
    if (fflush(out) != 0)
        fail("output");
}

int main(int argc, char **argv)
{
    if (argc < 3)
        return 2;
    top = argv[1];
    skipped = argv + 3;
    out = fopen(argv[2], "ae");
    queue = inotify_init1(IN_CLOEXEC);
    if (!out || queue < 0)
        fail(argv[2]);
    fprintf(out, "W\n");
    look_through("");
    fprintf(out, "R\n");
    if (fflush(out) != 0)
        fail("output");
    for (;;)
        read_events();
}
