/* audit_places: all of the tree but done/ and failed/: claimed/, .retry, pending/, control/, and
 * the top. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/dirlist.h"
#include "base/fsop.h"
#include "spool/audit_parts.h"
#include "spool/capname.h"
#include "spool/control.h"
#include "spool/lease.h"
#include "spool/passing.h"
#include "spool/pathfile.h"
#include "spool/token.h"
#include "spool/unpack.h"

/* List one folder, path from the top. 0; -1: it cannot be listed (gone is as good as empty). */
typedef void listed(struct audit *a, const char *folder, int dir, const struct dirlist_entry *e);
static int list(struct audit *a, const char *folder, listed *each)
{
    struct dirlist_entry e;
    struct finding f;
    int more = -1;
    int top = look_folder_path(a->spool->root, folder);
    struct dirlist *d = top >= 0 ? dirlist_open(top, ".", 0) : NULL;
    while (d && (more = dirlist_next(d, &e)) == 1)
        each(a, folder, dirlist_fd(d), &e);
    bool gone = !d && (errno == ENOENT || errno == ENOTDIR);
    if (more != 0 && !gone) {
        audit_found(&f, "unreadable",
                    "this folder cannot be read: %s; what is in it was not checked",
                    strerror(errno));
        audit_problem(a, folder, "", &f);
    }
    dirlist_close(d);
    if (top >= 0)
        fs->close(top);
    return more == 0 || gone ? 0 : -1;
}

static bool check_foreign(struct audit *a, const struct suspect *s, struct finding *f)
{
    return audit_there(a, s->folder, s->name, NULL) &&
           audit_found(f, "foreign",
                       "nothing of pdfspool's is called so: move it away from here; PDFs belong "
                       "into pending/");
}

static bool check_token(struct audit *a, const struct suspect *s, struct finding *f)
{
    return audit_there(a, s->folder, s->name, NULL) &&
           audit_found(f, "token",
                       "the name is none that pdfspool makes here: if it is somebody's document, "
                       "move it into "
                       "pending/");
}

static bool check_attempts(struct audit *a, const struct suspect *s, struct finding *f)
{
    return audit_there(a, s->folder, s->name, NULL) &&
           audit_found(f, "attempts",
                       "more attempts than max_attempts (%lld) allows: a defect of pdfspool, "
                       "please report it",
                       (long long)a->spool->settings.max_attempts);
}

static bool check_path_lost(struct audit *a, const struct suspect *s, struct finding *f)
{
    struct sealed t;
    struct waiting w;
    const char *id;
    if (token_parse_waiting(s->name, &w) == 0)
        id = w.token.document;
    else if (inuse_parse_work(s->name, &t))
        id = t.token.document;
    else
        return false;
    return !audit_there(a, DIR_CONTROL "/" DIR_PATHS, id, NULL) &&
           audit_there(a, s->folder, s->name, NULL) &&
           audit_found(
               f, "path-lost",
               "its long path is not in control/paths any more: somebody removed that; it will be "
               "published under a shortened name");
}

static bool check_lease(struct audit *a, const struct suspect *s, struct finding *f)
{
    char path[WALK_PATH_CAP + NAME_CAP];
    snprintf(path, sizeof path, "%s/%s", s->folder, s->name);
    return audit_there(a, s->folder, s->name, NULL) && !audit_there(a, path, LEASE_BEAT, NULL) &&
           audit_there(a, s->folder, s->name, NULL) &&
           audit_found(f, "lease",
                       "a dead extractd's folder (it has no beat), which nobody takes apart: start "
                       "an extractd, its "
                       "janitor does it");
}

/* A private or reserved thing of a document that is nowhere, and to which no pointer leads. */
static bool nowhere(struct audit *a, const struct suspect *s, const char *id, struct statx *st)
{
    return !inuse_has(&a->inuse, id, INUSE_CLAIMED | INUSE_WAITING) &&
           audit_there(a, s->folder, s->name, st) && audit_old(a, st) &&
           !audit_there(a, DIR_CONTROL "/" DIR_ARCHIVES, id, NULL);
}

