#include "spoold/scan/scanner.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/wake.h"
#include "spoold/scan/around.h"
#include "spoold/scan/beats.h"
#include "spoold/scan/rounds.h"
#include "spoold/scan/tails.h"

enum {
    RATE = 2000,
    BEATS_MS = 1000,      /* between two looks at all hosts, */
    LEASE_MS = 50,        /* or this for each, where they are more than twenty, */
    BEATS_MOST_MS = 5000, /* at most: a look says that the share answers */
    BUSY_TAIL_MS = 100,   /* between two looks at busy journals, */
    TAIL_MS = 5,          /* or this for each, where they are more than twenty */
    HEARD_MS = 10,        /* between two looks for what was heard */
    LIST_MS = 30000,
    CONTROL_MS = 1500,
    SPACE_MS = 10000,
    TICK_MS = 1000,
    STEP_MS = 100,     /* between two steps of the walk */
    BACKLOG_MS = 50,   /* of reading backwards between two looks at what is new */
    IDLE_WAIT_MS = 250 /* the longest sleep */
};

struct scanner {
    const struct scanner_options *o;
    struct out out;
    struct beats *beats;
    struct tails *tails;
    struct rounds *rounds;
    struct around around;
    int64_t next_beats, next_busy, next_heard, next_idle, next_list, next_control, next_space,
        next_tick, last_step;
    bool backlog, walking, busy, heard, wakes;
};

/* Hosts are looked at each second, or as often as costs a bounded number of round trips. */
static int64_t pace(const struct scanner *s)
{
    int64_t all = (int64_t)tails_count(s->tails, TAILS_ALL) * LEASE_MS;
    return all < BEATS_MS ? BEATS_MS : all < BEATS_MOST_MS ? all : BEATS_MOST_MS;
}

/* A time for this has come: the next one is `every` ms from now. */
static bool due(int64_t *next, int64_t every)
{
    int64_t now = clock_boot_ms();
    if (now < *next)
        return false;
    *next = now + every;
    return true;
}

static void watch(const struct scanner *s, const char *top, const char *below, bool writes)
{
    char folder[2 * PATH_CAP];
    int n = snprintf(folder, sizeof folder, "%s/%s%s%s", s->o->spool->path, top, *below ? "/" : "",
                     below);
    if (n >= (int)sizeof folder)
        return;
    if (writes)
        wake_watch_writes(folder);
    else
        wake_watch(folder);
}

static void pending_folder(void *arg, const char *path)
{
    watch(arg, DIR_PENDING, path, false);
}

static void journal_folder(void *arg, const char *host)
{
    watch(arg, DIR_JOURNAL, host, true);
}

static void live_lease(void *arg, const char *host, const char *id, bool silent)
{
    struct scanner *s = arg;
    tails_live(s->tails, host, id, silent);
}

static int64_t server_now(const struct scanner *s)
{
    int64_t now = beats_server_now(s->beats);
    return now >= 0 ? now : clock_wall_ms();
}

static void tick(struct scanner *s)
{
    struct fact f = {.type = FACT_TICK,
                     .tick = {.server_ms = beats_server_now(s->beats),
                              .backlog_bytes = tails_backlog_bytes(s->tails),
                              .harmed_lines = tails_harmed(s->tails),
                              .wakes = s->wakes}};
    out_fact(&s->out, &f);
}

static void look_at_hosts(struct scanner *s)
{
    int bad = beats_round(s->beats, live_lease, s);
    out_trouble(&s->out, bad ? errno : 0, "claimed/ cannot be listed", DIR_CLAIMED);
    /* A tick says that the share answers. */
    if (!bad && due(&s->next_tick, TICK_MS))
        tick(s);
}

/* On a network file system what others write is not heard of. While there is work to be done, each
 * host that beats may say any moment that some of it is; else one that has just spoken may go on.
 * At most 200 looks a second, however many they are. */
