#include "spoold/scan/rounds.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/dirlist.h"
#include "base/fsop.h"
#include "spool/dropname.h"
#include "spool/inuse.h"
#include "spool/look.h"
#include "spool/pathfile.h"
#include "spool/retry.h"
#include "spool/scan.h"
#include "spool/walk.h"

enum {
    BLOCK = 128,
    LOOKS = 5000, /* attributes of pending documents that are asked for in a round */
    PAUSE_MS = 2000,
    LONG_PAUSE_MS = 60000,
    PAUSE_TIMES = 3,
    SLOWER = 10, /* the walks through what is published, once they have been through it */
    HURRY_MS = 250,
    STEP_MS = 20,   /* of looking, until others have their turn */
    SHORT_MS = 1000 /* a round that takes longer is not hurried */
};

static const char trouble[] = "a folder of results cannot be read";

/* The walks: that of the work in hand has two states. */
enum walker { WALK_PENDING, WALK_WAITING, WALK_WORK, WALK_DONE, WALK_FAILED, WALKS };

struct walking {
    bool runs, complete, before; /* before: a round has come to its end */
    int64_t began, next, took;   /* ms; the first two by the boot clock */
    uint64_t entries, strays, ignored, looks;
    uint64_t last_entries; /* of the round before */
    struct scan *scan;     /* pending */
    struct dirlist *list;  /* waiting */
    struct walk *walk;     /* done, failed */
};

struct rounds {
    const struct spool *spool;
    struct out *out;
    rounds_folder *call;
    void *arg;
    int64_t server_ms;
    struct walking walks[WALKS];
    struct scan_name names[BLOCK];
    uint64_t sealed; /* entries of the work in hand that are sealed */
};

static const enum doc_state states[WALKS] = {DOC_PENDING, DOC_WAITING, DOC_CLAIMED, DOC_DONE,
                                             DOC_FAILED};

struct rounds *rounds_new(const struct spool *s, struct out *o, rounds_folder *call, void *arg)
{
    struct rounds *r = calloc(1, sizeof *r);
    if (!r)
        return NULL;
    r->spool = s;
    r->out = o;
    r->call = call;
    r->arg = arg;
    return r;
}

static void close_walk(struct walking *w)
{
    scan_free(w->scan);
    dirlist_close(w->list);
    walk_free(w->walk);
    w->scan = NULL;
    w->list = NULL;
    w->walk = NULL;
}

void rounds_free(struct rounds *r)
{
    for (int i = 0; r && i < WALKS; i++)
        close_walk(&r->walks[i]);
    free(r);
}

void rounds_hurry(struct rounds *r)
{
    int64_t soon = clock_boot_ms() + HURRY_MS;
    for (int i = WALK_PENDING; i <= WALK_WORK; i++)
        if (r->walks[i].next > soon && r->walks[i].took < SHORT_MS)
            r->walks[i].next = soon;
}

static void tell(struct rounds *r, struct walking *w, const struct fact_entry *e)
{
    struct fact f = {.type = FACT_ENTRY, .entry = *e};
    uint64_t refused = r->out->refused;
    out_fact(r->out, &f);
    w->strays += r->out->refused - refused;
    w->entries++;
}

static void tell_round(struct rounds *r, enum fact_type type, enum doc_state state,
                       const struct walking *w)
{
    struct fact f = {.type = type,
                     .round = {.state = (uint8_t)state,
                               .complete = type == FACT_ROUND_END && w->complete,
                               .begun_ms = r->server_ms > 0 ? r->server_ms : 0,
                               .entries = state == DOC_SEALED    ? r->sealed
                                          : state == DOC_CLAIMED ? w->entries - r->sealed
                                                                 : w->entries,
                               .strays = state == DOC_SEALED ? 0 : w->strays,
                               .ignored = w->ignored}};
    out_fact(r->out, &f);
}

static bool open_walk(struct rounds *r, enum walker which)
{
    struct walking *w = &r->walks[which];
    switch (which) {
    case WALK_PENDING:
        return (w->scan = scan_new(r->spool)) != NULL;
    case WALK_WAITING:
        return (w->list = dirlist_open(r->spool->retry, ".", 0)) != NULL;
    case WALK_DONE:
        return (w->walk = walk_new(r->spool->done, true)) != NULL;
    case WALK_FAILED:
        return (w->walk = walk_new(r->spool->failed, true)) != NULL;
    case WALK_WORK:
    case WALKS:
        break;
    }
    return true;
}

static bool published(enum walker which)
{
    return which == WALK_DONE || which == WALK_FAILED;
}

