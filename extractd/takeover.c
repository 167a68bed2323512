#include "extractd/takeover.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/fsop.h"
#include "base/jsonr.h"
#include "base/log.h"
#include "base/sha256.h"
#include "base/utf8.h"
#include "extractd/extractd.h"
#include "extractd/report.h"
#include "spool/dropname.h"
#include "spool/journal.h"
#include "spool/look.h"

enum { CANDIDATES = 3, JSON_MOST = 16 * 1024 * 1024, BLOCK = 256 * 1024 };

/* A document that may be the source. */
struct source {
    char path[PATH_CAP]; /* below done/ */
    char json_sha256[SHA256_HEX];
    struct result_names names;
    int folder; /* descriptor; -1: not open */
    const struct jsonr *json;
};

/* Why it will not do, for the log; "": it will. */
typedef const char *doubt;

/* A regular file of at most `most` bytes, appended to out. */
static doubt read_file(const struct takeover *t, int dir, const char *name, size_t most,
                       struct buf *out)
{
    struct statx st;
    ssize_t n = -1;
    int fd = fs->openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0);
    if (fd < 0)
        return errno == ENOENT ? "it is no longer there" : "a file of it cannot be opened";
    bool regular =
        fs->statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, &st) == 0 && S_ISREG(st.stx_mode);
    while (regular && out->len <= most && buf_room(out, BLOCK) &&
           ((n = fs->read(fd, out->data + out->len, BLOCK)) > 0 || (n < 0 && errno == EINTR))) {
        out->len += n > 0 ? (size_t)n : 0;
        atomic_fetch_add(t->progress, 1);
    }
    fs->close(fd);
    return n == 0 && buf_ok(out) ? "" : "a file of it cannot be read, or is too large";
}

static bool same_hash(const struct buf *b, const char *hex)
{
    char found[SHA256_HEX];
    sha256_hex(b->data ? b->data : "", b->len, found);
    return strcmp(found, hex) == 0;
}

/* --- from the journal --- */

/* A path below done/, from how the journal has it. */
static bool take_path(struct source *s, const char *as)
{
    static const char top[] = DIR_DONE "/";
    struct buf path = {0};
    bool ok = strncmp(as, top, sizeof top - 1) == 0;
    as += ok ? sizeof top - 1 : 0;
    ok = ok && utf8_unshow_name(&path, as, strlen(as)) && buf_ok(&path) && path.len > 0 &&
         path.len < sizeof s->path && !memchr(path.data, '\0', path.len) &&
         token_path_ok(path.data);
    if (ok)
        memcpy(s->path, path.data, path.len + 1);
    buf_free(&path);
    return ok;
}

static doubt take_event(const struct takeover *t, const struct jsonr *event, struct source *s)
{
    const char *hash = jsonr_str(event, JOURNAL_JSON_SHA256, "");
    if (strcmp(jsonr_str(event, "event", ""), "done") != 0 || strlen(hash) != SHA256_HEX - 1 ||
        strcmp(jsonr_str(event, JOURNAL_SHA256, ""), t->sha256) != 0 ||
        jsonr_int(event, "size", -1) != (int64_t)t->size)
        return "the journal speaks of another document";
    if (!take_path(s, jsonr_str(event, "as", "")))
        return "the journal has no path of it";
    memcpy(s->json_sha256, hash, SHA256_HEX);
    return "";
}

static doubt ask_journal(const struct takeover *t, struct dup_place at, struct source *s)
{
    struct buf line = {0};
    const struct dup_journal *row = dupindex_row(t->index, at.journal);
    if (!row || journal_line(t->spool, row->host, row->lease, at.offset, &line) != 0) {
        buf_free(&line);
        return "the journal cannot be read";
    }
    struct jsonr *event = jsonr_parse(line.data, line.len, NULL, 0);
    doubt why = take_event(t, event, s);
    jsonr_free(event);
    buf_free(&line);
    return why;
}

/* --- from x.json --- */

/* A page from a tier outside: as with OCR, more of the recipe counts. */
static bool has_outside(const struct jsonr *j)
{
    const struct jsonr *pages = jsonr_get(j, "pages");
    for (size_t i = 0; i < jsonr_count(pages); i++)
        if (report_tier_of(jsonr_str(jsonr_at(pages, i), "tier", "")) == TIER_COUNT)
            return true;
    return false;
}

