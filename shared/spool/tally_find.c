/* tally_find: where the documents of a list are, by their paths and hashes. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/dirlist.h"
#include "base/fsop.h"
#include "base/jsonr.h"
#include "base/utf8.h"
#include "spool/dropname.h"
#include "spool/inuse.h"
#include "spool/look.h"
#include "spool/pathfile.h"
#include "spool/readfile.h"
#include "spool/tally_parts.h"
#include "spool/walk.h"

enum { JSON_MAX = 256 * 1024 * 1024 };

/* ---- on their way ---- */

static int to_path(const void *key, const void *row)
{
    return strcmp(key, (*(struct listed *const *)row)->path);
}

static const struct listed *row_of(const struct listing *l, const char *below_folder)
{
    struct listed *const *row =
        l->n ? bsearch(below_folder, l->by_path, l->n, sizeof(struct listed *), to_path) : NULL;
    return row ? *row : NULL;
}

/* A document's path below pending/: is it one of the list? */
static bool is_listed(const struct listing *l, const char *path)
{
    for (int i = 0; i < 2; i++) {
        size_t n = strlen(l->folder[i]);
        if (strncmp(path, l->folder[i], n) == 0 && path[n] == '/' && row_of(l, path + n + 1))
            return true;
    }
    return false;
}

/* Below one of the two folders. What is empty is no document: it waits for its content for ever. */
static enum tally_look in_pending(const struct listing *l, const char *folder)
{
    char path[WALK_PATH_CAP + NAME_CAP];
    enum tally_look found = TALLY_NONE;
    struct walk_at at;
    struct statx st;
    enum walk_got got;
    int top = look_folder_path(l->spool->pending, folder);
    if (top < 0)
        return errno == ENOENT || errno == ENOTDIR || errno == ELOOP ? TALLY_NONE : TALLY_UNKNOWN;
    struct walk *w = walk_new(top, true);
    if (!w)
        found = TALLY_UNKNOWN;
    while (w && found == TALLY_NONE && (got = walk_next(w, &at)) != WALK_END) {
        if (got == WALK_TROUBLE)
            found = TALLY_UNKNOWN;
        if (got != WALK_ENTRY || at.type == DT_DIR)
            continue;
        snprintf(path, sizeof path, "%s%s%s", at.path, *at.path ? "/" : "", at.name);
        if (row_of(l, path) && look_in(at.folder, at.name, &st) == 1 && st.stx_size > 0)
            found = TALLY_SOME;
    }
    int saved = errno;
    walk_free(w);
    fs->close(top);
    errno = saved;
    return found;
}

/* For inuse_work: 0 no, TALLY_SOME, or TALLY_UNKNOWN where a path cannot be read just now. */
static int token_listed(const struct listing *l, const struct token *t)
{
    char path[PATH_CAP];
    if (pathfile_path(l->spool, t, path) != 0)
        return errno == ENODATA ? TALLY_NONE : TALLY_UNKNOWN;
    return is_listed(l, path) ? TALLY_SOME : TALLY_NONE;
}

static int visit_work(void *arg, const char *lease_path, const char *name)
{
    struct sealed t;
    (void)lease_path;
    return inuse_parse_work(name, &t) ? token_listed(arg, &t.token) : TALLY_NONE;
}

static enum tally_look in_retry(const struct listing *l)
{
    struct dirlist_entry e;
    struct waiting w;
    int more = -1, found = TALLY_NONE;
    struct dirlist *d = dirlist_open(l->spool->retry, ".", 0);
    while (d && found == TALLY_NONE && (more = dirlist_next(d, &e)) == 1)
        if (token_parse_waiting(e.name, &w) == 0)
            found = token_listed(l, &w.token);
    dirlist_close(d);
    return found != TALLY_NONE ? (enum tally_look)found : more == 0 ? TALLY_NONE : TALLY_UNKNOWN;
}

/* In the order in which documents go: pending/, then work/ and .retry/ twice, since they come and
 * go between those. */
enum tally_look tally_on_its_way(const struct listing *l)
{
    enum tally_look found = TALLY_NONE;
    for (int i = 0; i < 2 && found == TALLY_NONE; i++)
        if (i == 0 || strcmp(l->folder[0], l->folder[1]) != 0)
            found = in_pending(l, l->folder[i]);
    for (int i = 0; i < 2 && found == TALLY_NONE; i++) {
        int work = inuse_work(l->spool, visit_work, (void *)l);
        found = work < 0 ? TALLY_UNKNOWN : (enum tally_look)work;
        if (found == TALLY_NONE)
            found = in_retry(l);
    }
    return found;
}

/* ---- finished ---- */

/* A document looked for: its whole path, and the folder that is looked into. */
struct wanted {
    struct listed *row;
    const char *path, *base; /* "x/f/a.pdf", "a.pdf" (or the encoded path) */
    const char *folder_path; /* from the top: "done/x/f" */
    int folder;
};

