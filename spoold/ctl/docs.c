#include "spoold/ctl/docs.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/dirlist.h"
#include "base/fsop.h"
#include "base/jsonw.h"
#include "base/utf8.h"
#include "spool/dropname.h"
#include "spool/inuse.h"
#include "spool/look.h"
#include "spool/pathfile.h"
#include "spool/walk.h"

enum { JSON_MAX = 256 * 1024 * 1024, READ_CHUNK = 64 * 1024, BLOCK = 256 };

void docs_result_name(const char *pdf, const char *suffix, char out[NAME_CAP])
{
    size_t n = strlen(pdf);
    if (n > 4 && strcasecmp(pdf + n - 4, ".pdf") == 0)
        n -= 4;
    snprintf(out, NAME_CAP, "%.*s%s", (int)n, pdf, suffix);
}

int docs_read(int dir, const char *name, struct buf *out, size_t max)
{
    int fd = fs->openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0);
    ssize_t n = -1;
    if (fd < 0)
        return -1;
    while (out->len <= max && buf_room(out, READ_CHUNK) &&
           (n = fs->read(fd, out->data + out->len, READ_CHUNK)) > 0)
        out->len += (size_t)n;
    int error = n > 0 ? EFBIG : n < 0 ? errno : 0;
    fs->close(fd);
    errno = error;
    return error ? -1 : 0;
}

struct jsonr *docs_json(const struct doc *d, char *err, size_t cap)
{
    char name[NAME_CAP];
    struct buf b = {0};
    struct jsonr *j = NULL;
    docs_result_name(d->name, ".json", name);
    if (docs_read(d->dir, name, &b, JSON_MAX) == 0)
        j = jsonr_parse(b.data, b.len, err, cap);
    else
        snprintf(err, cap, "%s", strerror(errno));
    buf_free(&b);
    return j;
}

void docs_members(struct jsonw *w, const struct doc *d)
{
    jsonw_str(w, "state", docstate_name(d->state));
    jsonw_name(w, "path", d->path, strlen(d->path));
    if (d->class < OUTCOME_COUNT)
        jsonw_str(w, "class", outcome_facts(d->class)->name);
    if (d->token) {
        jsonw_str(w, "document", d->token->document);
        jsonw_uint(w, "attempt", d->token->attempt);
    }
    if (d->state == DOC_WAITING)
        jsonw_time(w, "due", d->due_s * 1000);
}

struct walker {
    const struct spool *spool;
    unsigned states;
    docs_visit *visit;
    void *arg;
    bool enough;
};

static void tell(struct walker *w, const struct doc *d)
{
    if (!w->enough && (w->states & (1u << d->state)))
        w->enough = !w->visit(w->arg, d);
}

/* A document in .retry/ or work/: its path is in its token. */
static void tell_token(struct walker *w, enum doc_state state, const char *folder, int dir,
                       const char *name, const struct token *t, int64_t due_s)
{
    char path[PATH_CAP];
    if (pathfile_path(w->spool, t, path) != 0)
        snprintf(path, sizeof path, "%s", t->encoded[0] == '%' ? t->encoded + 2 : t->encoded);
    struct doc d = {state, path, folder, name, dir, OUTCOME_COUNT, t, due_s};
    tell(w, &d);
}

static int walk_pending(struct walker *w, struct scan_counts *counts)
{
    char path[PATH_CAP + NAME_CAP], folder_path[PATH_CAP + 16];
    struct scan_name *names = calloc(BLOCK, sizeof *names);
    struct scan *scan = names ? scan_new(w->spool) : NULL;
    const char *below;
    unsigned n;
    int folder;
    while (scan && !w->enough && (n = scan_next(scan, names, BLOCK, &folder, &below)) > 0)
        for (unsigned i = 0; i < n && !w->enough; i++) {
            snprintf(folder_path, sizeof folder_path, DIR_PENDING "%s%s", *below ? "/" : "", below);
            snprintf(path, sizeof path, "%s%s%s", below, *below ? "/" : "", names[i].name);
            struct doc d = {DOC_PENDING, path,          folder_path, names[i].name,
                            folder,      OUTCOME_COUNT, NULL,        0};
            tell(w, &d);
        }
    if (scan && counts)
        *counts = *scan_counts(scan);
    int bad = !scan || scan_counts(scan)->unreadable ? -1 : 0;
    scan_free(scan);
    free(names);
    if (bad)
        errno = EACCES;
    return bad;
}

