#include "spoold/ctl/export_view.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/dirlist.h"
#include "base/fsop.h"
#include "base/utf8.h"
#include "spool/dropname.h"
#include "spool/look.h"
#include "spoold/ctl/docs.h"
#include "spoold/ctl/export_seen.h"
#include "spoold/ctl/export_take.h"

enum { TRIES = 5, PAUSE_MS = 20, LISTING = 256 * 1024 };

struct todo {
    struct todo *next;
    char folder[];
};

struct run {
    struct export_view *v;
    struct export_take take;
    struct export_seen seen; /* in the folder that is being listed */
    struct todo *todo;       /* folders still to be entered */
    enum export_end end;
};

static const char *top_name(const struct export_view *v)
{
    return v->failed ? DIR_FAILED : DIR_DONE;
}

static int top_of(const struct export_view *v)
{
    return v->failed ? v->ctl->spool.failed : v->ctl->spool.done;
}

static void tell(struct run *r, const char *folder, const char *name, const char *why)
{
    char path[EXPORT_PATH_CAP + 2 * NAME_CAP];
    snprintf(path, sizeof path, "%s%s%s%s%s", top_name(r->v), *folder ? "/" : "", folder,
             *name ? "/" : "", name);
    r->v->counts.failures++;
    r->v->tell(r->v->arg, path, why);
}

static void hand_over(struct run *r)
{
    struct export_counts *n = &r->v->counts;
    struct export_sink *k = r->v->sink;
    const struct export_document *d = &r->take.doc;
    int bad = k->put(k, d);
    if (bad < 0)
        r->end = ctl_stopped() ? EXPORT_STOPPED : EXPORT_BROKEN;
    if (bad > 0)
        tell(r, d->folder, d->name[EXPORT_PDF], k->trouble);
    if (bad)
        return;
    n->documents++;
    for (int i = 0; i < EXPORT_PARTS; i++)
        n->bytes += d->part[i] ? d->part[i]->size : 0;
}

static void one_document(struct run *r, const char *folder, int dir, const char *pdf)
{
    struct export_counts *n = &r->v->counts;
    enum export_got got = export_take_document(&r->take, folder, dir, pdf);
    int error = errno;
    n->newer += got == GOT_NEWER;
    n->older += got == GOT_OLDER;
    n->gone += got == GOT_GONE;
    n->unchanged += got == GOT_SAME;
    n->textless += got == GOT_TEXTLESS;
    if (got == GOT_WHOLE || (got == GOT_TEXTLESS && export_take_wants_record(r->v)))
        hand_over(r);
    else if (got == GOT_TROUBLE && !ctl_stopped())
        tell(r, folder, pdf, r->take.why ? r->take.why : strerror(error));
    else if (got == GOT_BROKEN)
        r->end = ctl_stopped() ? EXPORT_STOPPED : EXPORT_BROKEN;
    export_take_clear(&r->take);
    r->v->tick(r->v->arg);
}

static int push(struct run *r, const char *above, const char *name)
{
    size_t n = strlen(above), m = strlen(name), all = n + (n && m) + m + 1;
    struct todo *t = all <= EXPORT_PATH_CAP ? malloc(sizeof *t + all) : NULL;
    if (!t) {
        errno = all <= EXPORT_PATH_CAP ? ENOMEM : ENAMETOOLONG;
        return -1;
    }
    memcpy(t->folder, above, n);
    t->folder[n] = '/';
    memcpy(t->folder + all - 1 - m, name, m + 1);
    t->next = r->todo;
    r->todo = t;
    return 0;
}

static void meet(struct run *r, const char *folder, int dir, const struct dirlist_entry *e)
{
    struct statx st;
    unsigned char type = e->type;
    if (e->name[0] == '.')
        return;
    if (type == DT_UNKNOWN && look_in(dir, e->name, &st) == 1)
        type = (unsigned char)IFTODT(st.stx_mode);
    bool document = type == DT_REG && dropname_published(e->name);
    if ((!document && type != DT_DIR) || export_seen_before(&r->seen, e->name))
        return;
    if (document)
        one_document(r, folder, dir, e->name);
    else if (push(r, folder, e->name) != 0)
        tell(r, folder, e->name, strerror(errno));
}

