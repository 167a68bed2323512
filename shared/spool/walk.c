#include "spool/walk.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/dirlist.h"
#include "base/fsop.h"
#include "spool/look.h"

struct walk {
    int top;
    bool deep;
    struct dirlist *list; /* NULL between folders */
    char path[WALK_PATH_CAP];
    uint64_t entries;
    char **stack; /* folders to be entered (owned strings) */
    size_t depth, cap;
};

static int push(struct walk *w, const char *above, const char *name)
{
    char *path = NULL;
    if (w->depth == w->cap) {
        size_t cap = w->cap ? 2 * w->cap : 32;
        char **grown = realloc(w->stack, cap * sizeof *grown);
        if (!grown)
            return -1;
        w->stack = grown;
        w->cap = cap;
    }
    if (asprintf(&path, "%s%s%s", above, *above ? "/" : "", name) < 0)
        return -1;
    if (strlen(path) >= sizeof w->path) {
        free(path);
        errno = ENAMETOOLONG;
        return -1;
    }
    w->stack[w->depth++] = path;
    return 0;
}

struct walk *walk_new(int top, bool deep)
{
    struct walk *w = calloc(1, sizeof *w);
    if (!w)
        return NULL;
    w->top = top;
    w->deep = deep;
    if (push(w, "", "") != 0) {
        free(w);
        return NULL;
    }
    return w;
}

void walk_free(struct walk *w)
{
    if (!w)
        return;
    dirlist_close(w->list);
    while (w->depth > 0)
        free(w->stack[--w->depth]);
    free(w->stack);
    free(w);
}

/* Enter the next folder. One that has gone meanwhile is no trouble: folders come and go. */
static enum walk_got enter(struct walk *w)
{
    while (w->depth > 0) {
        char *path = w->stack[--w->depth];
        snprintf(w->path, sizeof w->path, "%s", path);
        free(path);
        w->entries = 0;
        int dir = look_folder_path(w->top, w->path);
        if (dir >= 0) {
            w->list = dirlist_open(dir, ".", 0);
            int saved = errno;
            fs->close(dir);
            errno = saved;
        }
        if (w->list)
            return WALK_ENTRY;
        if (errno != ENOENT && errno != ENOTDIR && errno != ELOOP)
            return WALK_TROUBLE;
    }
    return WALK_END;
}

static unsigned char type_of(const struct dirlist *list, const struct dirlist_entry *e)
{
    struct statx st;
    if (e->type != DT_UNKNOWN || look_in(dirlist_fd(list), e->name, &st) != 1)
        return e->type;
    return (unsigned char)IFTODT(st.stx_mode);
}

enum walk_got walk_next(struct walk *w, struct walk_at *at)
{
    struct dirlist_entry e;
    *at = (struct walk_at){.path = w->path, .name = "", .folder = -1};
    if (w->list && w->entries == UINT64_MAX) { /* its end was told: leave it */
        dirlist_close(w->list);
        w->list = NULL;
    }
    if (!w->list) {
        enum walk_got got = enter(w);
        if (got != WALK_ENTRY)
            return got;
    }
    at->folder = dirlist_fd(w->list);
    int more = dirlist_next(w->list, &e);
    if (more == 1) {
        w->entries++;
        at->name = e.name;
        at->ino = e.ino;
        at->type = type_of(w->list, &e);
        if (w->deep && at->type == DT_DIR && e.name[0] != '.' && push(w, w->path, e.name) != 0)
            return WALK_TROUBLE;
        return WALK_ENTRY;
    }
    at->entries = w->entries;
    w->entries = UINT64_MAX;
    return more == 0 ? WALK_FOLDER : WALK_TROUBLE;
}
