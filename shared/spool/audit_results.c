/* audit_results: done/ and failed/: is each PDF there with its own results, and is nothing else
 * there? */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/fsop.h"
#include "base/jsonr.h"
#include "base/sha256.h"
#include "base/utf8.h"
#include "spool/audit_parts.h"
#include "spool/dropname.h"
#include "spool/reserve.h"
#include "spool/token.h"

enum { JSON_MAX = 256 * 1024 * 1024, READ_CHUNK = 256 * 1024 };

static bool ends_with(const char *name, const char *suffix)
{
    size_t n = strlen(name), s = strlen(suffix);
    return n >= s && strcmp(name + n - s, suffix) == 0;
}

bool audit_is_pdf(const char *name)
{
    return name[0] != '.' && !ends_with(name, ".txt") && !ends_with(name, ".json");
}

/* The stem that the triple of this PDF shares. */
static void stem_of_pdf(const char *pdf, char stem[NAME_CAP])
{
    size_t n = strlen(pdf);
    bool suffix = n > 4 && strcasecmp(pdf + n - 4, ".pdf") == 0;
    snprintf(stem, NAME_CAP, "%.*s", (int)(suffix ? n - 4 : n), pdf);
}

static bool in_done(const char *folder)
{
    return strcmp(folder, DIR_DONE) == 0 || strncmp(folder, DIR_DONE "/", sizeof DIR_DONE) == 0;
}

/* Read a file whole. False and errno. */
static bool read_all(int folder, const char *name, struct buf *out)
{
    int fd = fs->openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0);
    ssize_t n = -1;
    if (fd < 0)
        return false;
    while (out->len < JSON_MAX && buf_room(out, READ_CHUNK) &&
           (n = fs->read(fd, out->data + out->len, READ_CHUNK)) > 0)
        out->len += (size_t)n;
    int saved = errno;
    fs->close(fd);
    errno = saved;
    return n == 0;
}

static struct jsonr *read_json(int folder, const char *name, char *err, size_t cap)
{
    struct buf b = {0};
    struct jsonr *j = NULL;
    if (read_all(folder, name, &b))
        j = jsonr_parse(b.data, b.len, err, cap);
    else
        snprintf(err, cap, "%s", strerror(errno));
    buf_free(&b);
    return j;
}

bool audit_document_of(int folder, const char *name, char document[ID_CAP])
{
    char stem[NAME_CAP], json[NAME_CAP + 8], err[8];
    stem_of_pdf(name, stem);
    snprintf(json, sizeof json, "%s.json", stem);
    struct jsonr *j = read_json(folder, json, err, sizeof err);
    const char *id = jsonr_str(j, "document", "");
    bool ok = token_id_ok(id, strlen(id));
    if (ok)
        snprintf(document, ID_CAP, "%s", id);
    jsonr_free(j);
    return ok;
}

/* SHA-256 of a file; "" when it cannot be read. */
static void hash_file(int folder, const char *name, char hex[SHA256_HEX])
{
    struct sha256 *h = sha256_new();
    char *chunk = malloc(READ_CHUNK);
    int fd = fs->openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0);
    ssize_t n = -1;
    hex[0] = 0;
    while (fd >= 0 && h && chunk && (n = fs->read(fd, chunk, READ_CHUNK)) > 0)
        sha256_add(h, chunk, (size_t)n);
    if (n == 0)
        sha256_end(h, hex);
    if (fd >= 0)
        fs->close(fd);
    free(chunk);
    sha256_free(h);
}

/* Would a document of this path, published in `folder` (as document or flat), be called `pdf`? */
static bool named_so(const char *folder, const char *pdf, const char *path)
{
    char stem[NAME_CAP], top[64], expected[WALK_PATH_CAP], encoded[3 * PATH_CAP];
    struct result_names names;
    const char *slash = strrchr(path, '/'), *tail;
    unsigned numbers[2] = {1, 0};
    stem_of_pdf(pdf, stem);
    if ((tail = strrchr(stem, '~')) && tail[1] >= '1' && tail[1] <= '9')
        numbers[1] = (unsigned)strtoul(tail + 1, NULL, 10);
    const char *class = in_done(folder) ? NULL : strchr(folder, '/');
    int top_len = class ? (int)(strcspn(class + 1, "/") + (size_t)(class + 1 - folder))
                        : (int)strcspn(folder, "/");
    snprintf(top, sizeof top, "%.*s", top_len, folder);
    snprintf(expected, sizeof expected, "%s%s%.*s", top, slash ? "/" : "",
             slash ? (int)(slash - path) : 0, path);
    for (int flat = 0; flat < 2; flat++) {
        const char *base = slash ? slash + 1 : path;
        if (flat && (!token_encode(path, encoded, sizeof encoded) || strlen(encoded) == 0))
            continue;
        if (flat) { /* as place.c cuts it */
            encoded[NAME_CAP - 1] = 0;
            base = encoded;
        }
        if (strcmp(folder, flat ? top : expected) != 0)
            continue;
        for (int i = 0; i < 2; i++) {
            if (numbers[i] == 0)
                continue;
            dropname_results(base, path, numbers[i], &names);
            if (strcmp(names.pdf, pdf) == 0)
                return true;
        }
    }
    return false;
}