/* Is this x.json of it, and is its PDF there? 1, 0; -1 it cannot be read. */
static int is_its_json(const struct wanted *q, const char *json_name, const char *pdf)
{
    struct buf text = {0}, path = {0};
    int match = readfile(q->folder, json_name, &text, JSON_MAX);
    if (match != 1) {
        buf_free(&text);
        return match;
    }
    struct jsonr *j = jsonr_parse(text.data, text.len, NULL, 0);
    /* Of a failure the class is told. */
    const char *shown = jsonr_str(j, "path", ""), *outcome = jsonr_str(j, "outcome", "");
    outcome = jsonr_str(j, "class", outcome);
    enum outcome o = outcome_of(outcome, strlen(outcome));
    match = utf8_unshow_name(&path, shown, strlen(shown)) && buf_ok(&path) &&
            path.len == strlen(q->path) && memcmp(path.data, q->path, path.len) == 0 &&
            strcmp(jsonr_str(j, "sha256", ""), q->row->sha256) == 0 && o != OUTCOME_COUNT;
    if (match)
        match = look_in(q->folder, pdf, NULL);
    if (match == 1) {
        q->row->outcome = outcome_facts(o)->name;
        if (asprintf(&q->row->published, "%s/%s", q->folder_path, pdf) < 0)
            q->row->published = NULL;
    }
    jsonr_free(j);
    buf_free(&path);
    buf_free(&text);
    return match;
}

static int try_number(const struct wanted *q, unsigned n)
{
    struct result_names names;
    dropname_results(q->base, q->path, n, &names);
    return is_its_json(q, names.json, names.pdf);
}

/* All numbers that there are in the folder but the first. */
static int try_others(const struct wanted *q)
{
    struct result_names first, second;
    struct dirlist_entry e;
    int more = -1, found = 0;
    dropname_results(q->base, q->path, 1, &first);
    dropname_results(q->base, q->path, 2, &second); /* a long stem is cut for its number */
    *strrchr(second.stem, '~') = 0;
    struct dirlist *d = dirlist_open(q->folder, ".", 0);
    while (d && found == 0 && (more = dirlist_next(d, &e)) == 1) {
        size_t len = strlen(e.name);
        unsigned n = dropname_number(e.name, first.stem);
        n = n == 0 ? dropname_number(e.name, second.stem) : n;
        if (n > 1 && len > 5 && strcmp(e.name + len - 5, ".json") == 0)
            found = try_number(q, n);
    }
    dirlist_close(d);
    return found != 0 ? found : more;
}

/* In one folder, from the top. */
static int find_in(const struct listing *l, struct listed *row, const char *path, const char *top,
                   bool flat, bool others)
{
    char folder[PATH_CAP + 64], encoded[3 * PATH_CAP];
    const char *slash = strrchr(path, '/');
    struct wanted q = {row, path, slash ? slash + 1 : path, folder, -1};
    snprintf(folder, sizeof folder, "%s%s%.*s", top, slash && !flat ? "/" : "",
             slash && !flat ? (int)(slash - path) : 0, path);
    if (flat) {
        if (!token_encode(path, encoded, sizeof encoded))
            return 0;
        encoded[NAME_CAP - 1] = 0; /* as place.c cuts it */
        q.base = encoded;
    }
    q.folder = look_folder_path(l->spool->root, folder);
    if (q.folder < 0)
        return errno == ENOENT || errno == ENOTDIR || errno == ELOOP ? 0 : -1;
    int found = others ? try_others(&q) : try_number(&q, 1);
    int saved = errno;
    fs->close(q.folder);
    errno = saved;
    return found;
}

/* In done/ and in each class of failed/. */
static int find_below_tops(const struct listing *l, struct listed *row, const char *path, bool flat,
                           bool others)
{
    char top[64];
    int found = find_in(l, row, path, DIR_DONE, flat, others);
    for (int o = 0; o < OUTCOME_COUNT && found == 0; o++) {
        if (!outcome_facts((enum outcome)o)->failure)
            continue;
        snprintf(top, sizeof top, DIR_FAILED "/%s", outcome_facts((enum outcome)o)->name);
        found = find_in(l, row, path, top, flat, others);
    }
    return found;
}

/* The likely places first: under its own name, then with a number, then flat. */
static int find_one(const struct listing *l, struct listed *row)
{
    char path[2 * PATH_CAP];
    int found = 0;
    for (int way = 0; way < 4 && found == 0; way++)
        for (int i = 0; i < 2 && found == 0; i++) {
            if (i == 1 && strcmp(l->folder[0], l->folder[1]) == 0)
                continue;
            snprintf(path, sizeof path, "%s/%s", l->folder[i], row->path);
            if (strlen(path) < PATH_CAP)
                found = find_below_tops(l, row, path, way >= 2, way % 2);
        }
    return found;
}

int tally_find(struct listing *l)
{
    for (size_t i = 0; i < l->n; i++)
        if (!l->rows[i].outcome && find_one(l, &l->rows[i]) < 0)
            return -1;
    return 0;
}