static int walk_waiting(struct walker *w)
{
    struct dirlist_entry e;
    struct waiting t;
    int more = 0;
    struct dirlist *d = dirlist_open(w->spool->retry, ".", 0);
    while (d && !w->enough && (more = dirlist_next(d, &e)) == 1)
        if (token_parse_waiting(e.name, &t) == 0)
            tell_token(w, DOC_WAITING, DIR_PENDING "/" DIR_RETRY, dirlist_fd(d), e.name, &t.token,
                       t.due_s);
    dirlist_close(d);
    return d && more >= 0 ? 0 : -1;
}

static int each_work(void *arg, const char *lease_path, const char *name)
{
    struct walker *w = arg;
    struct sealed t;
    char folder[WALK_PATH_CAP];
    int kind = inuse_parse_work(name, &t);
    if (kind == 0 || w->enough)
        return w->enough;
    snprintf(folder, sizeof folder, "%.4000s/%s", lease_path, LEASE_WORK);
    int dir = look_folder_path(w->spool->root, folder);
    tell_token(w, kind == 2 ? DOC_SEALED : DOC_CLAIMED, folder, dir, name, &t.token, 0);
    if (dir >= 0)
        fs->close(dir);
    return 0;
}

static void tell_published(struct walker *w, enum doc_state state, const struct walk_at *at)
{
    char folder[WALK_PATH_CAP + 16], path[WALK_PATH_CAP + NAME_CAP];
    const char *below = at->path;
    enum outcome class = OUTCOME_COUNT;
    if (state == DOC_FAILED) {
        size_t n = strcspn(below, "/");
        class = outcome_of(below, n);
        below += n + (below[n] == '/');
    }
    snprintf(folder, sizeof folder, "%s%s%s", docstate_name(state), *at->path ? "/" : "", at->path);
    snprintf(path, sizeof path, "%s%s%s", below, *below ? "/" : "", at->name);
    struct doc d = {state, path, folder, at->name, at->folder, class, NULL, 0};
    tell(w, &d);
}

static int walk_published(struct walker *w, enum doc_state state, int top)
{
    struct walk *walk = walk_new(top, true);
    struct walk_at at;
    enum walk_got got = WALK_END;
    int bad = walk ? 0 : -1, error = errno;
    while (walk && !w->enough && (got = walk_next(walk, &at)) != WALK_END) {
        if (got == WALK_ENTRY && at.type == DT_REG && dropname_published(at.name))
            tell_published(w, state, &at);
        if (got == WALK_TROUBLE) {
            bad = -1;
            error = errno;
        }
    }
    walk_free(walk);
    errno = error;
    return bad;
}

int docs_walk(const struct spool *s, unsigned states, docs_visit *visit, void *arg,
              struct scan_counts *counts)
{
    struct walker w = {s, states, visit, arg, false};
    int bad = 0, error = 0;
    if (states & 1u << DOC_PENDING)
        bad |= walk_pending(&w, counts) != 0;
    error = bad ? errno : 0;
    if (!w.enough && (states & 1u << DOC_WAITING) && walk_waiting(&w) != 0)
        bad = 1, error = errno;
    if (!w.enough && (states & (1u << DOC_CLAIMED | 1u << DOC_SEALED)) &&
        inuse_work(s, each_work, &w) < 0)
        bad = 1, error = errno;
    if (!w.enough && (states & 1u << DOC_DONE) && walk_published(&w, DOC_DONE, s->done) != 0)
        bad = 1, error = errno;
    if (!w.enough && (states & 1u << DOC_FAILED) && walk_published(&w, DOC_FAILED, s->failed) != 0)
        bad = 1, error = errno;
    errno = error;
    return bad ? -1 : 0;
}

/* The same, for one path. */
struct finder {
    const char *path;
    docs_visit *visit;
    void *arg;
    int found;
};

static bool matching(void *arg, const struct doc *d)
{
    struct finder *f = arg;
    if (strcmp(d->path, f->path) != 0)
        return true;
    f->found++;
    return f->visit(f->arg, d);
}

