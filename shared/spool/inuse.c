#include "spool/inuse.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/dirlist.h"
#include "base/fsop.h"
#include "spool/look.h"

enum { LISTINGS = 2 };

int inuse_parse_work(const char *name, struct sealed *out)
{
    if (token_parse_sealed(name, out) == 0)
        return 2;
    return token_parse(name, &out->token) == 0 ? 1 : 0;
}

bool inuse_parse_result(const char *name, char document[ID_CAP], char claim[ID_CAP])
{
    const char *dot1 = name[0] == '.' ? strchr(name + 1, '.') : NULL;
    const char *dot2 = dot1 ? strchr(dot1 + 1, '.') : NULL;
    if (!dot2 || (strcmp(dot2, ".txt") != 0 && strcmp(dot2, ".json") != 0))
        return false;
    size_t d = (size_t)(dot1 - name - 1), c = (size_t)(dot2 - dot1 - 1);
    if (!token_id_ok(name + 1, d) || !token_id_ok(dot1 + 1, c))
        return false;
    snprintf(document, ID_CAP, "%.*s", (int)d, name + 1);
    snprintf(claim, ID_CAP, "%.*s", (int)c, dot1 + 1);
    return true;
}

/* A folder that has gone meanwhile (a lease that was taken apart) is as good as an empty one. */
static bool gone(int error)
{
    return error == ENOENT || error == ENOTDIR || error == ESTALE;
}

static int visit_work(int lease_dir, const char *lease_path, inuse_visit *visit, void *arg)
{
    struct dirlist_entry e;
    int more = 0, result = 0;
    struct dirlist *d = dirlist_open(lease_dir, LEASE_WORK, 0);
    if (!d)
        return gone(errno) ? 0 : -1;
    while (result == 0 && (more = dirlist_next(d, &e)) == 1)
        result = visit(arg, lease_path, e.name);
    dirlist_close(d);
    return result != 0 ? result : more < 0 && !gone(errno) ? -1 : 0;
}

static int visit_host(const struct spool *s, const char *host, inuse_visit *visit, void *arg)
{
    char path[2 * NAME_CAP + 16];
    struct dirlist_entry e;
    int more = 0, result = 0;
    struct dirlist *d = dirlist_open(s->claimed, host, 0);
    if (!d)
        return gone(errno) ? 0 : -1;
    while (result == 0 && (more = dirlist_next(d, &e)) == 1) {
        int lease = look_folder(dirlist_fd(d), e.name);
        if (lease < 0 && !gone(errno))
            result = -1;
        if (lease < 0)
            continue;
        snprintf(path, sizeof path, DIR_CLAIMED "/%s/%s", host, e.name);
        result = visit_work(lease, path, visit, arg);
        int saved = errno;
        fs->close(lease);
        errno = saved;
    }
    dirlist_close(d);
    return result != 0 ? result : more < 0 && !gone(errno) ? -1 : 0;
}

int inuse_work(const struct spool *s, inuse_visit *visit, void *arg)
{
    struct dirlist_entry e;
    int more = 0, result = 0;
    struct dirlist *d = dirlist_open(s->claimed, ".", 0);
    if (!d)
        return -1;
    while (result == 0 && (more = dirlist_next(d, &e)) == 1)
        if (e.type == DT_DIR || e.type == DT_UNKNOWN)
            result = visit_host(s, e.name, visit, arg);
    dirlist_close(d);
    return result != 0 ? result : more;
}

static int by_id(const void *a, const void *b)
{
    return strcmp(((const struct inuse_id *)a)->id, ((const struct inuse_id *)b)->id);
}

/* Is the id among the sorted rows, as `what`? */
static bool known(const struct inuse *u, const char *id, unsigned what)
{
    struct inuse_id key = {.what = 0};
    snprintf(key.id, sizeof key.id, "%s", id);
    const struct inuse_id *f =
        u->sorted ? bsearch(&key, u->ids, u->sorted, sizeof key, by_id) : NULL;
    return f && (f->what & what);
}

static int add(struct inuse *u, const char *id, enum inuse_what what)
{
    if (known(u, id, what))
        return 0; /* from the listing before: a second row of each would double the memory */
    if (u->n == u->cap) {
        size_t cap = u->cap ? 2 * u->cap : 64;
        struct inuse_id *grown = realloc(u->ids, cap * sizeof *grown);
        if (!grown)
            return -1;
        u->ids = grown;
        u->cap = cap;
    }
    snprintf(u->ids[u->n].id, ID_CAP, "%s", id);
    u->ids[u->n++].what = (unsigned char)what;
    return 0;
}

static int add_work(void *arg, const char *lease_path, const char *name)
{
    struct sealed t;
    (void)lease_path;
    if (!inuse_parse_work(name, &t))
        return 0;
    return add(arg, t.token.document, INUSE_CLAIMED) || add(arg, t.token.claim, INUSE_CLAIM) ? -1
                                                                                             : 0;
}

static int add_waiting(struct inuse *u, const struct spool *s)
{
    struct dirlist_entry e;
    struct waiting w;
    int more = 0, bad = 0;
    struct dirlist *d = dirlist_open(s->retry, ".", 0);
    if (!d)
        return -1;
    while (!bad && (more = dirlist_next(d, &e)) == 1)
        if (token_parse_waiting(e.name, &w) == 0)
            bad = add(u, w.token.document, INUSE_WAITING);
    dirlist_close(d);
    return bad || more != 0 ? -1 : 0;
}

/* Sort, and make one row for each id, with all that it is. */
static void unite(struct inuse *u)
{
    if (u->n == 0)
        return;
    qsort(u->ids, u->n, sizeof *u->ids, by_id);
    size_t out = 0;
    for (size_t i = 1; i < u->n; i++)
        if (strcmp(u->ids[i].id, u->ids[out].id) == 0)
            u->ids[out].what |= u->ids[i].what;
        else
            u->ids[++out] = u->ids[i];
    u->n = u->sorted = out + 1;
}

int inuse_read(struct inuse *u, const struct spool *s)
{
    u->n = u->sorted = 0;
    for (int i = 0; i < LISTINGS; i++) {
        if (inuse_work(s, add_work, u) != 0 || add_waiting(u, s) != 0)
            return -1;
        unite(u);
    }
    return 0;
}

bool inuse_has(const struct inuse *u, const char *id, unsigned what)
{
    return known(u, id, what);
}

void inuse_free(struct inuse *u)
{
    free(u->ids);
    *u = (struct inuse){0};
}