static void begin(struct rounds *r, enum walker which, int64_t now)
{
    struct walking *w = &r->walks[which];
    *w = (struct walking){.runs = true,
                          .complete = true,
                          .before = w->before,
                          .began = now,
                          .last_entries = w->entries};
    r->sealed = which == WALK_WORK ? 0 : r->sealed;
    tell_round(r, FACT_ROUND_BEGIN, states[which], w);
    if (which == WALK_WORK)
        tell_round(r, FACT_ROUND_BEGIN, DOC_SEALED, w);
    w->complete = open_walk(r, which);
}

static void end(struct rounds *r, enum walker which)
{
    struct walking *w = &r->walks[which];
    int64_t now = clock_boot_ms();
    bool slow = published(which);
    w->took = now - w->began;
    int64_t times = w->took * PAUSE_TIMES, pause = times > PAUSE_MS ? times : PAUSE_MS;
    close_walk(w);
    w->runs = false;
    w->before = true;
    if (slow && w->complete)
        out_trouble(r->out, 0, trouble, "");
    w->next = now + (slow ? LONG_PAUSE_MS : pause);
    tell_round(r, FACT_ROUND_END, states[which], w);
    if (which == WALK_WORK)
        tell_round(r, FACT_ROUND_END, DOC_SEALED, w);
}

/* Size and age of a pending document: of the first some thousands of a round, by what this machine
 * has heard with the listing, where it has (nothing is decided by it). */
static void look_pending(struct walking *w, int folder, const char *name, struct fact_entry *e)
{
    struct statx st;
    if (w->looks >= LOOKS)
        return;
    w->looks++;
    if (fs->statx(folder, name, AT_SYMLINK_NOFOLLOW | AT_STATX_DONT_SYNC, &st) != 0)
        return;
    e->size = st.stx_size;
    e->since_ms = look_ms(st.stx_ctime) > 0 ? look_ms(st.stx_ctime) : 0;
}

static unsigned step_pending(struct rounds *r, struct walking *w, unsigned most)
{
    char path[PATH_CAP + NAME_CAP];
    const char *below;
    int folder;
    uint64_t folders = scan_counts(w->scan)->folders;
    unsigned n = scan_next(w->scan, r->names, most < BLOCK ? most : BLOCK, &folder, &below);
    const struct scan_counts *c = scan_counts(w->scan);
    if (n > 0 && c->folders != folders)
        r->call(r->arg, below);
    for (unsigned i = 0; i < n; i++) {
        snprintf(path, sizeof path, "%s%s%s", below, *below ? "/" : "", r->names[i].name);
        struct fact_entry e = {.state = DOC_PENDING,
                               .outcome = OUTCOME_COUNT,
                               .path = path,
                               .document = "",
                               .claim = "",
                               .history = "",
                               .host = ""};
        look_pending(w, folder, r->names[i].name, &e);
        tell(r, w, &e);
    }
    if (n == 0) {
        w->ignored =
            c->ignored[IGNORED_NAME] + c->ignored[IGNORED_LINK] + c->ignored[IGNORED_SPECIAL];
        w->complete = c->unreadable == 0;
    }
    return n;
}

/* What a token says of its document. False: its path is not to be had. */
static bool tell_token(struct rounds *r, struct walking *w, const struct fact_entry *known,
                       const struct token *t)
{
    char path[PATH_CAP];
    struct fact_entry e = *known;
    if (pathfile_path(r->spool, t, path) != 0) {
        /* Lost for good: it goes by what its token still says. Else: not just now. */
        if (errno != ENODATA || t->encoded[0] != '%' || !t->encoded[1]) {
            w->complete = false;
            return false;
        }
        snprintf(path, sizeof path, "%s", t->encoded + 2);
    }
    e.outcome = OUTCOME_COUNT;
    e.path = path;
    e.document = t->document;
    e.claim = t->claim;
    e.history = t->history;
    e.attempt = t->attempt;
    tell(r, w, &e);
    return true;
}

static unsigned step_waiting(struct rounds *r, struct walking *w, unsigned most)
{
    struct dirlist_entry d;
    struct waiting t;
    unsigned n = 0;
    int more = 1;
    while (n < most && (more = dirlist_next(w->list, &d)) == 1) {
        n++;
        if (token_parse_waiting(d.name, &t) != 0) {
            w->strays += d.name[0] != '.';
            continue;
        }
        struct fact_entry e = {.state = DOC_WAITING,
                               .ocr = strcmp(t.need, NEED_OCR) == 0,
                               .host = "",
                               .since_ms =
                                   t.due_s > 0 && t.due_s < UINT32_MAX ? t.due_s * 1000 : 0};
        tell_token(r, w, &e, &t.token);
    }
    w->complete = w->complete && more >= 0;
    return more == 1 ? n : 0;
}