/* One listing of a folder. 0; -1 with errno when it cannot be read, or not to its end. A folder
 * that has gone is no trouble. */
static int list(struct run *r, const char *folder)
{
    struct dirlist_entry e;
    int more = -1, dir = look_folder_path(r->take.top, folder);
    if (dir < 0)
        return errno == ENOENT || errno == ENOTDIR || errno == ELOOP ? 0 : -1;
    struct dirlist *d = dirlist_over(dir, LISTING);
    while (d && r->end == EXPORT_ALL && (more = dirlist_next(d, &e)) == 1) {
        meet(r, folder, dir, &e);
        if (ctl_stopped())
            r->end = EXPORT_STOPPED;
    }
    int error = more < 0 ? errno : 0;
    dirlist_close(d);
    fs->close(dir);
    errno = error;
    return more < 0 && error != ENOENT ? -1 : 0;
}

/* A listing that breaks off is begun again; what was met is not met twice. */
static void one_folder(struct run *r, const char *folder)
{
    int64_t pause = PAUSE_MS;
    int bad = -1;
    export_seen_begin(&r->seen);
    for (int i = 0; i < TRIES && bad && r->end == EXPORT_ALL; i++) {
        if (i > 0) {
            clock_sleep_ms(pause);
            pause *= 4;
        }
        bad = list(r, folder);
        if (bad && !look_passing(errno))
            break;
    }
    if (bad && r->end == EXPORT_ALL)
        tell(r, folder, "", strerror(errno));
}

enum export_end export_view_run(struct export_view *v, const char *folder)
{
    struct run *r = calloc(1, sizeof *r);
    if (!r || push(r, folder, "") != 0) {
        free(r);
        v->sink->error = ENOMEM;
        snprintf(v->sink->trouble, EXPORT_TROUBLE_CAP, "%s", strerror(ENOMEM));
        return EXPORT_BROKEN;
    }
    r->v = v;
    export_take_init(&r->take, v, top_of(v));
    while (r->todo) {
        struct todo *t = r->todo;
        r->todo = t->next;
        if (r->end == EXPORT_ALL)
            one_folder(r, t->folder);
        free(t);
    }
    export_take_free(&r->take);
    export_seen_free(&r->seen);
    enum export_end end = r->end;
    free(r);
    return end;
}

/* A path of visible names? ("." and ".." would lead elsewhere; hidden folders hold no documents.)
 */
static bool plain_path(const char *path)
{
    for (const char *p = path; *p; p += strcspn(p, "/"), p += *p == '/')
        if (*p == '.' || *p == '/')
            return false;
    return true;
}

static bool is_folder(int top, const char *path)
{
    int fd = look_folder_path(top, path);
    if (fd >= 0)
        fs->close(fd);
    return fd >= 0;
}

char *export_view_folder(const struct export_view *v, const char *given, int *code)
{
    const char *name = top_name(v);
    size_t n = strlen(given), top_len = strlen(name);
    struct buf shown = {0};
    char *path = NULL;
    int top = top_of(v);
    while (n > 0 && given[n - 1] == '/')
        n--;
    char *plain = strndup(given, n);
    if (!plain)
        goto out;
    const char *below = strncmp(plain, name, top_len) != 0 ? NULL
                        : plain[top_len] == '/'            ? plain + top_len + 1
                        : plain[top_len] == 0              ? plain + top_len
                                                           : NULL;
    if (!plain_path(plain)) {
        *code = ctl_fail(CTL_USAGE, "%s: give folders relative to %s/", ctl_shown(given), name);
        goto out;
    }
    utf8_unshow_name(&shown, below ? below : plain, strlen(below ? below : plain));
    if (n == 0 || is_folder(top, plain))
        path = strdup(plain);
    else if (below && is_folder(top, below))
        path = strdup(below);
    else if (buf_ok(&shown) && shown.len > 0 && strlen(shown.data) == shown.len &&
             plain_path(shown.data) && is_folder(top, shown.data))
        path = strdup(shown.data);
    if (!path)
        *code = ctl_fail(CTL_NO, "%s: there is no such folder in %s/", ctl_shown(given), name);
out:
    buf_free(&shown);
    free(plain);
    return path;
}
