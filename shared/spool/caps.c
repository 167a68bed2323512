#include "spool/caps.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/fsop.h"
#include "base/log.h"
#include "base/rnd.h"
#include "spool/capfolder.h"
#include "spool/captoken.h"
#include "spool/rates.h"

enum {
    CAPS = LANES + TIERS,
    NONE_FREE_MS = 100,    /* till the next look when no token was free, doubling */
    NONE_FREE_MOST = 1000, /* to so much */
    TURN_PAUSE_MS = 1500,  /* longer: others may take what was given back for them */
    WANTED_MS = 10000,     /* a hint that others wait counts for so long */
    WANT_MS = 4000,        /* and is renewed so often */
    TROUBLE_MS = 1000,
    TELL_MS = 60000,
    LOOK_MS = 30000 /* the lease's caps/ is read so often: tokens may have come late */
};

struct had {
    struct captoken t;
    int64_t since; /* boot clock, ms: of this turn */
};

/* What is had of one cap. */
struct entry {
    char cap[CAP_CAP];
    struct caps_limits limits;
    struct had *had; /* as many as there are numbers */
    unsigned n_had;
    bool skip[CAP_NUMBERS]; /* captoken_take */
    bool tidied;
    int64_t idle_since; /* boot clock, ms: more was had than needed; 0: not */
    int64_t next,
        next_rate; /* boot clock, ms: no sooner is the share asked for a token, for rate */
    int64_t pause;
    int64_t wanting; /* boot clock, ms: when it was last said that this lease waits; 0: not said */
    unsigned credit; /* taken of the rate, and not begun */
    int64_t credit_since;
    int64_t told; /* boot clock, ms: when trouble was last told; 0: never */
    bool few;     /* the last caps_begin gave fewer than were wanted */
};

struct caps {
    const struct spool *spool;
    const struct lease *lease;
    char holder[CAP_HOLDER_CAP];
    int used;       /* the lease's caps/; -1: not opened yet */
    bool unsure;    /* there may be tokens in it that are not known here */
    int64_t looked; /* boot clock, ms: when it was read */
    struct entry *entry[CAPS];
    unsigned n;
};

bool caps_limited(struct caps_limits l)
{
    return l.max_running > 0 || bucket_limited(&l.rate);
}

struct caps_limits caps_of_lane(const struct lane_settings *l)
{
    return (struct caps_limits){l->max_running, {l->per_minute, l->per_day, l->burst}};
}

struct caps_limits caps_of_tier(const struct tier_settings *t)
{
    return (struct caps_limits){t->max_running, {t->per_minute, t->per_day, t->burst}};
}

/* ---- what is had ---- */

static struct entry *find(const struct caps *c, const char *cap)
{
    for (unsigned i = 0; i < c->n; i++)
        if (strcmp(c->entry[i]->cap, cap) == 0)
            return c->entry[i];
    return NULL;
}

static struct entry *find_or_add(struct caps *c, const char *cap)
{
    struct entry *e = find(c, cap);
    if (e || c->n == CAPS || !cap_ok(cap))
        return e;
    e = calloc(1, sizeof *e);
    if (!e || !(e->had = calloc(CAP_NUMBERS, sizeof *e->had))) {
        free(e);
        return NULL;
    }
    memcpy(e->cap, cap, strlen(cap) + 1);
    c->entry[c->n++] = e;
    return e;
}

static void note_had(struct entry *e, const struct captoken *t)
{
    for (unsigned i = 0; i < e->n_had; i++)
        if (e->had[i].t.number == t->number && e->had[i].t.gen == t->gen)
            return;
    if (e->n_had < CAP_NUMBERS)
        e->had[e->n_had++] = (struct had){*t, clock_boot_ms()};
}

static void note_found(void *arg, const struct captoken *t)
{
    struct entry *e = find_or_add(arg, t->cap);
    if (e)
        note_had(e, t);
}

/* Read the lease's caps/ where that is due: a predecessor's tokens, and what came late. */
static void look_for_mine(struct caps *c)
{
    int64_t now = clock_boot_ms();
    if (c->used < 0 || (!c->unsure && now - c->looked < LOOK_MS))
        return;
    c->looked = now;
    c->unsure = captoken_mine(c->used, c->holder, note_found, c) != 0;
}

