#include "spool/tally.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/dirlist.h"
#include "base/fsop.h"
#include "base/jsonr.h"
#include "base/jsonw.h"
#include "base/log.h"
#include "base/rnd.h"
#include "base/utf8.h"
#include "spool/archive_path.h"
#include "spool/expose.h"
#include "spool/inuse.h"
#include "spool/look.h"
#include "spool/pathfile.h"
#include "spool/pointer.h"
#include "spool/publish.h"
#include "spool/readfile.h"
#include "spool/tally_parts.h"

#define OUTCOMES "documents_outcomes"

enum { JSON_MAX = 256 * 1024 * 1024, PRIVATE_RANDOM = 12 };

/* One archive in hand. */
struct archive {
    const struct spool *spool;
    struct sealed sealed;
    struct place place; /* its folder is open */
    struct buf text;    /* x.json, as read */
    struct jsonr *json;
    struct listing list;
};

enum step { STEP_GO_ON, STEP_OVER, STEP_WAIT }; /* OVER: the pointer is of no use any more */

/* ---- its record ---- */

/* Is the archive where the pointer says? Where it is not, it is not published yet, or somebody has
 * taken it: what is in work/ is asked between two looks. */
static enum step find_published(struct archive *a)
{
    struct inuse u = {0};
    int there = look_in(a->place.folder, a->place.names.pdf, NULL);
    if (there == 0) {
        bool in_work =
            inuse_read(&u, a->spool) != 0 || inuse_has(&u, a->sealed.token.claim, INUSE_CLAIM);
        inuse_free(&u);
        if (in_work)
            return STEP_WAIT;
        int fresh = look_folder(a->place.folder, ".");
        there = fresh >= 0 ? look_in(fresh, a->place.names.pdf, NULL) : -1;
        if (fresh >= 0)
            fs->close(fresh);
    }
    return there == 1 ? STEP_GO_ON : there == 0 ? STEP_OVER : STEP_WAIT;
}

static enum step read_record(struct archive *a)
{
    int got = readfile(a->place.folder, a->place.names.json, &a->text, JSON_MAX);
    if (got != 1)
        return got == 0 ? STEP_OVER : STEP_WAIT;
    a->json = jsonr_parse(a->text.data, a->text.len, NULL, 0);
    bool ours = strcmp(jsonr_str(a->json, "document", ""), a->sealed.token.document) == 0;
    return ours && !jsonr_get(a->json, OUTCOMES) ? STEP_GO_ON : STEP_OVER;
}

static int by_path(const void *x, const void *y)
{
    return strcmp((*(struct listed *const *)x)->path, (*(struct listed *const *)y)->path);
}

/* A path of the record, as it is (owned); NULL: it is none of ours, or no memory. */
static char *listed_path(const struct jsonr *entry)
{
    struct buf path = {0};
    const char *shown = jsonr_str(entry, "path", "");
    bool ok = utf8_unshow_name(&path, shown, strlen(shown)) && buf_ok(&path) && path.len > 0 &&
              !memchr(path.data, 0, path.len) && archive_path_ok(path.data);
    if (!ok)
        buf_free(&path);
    return path.data;
}

/* The list of documents, from the record. False: no memory. */
static bool make_list(struct archive *a)
{
    const struct jsonr *entries = jsonr_get(a->json, "entries");
    struct listing *l = &a->list;
    size_t n = jsonr_count(entries);
    l->spool = a->spool;
    l->rows = calloc(n ? n : 1, sizeof *l->rows);
    l->by_path = calloc(n ? n : 1, sizeof(struct listed *));
    if (!l->rows || !l->by_path)
        return false;
    for (size_t i = 0; i < n; i++) {
        const struct jsonr *e = jsonr_at(entries, i);
        const char *hash = jsonr_str(e, "sha256", NULL);
        char *path = hash ? listed_path(e) : NULL;
        if (!path)
            continue;
        l->rows[l->n] = (struct listed){.path = path, .sha256 = hash};
        l->by_path[l->n] = &l->rows[l->n];
        l->n++;
    }
    if (l->n)
        qsort(l->by_path, l->n, sizeof(struct listed *), by_path);
    expose_folder(&a->place, a->sealed.token.document, l->folder[0]);
    expose_other(&a->place, a->sealed.token.document, l->folder[1]);
    return true;
}

