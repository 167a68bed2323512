#include "state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_ROOM = 4096 };

/* ---- which changes of entries are there ---- */

static bool touches(const struct record_op *o, int node)
{
    return record_changes_entries(o->kind) &&
           (o->node == node || o->dir == node || o->to_dir == node);
}

unsigned state_durable(const struct record_log *log, unsigned cut)
{
    unsigned durable = 0;
    for (unsigned i = 0; i < cut; i++) {
        if (log->op[i].kind != REC_FSYNC)
            continue;
        unsigned k = i;
        while (k > durable && !touches(&log->op[k - 1], log->op[i].node))
            k--;
        durable = k;
    }
    return durable;
}

/* Do two changes of entries have a folder in common? The later one then depends on the earlier. A
 * folder's making and removal are the first and the last change of its own entries. */
static bool share_folder(const struct record_log *log, const struct record_op *a,
                         const struct record_op *b)
{
    const int mine[3] = {a->dir, a->to_dir,
                         a->node >= 0 && log->node[a->node].type == NODE_FOLDER ? a->node : -1};
    for (int i = 0; i < 3; i++)
        if (mine[i] >= 0 && (b->dir == mine[i] || b->to_dir == mine[i] || b->node == mine[i]))
            return true;
    return false;
}

/* Add all earlier ones that those in `set` depend on. */
static void close_downwards(const struct record_log *log, bool *set, unsigned cut)
{
    for (unsigned i = cut; i-- > 0;)
        for (unsigned k = i; set[i] && k-- > 0;)
            if (!set[k] && record_changes_entries(log->op[k].kind) &&
                share_folder(log, &log->op[i], &log->op[k]))
                set[k] = true;
}

void state_loose_durable(const struct record_log *log, unsigned cut, bool durable[RECORD_OPS])
{
    memset(durable, 0, RECORD_OPS * sizeof *durable);
    for (unsigned i = 0; i < cut; i++) {
        const struct record_op *o = &log->op[i];
        if (o->kind != REC_FSYNC || o->node < 0 || log->node[o->node].type != NODE_FOLDER)
            continue;
        for (unsigned k = 0; k < i; k++)
            durable[k] |= record_changes_entries(log->op[k].kind) &&
                          (log->op[k].dir == o->node || log->op[k].to_dir == o->node);
    }
    close_downwards(log, durable, cut);
}

static void loose_without(struct state *s)
{
    const struct record_log *log = s->log;
    bool lost[RECORD_OPS] = {false};
    lost[s->cut.at] = true;
    for (unsigned i = s->cut.at + 1u; i < s->cut.cut; i++)
        for (unsigned k = s->cut.at; k < i && !lost[i]; k++)
            lost[i] = lost[k] && record_changes_entries(log->op[i].kind) &&
                      share_folder(log, &log->op[k], &log->op[i]);
    for (unsigned i = 0; i < s->cut.cut; i++)
        s->has[i] = !lost[i];
}

static void choose_ops(struct state *s)
{
    memset(s->has, 0, sizeof s->has);
    if (s->cut.model == CUT_LOOSE_WITHOUT) {
        loose_without(s);
    } else if (s->cut.model == CUT_LOOSE_ONLY) {
        state_loose_durable(s->log, s->cut.cut, s->has);
        s->has[s->cut.at] = true;
        close_downwards(s->log, s->has, s->cut.cut);
    } else {
        unsigned n = s->cut.model == CUT_JOURNAL ? s->cut.at : s->cut.cut;
        for (unsigned i = 0; i < n; i++)
            s->has[i] = true;
    }
}

/* ---- entries ---- */

static void replace(struct state *s, int dir, const char *name, int by)
{
    for (unsigned i = 0; i < s->log->nodes; i++)
        if ((int)i != by && s->there[i] && s->parent[i] == dir && strcmp(s->name[i], name) == 0)
            s->there[i] = false;
}

static void apply(struct state *s, const struct record_op *o)
{
    if (o->node < 0)
        return;
    if (o->kind == REC_UNLINK) {
        s->there[o->node] = false;
        return;
    }
    int dir = o->kind == REC_RENAME ? o->to_dir : o->dir;
    const char *name = o->kind == REC_RENAME ? o->to : o->name;
    if (o->kind == REC_RENAME && !s->there[o->node])
        return;
    replace(s, dir, name, o->node);
    s->there[o->node] = dir >= 0;
    s->parent[o->node] = dir;
    s->name[o->node] = name;
}

void state_build(struct state *s, const struct record_log *log, struct cut cut)
{
    s->log = log;
    s->cut = cut;
    choose_ops(s);
    for (unsigned i = 0; i < log->nodes; i++) {
        s->there[i] = log->node[i].old;
        s->parent[i] = log->node[i].parent;
        s->name[i] = log->node[i].name;
    }
    for (unsigned i = 0; i < cut.cut; i++)
        if (s->has[i] && record_changes_entries(log->op[i].kind))
            apply(s, &log->op[i]);
}

/* ---- bytes ---- */

/* Everything done to the file before this index is durable. A failed fsync has lost what was
 * written before it for good, whatever comes after. */
static unsigned bytes_durable(const struct record_log *log, const struct cut *cut, int node)
{
    unsigned durable = 0;
    for (unsigned i = 0; i < cut->cut; i++) {
        const struct record_op *o = &log->op[i];
        if (o->node != node)
            continue;
        if (o->kind == REC_FSYNC_LOST)
            return durable;
        if (o->kind == REC_FSYNC || (o->kind == REC_CLOSE && cut->model == CUT_NFS))
            durable = i;
    }
    return durable;
}