struct caps *caps_new(const struct spool *s, const struct lease *l, const char *holder)
{
    struct caps *c = calloc(1, sizeof *c);
    if (!c || !cap_holder_ok(holder)) {
        free(c);
        return NULL;
    }
    c->spool = s;
    c->lease = l;
    memcpy(c->holder, holder, strlen(holder) + 1);
    c->used = look_folder(l->dir, LEASE_CAPS); /* is there where somebody had a token */
    c->unsure = c->used >= 0;
    look_for_mine(c);
    return c;
}

void caps_free(struct caps *c)
{
    if (!c)
        return;
    if (c->used >= 0)
        fs->close(c->used);
    for (unsigned i = 0; i < c->n; i++) {
        free(c->entry[i]->had);
        free(c->entry[i]);
    }
    free(c);
}

/* ---- giving back ---- */

static void give_token(struct caps *c, struct entry *e, unsigned i)
{
    char name[NAME_CAP];
    cap_used_name(&e->had[i].t, name);
    if (captoken_give(c->spool, c->used, name) == MOVE_FAILED) {
        log_debug("a token of %s could not be given back yet: %s", e->cap, strerror(errno));
        e->had[i].since = clock_boot_ms();
        return;
    }
    e->had[i] = e->had[--e->n_had];
}

static void give_credit(struct caps *c, struct entry *e)
{
    int folder = capfolder_open(c->spool, e->cap, false);
    if (folder < 0 || rates_give(folder, &e->limits.rate, c->lease, e->credit) != 0)
        log_debug("%u of the rate of %s were lost: %s", e->credit, e->cap, strerror(errno));
    if (folder >= 0)
        fs->close(folder);
    e->credit = 0;
}

static bool serves(const struct entry *e, unsigned i)
{
    return e->limits.max_running > 0 && e->had[i].t.number < (uint64_t)e->limits.max_running;
}

static bool wanted(struct caps *c, const struct entry *e)
{
    int folder = capfolder_open(c->spool, e->cap, false);
    bool yes = folder >= 0 && captoken_wanted(folder, c->lease, WANTED_MS);
    if (folder >= 0)
        fs->close(folder);
    return yes;
}

/* One token that is not in use just now was had for a turn: let others have it, if any wait. */
static void end_turn(struct caps *c, struct entry *e, int64_t now)
{
    for (unsigned i = 0; i < e->n_had; i++) {
        if (now - e->had[i].since < CAPS_TURN_MS)
            continue;
        if (serves(e, i) && !wanted(c, e)) {
            e->had[i].since = now;
            continue;
        }
        give_token(c, e, i);
        e->next = clock_boot_ms() + rnd_jitter(TURN_PAUSE_MS, 20);
        return;
    }
}

static void tend(struct caps *c, struct entry *e, unsigned running)
{
    int64_t now = clock_boot_ms();
    if (e->credit > 0 && now - e->credit_since >= CAPS_CREDIT_MS)
        give_credit(c, e);
    if (e->n_had <= running) {
        e->idle_since = 0;
        return;
    }
    if (e->idle_since == 0)
        e->idle_since = now;
    if (now - e->idle_since < CAPS_IDLE_MS) {
        end_turn(c, e, now);
        return;
    }
    for (unsigned i = e->n_had; i-- > 0 && e->n_had > running;)
        give_token(c, e, i);
}

void caps_tend(struct caps *c, const char *cap, unsigned running)
{
    struct entry *e = find(c, cap);
    look_for_mine(c);
    if (e)
        tend(c, e, running);
}

const char *caps_name(const struct caps *c, unsigned i)
{
    return i < c->n ? c->entry[i]->cap : NULL;
}

void caps_give_back(struct caps *c)
{
    c->unsure = c->used >= 0;
    look_for_mine(c);
    for (unsigned i = 0; i < c->n; i++) {
        struct entry *e = c->entry[i];
        if (e->credit > 0)
            give_credit(c, e);
        for (unsigned k = e->n_had; k-- > 0;)
            give_token(c, e, k);
        e->next = e->pause = 0;
    }
}

/* ---- taking ---- */

/* Tokens that are had, are below the limit, and are not needed for what runs. */
static unsigned spare(const struct entry *e, unsigned running)
{
    unsigned n = 0;
    for (unsigned i = 0; i < e->n_had; i++)
        n += serves(e, i);
    return n > running ? n - running : 0;
}

static int open_cap(struct caps *c, struct entry *e)
{
    if (c->used < 0 && (c->used = captoken_used(c->lease)) < 0)
        return -1;
    int folder = capfolder_open(c->spool, e->cap, true);
    if (folder >= 0 && !e->tidied) {
        e->tidied = true;
        capfolder_tidy(folder, c->lease, c->spool->settings.sweep_age);
    }
    return folder;
}

