#include "spool/scan.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/dirlist.h"
#include "base/fsop.h"
#include "base/log.h"
#include "spool/dropname.h"
#include "spool/look.h"

enum { BLOCK = 512 };

/* A folder still to be entered. */
struct later {
    char *path; /* owned */
    uint64_t order;
};

struct scan {
    const struct spool *spool;
    struct dirlist *list; /* of the folder that the walk is in; NULL between folders */
    char path[PATH_CAP];  /* its path */
    struct later *stack;  /* folders to be entered; those of the folder itself from `below` on */
    size_t depth, cap, below;
    struct scan_name block[BLOCK];
    unsigned block_len, block_at;
    struct scan_counts counts;
    char root[NAME_CAP]; /* below which alone it goes; "": the top */
    bool (*others)(const void *arg, const char *folder);
    const void *others_arg;
    void (*entering)(const void *arg, const char *path);
    const void *entering_arg;
};

struct scan *scan_new(const struct spool *s)
{
    struct scan *w = calloc(1, sizeof *w);
    if (!w)
        return NULL;
    w->spool = s;
    scan_rewind(w);
    return w;
}

static void drop_stack(struct scan *w)
{
    while (w->depth > 0)
        free(w->stack[--w->depth].path);
}

void scan_free(struct scan *w)
{
    if (!w)
        return;
    dirlist_close(w->list);
    drop_stack(w);
    free(w->stack);
    free(w);
}

/* FNV-1a over host and name, mixed (the finaliser of MurmurHash3): an order of its own for each
 * host. */
static uint64_t order_of(const char *host, const char *name)
{
    uint64_t h = 0xcbf29ce484222325u;
    for (const char *p = host; *p; p++)
        h = (h ^ (unsigned char)*p) * 0x100000001b3u;
    for (const char *p = name; *p; p++)
        h = (h ^ (unsigned char)*p) * 0x100000001b3u;
    h = (h ^ (h >> 33)) * 0xff51afd7ed558ccdu;
    return h ^ (h >> 33);
}

static void push(struct scan *w, const char *above, const char *name)
{
    char *path = NULL;
    if (w->depth == w->cap) {
        size_t cap = w->cap ? 2 * w->cap : 64;
        struct later *grown = realloc(w->stack, cap * sizeof *grown);
        if (!grown)
            goto lost; /* the folder is met again at the next walk */
        w->stack = grown;
        w->cap = cap;
    }
    if (asprintf(&path, "%s%s%s", above, *above ? "/" : "", name) < 0)
        goto lost;
    if (strlen(path) + 2 >= PATH_CAP) { /* nothing in it could have a path */
        log_warn("pending/: a folder called %s lies too deep: paths of %d bytes or more cannot be "
                 "kept. Nothing in it is taken; "
                 "move it up",
                 name, PATH_CAP - 1);
        free(path);
        goto lost;
    }
    w->stack[w->depth++] = (struct later){path, order_of(w->spool->host, path)};
    return;
lost:
    w->counts.unreadable++;
}

void scan_below(struct scan *w, const char *folder)
{
    snprintf(w->root, sizeof w->root, "%s", folder);
}

void scan_without(struct scan *w, bool (*others)(const void *arg, const char *folder),
                  const void *arg)
{
    w->others = others;
    w->others_arg = arg;
}

void scan_telling(struct scan *w, void (*entering)(const void *arg, const char *path),
                  const void *arg)
{
    w->entering = entering;
    w->entering_arg = arg;
}

void scan_rewind(struct scan *w)
{
    dirlist_close(w->list);
    w->list = NULL;
    drop_stack(w);
    w->block_len = w->block_at = 0;
    memset(&w->counts, 0, sizeof w->counts);
    push(w, "", w->root);
}

static int by_order(const void *a, const void *b)
{
    uint64_t x = ((const struct scan_name *)a)->order, y = ((const struct scan_name *)b)->order;
    return x < y ? -1 : x > y;
}

static int by_later(const void *a, const void *b)
{
    uint64_t x = ((const struct later *)a)->order, y = ((const struct later *)b)->order;
    return x < y ? -1 : x > y;
}

