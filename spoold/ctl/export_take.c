#include "spoold/ctl/export_take.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/fsop.h"
#include "spool/look.h"
#include "spoold/ctl/docs.h"

enum {
    TRIES = 5,
    PAUSE_MS = 20, /* before the third try, and four times as long before each that follows */
    JSON_MAX = 256 * 1024 * 1024
};

void export_take_init(struct export_take *t, const struct export_view *view, int top)
{
    *t = (struct export_take){.view = view, .top = top};
    for (int i = 0; i < EXPORT_PARTS; i++)
        export_piece_init(&t->piece[i]);
}

void export_take_free(struct export_take *t)
{
    export_take_clear(t);
    for (int i = 0; i < EXPORT_PARTS; i++)
        export_piece_free(&t->piece[i]);
}

/* The file whose time decides, and without which there is nothing to export. */
static enum export_part first_part(const struct export_take *t)
{
    return t->view->failed ? EXPORT_JSON : EXPORT_TEXT;
}

bool export_take_wants_record(const struct export_view *v)
{
    return v->record || v->part[EXPORT_JSON] || v->part[EXPORT_PDF];
}

static enum export_got trouble(struct export_take *t, const char *why)
{
    t->why = why;
    return GOT_TROUBLE;
}

static enum export_got broken(struct export_take *t, int error)
{
    struct export_sink *k = t->view->sink;
    k->error = error;
    snprintf(k->trouble, EXPORT_TROUBLE_CAP, "a large file cannot be set aside: %s",
             strerror(error));
    return GOT_BROKEN;
}

void export_take_clear(struct export_take *t)
{
    for (int i = 0; i < EXPORT_PARTS; i++) {
        export_piece_clear(&t->piece[i]);
        t->doc.part[i] = NULL;
    }
    jsonr_free(t->record);
    t->record = NULL;
    t->doc.record = NULL;
    t->doc.raw = NULL;
}

/* Read an opened part whole. GOT_WHOLE, GOT_TROUBLE or GOT_BROKEN. */
static enum export_got load(struct export_take *t, enum export_part part)
{
    struct export_piece_way way = {EXPORT_PIECE_MEMORY, t->view->spill_dir,
                                   export_take_wants_record(t->view)};
    bool ours;
    if (part == EXPORT_JSON)
        way = (struct export_piece_way){JSON_MAX, -1, false};
    if (export_piece_read(&t->piece[part], &way, &ours) != 0)
        return ours ? broken(t, errno) : trouble(t, NULL);
    if (t->view->part[part])
        t->doc.part[part] = &t->piece[part];
    return GOT_WHOLE;
}

/* One of its files is not there. Was the document taken away? Only a folder that was opened anew
 * can say: the first try is not believed, and what the second misses beside a PDF is asked for once
 * more. */
static enum export_got missing(struct export_take *t, int dir, enum export_part part)
{
    static const char *const why[] = {"its text is not there", "its x.json is not there", NULL};
    errno = ENOENT;
    if (t->tried == 0)
        return trouble(t, why[part]);
    int there = part == EXPORT_PDF ? 0 : look_in(dir, t->doc.name[EXPORT_PDF], NULL);
    if (there == 0)
        return GOT_GONE;
    if (there > 0)
        errno = t->tried > 1 ? ENODATA : ENOENT;
    return trouble(t, there > 0 ? why[part] : NULL);
}

/* GOT_WHOLE: it is open. */
static enum export_got open_part(struct export_take *t, int dir, enum export_part part)
{
    /* `has` may have opened it already */
    if (t->piece[part].fd >= 0 || export_piece_open(&t->piece[part], dir, t->doc.name[part]) == 0)
        return GOT_WHOLE;
    return errno == ENOENT   ? missing(t, dir, part)
           : errno == EINVAL ? trouble(t, "what should be its text or x.json is no file")
                             : trouble(t, NULL);
}

static enum export_got open_and_load(struct export_take *t, int dir, enum export_part part)
{
    enum export_got got = open_part(t, dir, part);
    return got == GOT_WHOLE ? load(t, part) : got;
}

static bool fits(const struct export_take *t, const char *member, enum export_part part)
{
    const char *hash = jsonr_str(t->record, member, NULL);
    return !hash || !t->piece[part].sha256[0] || strcmp(hash, t->piece[part].sha256) == 0;
}

/* x.json, and whether it is that of the text that was read. */
static enum export_got load_record(struct export_take *t, int dir)
{
    enum export_got got = open_and_load(t, dir, EXPORT_JSON);
    const struct buf *b = &t->piece[EXPORT_JSON].bytes;
    if (got != GOT_WHOLE)
        return got;
    if (!(t->record = jsonr_parse(b->data ? b->data : "", b->len, NULL, 0))) {
        errno = EBADMSG;
        return trouble(t, "its x.json is no JSON");
    }
    t->doc.record = t->record;
    t->doc.raw = &t->piece[EXPORT_JSON];
    errno = ESTALE;
    return fits(t, "text_sha256", EXPORT_TEXT) ? GOT_WHOLE
                                               : trouble(t, "its text is not that of its x.json");
}

