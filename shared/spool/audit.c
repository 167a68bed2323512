#include "spool/audit.h"

#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/fsop.h"
#include "spool/audit_parts.h"
#include "spool/place.h"
#include "spool/srvclock.h"

enum { BATCH = 4096, ROUNDS = 3, PAUSE_MS = 300 };

_Static_assert(sizeof((struct audit *)0)->sealed[0] >= RESERVE_KEY_CAP, "a key fits");

bool audit_found(struct finding *f, const char *kind, const char *fmt, ...)
{
    va_list ap;
    f->kind = kind;
    va_start(ap, fmt);
    vsnprintf(f->what, sizeof f->what, fmt, ap);
    va_end(ap);
    return true;
}

void audit_problem(struct audit *a, const char *folder, const char *name, const struct finding *f)
{
    char path[WALK_PATH_CAP + NAME_CAP];
    snprintf(path, sizeof path, "%s%s%s", folder, *folder && *name ? "/" : "", name);
    a->counts->problems++;
    a->report(a->arg, &(struct audit_problem){f->kind, path, f->what});
}

uint64_t audit_hash(const char *document)
{
    uint64_t h = 0xcbf29ce484222325u; /* FNV-1a, mixed */
    for (const char *p = document; *p; p++)
        h = (h ^ (unsigned char)*p) * 0x100000001b3u;
    h = (h ^ (h >> 33)) * 0xff51afd7ed558ccdu;
    return h ^ (h >> 33);
}

void audit_id(struct audit *a, const char *document)
{
    if (a->n_ids == a->cap_ids) {
        size_t cap = a->cap_ids ? 2 * a->cap_ids : 1024;
        uint64_t *grown = realloc(a->ids, cap * sizeof *grown);
        if (!grown) {
            a->out_of_memory = true;
            return;
        }
        a->ids = grown;
        a->cap_ids = cap;
    }
    a->ids[a->n_ids++] = audit_hash(document);
}

bool audit_there(const struct audit *a, const char *folder, const char *name, struct statx *st)
{
    int dir = look_folder_path(a->spool->root, folder);
    if (dir < 0)
        return false;
    int there = look_in(dir, name, st);
    fs->close(dir);
    return there == 1;
}

bool audit_old(const struct audit *a, const struct statx *st)
{
    int64_t m = look_ms(st->stx_mtime), c = look_ms(st->stx_ctime);
    return a->now - (m > c ? m : c) > a->spool->settings.sweep_age;
}

/* The key of a sealed document's visible name: it explains results that are there before their PDF.
 */
static int add_sealed(void *arg, const char *lease_path, const char *name)
{
    struct audit *a = arg;
    struct sealed sealed;
    struct place *p;
    (void)lease_path;
    if (inuse_parse_work(name, &sealed) != 2)
        return 0;
    if (a->n_sealed == a->cap_sealed) {
        size_t cap = a->cap_sealed ? 2 * a->cap_sealed : 64;
        void *grown = realloc(a->sealed, cap * sizeof *a->sealed);
        if (!grown)
            return -1;
        a->sealed = grown;
        a->cap_sealed = cap;
    }
    if (!(p = malloc(sizeof *p)))
        return -1;
    /* A path that cannot be read just now explains nothing: what it leaves unexplained is looked at
     * again later. */
    if (place_set(p, a->spool, &sealed.token, sealed.to) == 0)
        snprintf(a->sealed[a->n_sealed++], sizeof a->sealed[0], "%s", p->key);
    free(p);
    return 0;
}

static int by_key(const void *x, const void *y)
{
    return strcmp(x, y);
}

/* What is in work, listed before the looks that it explains. */
static int read_work(struct audit *a)
{
    a->n_sealed = 0;
    if (inuse_work(a->spool, add_sealed, a) != 0 || inuse_read(&a->inuse, a->spool) != 0)
        return -1;
    if (a->n_sealed)
        qsort(a->sealed, a->n_sealed, sizeof *a->sealed, by_key);
    return 0;
}

static void drop(struct suspect *s)
{
    free(s->folder);
    free(s->name);
}

/* Look at all suspicions of the batch again and again; what is wrong each time is a problem. */
static void settle(struct audit *a)
{
    struct finding f;
    size_t left = a->n;
    for (int round = 1; round <= ROUNDS && left > 0; round++) {
        clock_sleep_ms(a->options.pause_ms ? a->options.pause_ms : PAUSE_MS);
        if (read_work(a) != 0)
            continue; /* nothing to judge by: the looks of this round would prove nothing */
        size_t kept = 0;
        for (size_t i = 0; i < left; i++) {
            bool wrong = a->suspects[i].check(a, &a->suspects[i], &f);
            if (wrong && round == ROUNDS && !f.kind)
                a->counts->leftovers++;
            else if (wrong && round == ROUNDS)
                audit_problem(a, a->suspects[i].folder, a->suspects[i].name, &f);
            if (wrong && round < ROUNDS)
                a->suspects[kept++] = a->suspects[i];
            else
                drop(&a->suspects[i]);
        }
        left = kept;
    }
    if (left > 0) { /* the last round could not read what is in work */
        audit_found(
            &f, "unreadable",
            "claimed/ cannot be read (%s), so %zu suspicions are undecided; run the audit again",
            strerror(errno), left);
        audit_problem(a, DIR_CLAIMED, "", &f);
    }
    while (left > 0)
        drop(&a->suspects[--left]);
    a->n = 0;
}

void audit_suspect(struct audit *a, audit_check *check, const char *folder, const char *name)
{
    if (a->n == BATCH)
        settle(a);
    if (a->n == a->cap) {
        size_t cap = a->cap ? 2 * a->cap : 64;
        struct suspect *grown = realloc(a->suspects, cap * sizeof *grown);
        if (!grown) {
            a->out_of_memory = true;
            return;
        }
        a->suspects = grown;
        a->cap = cap;
    }
    struct suspect s = {check, strdup(folder), strdup(name)};
    if (s.folder && s.name) {
        a->suspects[a->n++] = s;
    } else {
        a->out_of_memory = true;
        drop(&s);
    }
}

int audit_run(const struct spool *s, const struct audit_options *o, audit_report *report, void *arg,
              struct audit_counts *counts)
{
    struct audit a = {.spool = s, .options = *o, .report = report, .arg = arg, .counts = counts};
    memset(counts, 0, sizeof *counts);
    a.now = srvclock_now(s);
    if (a.now < 0)
        a.now = clock_wall_ms(); /* may read but not write here: ages are then as good as this
                                    host's clock */
    int bad = audit_results(&a) != 0 || audit_places(&a) != 0 ? -1 : 0;
    int saved = errno;
    settle(&a);
    if (bad == 0)
        audit_twice(&a);
    settle(&a);
    if (a.out_of_memory) {
        bad = -1;
        saved = ENOMEM;
    }
    inuse_free(&a.inuse);
    free(a.sealed);
    free(a.suspects);
    free(a.ids);
    errno = saved;
    return bad;
}
