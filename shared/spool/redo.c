#include "spool/redo.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/fsop.h"
#include "base/jsonr.h"
#include "base/rnd.h"
#include "base/utf8.h"
#include "spool/look.h"
#include "spool/pathfile.h"
#include "spool/readfile.h"
#include "spool/retry.h"

enum { JSON_MAX = 256 * 1024 * 1024, ID_LETTERS = 12 };

void redo_begin(struct redo *r, const struct spool *s)
{
    *r = (struct redo){.spool = s, .id = TOKEN_ASKED_FOR};
    rnd_name(r->id + strlen(TOKEN_ASKED_FOR), ID_LETTERS);
}

static void new_id(struct redo *r, char id[ID_CAP])
{
    snprintf(id, ID_CAP, "%s-%x", r->id, ++r->count);
}

/* Beside x.pdf, whatever its letters' case. */
static void json_name(const char *pdf, char out[NAME_CAP])
{
    size_t n = strlen(pdf);
    if (n > 4 && strcasecmp(pdf + n - 4, ".pdf") == 0)
        n -= 4;
    snprintf(out, NAME_CAP, "%.*s.json", (int)n, pdf);
}

/* As shown in x.json; false: no path that a document can have. */
static bool take_path(const char *shown, char path[PATH_CAP])
{
    char encoded[3 * PATH_CAP];
    struct buf bytes = {0};
    bool good = utf8_unshow_name(&bytes, shown, strlen(shown)) && buf_ok(&bytes) && bytes.len > 0 &&
                bytes.len < PATH_CAP && !memchr(bytes.data, 0, bytes.len) &&
                token_encode(bytes.data, encoded, sizeof encoded) && bytes.data[0] != '/' &&
                !strstr(bytes.data, "//") && !strstr(bytes.data, "./");
    if (good)
        memcpy(path, bytes.data, bytes.len + 1);
    buf_free(&bytes);
    return good;
}

/* What x.json says of it: its path, and whether it is the one that is meant. An x.json that is not
 * there, or makes no sense, says nothing; one that cannot be read just now must not cost the
 * document its path. */
static enum redone look_up(int dir, const struct redo_wish *wish, char path[PATH_CAP])
{
    char name[NAME_CAP];
    struct buf b = {0};
    json_name(wish->name, name);
    int got = readfile(dir, name, &b, JSON_MAX);
    int error = errno;
    struct jsonr *j = got == 1 ? jsonr_parse(b.data, b.len, NULL, 0) : NULL;
    const char *document = jsonr_str(j, "document", "");
    enum redone may = got < 0 ? REDO_FAILED : REDO_DONE;
    if (wish->document && *document && strcmp(document, wish->document) != 0)
        may = REDO_GONE;
    if (!take_path(jsonr_str(j, "path", ""), path))
        snprintf(path, PATH_CAP, "%s", wish->path);
    jsonr_free(j);
    buf_free(&b);
    errno = error;
    return may;
}

/* Steps 1 to 3 in the open folder. */
static enum redone send_back(const struct redo *r, int dir, const char *name, const struct token *t)
{
    char json[NAME_CAP], private[2 * ID_CAP + 8];
    json_name(name, json);
    snprintf(private, sizeof private, ".%s.%s.json", t->document, t->claim);
    if (look_move(dir, json, dir, private) == MOVE_FAILED)
        return REDO_FAILED;
    enum moved m = retry_move(r->spool, dir, name, t, 0, NEED_TEXT);
    int error = errno;
    if (m == MOVE_FAILED)
        look_move(dir, private, dir, json);
    else
        look_unlink(dir, private);
    errno = error;
    return m == MOVED ? REDO_DONE : m == MOVE_LOST ? REDO_GONE : REDO_FAILED;
}

static enum redone redo_in(struct redo *r, int dir, const struct redo_wish *wish)
{
    char path[PATH_CAP];
    struct token t = {.attempt = 1};
    enum redone may = look_up(dir, wish, path);
    if (may != REDO_DONE)
        return may;
    new_id(r, t.document);
    new_id(r, t.claim);
    token_set_path(&t, path);
    if (t.path_apart && pathfile_write(r->spool, t.document, path) != 0)
        return REDO_FAILED;
    enum redone done = send_back(r, dir, wish->name, &t);
    int error = errno;
    if (done != REDO_DONE)
        pathfile_remove(r->spool, &t);
    errno = error;
    return done;
}

enum redone redo_document(struct redo *r, const struct redo_wish *wish)
{
    int dir = look_folder_path(r->spool->root, wish->folder);
    if (dir < 0)
        return errno == ENOENT ? REDO_GONE : REDO_FAILED;
    enum redone done = redo_in(r, dir, wish);
    int error = errno;
    fs->close(dir);
    errno = error;
    return done;
}