/* The folder that a walk begins with may have been made a moment ago by another host: a client that
 * has met it missing believes so until it has opened the folder above afresh. */
static int open_folder(const struct scan *w)
{
    if (!w->root[0] || strcmp(w->path, w->root) != 0)
        return look_folder_path(w->spool->pending, w->path);
    int top = look_folder(w->spool->pending, "."), dir = -1;
    if (top >= 0) {
        dir = look_folder(top, w->root);
        int saved = errno;
        fs->close(top);
        errno = saved;
    }
    return dir;
}

/* Open the next folder of the stack. False: none is left. */
static bool enter(struct scan *w)
{
    while (w->depth > 0) {
        char *path = w->stack[--w->depth].path;
        snprintf(w->path, sizeof w->path, "%s", path);
        free(path);
        w->below = w->depth;
        if (w->entering)
            w->entering(w->entering_arg, w->path);
        int dir = open_folder(w);
        if (dir >= 0) {
            w->list = dirlist_open(dir, ".", 0);
            int saved = errno;
            fs->close(dir);
            errno = saved;
        }
        if (w->list) {
            w->counts.folders++;
            return true;
        }
        if (errno != ENOENT && errno != ENOTDIR && errno != ELOOP)
            w->counts.unreadable++;
    }
    return false;
}

static void take_entry(struct scan *w, const struct dirlist_entry *e)
{
    unsigned char type = e->type;
    struct statx st;
    if (dropname_ignored(e->name)) {
        if (w->path[0] || (strcmp(e->name, DIR_RETRY) != 0 && strcmp(e->name, DIR_UNPACK) != 0))
            w->counts.ignored[IGNORED_NAME]++;
        return;
    }
    if (type == DT_UNKNOWN && look_in(dirlist_fd(w->list), e->name, &st) == 1)
        type = S_ISDIR(st.stx_mode)   ? DT_DIR
               : S_ISREG(st.stx_mode) ? DT_REG
               : S_ISLNK(st.stx_mode) ? DT_LNK
                                      : DT_FIFO;
    if (type == DT_DIR) {
        if (w->path[0] || !w->others || !w->others(w->others_arg, e->name))
            push(w, w->path, e->name);
    } else if (type == DT_REG) {
        struct scan_name *n = &w->block[w->block_len++];
        snprintf(n->name, sizeof n->name, "%s", e->name);
        n->order = order_of(w->spool->host, e->name);
        w->counts.names++;
    } else if (type != DT_UNKNOWN) {
        w->counts.ignored[type == DT_LNK ? IGNORED_LINK : IGNORED_SPECIAL]++;
    }
}

/* The open folder is at its end. What is below it is entered in the host's own order, too. */
static void leave(struct scan *w)
{
    dirlist_close(w->list);
    w->list = NULL;
    if (w->depth > w->below)
        qsort(w->stack + w->below, w->depth - w->below, sizeof *w->stack, by_later);
}

/* Read the next block of names of the open folder; closes it at its end. */
static void fill_block(struct scan *w)
{
    struct dirlist_entry e;
    int more = 1;
    w->block_len = w->block_at = 0;
    while (w->block_len < BLOCK && (more = dirlist_next(w->list, &e)) == 1)
        take_entry(w, &e);
    if (more != 1 && w->block_len == 0)
        leave(w);
    qsort(w->block, w->block_len, sizeof *w->block, by_order);
}

unsigned scan_next(struct scan *w, struct scan_name *out, unsigned max, int *folder,
                   const char **path)
{
    unsigned n = 0;
    while (w->block_at == w->block_len) {
        if (!w->list && !enter(w))
            return 0;
        fill_block(w);
    }
    while (n < max && w->block_at < w->block_len)
        out[n++] = w->block[w->block_at++];
    *folder = dirlist_fd(w->list);
    *path = w->path;
    return n;
}

void scan_skip(struct scan *w, unsigned blocks)
{
    w->block_at = w->block_len;
    for (; blocks > 1 && w->list; blocks--) {
        fill_block(w);
        w->block_at = w->block_len;
    }
}

const struct scan_counts *scan_counts(const struct scan *w)
{
    return &w->counts;
}