bool state_dirty(const struct record_log *log, const struct cut *cut, int node)
{
    for (unsigned i = bytes_durable(log, cut, node); i < cut->cut; i++)
        if (log->op[i].node == node && log->op[i].kind == REC_WRITE)
            return true;
    return false;
}

/* The file's bytes after its operations before `until`. */
static unsigned content(const struct record_log *log, int node, unsigned until, char *out)
{
    const struct record_node *n = &log->node[node];
    unsigned len = n->old ? n->len : 0;
    memcpy(out, log->bytes + n->at, len);
    for (unsigned i = 0; i < until; i++) {
        const struct record_op *o = &log->op[i];
        if (o->node != node || (o->kind != REC_WRITE && o->kind != REC_TRUNCATE))
            continue;
        if (o->kind == REC_TRUNCATE) {
            len = 0;
            continue;
        }
        memcpy(out + o->offset, log->bytes + o->at, o->len);
        len = o->offset + o->len > len ? o->offset + o->len : len;
    }
    return len;
}

/* The file's bytes as the power cut left them. */
static unsigned left_of(const struct state *s, int node, char *out)
{
    const struct cut *c = &s->cut;
    unsigned all = content(s->log, node, c->cut, out);
    if (c->bytes == BYTES_KEPT || (c->victim >= 0 && c->victim != node) ||
        !state_dirty(s->log, c, node))
        return all;
    static char before[RECORD_BYTES];
    unsigned sure = content(s->log, node, bytes_durable(s->log, c, node), before);
    sure = sure < all ? sure : all;
    if (c->bytes == BYTES_GONE)
        return sure;
    if (c->bytes == BYTES_HALF)
        return sure + (all - sure) / 2;
    memset(out + sure, 0, all - sure);
    return all;
}

/* ---- hash ---- */

static uint64_t mix(uint64_t h, const void *bytes, size_t n)
{
    const unsigned char *p = bytes;
    for (size_t i = 0; i < n; i++)
        h = (h ^ p[i]) * 0x100000001b3u;
    return h;
}

/* Of the path, and whether it hangs together up to the root. */
static bool path_hash(const struct state *s, int node, uint64_t *h)
{
    int steps = 0;
    *h = 0xcbf29ce484222325u;
    for (; node > 0 && steps < 64; node = s->parent[node], steps++) {
        if (!s->there[node])
            return false;
        *h = mix(*h, s->name[node], strlen(s->name[node]) + 1);
    }
    return node == 0;
}

uint64_t state_hash(const struct state *s)
{
    static char bytes[RECORD_BYTES];
    uint64_t sum = 0, h;
    for (int i = 1; i < (int)s->log->nodes; i++) {
        const struct record_node *n = &s->log->node[i];
        if (!path_hash(s, i, &h))
            continue;
        h = mix(h, &n->type, sizeof n->type);
        if (n->type == NODE_LINK)
            h = mix(h, s->log->bytes + n->at, n->len);
        if (n->type == NODE_FILE)
            h = mix(h, bytes, left_of(s, i, bytes));
        sum += h ^ (h >> 29);
    }
    return sum;
}

/* ---- on a real file system ---- */

static void die(const char *what, const char *path)
{
    fprintf(stderr, "power-cut: %s %s: %s\n", what, path, strerror(errno));
    _exit(70);
}

static bool path_of(const struct state *s, int node, const char *top, char path[PATH_ROOM])
{
    char below[PATH_ROOM] = "", grown[PATH_ROOM];
    for (; node > 0; node = s->parent[node]) {
        if (!s->there[node])
            return false;
        if (snprintf(grown, sizeof grown, "/%s%s", s->name[node], below) >= PATH_ROOM)
            die("path too long", s->name[node]);
        memcpy(below, grown, strlen(grown) + 1);
    }
    if (snprintf(path, PATH_ROOM, "%s%s", top, below) >= PATH_ROOM)
        die("path too long", top);
    return node == 0;
}

static void make_folder(const struct state *s, int node, const char *top, bool *made)
{
    char path[PATH_ROOM];
    if (node <= 0 || node >= RECORD_NODES || made[node] || !path_of(s, node, top, path))
        return;
    make_folder(s, s->parent[node], top, made);
    made[node] = true;
    if (mkdir(path, 0775) != 0)
        die("cannot make", path);
}

static void make_file(const struct state *s, int node, const char *path)
{
    static char bytes[RECORD_BYTES];
    const struct record_node *n = &s->log->node[node];
    if (n->type == NODE_LINK) {
        snprintf(bytes, sizeof bytes, "%.*s", (int)n->len, s->log->bytes + n->at);
        if (symlink(bytes, path) != 0)
            die("cannot make", path);
        return;
    }
    unsigned len = left_of(s, node, bytes);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0664);
    if (fd < 0 || write(fd, bytes, len) != (ssize_t)len || close(fd) != 0)
        die("cannot write", path);
}

void state_make(const struct state *s, const char *top)
{
    bool made[RECORD_NODES] = {false};
    char path[PATH_ROOM];
    for (int i = 1; i < (int)s->log->nodes; i++) {
        if (s->log->node[i].type == NODE_FOLDER)
            make_folder(s, i, top, made);
        else if (s->there[i] && path_of(s, i, top, path)) {
            make_folder(s, s->parent[i], top, made);
            make_file(s, i, path);
        }
    }
}