static bool wrong_path(const char *folder, const char *pdf, const struct jsonr *j)
{
    struct buf path = {0};
    const char *shown = jsonr_str(j, "path", "");
    bool ok = utf8_unshow_name(&path, shown, strlen(shown)) && buf_ok(&path) && path.len > 0 &&
              path.len < PATH_CAP && !memchr(path.data, 0, path.len) &&
              named_so(folder, pdf, path.data);
    buf_free(&path);
    return !ok;
}

static bool wrong_hash(struct audit *a, int dir, const char *pdf, const char *text,
                       const struct jsonr *j, struct finding *f)
{
    char hex[SHA256_HEX];
    if (!text && !jsonr_str(j, "sha256", NULL))
        return false; /* it failed before it was read */
    a->counts->verified++;
    hash_file(dir, pdf, hex);
    if (strcmp(hex, jsonr_str(j, "sha256", "")) != 0)
        return audit_found(
            f, "hash",
            "its SHA-256 is not the one in its x.json: the PDF has changed since, or the results "
            "are another document's; drop the PDF into pending/ again");
    if (!text)
        return false;
    hash_file(dir, text, hex);
    if (strcmp(hex, jsonr_str(j, "text_sha256", "")) != 0)
        return audit_found(
            f, "hash",
            "the SHA-256 of its text is not the one in its x.json: the text has changed since; "
            "drop the PDF into pending/ again");
    return false;
}

/* Its x.json against the files beside it. */
static bool wrong_json(struct audit *a, int dir, const char *folder, const char *pdf,
                       const char *text, const struct statx *st, const struct statx *text_st,
                       const struct jsonr *j, struct finding *f)
{
    const char *id = jsonr_str(j, "document", "");
    if (!token_id_ok(id, strlen(id)))
        return audit_found(f, "json",
                           "its x.json has no right \"document\": results of another program?");
    if (wrong_path(folder, pdf, j))
        return audit_found(
            f, "path",
            "its x.json is of a document of another path: the files were renamed by hand, or the "
            "results are another document's");
    if (jsonr_int(j, "size", -1) != (int64_t)st->stx_size)
        return audit_found(
            f, "size",
            "it has %llu bytes, its x.json says %lld: the PDF has changed since, or the results "
            "are another document's; drop the PDF into pending/ again",
            (unsigned long long)st->stx_size, (long long)jsonr_int(j, "size", -1));
    if (text && jsonr_int(j, "text_bytes", -1) != (int64_t)text_st->stx_size)
        return audit_found(
            f, "size",
            "its text has %llu bytes, its x.json says %lld: the text has changed since; drop the "
            "PDF into pending/ again",
            (unsigned long long)text_st->stx_size, (long long)jsonr_int(j, "text_bytes", -1));
    return a->options.verify && wrong_hash(a, dir, pdf, text, j, f);
}

/* One PDF in an open folder. document, outcome: what its x.json says, "" if nothing. */
static bool check_in(struct audit *a, int dir, const char *folder, const char *pdf,
                     struct finding *f, char document[ID_CAP], char outcome[16])
{
    char stem[NAME_CAP], json_name[NAME_CAP + 8], text_name[NAME_CAP + 8], err[160] = "";
    struct statx st, text_st;
    bool done = in_done(folder), wrong;
    document[0] = outcome[0] = 0;
    if (look_in(dir, pdf, &st) != 1)
        return false; /* it has been taken away: that is anybody's right */
    if (!S_ISREG(st.stx_mode))
        return !S_ISDIR(st.stx_mode) &&
               audit_found(f, "special",
                           "a link or special file, which pdfspool never makes here: remove it");
    stem_of_pdf(pdf, stem);
    snprintf(json_name, sizeof json_name, "%s.json", stem);
    snprintf(text_name, sizeof text_name, "%s.txt", stem);
    if (done && look_in(dir, text_name, &text_st) != 1 && look_in(dir, pdf, NULL) == 1)
        return audit_found(
            f, "incomplete",
            "it has no text beside it: somebody removed that, or put the file here by hand; "
            "move it into pending/ to have it done");
    if (look_in(dir, json_name, NULL) == 0 && look_in(dir, pdf, NULL) == 1)
        return audit_found(
            f, "incomplete",
            done ? "it has no x.json beside it: somebody removed that, or put the file here "
                   "by hand; move it into pending/ to have it done"
                 : "it has no x.json beside it: somebody removed that, or a 'spoolctl retry' "
                   "was killed; run 'spoolctl retry' on it (again)");
    struct jsonr *j = read_json(dir, json_name, err, sizeof err);
    if (!j)
        return look_in(dir, pdf, NULL) == 1 &&
               audit_found(f, "json",
                           "its x.json cannot be read: %s; drop the PDF into pending/ again", err);
    const char *id = jsonr_str(j, "document", "");
    if (token_id_ok(id, strlen(id)))
        snprintf(document, ID_CAP, "%s", id);
    snprintf(outcome, 16, "%.15s", jsonr_str(j, "outcome", ""));
    wrong = wrong_json(a, dir, folder, pdf, done ? text_name : NULL, &st, &text_st, j, f);
    jsonr_free(j);
    return wrong;
}