/* A hidden folder of unpacked documents: fine while its claim is in work/. */
static bool check_unpacked(struct audit *a, const struct suspect *s, struct finding *f)
{
    char document[ID_CAP], claim[ID_CAP];
    struct statx st;
    if (!unpack_parse(s->name, document, claim) || inuse_has(&a->inuse, claim, INUSE_CLAIM) ||
        !audit_there(a, s->folder, s->name, &st))
        return false;
    if (audit_old(a, &st))
        return audit_found(
            f, "leftover",
            "unpacked documents of a work that was given up, older than sweep_age: is any extractd "
            "running, whose janitor sweeps such? They may be removed");
    f->kind = NULL; /* young: no problem, but counted */
    return true;
}

static bool check_reservation(struct audit *a, const struct suspect *s, struct finding *f)
{
    char id[ID_CAP];
    struct statx st;
    int dir = look_folder_path(a->spool->root, s->folder);
    ssize_t n = dir >= 0 ? fs->readlinkat(dir, s->name, id, sizeof id - 1) : -1;
    if (dir >= 0)
        fs->close(dir);
    if (n < 0)
        return false;
    id[n] = 0;
    return nowhere(a, s, id, &st) && audit_found(f, "reservation",
                                                 "an old reservation of a document that is in no "
                                                 "work: is any extractd running, whose "
                                                 "janitor sweeps such? It may be removed");
}

static bool check_pathfile(struct audit *a, const struct suspect *s, struct finding *f)
{
    char id[ID_CAP];
    struct statx st;
    return pathfile_owner(s->name, id) && nowhere(a, s, id, &st) &&
           audit_found(f, "pathfile",
                       "the old path, or pages, of a document that is nowhere: is any extractd "
                       "running, whose janitor "
                       "sweeps such? It may be removed");
}

static bool check_old_private(struct audit *a, const struct suspect *s, struct finding *f)
{
    struct statx st;
    return audit_there(a, s->folder, s->name, &st) && audit_old(a, &st) &&
           audit_found(f, "leftover",
                       "something temporary that was left behind; it may be removed");
}

static void token_rules(struct audit *a, const char *folder, const char *name,
                        const struct token *t)
{
    audit_id(a, t->document);
    if (t->attempt > (unsigned)a->spool->settings.max_attempts + 1)
        audit_suspect(a, check_attempts, folder, name);
    if (t->path_apart)
        audit_suspect(a, check_path_lost, folder, name);
}

static void work_entry(struct audit *a, const char *folder, int dir, const struct dirlist_entry *e)
{
    struct sealed t;
    (void)dir;
    int kind = inuse_parse_work(e->name, &t);
    if (kind == 0 && passing_is_probe(e->name))
        audit_suspect(a, audit_check_probe, folder, e->name);
    else if (kind == 0 && strncmp(e->name, ".nfs", 4) != 0)
        audit_suspect(a, check_token, folder, e->name);
    if (kind == 0)
        return;
    if (kind == 2)
        a->counts->sealed++;
    else
        a->counts->claimed++;
    token_rules(a, folder, e->name, &t.token);
}

/* A token of a cap; audit_caps.c counts them. */
static void used_entry(struct audit *a, const char *folder, int dir, const struct dirlist_entry *e)
{
    struct captoken t;
    (void)dir;
    if (e->name[0] != '.' && !cap_used_parse(e->name, &t))
        audit_suspect(a, check_foreign, folder, e->name);
}

