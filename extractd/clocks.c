#include "extractd/clocks.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
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
    uint32_t ticks;   /* the parser's heartbeat, and when it last went on */
    int64_t beat_at;
    uint64_t step; /* page, stage and bytes that came, and when one of them last went on */
    int64_t step_at;
    int64_t taken_at; /* which document this is */
    int64_t asleep;   /* ms of its time during which nothing ran at all */
    int64_t cpu_base; /* CPU of the parser when it began with the page at hand, ns */
    uint32_t pages;   /* done, as last seen on the board */
    int32_t parser;
    int64_t kill_sent;  /* 0: not */
    bool zygote_blamed; /* for this parser, once */
};

/* A process that must not stand still. Its CPU time tells: whoever waits in vain uses none, and
 * whoever is merely slow (a walk through ten thousand folders of a slow share) does. */
struct mover {
    pid_t pid;
    int64_t cpu;      /* ns, as last seen */
    int64_t moved_at; /* boot clock, ms; 0: its clock starts at the next look */
};

/* The processes that serve all slots. The zygote and the beat are not among them: parsers that are
 * not born, and a lease that is not touched, tell of those. */
static const struct {
    enum role role;
    const char *name;
} standing[] = {
    {ROLE_CLAIMER, "claimer"},
    {ROLE_REPORTER, "reporter"},
    {ROLE_JANITOR, "janitor"},
};
enum { STANDING_KINDS = sizeof standing / sizeof standing[0] };

struct clocks {
    struct extractd *x;
    struct procs *procs;
    struct watched slot[BOARD_SLOTS];
    struct mover standing[STANDING_KINDS], mover[BOARD_SLOTS];
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

/* Where the document is. A parser may have a heartbeat without getting any further. */
static uint64_t step_of(const struct clocks *c, unsigned i)
{
    const struct wire_status *w = c->x->status[i];
    uint64_t step = atomic_load(&c->x->board->slots[i].progress);
    step = step * 1000003 + atomic_load(&w->page);
    return step * 1000003 + atomic_load(&w->stage);
}

static uint64_t sign_of(const struct clocks *c, unsigned i)
{
    return step_of(c, i) * 1000003 + atomic_load(&c->x->status[i]->ticks);
}

/* CPU time of a process in ns; 0 when it is gone. */
static int64_t cpu_of(pid_t pid)
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

/* "page 37 of 120 (30 %)", by the parser's own word: clamped. */
static void show_page(const struct clocks *c, unsigned i, char *dst, size_t cap)
{
    uint32_t page = atomic_load(&c->x->status[i]->page),
             pages = atomic_load(&c->x->status[i]->pages);
    page = page < pages ? page : pages;
    if (pages == 0 || pages > 1000000 || page == 0)
        snprintf(dst, cap, "no page begun yet");
    else
        snprintf(dst, cap, "page %u of %u (%u %%)", page, pages, (page - 1) * 100 / pages);
}

/* The document that it works on, its own or another slot's. */
static int hand_of(const struct clocks *c, unsigned i)
{
    const struct slot_board *b = &c->x->board->slots[i];
    int own = atomic_load(&b->hand);
    return own != NOBODY ? own : atomic_load(&b->helps);
}

/* A line for whoever wants to know what hung, where, and how. */
static void say_why(const struct clocks *c, unsigned i, enum verdict why)
{
    static const char *const limits[] = {[VERDICT_TIMEOUT] = "document_timeout",
                                         [VERDICT_STALLED] = "stall_timeout",
                                         [VERDICT_CPU] = "cpu_limit"};
    const struct watched *w = &c->slot[i];
    int64_t now = clock_boot_ms();
    int hand = hand_of(c, i);
    char page[64];
    if (why >= sizeof limits / sizeof *limits || !limits[why] || hand < 0 || hand >= BOARD_HANDS)
        return;
    const struct token *t = &c->x->board->hands[hand].claimed.token;
    show_page(c, i, page, sizeof page);
    log_warn("slot %u: %s is over, its parser (pid %d) is killed: document %s (%s), %s, last "
             "heartbeat %.1f s ago, last progress %.1f s ago, in work for %.1f s",
             i, limits[why], (int)w->parser, t->document, t->encoded, page,
             (double)(now - w->beat_at) / 1000, (double)(now - w->step_at) / 1000,
             (double)(now - w->taken_at - w->asleep) / 1000);
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
    say_why(c, i, why);
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
        w->moved_at = w->beat_at = w->step_at = now;
        w->kill_sent = 0;
        w->zygote_blamed = false;
    }
    uint32_t pages = atomic_load(&b->pages);
    if (pages != w->pages) {
        w->pages = pages;
        w->cpu_base = cpu_of(parser);
    }
    uint32_t ticks = atomic_load(&c->x->status[i]->ticks);
    uint64_t step = step_of(c, i);
    if (ticks != w->ticks || w->moved_at == 0) {
        w->ticks = ticks;
        w->beat_at = now;
    }
    if (step != w->step || w->moved_at == 0) {
        w->step = step;
        w->step_at = now;
    }
    if (sign != w->sign || w->moved_at == 0) {
        w->sign = sign;
        w->moved_at = now;
    }
}

