#include "spool/place.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/fsop.h"
#include "spool/look.h"
#include "spool/pathfile.h"

enum { FOLDER_MODE = 0775, RESERVE_TRIES = 5, RESERVE_PAUSE_MS = 25 };

/* done, or failed/<class>, as path from the top of the spool. */
static void top_path(const struct place *p, char top[64])
{
    if (p->to.outcome == OUTCOME_OK)
        snprintf(top, 64, "%s", DIR_DONE);
    else
        snprintf(top, 64, "%s/%s", DIR_FAILED, outcome_facts(p->to.outcome)->name);
}

static void set_folder(struct place *p)
{
    char top[64], encoded[3 * PATH_CAP];
    top_path(p, top);
    const char *slash = strrchr(p->path, '/');
    if (p->to.flat || !slash) {
        const char *base = p->path;
        if (p->to.flat && token_encode(p->path, encoded, sizeof encoded))
            base = encoded;
        snprintf(p->folder_path, sizeof p->folder_path, "%s", top);
        snprintf(p->base, sizeof p->base, "%.*s", NAME_CAP - 1, base);
        return;
    }
    snprintf(p->folder_path, sizeof p->folder_path, "%s/%.*s", top, (int)(slash - p->path),
             p->path);
    snprintf(p->base, sizeof p->base, "%.*s", NAME_CAP - 1, slash + 1);
}

void place_number(struct place *p, unsigned n)
{
    p->to.n = n;
    dropname_results(p->base, p->path, n, &p->names);
    reserve_key(p->folder_path, p->names.stem, p->key);
}

int place_set(struct place *p, const struct spool *s, const struct token *t, struct destination to)
{
    p->to = to;
    p->folder = -1;
    p->borrowed = p->guessed = false;
    if (pathfile_path(s, t, p->path) != 0) {
        if (errno != ENODATA)
            return -1;
        p->guessed = true;
        /* what the token still says; that may begin with a dot, and results must be seen */
        const char *rest = t->encoded[0] == '%' ? t->encoded + 2 : t->encoded;
        bool hidden = *rest == '\0' || *rest == '.';
        snprintf(p->path, sizeof p->path, "%s%s", hidden ? "_" : "", rest);
    }
    snprintf(p->hidden_text, sizeof p->hidden_text, ".%s.%s.txt", t->document, t->claim);
    snprintf(p->hidden_json, sizeof p->hidden_json, ".%s.%s.json", t->document, t->claim);
    set_folder(p);
    place_number(p, to.n);
    return 0;
}

/* Make one folder of the user's below `at`, under a reservation of its name, so that it can never
 * come between the look for a free name and the publishing of a document that is called like it. */
static int make_folder(const struct spool *s, int at, const char *above, const char *name,
                       const char *document)
{
    char stem[NAME_CAP], key[RESERVE_KEY_CAP];
    dropname_folder_stem(name, stem);
    reserve_key(above, stem, key);
    int have = 0;
    for (int i = 0; i < RESERVE_TRIES && have == 0; i++) {
        have = reserve_take(s, key, document);
        if (have == 0)
            clock_sleep_ms(RESERVE_PAUSE_MS);
    }
    if (have != 1) {
        if (have == 0)
            errno = EAGAIN; /* a document of that name is being published just now, or its worker
                               died */
        return -1;
    }
    int made = look_mkdir(at, name, FOLDER_MODE);
    int saved = errno;
    reserve_drop(s, key, document, false);
    errno = saved;
    return made;
}

/* The folder `name` in `at`; made when it is missing. Descriptor or -1. */
static int enter_or_make(const struct spool *s, int at, const char *above, const char *name,
                         bool class_folder, const char *document)
{
    int next = look_folder(at, name);
    if (next >= 0 || errno != ENOENT)
        return next;
    /* failed/<class>: no document can be called so, and so it needs no reservation */
    int made = class_folder ? look_mkdir(at, name, FOLDER_MODE)
                            : make_folder(s, at, above, name, document);
    return made == 0 ? look_folder(at, name) : -1;
}

/* Walk from the top of done/ or failed/ to the folder, making what is missing. Descriptor (the
 * spool's own for a path of no components) or -1. */
static int walk(const struct place *p, const struct spool *s, const char *document)
{
    bool done = p->to.outcome == OUTCOME_OK;
    char above[sizeof p->folder_path], name[NAME_CAP];
    const char *rest = strchr(p->folder_path, '/');
    int top = done ? s->done : s->failed, at = top;
    for (rest = rest ? rest + 1 : ""; *rest && at >= 0;) {
        size_t n = strcspn(rest, "/");
        snprintf(name, sizeof name, "%.*s", (int)n, rest);
        snprintf(above, sizeof above, "%.*s", (int)(rest - p->folder_path - 1), p->folder_path);
        int next = enter_or_make(s, at, above, name, !done && !strchr(above, '/'), document);
        int saved = errno;
        if (at != top)
            fs->close(at);
        errno = saved;
        at = next;
        rest += n + (rest[n] == '/');
    }
    return at;
}

int place_open(struct place *p, const struct spool *s, const char *document, bool fixed)
{
    p->folder = walk(p, s, document);
    if (p->folder < 0 && (errno == ENOTDIR || errno == ELOOP || errno == EEXIST) && !p->to.flat &&
        !fixed) {
        p->to.flat = true;
        set_folder(p);
        place_number(p, p->to.n);
        p->folder = walk(p, s, document);
    }
    p->borrowed = p->folder >= 0 && (p->folder == s->done || p->folder == s->failed);
    return p->folder >= 0 ? 0 : -1;
}

void place_close(struct place *p)
{
    if (p->folder >= 0 && !p->borrowed)
        fs->close(p->folder);
    p->folder = -1;
}