static void lease_entry(struct audit *a, const char *folder, int dir, const struct dirlist_entry *e)
{
    char path[WALK_PATH_CAP];
    (void)dir;
    snprintf(path, sizeof path, "%.2000s/%s", folder, e->name);
    if (strcmp(e->name, LEASE_WORK) == 0)
        list(a, path, work_entry);
    else if (strcmp(e->name, LEASE_CAPS) == 0)
        list(a, path, used_entry);
    else if (strcmp(e->name, LEASE_BEAT) != 0 && strcmp(e->name, LEASE_STATUS) != 0 &&
             strcmp(e->name, LEASE_PROCESSES) != 0 && e->name[0] != '.')
        audit_suspect(a, check_foreign, folder, e->name);
}

static void host_entry(struct audit *a, const char *folder, int dir, const struct dirlist_entry *e)
{
    char path[WALK_PATH_CAP];
    (void)dir;
    if (!lease_name_ok(e->name, NULL)) {
        if (e->name[0] != '.')
            audit_suspect(a, check_foreign, folder, e->name);
        return;
    }
    snprintf(path, sizeof path, "%.2000s/%s", folder, e->name);
    if (!audit_there(a, path, LEASE_BEAT, NULL))
        audit_suspect(a, check_lease, folder, e->name);
    list(a, path, lease_entry);
}

static void claimed_entry(struct audit *a, const char *folder, int dir,
                          const struct dirlist_entry *e)
{
    char path[NAME_CAP + 16];
    struct statx st;
    if (look_in(dir, e->name, &st) != 1)
        return;
    snprintf(path, sizeof path, "%.8s/%s", folder, e->name);
    if (S_ISDIR(st.stx_mode) && spool_host_ok(e->name))
        list(a, path, host_entry);
    else if (e->name[0] != '.')
        audit_suspect(a, check_foreign, folder, e->name);
}

static void retry_entry(struct audit *a, const char *folder, int dir, const struct dirlist_entry *e)
{
    struct waiting w;
    (void)dir;
    if (token_parse_waiting(e->name, &w) == 0) {
        a->counts->waiting++;
        token_rules(a, folder, e->name, &w.token);
    } else if (passing_is_probe(e->name)) {
        audit_suspect(a, audit_check_probe, folder, e->name);
    } else if (strncmp(e->name, ".nfs", 4) != 0) {
        audit_suspect(a, check_token, folder, e->name);
    }
}

static void unpack_entry(struct audit *a, const char *folder, int dir,
                         const struct dirlist_entry *e)
{
    char document[ID_CAP], claim[ID_CAP];
    struct statx st;
    bool is_folder = look_in(dir, e->name, &st) != 1 || S_ISDIR(st.stx_mode);
    if (is_folder && unpack_parse(e->name, document, claim))
        audit_suspect(a, check_unpacked, folder, e->name);
    else if (passing_is_probe(e->name))
        audit_suspect(a, audit_check_probe, folder, e->name);
    else if (strncmp(e->name, ".nfs", 4) != 0)
        audit_suspect(a, check_foreign, folder, e->name);
}

static void archives_entry(struct audit *a, const char *folder, int dir,
                           const struct dirlist_entry *e)
{
    struct statx st;
    if (!token_id_ok(e->name, strlen(e->name)) ||
        (look_in(dir, e->name, &st) == 1 && !S_ISLNK(st.stx_mode)))
        audit_suspect(a, check_foreign, folder, e->name);
}

static void names_entry(struct audit *a, const char *folder, int dir, const struct dirlist_entry *e)
{
    char path[NAME_CAP + 32];
    struct statx st;
    if (look_in(dir, e->name, &st) != 1)
        return;
    if (S_ISLNK(st.stx_mode)) {
        if (audit_old(a, &st))
            audit_suspect(a, check_reservation, folder, e->name);
        return;
    }
    bool top = strcmp(folder, DIR_CONTROL "/" DIR_NAMES) == 0;
    if (S_ISDIR(st.stx_mode) && top && strlen(e->name) == 2) {
        snprintf(path, sizeof path, "%s/%s", DIR_CONTROL "/" DIR_NAMES, e->name);
        list(a, path, names_entry);
    } else {
        audit_suspect(a, check_foreign, folder, e->name);
    }
}