static enum export_got load_pdf(struct export_take *t, int dir)
{
    enum export_got got = open_and_load(t, dir, EXPORT_PDF);
    if (got != GOT_WHOLE)
        return got;
    errno = ESTALE;
    return fits(t, "sha256", EXPORT_PDF) ? GOT_WHOLE : trouble(t, "it is not that of its x.json");
}

static enum export_got judge_time(const struct export_take *t, const struct export_piece *piece)
{
    int64_t written = look_ms(piece->mtime);
    return written > t->view->until_ms   ? GOT_NEWER
           : written < t->view->since_ms ? GOT_OLDER
                                         : GOT_WHOLE;
}

/* Does the sink have all of it already? */
static bool all_there(struct export_take *t, int dir)
{
    struct export_sink *k = t->view->sink;
    bool all = k->has != NULL;
    for (int i = 0; i < EXPORT_PARTS && all; i++)
        if (t->view->part[i])
            all = (t->piece[i].fd >= 0 ||
                   export_piece_open(&t->piece[i], dir, t->doc.name[i]) == 0) &&
                  k->has(k, &t->doc, (enum export_part)i, &t->piece[i]);
    return all;
}

/* The record and the PDF, as far as they are wanted. */
static enum export_got take_rest(struct export_take *t, int dir)
{
    enum export_got got = export_take_wants_record(t->view) ? load_record(t, dir) : GOT_WHOLE;
    return got == GOT_WHOLE && t->view->part[EXPORT_PDF] ? load_pdf(t, dir) : got;
}

/* A document in done/ that has no text: so says its record, or it is in trouble. `got` is what the
 * looking for the text has come to. */
static enum export_got without_text(struct export_take *t, int dir, enum export_got got)
{
    const char *why = t->why;
    int error = errno;
    if (got != GOT_TROUBLE || t->tried == 0 || (error != ENOENT && error != ENODATA))
        return got;
    enum export_got record = open_part(t, dir, EXPORT_JSON);
    if (record == GOT_WHOLE)
        record = judge_time(t, &t->piece[EXPORT_JSON]);
    if (record == GOT_WHOLE)
        record = load_record(t, dir);
    if (record == GOT_WHOLE && !jsonr_str(t->record, "text_sha256", NULL)) {
        got = t->view->part[EXPORT_PDF] ? load_pdf(t, dir) : GOT_WHOLE;
        return got == GOT_WHOLE ? GOT_TEXTLESS : got;
    }
    if (record != GOT_WHOLE && record != GOT_TROUBLE)
        return record;
    errno = error;
    return trouble(t, why);
}

static enum export_got take_once(struct export_take *t, int dir)
{
    enum export_part first = first_part(t);
    export_take_clear(t);
    enum export_got got = open_part(t, dir, first);
    if (got != GOT_WHOLE)
        return first == EXPORT_TEXT ? without_text(t, dir, got) : got;
    got = judge_time(t, &t->piece[first]);
    if (got != GOT_WHOLE)
        return got;
    if (all_there(t, dir))
        return GOT_SAME;
    if (first == EXPORT_TEXT && (got = load(t, EXPORT_TEXT)) != GOT_WHOLE)
        return got;
    return take_rest(t, dir);
}

/* The server or the connection may have a fit; then the folder is opened anew, and all is read from
 * the beginning. */
static enum export_got take(struct export_take *t, int dir)
{
    int64_t pause = PAUSE_MS;
    t->tried = 0;
    enum export_got got = take_once(t, dir);
    while (++t->tried < TRIES && got == GOT_TROUBLE && look_passing(errno) && !ctl_stopped()) {
        if (t->tried > 1) {
            clock_sleep_ms(pause);
            pause *= 4;
        }
        int fresh = look_folder_path(t->top, t->folder);
        if (fresh < 0 && (errno == ENOENT || errno == ENOTDIR))
            return GOT_GONE;
        if (fresh < 0) {
            t->why = NULL;
            continue;
        }
        got = take_once(t, fresh);
        int saved = errno;
        fs->close(fresh);
        errno = saved;
    }
    return got;
}

enum export_got export_take_document(struct export_take *t, const char *folder, int dir,
                                     const char *pdf)
{
    snprintf(t->folder, sizeof t->folder, "%s", folder);
    t->doc.folder = t->folder;
    snprintf(t->doc.name[EXPORT_PDF], NAME_CAP, "%s", pdf);
    docs_result_name(pdf, ".txt", t->doc.name[EXPORT_TEXT]);
    docs_result_name(pdf, ".json", t->doc.name[EXPORT_JSON]);
    t->doc.class = t->view->failed ? outcome_of(folder, strcspn(folder, "/")) : OUTCOME_COUNT;
    return take(t, dir);
}
