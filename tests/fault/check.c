#include "check.h"

#include <ctype.h>
#include <dirent.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "tokens.h"

struct check {
    const struct world *w;
    const char *root; /* spool, or one taking */
    bool loud;
    unsigned bad;
    unsigned found[WORLD_DROPS]; /* how often each drop's PDF was met */
    unsigned rests[WORLD_DROPS]; /* ... and how often on its way: in pending/ or claimed/ */
    struct leftovers left;
    struct tokens_seen tokens;
};

static void bad(struct check *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void bad(struct check *c, const char *fmt, ...)
{
    va_list ap;
    c->bad++;
    if (!c->loud)
        return;
    va_start(ap, fmt);
    fputs("  violation: ", stderr);
    vfprintf(stderr, fmt, ap);
    fputc('\n', stderr);
    va_end(ap);
}

/* Where what `d` holds, or itself, may lie besides: the folder got a number, or came to the top. */
static bool other_folder(const struct drop *d, const char *path)
{
    static const char mark[] = ".attached";
    const char *own = d->inner ? strstr(d->path, mark) : NULL,
               *at = own ? strstr(path, mark) : NULL;
    if (!at)
        return false;
    size_t n = (size_t)(own - d->path), k = (size_t)(at - path);
    const char *stem = d->path + n;
    while (stem > d->path && stem[-1] != '/')
        stem--;
    bool top = k == strlen(stem) - strlen(own) && strncmp(path, stem, k) == 0;
    if (!top && (k != n || strncmp(path, d->path, n) != 0))
        return false;
    at += strlen(mark);
    if (*at == '~')
        at += 1 + strspn(at + 1, "0123456789abcdefghijklmnopqrstuvwxyz-");
    return strcmp(at, own + strlen(mark)) == 0;
}

/* The string of a member of a JSON as ours are. */
static void member(const char *json, const char *key, char *value, size_t cap)
{
    char quoted[40];
    snprintf(quoted, sizeof quoted, "\"%s\":\"", key);
    const char *at = strstr(json, quoted);
    at = at ? at + strlen(quoted) : "";
    snprintf(value, cap, "%.*s", (int)strcspn(at, "\""), at);
}

/* The JSON that the document must have, as far as that depends on where it went; what was added to
 * a record later is cut off `content`. */
static void expected_json(const struct drop *d, char *content, const char *outcome,
                          char own[WORLD_CONTENT])
{
    char path[WORLD_PATH], id[64];
    if (!d->inner && !world_holds(d->path)) {
        world_json(own, WORLD_CONTENT, d->serial, outcome, d->corrupt, d->path);
        return;
    }
    char *later = strstr(content, ",\"documents_outcomes\":[");
    if (later)
        strcpy(later, "}\n");
    member(content, "path", path, sizeof path);
    member(content, "document", id, sizeof id);
    world_json_as(own, WORLD_CONTENT, d->serial, outcome, d->corrupt,
                  other_folder(d, path) ? path : d->path, id);
}

static const struct drop *drop_of(const struct world *w, const char *content, const char *kind,
                                  const char *outcome)
{
    char own[WORLD_CONTENT], copy[WORLD_CONTENT];
    const char *serial = strstr(content, "serial");
    snprintf(copy, sizeof copy, "%s", content);
    unsigned long n = serial ? strtoul(serial + strcspn(serial, "0123456789"), NULL, 10) : 0;
    for (unsigned i = 0; i < w->drops; i++) {
        const struct drop *d = &w->drop[i];
        if (d->serial != n)
            continue;
        if (strcmp(kind, "pdf") == 0)
            world_pdf(own, sizeof own, d->serial, d->corrupt);
        else if (strcmp(kind, "txt") == 0)
            world_text(own, sizeof own, d->serial);
        else
            expected_json(d, copy, outcome, own);
        return strcmp(own, copy) == 0 ? d : NULL;
    }
    return NULL;
}

static bool ends(const char *s, const char *suffix)
{
    size_t n = strlen(s), k = strlen(suffix);
    return n >= k && strcasecmp(s + n - k, suffix) == 0;
}

static const char *base_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* Is `name` the base name `own`, or own~n? Both end in .pdf here. */
static bool own_name(const char *name, const char *own)
{
    size_t n = strlen(name) - 4, k = strlen(own) - 4;
    if (n < k || memcmp(name, own, k) != 0)
        return false;
    if (n == k)
        return true;
    return name[k] == '~' && strspn(name + k + 1, "0123456789") == n - k - 1 && n > k + 1;
}

/* The PDF stands where it belongs: `below` is its path below done/ or failed/corrupt/. */
static void check_place(struct check *c, const char *path, const char *below, const struct drop *d)
{
    const char *name = base_of(below), *own = base_of(d->path);
    size_t folder = (size_t)(name - below), own_folder = (size_t)(own - d->path);
    if (folder == own_folder && memcmp(below, d->path, folder) == 0 && own_name(name, own))
        return;
    if (other_folder(d, below))
        return;
    if (folder == 0 && own_folder > 0 && strstr(name, "%2F"))
        c->left.flat++;
    else
        bad(c, "%s is not where %s belongs", path, d->path);
}

/* x.txt or x.json beside the PDF must be its own. */
static void check_result(struct check *c, const char *pdf, const char *kind, const char *outcome,
                         const struct drop *d)
{
    char path[WORLD_PATH + 8], content[WORLD_CONTENT];
    snprintf(path, sizeof path, "%.*s.%s", (int)(strlen(pdf) - 4), pdf, kind);
    if (world_read(c->root, path, content, sizeof content) < 0)
        bad(c, "%s has no %s", pdf, kind);
    else if (drop_of(c->w, content, kind, outcome) != d)
        bad(c, "%s is not of its own document", path);
}

static bool exists(const struct check *c, const char *path)
{
    char one[8];
    return world_read(c->root, path, one, sizeof one) >= 0;
}

/* All that came out of it has been finished, and stands where its record says. */
static void check_record(struct check *c, const char *pdf)
{
    char path[WORLD_PATH + 8], content[WORLD_CONTENT], published[WORLD_PATH];
    snprintf(path, sizeof path, "%.*s.json", (int)(strlen(pdf) - 4), pdf);
    if (world_read(c->root, path, content, sizeof content) < 0)
        return; /* said already */
    const char *at = strstr(content, "\"documents_outcomes\":[");
    for (unsigned i = 0; i < WORLD_INNER && at; i++) {
        at = strstr(at + 1, "{\"path\"");
        member(at ? at : "", "published", published, sizeof published);
        if (!at || !strstr(at, "\"outcome\":\"ok\"") || !exists(c, published))
            bad(c, "%s: document %u of its record is not there: %s", path, i, published);
    }
    if (!at)
        bad(c, "%s does not say what became of its documents", path);
}

static void check_pdf(struct check *c, const char *path)
{
    char content[WORLD_CONTENT];
    const char *below = path + strcspn(path, "/") + 1;
    bool failed = strncmp(path, "failed/", 7) == 0;
    world_read(c->root, path, content, sizeof content);
    const struct drop *d = drop_of(c->w, content, "pdf", "");
    if (!d) {
        bad(c, "%s is no document that was dropped", path);
        return;
    }
    c->found[d - c->w->drop]++;
    char class[32] = "ok";
    if (failed)
        snprintf(class, sizeof class, "%.*s", (int)strcspn(below, "/"), below);
    bool cancelled = d->cancel && strcmp(class, "cancelled") == 0;
    c->left.cancelled += cancelled;
    if (!cancelled && strcmp(class, d->corrupt ? "corrupt" : "ok") != 0)
        bad(c, "%s is in the wrong tree", path);
    check_place(c, path, below + (failed ? strcspn(below, "/") + 1 : 0), d);
    check_result(c, path, "json", class, d);
    if (!failed)
        check_result(c, path, "txt", class, d);
    if (world_holds(d->path) && c->root == c->w->top)
        check_record(c, path);
}

/* A visible text or JSON must stand beside its PDF. */
static void check_orphan(struct check *c, const char *path)
{
    char pdf[WORLD_PATH + 8];
    size_t stem = strlen(path) - strlen(strrchr(path, '.'));
    snprintf(pdf, sizeof pdf, "%.*s.pdf", (int)stem, path);
    if (exists(c, pdf))
        return;
    c->left.orphans++;
    bad(c, "%s has no PDF", path);
}

/* .<document id>.<claim>.txt or .json */
static bool hidden_result(const char *name)
{
    size_t ids = strspn(name, ".0123456789abcdefghijklmnopqrstuvwxyz-");
    return name[0] == '.' && ids == strlen(name) && (ends(name, ".txt") || ends(name, ".json"));
}

static void visit_published(void *arg, const char *path, int type, unsigned long ino)
{
    struct check *c = arg;
    const char *name = base_of(path);
    (void)ino;
    if (type == DT_DIR)
        return;
    if (type != DT_REG)
        bad(c, "%s is no file", path);
    else if (hidden_result(name))
        c->left.results++;
    else if (name[0] == '.')
        bad(c, "%s: unknown hidden name", path);
    else if (ends(name, ".txt") || ends(name, ".json"))
        check_orphan(c, path);
    else if (ends(name, ".pdf"))
        check_pdf(c, path);
    else
        bad(c, "%s: unknown name", path);
}

static void count_resting(struct check *c, const char *path)
{
    char content[WORLD_CONTENT];
    if (world_read(c->root, path, content, sizeof content) < 0)
        return;
    const struct drop *d = drop_of(c->w, content, "pdf", "");
    if (d)
        c->rests[d - c->w->drop]++;
}

/* pending/ and claimed/ at rest: folders only. */
static void visit_rest(void *arg, const char *path, int type, unsigned long ino)
{
    (void)ino;
    if (strncmp(path, "pending/.unpack/", 16) == 0) { /* swept by age */
        ((struct check *)arg)->left.unpacked += !strchr(path + 16, '/');
    } else if (type != DT_DIR) {
        count_resting(arg, path);
        bad(arg, "%s: not at rest", path);
    } else if (strncmp(path, "claimed/", 8) == 0 && strchr(path + 8, '/'))
        bad(arg, "%s: a lease is left", path);
}

/* What pages.c keeps: so many pages, their text, a dot. */
static void check_pages(struct check *c, const char *path)
{
    char content[WORLD_CONTENT];
    long n = world_read(c->root, path, content, sizeof content);
    c->left.pages++;
    if (n < 4 || !strchr("12", content[0]) || content[1] != '\n' || content[n - 1] != '.')
        bad(c, "%s is not whole", path);
}

static void visit_control(void *arg, const char *path, int type, unsigned long ino)
{
    struct check *c = arg;
    (void)ino;
    if (type == DT_DIR)
        return;
    bool key = strlen(path) == 14 + 3 + 32;
    if (strncmp(path, "control/names/", 14) == 0 && type == DT_LNK && (key || path[17] == '.'))
        c->left.reservations++;
    else if (strncmp(path, "control/paths/", 14) == 0 && type == DT_REG) {
        c->left.paths++;
        if (ends(path, ".pages"))
            check_pages(c, path);
    } else if (type == DT_REG && (strncmp(path, "control/cancel.", 15) == 0 ||
                                  strncmp(path, "control/.new-", 13) == 0))
        c->left.commands++;
    else if (!tokens_see(&c->tokens, path))
        bad(c, "%s: does not belong there", path);
}

static void visit_top(void *arg, const char *path, int type, unsigned long ino)
{
    static const char *const known[] = {"pending", "claimed", "done",     "failed",
                                        "control", "journal", "spool.ini"};
    const char *name = path + 2; /* "./" */
    (void)ino;
    (void)type;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strncmp(name, known[i], strlen(known[i])) == 0)
            return;
    bad(arg, "%s: does not belong there", path);
}