static void paths_entry(struct audit *a, const char *folder, int dir, const struct dirlist_entry *e)
{
    struct statx st;
    char document[ID_CAP];
    if (!pathfile_owner(e->name, document))
        audit_suspect(a, check_foreign, folder, e->name);
    else if (look_in(dir, e->name, &st) == 1 && audit_old(a, &st))
        audit_suspect(a, check_pathfile, folder, e->name);
}

static void control_entry(struct audit *a, const char *folder, int dir,
                          const struct dirlist_entry *e)
{
    const char *n = e->name;
    (void)dir;
    if (strcmp(n, DIR_NAMES) == 0)
        list(a, DIR_CONTROL "/" DIR_NAMES, names_entry);
    else if (strcmp(n, DIR_PATHS) == 0)
        list(a, DIR_CONTROL "/" DIR_PATHS, paths_entry);
    else if (strcmp(n, DIR_CAPS) == 0)
        audit_caps(a);
    else if (strcmp(n, DIR_ARCHIVES) == 0)
        list(a, DIR_CONTROL "/" DIR_ARCHIVES, archives_entry);
    else if (strncmp(n, ".new-", 5) == 0 || strncmp(n, ".doctor-", 8) == 0)
        audit_suspect(a, check_old_private, folder, n);
    else if (n[0] != '.' && !control_known(n))
        audit_suspect(a, check_foreign, folder, n);
}

static void top_entry(struct audit *a, const char *folder, int dir, const struct dirlist_entry *e)
{
    static const char *const ours[] = {SPOOL_INI,  DIR_PENDING, DIR_CLAIMED, DIR_DONE,
                                       DIR_FAILED, DIR_CONTROL, DIR_JOURNAL, "lost+found"};
    (void)dir;
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
        if (strcmp(e->name, ours[i]) == 0)
            return;
    if (e->name[0] != '.') /* hidden: snapshots, a server's own things */
        audit_suspect(a, check_foreign, folder, e->name);
}

/* Count the drops. Empty files are none (yet). */
static int count_pending(struct audit *a)
{
    struct scan_name *names = calloc(256, sizeof *names);
    struct scan *w = names ? scan_new(a->spool) : NULL;
    struct finding f;
    struct statx st;
    const char *path;
    unsigned n;
    int folder;
    while (w && (n = scan_next(w, names, 256, &folder, &path)) > 0)
        for (unsigned i = 0; i < n; i++) {
            if (look_in(folder, names[i].name, &st) != 1 || !S_ISREG(st.stx_mode))
                continue;
            if (st.stx_size == 0)
                a->counts->ignored[IGNORED_EMPTY]++;
            else
                a->counts->pending++;
        }
    for (int i = 0; w && i < IGNORED_KINDS; i++)
        a->counts->ignored[i] += scan_counts(w)->ignored[i];
    if (w && scan_counts(w)->unreadable > 0) {
        audit_found(
            &f, "unreadable",
            "%llu folders in it cannot be read, so the documents in them wait for ever: check "
            "their permissions",
            (unsigned long long)scan_counts(w)->unreadable);
        audit_problem(a, DIR_PENDING, "", &f);
    }
    bool ok = w != NULL;
    scan_free(w);
    free(names);
    return ok ? 0 : -1;
}

int audit_places(struct audit *a)
{
    if (list(a, DIR_CLAIMED, claimed_entry) != 0 ||
        list(a, DIR_PENDING "/" DIR_RETRY, retry_entry) != 0 ||
        list(a, DIR_PENDING "/" DIR_UNPACK, unpack_entry) != 0)
        return -1;
    if (count_pending(a) != 0)
        return -1;
    return list(a, DIR_CONTROL, control_entry) != 0 || list(a, "", top_entry) != 0 ? -1 : 0;
}