static doubt check_record(const struct takeover *t, const struct jsonr *j)
{
    const char *outcome = jsonr_str(j, "outcome", "");
    bool ocr = jsonr_str(j, "ocr_languages", "")[0] != '\0' || has_outside(j);
    if (strcmp(jsonr_str(j, "sha256", ""), t->sha256) != 0 ||
        jsonr_int(j, "size", -1) != (int64_t)t->size)
        return "its content is another";
    if ((strcmp(outcome, outcome_facts(OUTCOME_OK)->name) != 0 &&
         strcmp(outcome, outcome_facts(OUTCOME_EMPTY)->name) != 0) ||
        jsonr_count(jsonr_get(j, "bad_pages")) ||
        jsonr_count(jsonr_get(j, "pages_waiting_for_ocr")))
        return "it is not whole";
    if (strcmp(jsonr_str(j, "version", ""), PDFSPOOL_VERSION) != 0)
        return "another version has made it";
    if (!recipe_same(jsonr_str(j, "recipe", ""), t->recipe, ocr) || (ocr && !t->ocr))
        return "it was made by other settings";
    if (jsonr_bool(j, "opened_with_given_password", false))
        return "it took a password";
    return "";
}

static uint32_t number_of(const struct jsonr *j, const char *key)
{
    int64_t n = jsonr_int(j, key, 0);
    return n > 0 && n < UINT32_MAX ? (uint32_t)n : 0;
}

/* As it was before it was written with a point; WIRE_UNKNOWN when it was not written. */
static uint32_t scaled(const struct jsonr *j, const char *key, double by, double most)
{
    double v = jsonr_double(j, key, -1) * by;
    return v >= 0 && v <= most ? (uint32_t)(v + 0.5) : WIRE_UNKNOWN;
}

static bool take_other(struct parse_result *r, struct parsed_page *p, const struct jsonr *j)
{
    const char *text = jsonr_str(j, "other_text", NULL);
    if (!text)
        return true;
    p->other_tier = report_tier_of(jsonr_str(j, "other_tier", ""));
    p->other_at = r->others.len;
    p->other_bytes = strlen(text);
    buf_str(&r->others, text);
    return p->other_tier < TIER_COUNT;
}

static bool take_page(struct parse_result *r, uint32_t i, const struct jsonr *j)
{
    struct parsed_page *p = parse_result_page(r, i);
    const char *why = jsonr_str(j, "why", "");
    uint32_t micros = scaled(j, "ms", 1000, UINT32_MAX - 1);
    if (!p || jsonr_int(j, "page", 0) != (int64_t)i + 1 || strlen(why) >= sizeof p->message)
        return false;
    *p = (struct parsed_page){
        .done = true,
        .tier = report_tier_of(jsonr_str(j, "tier", "")),
        .chars = number_of(j, "chars"),
        .unmapped = number_of(j, "unmapped"),
        .micros = micros == WIRE_UNKNOWN ? 0 : micros,
        .score = scaled(j, "score", WIRE_SCORE_MAX, WIRE_SCORE_MAX),
        .confidence = scaled(j, "confidence", WIRE_CONFIDENCE_MAX / 100.0, WIRE_CONFIDENCE_MAX),
        .dpi = number_of(j, "dpi")};
    memcpy(p->message, why, strlen(why) + 1);
    if (p->tier == TIER_COUNT)
        p->tier = parse_result_outside(r, jsonr_str(j, "tier", ""));
    return p->tier != TIER_NONE && p->tier != TIER_BAD && take_other(r, p, j);
}

static void take_meta(void *arg, const char *key, const struct jsonr *value)
{
    struct buf *meta = arg;
    const char *text = jsonr_text(value);
    if (!text)
        return;
    buf_add(meta, key, strlen(key) + 1);
    buf_add(meta, text, strlen(text) + 1);
}

static doubt take_record(const struct takeover *t, const struct jsonr *j, struct parse_result *r)
{
    const struct jsonr *pages = jsonr_get(j, "pages");
    size_t n = jsonr_count(pages);
    if (n > t->limits->max_pages || jsonr_int(j, "page_count", -1) != (int64_t)n)
        return "it has more pages than are allowed, or not all";
    for (uint32_t i = 0; i < n; i++)
        if (!take_page(r, i, jsonr_at(pages, i)))
            return "a page of it is strange";
    jsonr_each(jsonr_get(j, "metadata"), take_meta, &r->meta);
    r->announced_pages = (uint32_t)n;
    r->flags =
        (uint8_t)((jsonr_bool(j, "repaired", false) ? PAGES_REPAIRED : 0) |
                  (jsonr_bool(j, "opened_with_empty_password", false) ? PAGES_ENCRYPTED : 0));
    snprintf(r->languages, sizeof r->languages, "%s", jsonr_str(j, "ocr_languages", ""));
    snprintf(r->recipe, sizeof r->recipe, "%s", jsonr_str(j, "recipe", ""));
    return buf_ok(&r->meta) && buf_ok(&r->others) ? "" : "no memory for it";
}

/* --- its text --- */