/* Look for the entry itself, in `top` (a folder from the top of the spool). */
static void look_for(struct walker *w, struct finder *f, enum doc_state state, const char *top,
                     enum outcome class)
{
    char folder[PATH_CAP + 64], base[NAME_CAP];
    struct result_names names;
    struct statx st;
    const char *slash = strrchr(f->path, '/');
    snprintf(folder, sizeof folder, "%s%s%.*s", top, slash ? "/" : "",
             slash ? (int)(slash - f->path) : 0, f->path);
    snprintf(base, sizeof base, "%s", slash ? slash + 1 : f->path);
    if (state != DOC_PENDING) {
        dropname_results(base, f->path, 1, &names);
        snprintf(base, sizeof base, "%s", names.pdf);
    }
    int dir = look_folder_path(w->spool->root, folder);
    if (dir < 0)
        return;
    if (look_in(dir, base, &st) == 1 && S_ISREG(st.stx_mode)) {
        struct doc d = {state, f->path, folder, base, dir, class, NULL, 0};
        if (w->states & 1u << state) {
            f->found++;
            f->visit(f->arg, &d);
        }
    }
    fs->close(dir);
}

static void find_exact(struct walker *w, struct finder *f)
{
    char top[64];
    if (!token_path_ok(f->path)) /* ".." would lead out of the tree */
        return;
    if (w->states & 1u << DOC_PENDING)
        look_for(w, f, DOC_PENDING, DIR_PENDING, OUTCOME_COUNT);
    if (w->states & (1u << DOC_WAITING | 1u << DOC_CLAIMED | 1u << DOC_SEALED))
        docs_walk(w->spool, w->states & (1u << DOC_WAITING | 1u << DOC_CLAIMED | 1u << DOC_SEALED),
                  matching, f, NULL);
    if (w->states & 1u << DOC_DONE)
        look_for(w, f, DOC_DONE, DIR_DONE, OUTCOME_COUNT);
    for (int i = 0; i < OUTCOME_COUNT && w->states & 1u << DOC_FAILED; i++) {
        if (!outcome_facts((enum outcome)i)->failure)
            continue;
        snprintf(top, sizeof top, DIR_FAILED "/%s", outcome_facts((enum outcome)i)->name);
        look_for(w, f, DOC_FAILED, top, (enum outcome)i);
    }
}

/* With one of the top folders before it: only there. */
static void find_below_top(struct walker *w, struct finder *f)
{
    char top[64];
    const char *whole = f->path, *slash = strchr(whole, '/');
    int state = -1;
    if (!slash || !token_path_ok(whole))
        return;
    snprintf(top, sizeof top, "%.*s", (int)(slash - whole < 20 ? slash - whole : 20), whole);
    if (strcmp(top, DIR_PENDING) == 0 || strcmp(top, DIR_DONE) == 0)
        state = docstate_of(top);
    f->path = slash + 1;
    if (state >= 0) {
        look_for(w, f, (enum doc_state)state, top, OUTCOME_COUNT);
    } else if (strcmp(top, DIR_FAILED) == 0 && (slash = strchr(slash + 1, '/'))) {
        enum outcome class = outcome_of(f->path, (size_t)(slash - f->path));
        if (class < OUTCOME_COUNT) {
            snprintf(top, sizeof top, DIR_FAILED "/%s", outcome_facts(class)->name);
            f->path = slash + 1;
            look_for(w, f, DOC_FAILED, top, class);
        }
    }
    f->path = whole;
}

int docs_find(const struct spool *s, const char *path, unsigned states, docs_visit *visit,
              void *arg)
{
    struct walker w = {s, states, visit, arg, false};
    struct finder f = {path, visit, arg, 0};
    struct buf bytes = {0};
    find_exact(&w, &f);
    if (!f.found)
        find_below_top(&w, &f);
    if (!f.found && strchr(path, '%') && utf8_unshow_name(&bytes, path, strlen(path)) &&
        buf_ok(&bytes) && bytes.len && !memchr(bytes.data, 0, bytes.len)) {
        f.path = bytes.data;
        find_exact(&w, &f);
        if (!f.found)
            find_below_top(&w, &f);
    }
    buf_free(&bytes);
    return f.found;
}