/* All outcomes, or STEP_WAIT. Who was found nowhere is looked for twice: between the looks at two
 * places it may have gone from the one to the other. */
static enum step find_outcomes(struct archive *a)
{
    bool missing = true;
    for (int i = 0; i < 2 && missing; i++) {
        if (tally_on_its_way(&a->list) != TALLY_NONE || tally_find(&a->list) != 0)
            return STEP_WAIT;
        missing = false;
        for (size_t k = 0; k < a->list.n; k++)
            missing |= !a->list.rows[k].outcome;
    }
    return STEP_GO_ON;
}

static void write_outcomes(const struct archive *a, struct buf *out)
{
    struct buf list = {0};
    struct jsonw w;
    size_t end = a->text.len;
    while (end > 0 && a->text.data[end - 1] != '}')
        end--;
    jsonw_init(&w, &list, false);
    jsonw_array(&w, NULL);
    for (size_t i = 0; i < a->list.n; i++) {
        const struct listed *row = &a->list.rows[i];
        jsonw_object(&w, NULL);
        jsonw_name(&w, "path", row->path, strlen(row->path));
        jsonw_str(&w, "outcome", row->outcome ? row->outcome : "gone");
        if (row->published)
            jsonw_name(&w, "published", row->published, strlen(row->published));
        jsonw_end_object(&w);
    }
    jsonw_end_array(&w);
    buf_add(out, a->text.data, end ? end - 1 : 0);
    buf_fmt(out, ",\"" OUTCOMES "\":%s}\n", buf_ok(&list) ? list.data : "");
    out->failed |= list.failed;
    buf_free(&list);
}

/* ---- replacing it ---- */

/* Private files of this document, whosever: no rename of them can come from now on. 0 or -1. */
static int remove_private(const struct archive *a)
{
    char document[ID_CAP], claim[ID_CAP];
    struct dirlist_entry e;
    int more = -1, bad = 0;
    struct dirlist *d = dirlist_open(a->place.folder, ".", 0);
    while (d && (more = dirlist_next(d, &e)) == 1)
        if (inuse_parse_result(e.name, document, claim) &&
            strcmp(document, a->sealed.token.document) == 0)
            bad |= look_unlink(dirlist_fd(d), e.name);
    dirlist_close(d);
    return bad || more != 0 ? -1 : 0;
}

/* The last look before the rename, after the private file was made: is everything as it was read?
 */
static bool still_so(const struct archive *a)
{
    struct buf now = {0};
    int fresh = look_folder(a->place.folder, ".");
    bool same = fresh >= 0 && readfile(fresh, a->place.names.json, &now, JSON_MAX) == 1 &&
                now.len == a->text.len && memcmp(now.data, a->text.data, now.len) == 0 &&
                look_in(fresh, a->place.names.pdf, NULL) == 1 &&
                pointer_there(a->spool, a->sealed.token.document) == 1;
    if (fresh >= 0)
        fs->close(fresh);
    buf_free(&now);
    return same;
}

static enum step replace(struct archive *a)
{
    char own[PRIVATE_RANDOM + 1];
    struct buf json = {0};
    struct place private = a->place;
    const char *document = a->sealed.token.document;
    rnd_name(own, PRIVATE_RANDOM);
    snprintf(private.hidden_json, sizeof private.hidden_json, ".%s.%s.json", document, own);
    write_outcomes(a, &json);
    bool ok = buf_ok(&json) && reserve_take(a->spool, a->place.key, document) == 1 &&
              finish_write(&private, NULL, &json) == 0;
    buf_free(&json);
    if (!ok)
        return STEP_WAIT; /* the reservation stays for the next try: the pointer protects it */
    if (still_so(a) &&
        look_move(private.folder, private.hidden_json, private.folder, private.names.json) == MOVED)
        return STEP_OVER;
    look_unlink(private.folder, private.hidden_json);
    return STEP_WAIT;
}