static bool check_pdf(struct audit *a, const struct suspect *s, struct finding *f)
{
    char document[ID_CAP], outcome[16];
    int dir = look_folder_path(a->spool->root, s->folder);
    if (dir < 0)
        return false;
    uint64_t verified = a->counts->verified;
    bool wrong = check_in(a, dir, s->folder, s->name, f, document, outcome);
    a->counts->verified = verified;
    fs->close(dir);
    return wrong;
}

/* Is the PDF of this stem there? Its suffix is written as its owner wrote it. */
static bool has_pdf(int dir, const char *stem)
{
    static const char *const ways[] = {".pdf", ".PDF", "",     ".Pdf", ".pDf",
                                       ".pdF", ".PDf", ".pDF", ".PdF"};
    char name[NAME_CAP + 8];
    struct statx st;
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        snprintf(name, sizeof name, "%s%s", stem, ways[i]);
        if (look_in(dir, name, &st) == 1 && !S_ISDIR(st.stx_mode))
            return true;
    }
    return false;
}

static void stem_of_result(const char *name, char stem[NAME_CAP])
{
    snprintf(stem, NAME_CAP, "%.*s", (int)(strrchr(name, '.') - name), name);
}

/* A visible text or x.json without its PDF. While it is being published a sealed document explains
 * it. */
static bool check_result(struct audit *a, const struct suspect *s, struct finding *f)
{
    char stem[NAME_CAP], key[36];
    int dir = look_folder_path(a->spool->root, s->folder);
    if (dir < 0)
        return false;
    stem_of_result(s->name, stem);
    bool lonely = look_in(dir, s->name, NULL) == 1 && !has_pdf(dir, stem);
    fs->close(dir);
    if (!lonely)
        return false;
    reserve_key(s->folder, stem, key);
    if (a->n_sealed && bsearch(key, a->sealed, a->n_sealed, sizeof *a->sealed,
                               (int (*)(const void *, const void *))strcmp))
        return false;
    return audit_found(
        f, "orphan",
        "a result without its PDF: somebody took the PDF away alone; remove this file if the "
        "text is not wanted");
}

static bool check_special(struct audit *a, const struct suspect *s, struct finding *f)
{
    struct statx st;
    return audit_there(a, s->folder, s->name, &st) && !S_ISREG(st.stx_mode) &&
           !S_ISDIR(st.stx_mode) &&
           audit_found(f, "special",
                       "a link or special file, which pdfspool never makes here: remove it");
}

static void pdf_entry(struct audit *a, const struct walk_at *at, const char *folder)
{
    char document[ID_CAP], outcome[16];
    struct finding f;
    if (in_done(folder))
        a->counts->done++;
    else
        a->counts->failed++;
    if (check_in(a, at->folder, folder, at->name, &f, document, outcome))
        audit_suspect(a, check_pdf, folder, at->name);
    if (document[0])
        audit_id(a, document);
    a->counts->partial += strcmp(outcome, "partial") == 0;
    a->counts->empty += strcmp(outcome, "empty") == 0;
}

static void entry(struct audit *a, const struct walk_at *at, const char *top)
{
    char folder[WALK_PATH_CAP + 16], stem[NAME_CAP];
    snprintf(folder, sizeof folder, "%s%s%s", top, *at->path ? "/" : "", at->path);
    if (at->type == DT_DIR)
        return;
    if (at->type != DT_REG) {
        audit_suspect(a, check_special, folder, at->name);
    } else if (at->name[0] == '.') {
        audit_hidden(a, at, folder);
    } else if (audit_is_pdf(at->name)) {
        pdf_entry(a, at, folder);
    } else {
        stem_of_result(at->name, stem);
        if (!has_pdf(at->folder, stem))
            audit_suspect(a, check_result, folder, at->name);
    }
}

static int walk_top(struct audit *a, int top, const char *name)
{
    struct walk *w = walk_new(top, true);
    struct walk_at at;
    struct finding f;
    enum walk_got got;
    if (!w)
        return -1;
    while ((got = walk_next(w, &at)) != WALK_END) {
        if (got == WALK_ENTRY)
            entry(a, &at, name);
        if (got != WALK_TROUBLE)
            continue;
        audit_found(&f, "unreadable",
                    "this folder of %s/ cannot be read: %s; what is in it was not checked", name,
                    strerror(errno));
        audit_problem(a, name, at.path, &f);
    }
    walk_free(w);
    return 0;
}

int audit_results(struct audit *a)
{
    return walk_top(a, a->spool->done, DIR_DONE) != 0 ||
                   walk_top(a, a->spool->failed, DIR_FAILED) != 0
               ? -1
               : 0;
}