static void trouble(struct caps *c, struct entry *e, int64_t *next)
{
    int error = errno;
    int64_t now = clock_boot_ms();
    c->unsure = true;
    *next = now + rnd_jitter(TROUBLE_MS, 50);
    if (e->told != 0 && now - e->told < TELL_MS)
        return;
    e->told = now;
    log_warn("control/caps/%s: %s; nothing of it is begun meanwhile, trying again", e->cap,
             strerror(error));
}

/* None was free: tell those who have one, and ask again soon. */
static void wait_for_one(struct caps *c, struct entry *e, int folder)
{
    int64_t now = clock_boot_ms(), twice = 2 * e->pause;
    if (e->n_had == 0 && (e->wanting == 0 || now - e->wanting >= WANT_MS)) {
        captoken_want(folder, c->lease, true);
        e->wanting = now;
    }
    e->pause = e->pause == 0 ? NONE_FREE_MS : twice < NONE_FREE_MOST ? twice : NONE_FREE_MOST;
    e->next = now + rnd_jitter(e->pause, 20);
}

static void want_no_more(struct caps *c, struct entry *e, int folder)
{
    if (e->wanting != 0)
        captoken_want(folder, c->lease, false);
    e->wanting = e->pause = 0;
}

/* Up to n tokens more. */
static void take_tokens(struct caps *c, struct entry *e, int folder, unsigned n)
{
    struct captoken t;
    int got = 1;
    while (n-- > 0 && got == 1) {
        got = captoken_take(folder, e->cap, (unsigned)e->limits.max_running, c->holder, c->used,
                            c->lease, e->skip, &t);
        if (got == 1)
            note_had(e, &t);
    }
    if (e->n_had > 0)
        want_no_more(c, e, folder);
    if (got < 0)
        trouble(c, e, &e->next);
    else if (got == 0)
        wait_for_one(c, e, folder);
}

static void take_rate(struct caps *c, struct entry *e, int folder, unsigned n)
{
    int64_t wait;
    int got = rates_take(folder, &e->limits.rate, c->lease, n, &wait);
    if (got < 0) {
        trouble(c, e, &e->next_rate);
        return;
    }
    if (e->credit == 0)
        e->credit_since = clock_boot_ms();
    e->credit += (unsigned)got;
    if ((unsigned)got < n)
        e->next_rate = clock_boot_ms() + (wait > 0 ? wait : 1);
}

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* As caps_begin, of a cap that has limits. */
static unsigned begin(struct caps *c, struct entry *e, unsigned running, unsigned want)
{
    bool rate = bucket_limited(&e->limits.rate), cap = e->limits.max_running > 0;
    int64_t now = clock_boot_ms();
    int folder = -1;
    if (rate && e->credit == 0 && now < e->next_rate)
        return 0;
    unsigned n = want, have = spare(e, running);
    if (cap && have < n && now >= e->next && (folder = open_cap(c, e)) >= 0)
        take_tokens(c, e, folder, n - have);
    else if (cap && have < n && now >= e->next)
        trouble(c, e, &e->next);
    if (cap)
        n = least(n, spare(e, running));
    if (rate && e->credit < n && now >= e->next_rate) {
        if (folder >= 0 || (folder = open_cap(c, e)) >= 0)
            take_rate(c, e, folder, n - e->credit);
        else
            trouble(c, e, &e->next_rate);
    }
    if (folder >= 0)
        fs->close(folder);
    return rate ? least(n, e->credit) : n;
}

unsigned caps_begin(struct caps *c, const char *cap, const struct caps_limits *l, unsigned running,
                    unsigned want)
{
    if (!caps_limited(*l))
        return want;
    look_for_mine(c);
    struct entry *e = find_or_add(c, cap);
    if (!e)
        return 0;
    e->limits = *l;
    tend(c, e, running);
    unsigned n = want > 0 ? begin(c, e, running, want) : 0;
    e->few = n < want;
    return n;
}

void caps_begun(struct caps *c, const char *cap, unsigned n)
{
    struct entry *e = find(c, cap);
    if (e)
        e->credit -= least(e->credit, n);
}

int64_t caps_next(const struct caps *c, const char *cap)
{
    const struct entry *e = find(c, cap);
    if (!e || !e->few)
        return 0;
    return bucket_limited(&e->limits.rate) && e->credit == 0 && e->next_rate > e->next
               ? e->next_rate
               : e->next;
}
