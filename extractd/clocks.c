#include "extractd/clocks.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"

enum { KILL_PATIENCE_MS = 5000, ZYGOTE_REST_MS = 10000, BIRTH_MS = 15000, GAP_MS = 5000 };

struct watched {
    uint64_t sign;    /* of progress: changes whenever something moved */
    int64_t moved_at; /* boot clock, ms */
    int64_t taken_at; /* which document this is */
    int64_t asleep;   /* ms of its time during which nothing ran at all */
    int64_t cpu_base; /* CPU of the parser when it began with it, ns */
    int32_t parser;
    int64_t kill_sent;  /* 0: not */
    bool zygote_blamed; /* for this parser, once */
};

/* A process that serves all slots. */
struct pulse {
    uint64_t seen;
    int64_t moved_at;
};

static const struct {
    enum role role;
    const char *name;
} standing[STANDING_KINDS] = {
    [STANDING_CLAIMER] = {ROLE_CLAIMER, "claimer"},
    [STANDING_REPORTER] = {ROLE_REPORTER, "reporter"},
    [STANDING_JANITOR] = {ROLE_JANITOR, "janitor"},
};

struct clocks {
    struct extractd *x;
    struct procs *procs;
    struct watched slot[BOARD_SLOTS];
    struct pulse pulse[STANDING_KINDS];
    int64_t last_check;      /* boot clock, ms */
    int64_t gap, gap_ended;  /* the last time in which nothing ran: ms, and boot clock */
    uint32_t no_parser;      /* as last seen on the board */
    int64_t zygote_replaced; /* boot clock, ms */
};

struct clocks *clocks_new(struct extractd *x, struct procs *p)
{
    struct clocks *c = calloc(1, sizeof *c);
    if (c) {
        c->x = x;
        c->procs = p;
    }
    return c;
}

void clocks_free(struct clocks *c)
{
    free(c);
}

static uint64_t sign_of(const struct clocks *c, unsigned i)
{
    const struct wire_status *w = c->x->status[i];
    uint64_t sign = atomic_load(&c->x->board->slots[i].progress);
    sign = sign * 1000003 + atomic_load(&c->x->board->slots[i].idling);
    sign = sign * 1000003 + atomic_load(&w->ticks);
    sign = sign * 1000003 + atomic_load(&w->page);
    return sign * 1000003 + atomic_load(&w->stage);
}