/* Nothing is left to be done for it. In this order: no private file, then no reservation, then no
 * pointer. */
static enum step let_go(const struct archive *a)
{
    const struct token *t = &a->sealed.token;
    if (a->place.folder >= 0 && remove_private(a) != 0)
        return STEP_WAIT;
    reserve_drop(a->spool, a->place.key, t->document, false);
    if (pointer_remove(a->spool, t->document) != 0)
        return STEP_WAIT;
    pathfile_remove(a->spool, t);
    return STEP_OVER;
}

/* ---- round ---- */

static enum step go_through(struct archive *a)
{
    enum step step = find_published(a);
    if (step == STEP_GO_ON)
        step = read_record(a);
    if (step == STEP_GO_ON && !make_list(a))
        step = STEP_WAIT;
    if (step == STEP_GO_ON)
        step = find_outcomes(a);
    return step == STEP_GO_ON ? replace(a) : step;
}

static void drop(struct archive *a)
{
    for (size_t i = 0; i < a->list.n; i++) {
        free(a->list.rows[i].path);
        free(a->list.rows[i].published);
    }
    free(a->list.rows);
    free(a->list.by_path);
    jsonr_free(a->json);
    buf_free(&a->text);
    if (a->place.folder >= 0)
        fs->close(a->place.folder);
}

static enum step one(const struct spool *s, const char *document)
{
    struct archive a = {.spool = s};
    a.place.folder = -1;
    int got = pointer_read(s, document, &a.sealed);
    if (got != 1 || place_set(&a.place, s, &a.sealed.token, a.sealed.to) != 0)
        return STEP_WAIT;
    enum step step = STEP_OVER;
    if (a.place.guessed) {
        log_warn("the path of an archive (%s) is lost: what became of its documents will not be "
                 "in its JSON",
                 document);
    } else if ((a.place.folder = look_folder_path(s->root, a.place.folder_path)) >= 0) {
        step = go_through(&a);
    } else {
        step = errno == ENOENT || errno == ENOTDIR ? STEP_OVER : STEP_WAIT;
    }
    if (step == STEP_OVER)
        step = let_go(&a);
    drop(&a);
    return step;
}

/* The names of all pointers, ID_CAP bytes each, into *names. */
static int read_pointers(const struct spool *s, struct buf *names)
{
    char id[ID_CAP];
    struct dirlist_entry e;
    int more = -1;
    struct dirlist *d = dirlist_open(s->archives, ".", 0);
    while (d && (more = dirlist_next(d, &e)) == 1) {
        if (!token_id_ok(e.name, strlen(e.name)))
            continue;
        memset(id, 0, sizeof id);
        snprintf(id, sizeof id, "%.*s", ID_CAP - 1, e.name);
        buf_add(names, id, sizeof id);
    }
    dirlist_close(d);
    if (names->failed)
        errno = ENOMEM;
    return names->failed || more != 0 ? -1 : 0;
}

int tally_round(const struct spool *s, unsigned most, struct tallied *sum)
{
    struct buf names = {0};
    int bad = read_pointers(s, &names);
    int saved = errno;
    size_t n = bad ? 0 : names.len / ID_CAP, first = n > most ? rnd_u64() % n : 0;
    for (size_t i = 0; i < n && i < most; i++) {
        enum step step = one(s, names.data + (first + i) % n * ID_CAP);
        sum->settled += step == STEP_OVER;
        sum->waiting += step != STEP_OVER;
    }
    buf_free(&names);
    errno = saved;
    return bad;
}