/* Each page's part of the text: they end with form feeds. */
static bool split_text(const struct takeover *t, struct parse_result *r)
{
    size_t at = 0;
    for (uint32_t i = 0; i < r->n_pages; i++) {
        const char *end =
            at < r->text.len ? memchr(r->text.data + at, '\f', r->text.len - at) : NULL;
        if (!end || (size_t)(end - r->text.data) - at > t->limits->max_page_text)
            return false;
        r->pages[i].at = at;
        r->pages[i].bytes = (size_t)(end - r->text.data) - at;
        at += r->pages[i].bytes + 1;
    }
    return at == r->text.len;
}

static doubt take_text(const struct takeover *t, const struct source *s, struct parse_result *r)
{
    int64_t bytes = jsonr_int(s->json, "text_bytes", -1);
    if (bytes < 0 || (uint64_t)bytes > t->limits->max_text + r->n_pages)
        return "it has more text than is allowed";
    doubt why = read_file(t, s->folder, s->names.text, (size_t)bytes, &r->text);
    if (*why)
        return why;
    if ((int64_t)r->text.len != bytes ||
        !same_hash(&r->text, jsonr_str(s->json, "text_sha256", "")))
        return "its text has been changed";
    return split_text(t, r) ? "" : "its text has other pages";
}

/* --- all of it --- */

static doubt open_folder(const struct takeover *t, struct source *s)
{
    struct statx st;
    char folder[PATH_CAP];
    const char *slash = strrchr(s->path, '/');
    const char *base = slash ? slash + 1 : s->path;
    snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - s->path) : 0, s->path);
    dropname_results(base, base, 1, &s->names);
    if (strcmp(s->names.pdf, base) != 0)
        return "the journal has a strange name of it";
    s->folder = look_folder_path(t->spool->done, folder);
    if (s->folder < 0)
        return "its folder is no longer there";
    /* Whoever takes the PDF away takes the document away, whatever he leaves behind. */
    int there = look_in(s->folder, s->names.pdf, &st);
    return there == 1 && S_ISREG(st.stx_mode) && st.stx_size == t->size ? ""
                                                                        : "it is no longer there";
}

/* A source that has its text from another names that one. */
static doubt take_same_as(const struct source *s, char same_as[PATH_CAP])
{
    const char *from = jsonr_str(s->json, "same_as", NULL);
    struct source original;
    char as[PATH_CAP + 8];
    if (!from) {
        memcpy(same_as, s->path, strlen(s->path) + 1);
        return "";
    }
    if (snprintf(as, sizeof as, DIR_DONE "/%s", from) >= (int)sizeof as ||
        !take_path(&original, as))
        return "it has its text from a strange place";
    memcpy(same_as, original.path, strlen(original.path) + 1);
    return "";
}

static doubt use_record(const struct takeover *t, const struct source *s, struct parse_result *r,
                        char same_as[PATH_CAP])
{
    doubt why = check_record(t, s->json);
    if (!*why)
        why = take_record(t, s->json, r);
    if (!*why)
        why = take_text(t, s, r);
    if (!*why)
        why = take_same_as(s, same_as);
    if (*why)
        return why;
    parse_result_conclude(r);
    return strcmp(outcome_facts(r->outcome)->name, jsonr_str(s->json, "outcome", "")) == 0
               ? ""
               : "its pages say something else";
}

static doubt use_source(const struct takeover *t, struct source *s, struct parse_result *r,
                        char same_as[PATH_CAP])
{
    struct buf bytes = {0};
    doubt why = open_folder(t, s);
    if (!*why)
        why = read_file(t, s->folder, s->names.json, JSON_MOST, &bytes);
    if (!*why && !same_hash(&bytes, s->json_sha256))
        why = "its record has been changed";
    struct jsonr *json = *why ? NULL : jsonr_parse(bytes.data, bytes.len, NULL, 0);
    buf_free(&bytes);
    s->json = json;
    if (!*why)
        why = json ? use_record(t, s, r, same_as) : "its record is no JSON";
    jsonr_free(json);
    if (s->folder >= 0)
        fs->close(s->folder);
    s->folder = -1;
    return why;
}

bool takeover_find(const struct takeover *t, struct parse_result *r, char same_as[PATH_CAP])
{
    struct dup_place places[CANDIDATES];
    unsigned n = dupindex_find(t->index, t->sha256, places, CANDIDATES);
    for (unsigned i = 0; i < n; i++) {
        struct source s = {.folder = -1};
        parse_result_clear(r);
        doubt why = ask_journal(t, places[i], &s);
        if (!*why)
            why = use_source(t, &s, r, same_as);
        if (!*why)
            return true;
        log_debug("a finished document with this content will not do: %s", why);
        same_as[0] = '\0';
    }
    parse_result_clear(r);
    return false;
}
