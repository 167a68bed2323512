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

/* A folder that the walk is in. */
struct within {
    struct dirlist *list; /* NULL: in none */
    char path[PATH_CAP];
    size_t below; /* what was found in it lies on the stack from here on; where others are listed
                     beside it, some of theirs, too */
    struct scan_name block[BLOCK];
    unsigned len, at;
};

struct scan {
    const struct spool *spool;
    struct within *in[SCAN_BESIDE]; /* owned; the first is always there, others come when needed */
    unsigned beside, each;          /* as scan_beside says */
    unsigned turn;                  /* of `in`: where the last names were from */
    struct later *stack;            /* folders to be entered */
    size_t depth, cap;
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
    if (!w || !(w->in[0] = calloc(1, sizeof *w->in[0]))) {
        free(w);
        return NULL;
    }
    w->spool = s;
    w->beside = 1;
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
    for (unsigned i = 0; i < SCAN_BESIDE; i++) {
        if (w->in[i])
            dirlist_close(w->in[i]->list);
        free(w->in[i]);
    }
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

void scan_beside(struct scan *w, unsigned folders, unsigned each)
{
    w->beside = folders < 1 ? 1 : folders < SCAN_BESIDE ? folders : SCAN_BESIDE;
    w->each = each > 0 ? each : 1;
}

void scan_rewind(struct scan *w)
{
    for (unsigned i = 0; i < SCAN_BESIDE; i++) {
        struct within *in = w->in[i];
        if (!in)
            continue;
        dirlist_close(in->list);
        in->list = NULL;
        in->len = in->at = 0;
    }
    drop_stack(w);
    w->turn = 0;
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
static int open_folder(const struct scan *w, const char *path)
{
    if (!w->root[0] || strcmp(path, w->root) != 0)
        return look_folder_path(w->spool->pending, path);
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
static bool enter(struct scan *w, struct within *in)
{
    while (w->depth > 0) {
        char *path = w->stack[--w->depth].path;
        snprintf(in->path, sizeof in->path, "%s", path);
        free(path);
        in->below = w->depth;
        if (w->entering)
            w->entering(w->entering_arg, in->path);
        int dir = open_folder(w, in->path);
        if (dir >= 0) {
            in->list = dirlist_open(dir, ".", 0);
            int saved = errno;
            fs->close(dir);
            errno = saved;
        }
        if (in->list) {
            w->counts.folders++;
            return true;
        }
        if (errno != ENOENT && errno != ENOTDIR && errno != ELOOP)
            w->counts.unreadable++;
    }
    return false;
}

static void take_entry(struct scan *w, struct within *in, const struct dirlist_entry *e)
{
    unsigned char type = e->type;
    struct statx st;
    if (dropname_ignored(e->name)) {
        if (in->path[0] || (strcmp(e->name, DIR_RETRY) != 0 && strcmp(e->name, DIR_UNPACK) != 0))
            w->counts.ignored[IGNORED_NAME]++;
        return;
    }
    if (type == DT_UNKNOWN && look_in(dirlist_fd(in->list), e->name, &st) == 1)
        type = S_ISDIR(st.stx_mode)   ? DT_DIR
               : S_ISREG(st.stx_mode) ? DT_REG
               : S_ISLNK(st.stx_mode) ? DT_LNK
                                      : DT_FIFO;
    if (type == DT_DIR) {
        if (in->path[0] || !w->others || !w->others(w->others_arg, e->name))
            push(w, in->path, e->name);
    } else if (type == DT_REG) {
        struct scan_name *n = &in->block[in->len++];
        snprintf(n->name, sizeof n->name, "%s", e->name);
        n->order = order_of(w->spool->host, e->name);
        w->counts.names++;
    } else if (type != DT_UNKNOWN) {
        w->counts.ignored[type == DT_LNK ? IGNORED_LINK : IGNORED_SPECIAL]++;
    }
}

/* The open folder is at its end. What is below it is entered in the host's own order, too. */
static void leave(struct scan *w, struct within *in)
{
    dirlist_close(in->list);
    in->list = NULL;
    if (w->depth > in->below)
        qsort(w->stack + in->below, w->depth - in->below, sizeof *w->stack, by_later);
}

/* Read the next block of names of the open folder; closes it at its end. */
static void fill_block(struct scan *w, struct within *in)
{
    struct dirlist_entry e;
    int more = 1;
    in->len = in->at = 0;
    while (in->len < BLOCK && (more = dirlist_next(in->list, &e)) == 1)
        take_entry(w, in, &e);
    if (more != 1 && in->len == 0)
        leave(w, in);
    qsort(in->block, in->len, sizeof *in->block, by_order);
}

/* Has it names at hand? If not, it goes on to the next block, or with `more` to the next folder.
 * False: none is left. */
static bool has_names(struct scan *w, struct within *in, bool more)
{
    while (in->at == in->len) {
        if (!in->list && (!more || !enter(w, in)))
            return false;
        fill_block(w, in);
    }
    return true;
}

/* Place i of those for folders side by side; NULL: there is none, for want of folders or memory. */
static struct within *place(struct scan *w, unsigned i)
{
    if (!w->in[i] && i < w->beside && w->depth > 0)
        w->in[i] = calloc(1, sizeof *w->in[i]);
    return w->in[i];
}

/* Of the folders that are listed side by side the one whose turn it is; NULL: the walk is at its
 * end. What was begun is ended, also where fewer are wanted by now. */
static struct within *whose_turn(struct scan *w)
{
    for (unsigned k = 1; k <= SCAN_BESIDE; k++) {
        unsigned i = (w->turn + k) % SCAN_BESIDE;
        struct within *in = place(w, i);
        if (in && has_names(w, in, i < w->beside)) {
            w->turn = i;
            return in;
        }
    }
    return NULL;
}

/* Is there a folder beside the one whose turn it is, or will there be? */
static bool has_others(const struct scan *w)
{
    bool any = w->beside > 1 && w->depth > 0;
    for (unsigned i = 0; i < SCAN_BESIDE; i++)
        any = any || (i != w->turn && w->in[i] && w->in[i]->list);
    return any;
}

unsigned scan_next(struct scan *w, struct scan_name *out, unsigned max, int *folder,
                   const char **path)
{
    unsigned n = 0;
    struct within *in = whose_turn(w);
    if (!in)
        return 0;
    if (max > w->each && has_others(w))
        max = w->each;
    while (n < max && in->at < in->len)
        out[n++] = in->block[in->at++];
    *folder = dirlist_fd(in->list);
    *path = in->path;
    return n;
}

void scan_skip(struct scan *w, unsigned blocks)
{
    struct within *in = w->in[w->turn];
    in->at = in->len;
    for (; blocks > 1 && in->list; blocks--) {
        fill_block(w, in);
        in->at = in->len;
    }
}

const struct scan_counts *scan_counts(const struct scan *w)
{
    return &w->counts;
}