static void check_takings(struct check *c)
{
    char root[400];
    for (unsigned i = 1; i <= c->w->takings; i++) {
        snprintf(root, sizeof root, "%s/%u", c->w->taken, i);
        c->root = root;
        world_walk(root, "done", visit_published, c);
        world_walk(root, "failed", visit_published, c);
    }
    c->root = c->w->top;
}

unsigned check_world(const struct world *w, bool loud, struct leftovers *sum)
{
    struct check c = {.w = w, .root = w->top, .loud = loud};
    world_walk(w->top, ".", visit_top, &c);
    world_walk(w->top, "pending", visit_rest, &c);
    world_walk(w->top, "claimed", visit_rest, &c);
    world_walk(w->top, "control", visit_control, &c);
    world_walk(w->top, "done", visit_published, &c);
    world_walk(w->top, "failed", visit_published, &c);
    check_takings(&c);
    if (tokens_wrong(&c.tokens))
        bad(&c, "control/caps/: %s", tokens_wrong(&c.tokens));
    for (unsigned i = 0; i < w->drops; i++) {
        if (c.found[i] != 1)
            bad(&c, "%s (serial %u) is there %u times", w->drop[i].path, w->drop[i].serial,
                c.found[i]);
        c.left.lost += c.found[i] + c.rests[i] == 0;
        c.left.twice += c.found[i] + c.rests[i] > 1;
    }
    sum->results += c.left.results;
    sum->reservations += c.left.reservations;
    sum->paths += c.left.paths;
    sum->pages += c.left.pages;
    sum->unpacked += c.left.unpacked;
    sum->commands += c.left.commands;
    sum->cancelled += c.left.cancelled;
    sum->flat += c.left.flat;
    sum->orphans += c.left.orphans;
    sum->lost += c.left.lost;
    sum->twice += c.left.twice;
    return c.bad;
}