/* CPU time of a process in ns; 0 when it is gone. */
static int64_t cpu_of(int32_t pid)
{
    clockid_t id;
    struct timespec t;
    if (pid <= 0 || clock_getcpuclockid(pid, &id) != 0 || clock_gettime(id, &t) != 0)
        return 0;
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* A parser was to be killed, and its slot still says that it works. Is the process there, then the
 * zygote did not do it, and goes itself, and all parsers with it; else it is the slot that does not
 * notice. */
static void replace_whoever_hangs(struct clocks *c, unsigned i, int32_t parser)
{
    struct watched *w = &c->slot[i];
    bool there = kill(parser, 0) == 0 || errno == EPERM;
    w->kill_sent = clock_boot_ms();
    if (there && !w->zygote_blamed) {
        log_error("the parser of slot %u could not be killed by the zygote; replacing the zygote",
                  i);
        w->zygote_blamed = true;
        procs_kill_zygote(c->procs);
    } else {
        log_error("slot %u does not notice that its parser is gone; replacing the slot", i);
        procs_kill_slot(c->procs, (int)i);
    }
}

static void kill_parser(struct clocks *c, unsigned i, enum verdict why)
{
    struct slot_board *b = &c->x->board->slots[i];
    struct wire_kill k = {WIRE_KILL, atomic_load(&b->parser)};
    struct watched *w = &c->slot[i];
    if (k.pid <= 0)
        return;
    if (w->kill_sent != 0) {
        if (clock_boot_ms() - w->kill_sent > KILL_PATIENCE_MS)
            replace_whoever_hangs(c, i, k.pid);
        return;
    }
    atomic_store(&b->verdict, (int)why);
    atomic_fetch_add(&c->x->board->counts.parser_kills, 1);
    w->kill_sent = clock_boot_ms();
    if (send(c->x->zygote_in, &k, sizeof k, MSG_DONTWAIT | MSG_NOSIGNAL) != sizeof k)
        procs_kill_zygote(c->procs);
}

/* A new document, or another parser for it: the clocks start. */
static void note_changes(struct clocks *c, unsigned i, int64_t now)
{
    struct slot_board *b = &c->x->board->slots[i];
    struct watched *w = &c->slot[i];
    int64_t taken = atomic_load(&b->taken_at);
    int32_t parser = atomic_load(&b->parser);
    uint64_t sign = sign_of(c, i);
    if (taken != w->taken_at || parser != w->parser) {
        w->taken_at = taken;
        w->parser = parser;
        w->cpu_base = cpu_of(parser);
        /* It may have been taken just before the gap, unseen. */
        int64_t before = c->gap_ended - taken;
        w->asleep = before <= 0 ? 0 : before < c->gap ? before : c->gap;
        w->moved_at = now;
        w->kill_sent = 0;
        w->zygote_blamed = false;
    }
    if (sign != w->sign || w->moved_at == 0) {
        w->sign = sign;
        w->moved_at = now;
    }
}

static enum verdict parse_verdict(const struct clocks *c, unsigned i, int64_t now)
{
    const struct settings *s = &c->x->spool.settings;
    const struct watched *w = &c->slot[i];
    int hand = atomic_load(&c->x->board->slots[i].hand);
    if (hand >= 0 && hand < BOARD_HANDS && atomic_load(&c->x->board->hands[hand].cancelled))
        return VERDICT_CANCELLED;
    if (now - w->taken_at - w->asleep > s->document_timeout)
        return VERDICT_TIMEOUT;
    if (now - w->moved_at > s->stall_timeout)
        return VERDICT_STALLED;
    int64_t cpu = cpu_of(w->parser);
    return cpu > 0 && (cpu - w->cpu_base) / 1000000 > s->cpu_limit ? VERDICT_CPU : VERDICT_NONE;
}

static bool share_answers(const struct clocks *c, int64_t now)
{
    return now - atomic_load(&c->x->board->lease.last_good_beat) < c->x->spool.settings.self_stop;
}

/* A slot that waits for the share is let wait: killing it mends nothing. But when the beat gets
 * through and the slot has not moved for twice the stall time, it is the slot. */
static void check_sharework(struct clocks *c, unsigned i, int64_t now)
{
    int64_t limit = 2 * c->x->spool.settings.stall_timeout;
    int stage = atomic_load(&c->x->board->slots[i].stage);
    if ((stage == SLOT_PARSE || stage == SLOT_IDLE) && limit < BIRTH_MS)
        limit = BIRTH_MS; /* a parser's birth has a time limit of its own; idle ones do not hurry */
    if (!share_answers(c, now) || now - c->slot[i].moved_at <= limit)
        return;
    if (procs_kill_slot(c->procs, (int)i))
        log_error("slot %u has not moved for %lld s although the share answers; replacing it", i,
                  (long long)(now - c->slot[i].moved_at) / 1000);
    c->slot[i].moved_at = now;
}

/* A slot waited for a parser in vain: the zygote hangs, or cannot fork. Another one may. */
static void check_zygote(struct clocks *c, int64_t now)
{
    uint32_t seen = atomic_load(&c->x->board->no_parser);
    if (seen == c->no_parser || now - c->zygote_replaced < ZYGOTE_REST_MS)
        return;
    c->no_parser = seen;
    c->zygote_replaced = now;
    log_error("the zygote gives no parsers; replacing it");
    procs_kill_zygote(c->procs);
}

/* The same for the processes that serve all slots: one that stands still while the share answers
 * would let this host sit on its lease and do nothing. */
static void check_standing(struct clocks *c, enum standing i, int64_t now)
{
    struct pulse *p = &c->pulse[i];
    uint64_t seen = atomic_load(&c->x->board->pulse[i]);
    int64_t limit = 2 * c->x->spool.settings.stall_timeout;
    if (limit < BIRTH_MS)
        limit = BIRTH_MS;
    if (seen != p->seen || p->moved_at == 0) {
        p->seen = seen;
        p->moved_at = now;
    }
    if (!share_answers(c, now) || now - p->moved_at <= limit)
        return;
    if (procs_kill_role(c->procs, standing[i].role))
        log_error("the %s has not moved for %lld s although the share answers; replacing it",
                  standing[i].name, (long long)(now - p->moved_at) / 1000);
    p->moved_at = now;
}

/* Nothing ran for a while, this process neither: the machine slept. That time is nobody's fault. */
static void forgive_gap(struct clocks *c, int64_t now)
{
    int64_t gap = c->last_check ? now - c->last_check : 0;
    c->last_check = now;
    if (gap < GAP_MS)
        return;
    c->gap = gap;
    c->gap_ended = now;
    log_warn("nothing ran here for %lld s: did the machine sleep? The clocks of documents go on "
             "where they stood",
             (long long)gap / 1000);
    for (unsigned i = 0; i < c->x->board->n_slots; i++) {
        c->slot[i].moved_at = now;
        c->slot[i].asleep += gap;
    }
    for (unsigned i = 0; i < STANDING_KINDS; i++)
        c->pulse[i].moved_at = now;
}

void clocks_resume(struct clocks *c)
{
    c->last_check = 0;
    for (unsigned i = 0; i < STANDING_KINDS; i++)
        c->pulse[i].moved_at = 0;
    for (unsigned i = 0; i < c->x->board->n_slots; i++)
        c->slot[i].moved_at = 0;
}

void clocks_check(struct clocks *c)
{
    int64_t now = clock_boot_ms();
    forgive_gap(c, now);
    check_zygote(c, now);
    for (int i = 0; i < STANDING_KINDS; i++)
        check_standing(c, (enum standing)i, now);
    for (unsigned i = 0; i < c->x->board->n_slots; i++) {
        int stage = atomic_load(&c->x->board->slots[i].stage);
        note_changes(c, i, now);
        if (stage == SLOT_PARSE && c->slot[i].parser > 0) {
            enum verdict v = parse_verdict(c, i, now);
            if (v != VERDICT_NONE)
                kill_parser(c, i, v);
        } else {
            check_sharework(c, i, now);
        }
    }
}

void clocks_kill_all(struct clocks *c, enum verdict why)
{
    for (unsigned i = 0; i < c->x->board->n_slots; i++)
        if (atomic_load(&c->x->board->slots[i].stage) == SLOT_PARSE)
            kill_parser(c, i, why);
}