static void look_at_busy(struct scanner *s)
{
    bool work = rounds_work_left(s->rounds) && !s->around.pause;
    enum tails_which which = work ? TAILS_BEATING : TAILS_GROWING;
    int64_t every = (int64_t)tails_count(s->tails, which) * TAIL_MS;
    s->busy = every > 0;
    if (due(&s->next_busy, every > BUSY_TAIL_MS ? every : BUSY_TAIL_MS))
        tails_look(s->tails, which);
}

static void look_at_journals(struct scanner *s)
{
    if (due(&s->next_list, LIST_MS))
        tails_list(s->tails);
    bool heard = s->heard && due(&s->next_heard, HEARD_MS);
    if (due(&s->next_idle, pace(s)))
        tails_look(s->tails, TAILS_ALL);
    else if (heard)
        tails_look(s->tails, TAILS_BEATING);
    else
        look_at_busy(s);
    s->heard = s->heard && !heard;
    out_flush(&s->out); /* what follows takes its time */
}

/* Bounded by time: what is new comes first, again and again. */
static void read_backlog(struct scanner *s)
{
    int64_t until = clock_boot_ms() + BACKLOG_MS;
    do {
        s->backlog = tails_backlog(s->tails);
    } while (s->backlog && !s->out.gone && clock_boot_ms() < until);
}

static void walk_on(struct scanner *s)
{
    int64_t now = clock_boot_ms(), spent = now - s->last_step;
    if (spent < STEP_MS)
        return;
    s->last_step = now;
    unsigned rate = s->o->rate ? s->o->rate : RATE;
    /* After a sleep, no more than a second's worth at once. */
    unsigned entries = (unsigned)(rate * (spent < 1000 ? spent : 1000) / 1000);
    s->walking = rounds_step(s->rounds, entries > 0 ? entries : 1, server_now(s));
}

static void once(struct scanner *s)
{
    look_at_journals(s); /* first: the first tick says how much of them is to be read */
    if (due(&s->next_beats, pace(s)))
        look_at_hosts(s);
    if (due(&s->next_control, CONTROL_MS))
        around_control(&s->around, s->o->spool, &s->out);
    if (due(&s->next_space, SPACE_MS))
        around_space(&s->around, s->o->spool, &s->out);
    walk_on(s);
    read_backlog(s);
    out_flush(&s->out);
}

static int64_t pause_of(const struct scanner *s)
{
    int64_t now = clock_boot_ms(), pause = s->walking ? s->last_step + STEP_MS - now : IDLE_WAIT_MS;
    if (s->backlog)
        return 0;
    if (s->busy && s->next_busy - now < pause)
        pause = s->next_busy - now;
    return s->heard && s->next_heard - now < pause ? s->next_heard - now : pause;
}

static bool told_to_end(const struct scanner *s)
{
    struct pollfd p = {.fd = s->o->until, .events = POLLIN};
    return poll(&p, 1, 0) > 0;
}

static bool start(struct scanner *s)
{
    s->beats = beats_new(s->o->spool, &s->out);
    s->tails = tails_new(s->o->spool, &s->out);
    s->rounds = rounds_new(s->o->spool, &s->out, pending_folder, s);
    if (!s->beats || !s->tails || !s->rounds)
        return false;
    s->wakes = wake_open(); /* without it, what is new is heard of by looking */
    pending_folder(s, "");
    tails_on_folder(s->tails, journal_folder, s);
    s->last_step = clock_boot_ms() - 1000;
    return true;
}

int scanner_main(const struct scanner_options *options)
{
    struct scanner s = {.o = options, .out = {.fd = options->out}};
    bool ok = start(&s);
    while (ok && !s.out.gone && !told_to_end(&s)) {
        once(&s);
        if (wake_wait(pause_of(&s), options->until)) {
            s.heard = true;
            rounds_hurry(s.rounds);
        }
    }
    wake_close();
    beats_free(s.beats);
    tails_free(s.tails);
    rounds_free(s.rounds);
    around_free(&s.around);
    buf_free(&s.out.bytes);
    return ok ? 0 : 1;
}