/* Of the document in a slot's hand: its lane's limits, or those of all. */
static int64_t whole_limit(const struct clocks *c, unsigned i)
{
    int64_t own = atomic_load(&c->x->board->slots[i].document_timeout);
    return own > 0 ? own : c->x->spool.settings.document_timeout;
}

static int64_t stall_limit(const struct clocks *c, unsigned i)
{
    int64_t own = atomic_load(&c->x->board->slots[i].stall_timeout);
    return own > 0 ? own : c->x->spool.settings.stall_timeout;
}

static enum verdict parse_verdict(const struct clocks *c, unsigned i, int64_t now)
{
    const struct watched *w = &c->slot[i];
    int hand = hand_of(c, i);
    if (hand >= 0 && hand < BOARD_HANDS && atomic_load(&c->x->board->hands[hand].cancelled))
        return VERDICT_CANCELLED;
    if (now - w->taken_at - w->asleep > whole_limit(c, i))
        return VERDICT_TIMEOUT;
    if (now - w->moved_at > stall_limit(c, i))
        return VERDICT_STALLED;
    int64_t cpu = cpu_of(w->parser);
    return cpu > 0 && (cpu - w->cpu_base) / 1000000 > c->x->spool.settings.cpu_limit ? VERDICT_CPU
                                                                                     : VERDICT_NONE;
}

static bool share_answers(const struct clocks *c, int64_t now)
{
    return now - atomic_load(&c->x->board->lease.last_good_beat) < c->x->spool.settings.self_stop;
}

/* How long it has stood still, ms. One that waits for a share that does not answer is let wait:
 * killing it mends nothing; its clock starts when the share answers again. */
static int64_t stood_still(const struct clocks *c, struct mover *m, pid_t pid, int64_t now)
{
    int64_t cpu = cpu_of(pid);
    if (pid != m->pid || cpu != m->cpu || m->moved_at == 0 || !share_answers(c, now))
        *m = (struct mover){pid, cpu, now};
    return pid > 0 ? now - m->moved_at : 0;
}

/* Says that it goes, and has it go. A process that is only stopped dies of SIGKILL all the same. */
static void replace(struct mover *m, bool killed, const char *name, int64_t stood, int64_t now)
{
    if (killed)
        log_error("%s has not moved for %lld s although the share answers; replacing it", name,
                  (long long)stood / 1000);
    m->moved_at = now;
}

/* A slot whose parser works has nothing to do but wait: then the parser's clocks count. */
static void check_slot(struct clocks *c, unsigned i, bool parses, int64_t now)
{
    char name[24];
    int64_t limit = 2 * stall_limit(c, i);
    int stage = atomic_load(&c->x->board->slots[i].stage);
    int64_t stood = stood_still(c, &c->mover[i], procs_pid_of_slot(c->procs, (int)i), now);
    if ((stage == SLOT_PARSE || stage == SLOT_IDLE) && limit < BIRTH_MS)
        limit = BIRTH_MS; /* a parser's birth has a time limit of its own; idle ones do not hurry */
    if (parses || stood <= limit)
        return;
    snprintf(name, sizeof name, "slot %u", i);
    replace(&c->mover[i], procs_kill_slot(c->procs, (int)i), name, stood, now);
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

/* One that stands still would let this host sit on its lease and do nothing. */
static void check_standing(struct clocks *c, unsigned i, int64_t now)
{
    int64_t limit = 2 * c->x->spool.settings.stall_timeout;
    enum role role = standing[i].role;
    int64_t stood = stood_still(c, &c->standing[i], procs_pid_of_role(c->procs, role), now);
    if (stood > limit && stood > BIRTH_MS)
        replace(&c->standing[i], procs_kill_role(c->procs, role), standing[i].name, stood, now);
}

/* All clocks of what moves start at the next look. */
static void forget_moves(struct clocks *c)
{
    for (unsigned i = 0; i < c->x->board->n_slots; i++)
        c->slot[i].moved_at = c->mover[i].moved_at = 0;
    for (unsigned i = 0; i < STANDING_KINDS; i++)
        c->standing[i].moved_at = 0;
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
    for (unsigned i = 0; i < c->x->board->n_slots; i++)
        c->slot[i].asleep += gap;
    forget_moves(c);
}

void clocks_resume(struct clocks *c)
{
    c->last_check = 0;
    forget_moves(c);
}

void clocks_check(struct clocks *c)
{
    int64_t now = clock_boot_ms();
    forgive_gap(c, now);
    check_zygote(c, now);
    for (unsigned i = 0; i < STANDING_KINDS; i++)
        check_standing(c, i, now);
    for (unsigned i = 0; i < c->x->board->n_slots; i++) {
        note_changes(c, i, now);
        bool parses =
            atomic_load(&c->x->board->slots[i].stage) == SLOT_PARSE && c->slot[i].parser > 0;
        enum verdict v = parses ? parse_verdict(c, i, now) : VERDICT_NONE;
        if (v != VERDICT_NONE)
            kill_parser(c, i, v);
        check_slot(c, i, parses, now);
    }
}

void clocks_kill_all(struct clocks *c, enum verdict why)
{
    for (unsigned i = 0; i < c->x->board->n_slots; i++)
        if (atomic_load(&c->x->board->slots[i].stage) == SLOT_PARSE)
            kill_parser(c, i, why);
}