static int each_work(void *arg, const char *lease_path, const char *name)
{
    struct rounds *r = arg;
    struct walking *w = &r->walks[WALK_WORK];
    struct sealed t;
    char host[HOST_CAP] = "";
    const char *from = strchr(lease_path, '/');
    int kind = inuse_parse_work(name, &t);
    if (kind == 0) {
        w->strays += name[0] != '.';
        return 0;
    }
    if (from && strcspn(from + 1, "/") < sizeof host)
        snprintf(host, strcspn(from + 1, "/") + 1, "%s", from + 1);
    struct fact_entry e = {.state = kind == 2 ? DOC_SEALED : DOC_CLAIMED, .host = host};
    r->sealed += kind == 2 && tell_token(r, w, &e, &t.token);
    if (kind != 2)
        tell_token(r, w, &e, &t.token);
    return r->out->gone;
}

static unsigned step_work(struct rounds *r, struct walking *w)
{
    w->complete = inuse_work(r->spool, each_work, r) == 0 && w->complete;
    return 0;
}

static void tell_published(struct rounds *r, struct walking *w, enum doc_state state,
                           const struct walk_at *at)
{
    char path[WALK_PATH_CAP + NAME_CAP];
    const char *below = at->path;
    enum outcome class = OUTCOME_COUNT;
    if (state == DOC_FAILED) {
        size_t n = strcspn(below, "/");
        class = outcome_of(below, n);
        below += n + (below[n] == '/');
    }
    snprintf(path, sizeof path, "%s%s%s", below, *below ? "/" : "", at->name);
    struct fact_entry e = {.state = (uint8_t)state,
                           .outcome = (uint8_t) class,
                           .path = path,
                           .document = "",
                           .claim = "",
                           .history = "",
                           .host = ""};
    tell(r, w, &e);
}

static unsigned step_published(struct rounds *r, struct walking *w, enum doc_state state,
                               unsigned most)
{
    struct walk_at at;
    enum walk_got got = WALK_ENTRY;
    unsigned n = 0;
    while (n < most && (got = walk_next(w->walk, &at)) != WALK_END) {
        n++;
        if (got == WALK_TROUBLE) {
            w->complete = false;
            out_trouble(r->out, errno, trouble, at.path);
        } else if (got == WALK_ENTRY && at.type == DT_REG && dropname_published(at.name)) {
            tell_published(r, w, state, &at);
        }
    }
    return got == WALK_END ? 0 : n;
}

/* Some more of a walk. 0: it is at its end. */
static unsigned step(struct rounds *r, enum walker which, unsigned most)
{
    struct walking *w = &r->walks[which];
    if (!w->complete && !w->scan && !w->list && !w->walk)
        return 0; /* it could not be begun */
    switch (which) {
    case WALK_PENDING:
        return step_pending(r, w, most);
    case WALK_WAITING:
        return step_waiting(r, w, most);
    case WALK_WORK:
        return step_work(r, w);
    case WALK_DONE:
        return step_published(r, w, DOC_DONE, most);
    case WALK_FAILED:
        return step_published(r, w, DOC_FAILED, most);
    case WALKS:
        break;
    }
    return 0;
}

/* Nobody but publishing changes done/ and failed/, and that is told by journals: once they have been
 * gone through, they are so again all the time, but slowly. */
static bool at_leisure(const struct rounds *r, int i)
{
    return published((enum walker)i) && r->walks[i].before;
}

bool rounds_step(struct rounds *r, unsigned entries, int64_t server_ms)
{
    int64_t now = clock_boot_ms();
    bool any = false;
    unsigned walks = 0;
    r->server_ms = server_ms;
    for (int i = 0; i < WALKS; i++)
        walks +=
            i != WALK_WORK && !at_leisure(r, i) && (r->walks[i].runs || now >= r->walks[i].next);
    for (int i = 0; i < WALKS && !r->out->gone; i++) {
        struct walking *w = &r->walks[i];
        if (!w->runs && now < w->next)
            continue;
        if (!w->runs)
            begin(r, (enum walker)i, now);
        /* A step ends with a folder: several, then. */
        unsigned parts = at_leisure(r, i) ? SLOWER : walks ? walks : 1;
        unsigned left = entries / parts + 1, did;
        do {
            did = step(r, (enum walker)i, left);
            left -= did < left ? did : left;
        } while (did > 0 && left > 0 && clock_boot_ms() - now < STEP_MS);
        if (did == 0)
            end(r, (enum walker)i);
        else
            any = true;
    }
    return any;
}

bool rounds_work_left(const struct rounds *r)
{
    const struct walking *p = &r->walks[WALK_PENDING], *w = &r->walks[WALK_WORK];
    return p->entries + p->last_entries + w->entries + w->last_entries > 0;
}
