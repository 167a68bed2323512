/* audit_twice: documents whose id was met more than once: where are they, and are they really in
 * two places at one time? */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/dirlist.h"
#include "base/fsop.h"
#include "spool/audit_parts.h"

enum { TWICE_MAX = 4096 };

struct met {
    char id[ID_CAP];
    char *folder, *name; /* owned */
};

struct twice {
    struct audit *a;
    uint64_t hash[TWICE_MAX]; /* sorted */
    size_t n_hash;
    struct met *met;
    size_t n, cap;
};

static int by_hash(const void *x, const void *y)
{
    uint64_t p = *(const uint64_t *)x, q = *(const uint64_t *)y;
    return p < q ? -1 : p > q;
}

/* The hashes that are there more than once. */
static void find_doubles(struct audit *a, struct twice *t)
{
    if (a->n_ids)
        qsort(a->ids, a->n_ids, sizeof *a->ids, by_hash);
    for (size_t i = 1; i < a->n_ids && t->n_hash < TWICE_MAX; i++)
        if (a->ids[i] == a->ids[i - 1] && (t->n_hash == 0 || t->hash[t->n_hash - 1] != a->ids[i]))
            t->hash[t->n_hash++] = a->ids[i];
}

static void meet(struct twice *t, const char *id, const char *folder, const char *name)
{
    uint64_t h = audit_hash(id);
    if (!bsearch(&h, t->hash, t->n_hash, sizeof h, by_hash))
        return;
    if (t->n == t->cap) {
        size_t cap = t->cap ? 2 * t->cap : 64;
        struct met *grown = realloc(t->met, cap * sizeof *grown);
        if (!grown) {
            t->a->out_of_memory = true;
            return;
        }
        t->met = grown;
        t->cap = cap;
    }
    struct met *m = &t->met[t->n++];
    snprintf(m->id, ID_CAP, "%s", id);
    m->folder = strdup(folder);
    m->name = strdup(name);
    t->a->out_of_memory |= !m->folder || !m->name;
}

static int meet_work(void *arg, const char *lease_path, const char *name)
{
    char folder[WALK_PATH_CAP];
    struct sealed s;
    if (!inuse_parse_work(name, &s))
        return 0;
    snprintf(folder, sizeof folder, "%s/" LEASE_WORK, lease_path);
    meet(arg, s.token.document, folder, name);
    return 0;
}

static void meet_waiting(struct twice *t)
{
    struct dirlist_entry e;
    struct waiting w;
    struct dirlist *d = dirlist_open(t->a->spool->retry, ".", 0);
    while (d && dirlist_next(d, &e) == 1)
        if (token_parse_waiting(e.name, &w) == 0)
            meet(t, w.token.document, DIR_PENDING "/" DIR_RETRY, e.name);
    dirlist_close(d);
}

static void meet_published(struct twice *t, int top, const char *name)
{
    char folder[WALK_PATH_CAP + 16], id[ID_CAP];
    struct walk *w = walk_new(top, true);
    struct walk_at at;
    enum walk_got got;
    while (w && (got = walk_next(w, &at)) != WALK_END) {
        if (got != WALK_ENTRY || at.type != DT_REG || !audit_is_pdf(at.name) ||
            !audit_document_of(at.folder, at.name, id))
            continue;
        snprintf(folder, sizeof folder, "%s%s%s", name, *at.path ? "/" : "", at.path);
        meet(t, id, folder, at.name);
    }
    walk_free(w);
}

static int by_id(const void *x, const void *y)
{
    return strcmp(((const struct met *)x)->id, ((const struct met *)y)->id);
}

static bool there(const struct twice *t, const struct met *m)
{
    return audit_there(t->a, m->folder, m->name, NULL);
}

/* Two names of one document, neither of which can come back once it has gone: seen the first, the
 * second, and again the first, both were there at the time of the second look. */
static bool both_at_once(const struct twice *t, const struct met *x, const struct met *y)
{
    return there(t, x) && there(t, y) && there(t, x);
}

static void judge(struct twice *t)
{
    struct finding f;
    for (size_t i = 1; i < t->n; i++) {
        const struct met *x = &t->met[i - 1], *y = &t->met[i];
        bool same_name = strcmp(x->folder, y->folder) == 0 && strcmp(x->name, y->name) == 0;
        if (strcmp(x->id, y->id) != 0 || same_name || !both_at_once(t, x, y))
            continue;
        audit_found(&f, "twice",
                    "document %s is here and also at %.300s/%.200s: a copy made by hand, or a "
                    "defect of pdfspool",
                    x->id, x->folder, x->name);
        audit_problem(t->a, y->folder, y->name, &f);
    }
}

void audit_twice(struct audit *a)
{
    struct twice *t = calloc(1, sizeof *t);
    if (!t) {
        a->out_of_memory = true;
        return;
    }
    t->a = a;
    find_doubles(a, t);
    if (t->n_hash > 0) {
        meet_published(t, a->spool->done, DIR_DONE);
        meet_published(t, a->spool->failed, DIR_FAILED);
        inuse_work(a->spool, meet_work, t);
        meet_waiting(t);
        if (t->n > 0 && !a->out_of_memory) {
            qsort(t->met, t->n, sizeof *t->met, by_id);
            judge(t);
        }
    }
    for (size_t i = 0; i < t->n; i++) {
        free(t->met[i].folder);
        free(t->met[i].name);
    }
    free(t->met);
    free(t);
}
