/*
 * claimer: lists pending/, claims in small batches what the slots can start soon, hands the tokens
 * to them.
 *
 * The listing is the truth; inotify only shortens the wait between two walks. A walk that found
 * nothing makes the next one wait longer (poll_min, doubling, to poll_max, and at least ten times
 * what the walk cost), ended early by a wake-up, by the moment when a drop has settled, or when a
 * retry is due.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fsop.h"
#include "base/log.h"
#include "base/wake.h"
#include "extractd/ability.h"
#include "extractd/claimer_parts.h"
#include "extractd/yield.h"

enum {
    HOLD_MS = 200,     /* between two looks at whether claiming is allowed again */
    SOON_MS = 2,       /* the same, at the start */
    WALK_GAP_MS = 100, /* between two walks that wake-ups ask for */
    WALK_NEAR_MS = 20, /* the same, where a walk takes less than a millisecond */
    WALK_SOON_MS = 5,  /* the same, where there were few lately */
    SPACE_MS = 5000    /* between two looks at the free space */
};

/* What will be started soon, and no more (ahead.h): what a host holds no other can take. */
static unsigned capacity(struct claimer *c)
{
    struct board *b = c->x->board;
    int64_t at_work[BOARD_SLOTS];
    struct ahead_view v = {.slots = atomic_load(&b->n_active), .at_work = at_work};
    if (board_alone_other(b, NOBODY))
        return 0;
    ahead_note(&c->pace, atomic_load(&b->counts.pace), atomic_load(&b->counts.ended));
    v.pace = c->pace.pace;
    v.free_cores = board_cores_free(b, CORE_TEXT);
    v.used = board_hands_used(b);
    v.n_at_work = board_at_work(b, at_work, &v.coming);
    unsigned room = ahead_room(&v), left = BOARD_HANDS - v.used;
    room = room < left ? room : left;
    return room < HANDOVER_BATCH ? room : HANDOVER_BATCH;
}

static bool space_is_low(struct claimer *c)
{
    struct statvfs v;
    int64_t now = clock_boot_ms();
    if (now - c->last_space < SPACE_MS && c->last_space != 0)
        return c->space_low;
    c->last_space = now;
    if (fs->fstatvfs(c->x->spool.root, &v) != 0)
        return c->space_low;
    uint64_t percent = (uint64_t)c->x->spool.settings.free_space_floor;
    bool low = v.f_blocks > 0 && v.f_bavail * 100 < v.f_blocks * percent;
    low = low || (v.f_files > 0 && v.f_favail * 100 < v.f_files * percent);
    if (low != c->space_low)
        log_warn(low ? "the share has less than free_space_floor left: claiming nothing until "
                       "there is space again"
                     : "the share has space again: claiming goes on");
    c->space_low = low;
    return low;
}

/* Has anybody looked yet whether the spool is paused? */
static bool commands_known(struct board *b)
{
    return atomic_load(&b->control_generation) != 0;
}

static bool may_claim(struct claimer *c)
{
    struct board *b = c->x->board;
    bool silenced =
        clock_boot_ms() - atomic_load(&b->lease.last_good_beat) > c->x->spool.settings.self_stop;
    return commands_known(b) &&
           !(atomic_load(&b->paused) || atomic_load(&b->draining) || silenced ||
             atomic_load(&b->breaker) == BREAKER_OPEN || space_is_low(c));
}

static void start_walk(struct claimer *c, struct course *w)
{
    claimer_watch_walk(c, w);
    course_start(w);
    if (w == c->course[0])
        c->last_retry_look = 0;
}

/* Of the last whole walk of each course. */
static void publish_counts(struct claimer *c)
{
    struct board_counts *n = &c->x->board->counts;
    struct course_shown sum = {0};
    for (unsigned i = 0; i < c->n; i++) {
        const struct course_shown *s = &c->course[i]->shown;
        for (int k = 0; k < IGNORED_KINDS; k++)
            sum.ignored[k] += s->ignored[k];
        sum.unsettled += s->unsettled;
        sum.unreadable += s->unreadable;
    }
    for (int k = 0; k < IGNORED_KINDS; k++)
        atomic_store(&n->ignored[k], sum.ignored[k]);
    atomic_store(&n->unsettled, sum.unsettled);
    atomic_store(&n->unreadable, sum.unreadable);
}

/* With --once nobody looks again later: what lies in work/ in nobody's hands (claims that could not
 * be verified, documents that could not be put back) has to be seen before the end is. */
static bool work_is_clear(struct claimer *c)
{
    if (c->x->once)
        handover_batch(&c->out, 0);
    return !c->x->once || (!c->out.unread && c->out.strangers == 0);
}

/* All courses have ended a walk, or are paused. *began: when the first of these walks did. */
static bool all_ended(const struct claimer *c, int64_t *began, bool *nothing)
{
    *began = INT64_MAX;
    *nothing = true;
    for (unsigned i = 0; i < c->n; i++) {
        const struct course *w = c->course[i];
        if (choice_paused(c, w))
            continue;
        if (!w->ended)
            return false;
        *nothing = *nothing && w->nothing;
        *began = w->began < *began ? w->began : *began;
    }
    return true;
}

/* Is there nothing left to do? Of all courses together, once each has been walked. */
static void sum_up(struct claimer *c)
{
    struct board *b = c->x->board;
    int64_t began;
    bool nothing;
    if (!all_ended(c, &began, &nothing))
        return;
    /* Documents may have been put back since .retry/ was listed last. */
    bool listed = c->retry_listed >= began && !c->retry.list;
    nothing = nothing && listed && c->retry.waiting == 0 && board_hands_used(b) == 0 &&
              (!c->x->once || atomic_load(&b->janitor_rounds) > 0);
    for (unsigned i = 0; i < c->n; i++)
        c->course[i]->ended = false;
    if (nothing && atomic_load(&b->counts.unreadable) == 0 && work_is_clear(c))
        atomic_fetch_add(&b->idle_walks, 1);
    else
        atomic_store(&b->idle_walks, 0);
    if (nothing && atomic_load(&b->idle_walks) == 0)
        atomic_fetch_add(&b->stuck_walks, 1);
    else
        atomic_store(&b->stuck_walks, 0);
}

/* The end of a walk: what is next, and when. */
static void end_walk(struct claimer *c, struct course *w)
{
    int64_t now = clock_boot_ms(), server = lease_server_now(&c->lease);
    course_end(w, c, now, server);
    publish_counts(c);
    sum_up(c);
    /* The first one's walks look after .retry/, too. */
    if (w == c->course[0] && c->retry.next_due_ms != 0 &&
        c->retry.next_due_ms - server < w->next - now)
        w->next = now + (c->retry.next_due_ms >= server ? c->retry.next_due_ms - server + 1 : 0);
}

/* One step of the walk: a batch claimed from the names in hand, or more names. False: the walk is
 * at its end. */
static bool step(struct claimer *c, struct course *w, unsigned max)
{
    unsigned got = claimer_claim_due(c, w, max), quota = choice_quota(c, w);
    bool crowded = false;
    if (got == 0 && !course_names(w, c))
        return false;
    if (got == 0 && quota > 0)
        got = course_claim(w, c, c->out.batch, quota < max ? quota : max, &crowded);
    if (got > 0) {
        limits_begun(c, c->out.batch, got);
        handover_batch(&c->out, got);
        w->handed += c->out.handed;
        c->out.handed = 0;
    }
    if (crowded)
        course_skip_ahead(w);
    if (course_is_old(w))
        start_walk(c, w);
    return true;
}

static void count_claims(struct claimer *c, const struct claim_counts *now,
                         const struct claim_counts *before)
{
    if (now->tried < before->tried)
        return;
    atomic_fetch_add(&c->x->board->counts.claims_tried, now->tried - before->tried);
    atomic_fetch_add(&c->x->board->counts.claims_won, now->won - before->won);
}

/* True: there was one. */
static bool forget_wake(int room)
{
    uint64_t n;
    bool any = false;
    while (read(room, &n, sizeof n) > 0)
        any = true;
    return any;
}

/* When the next walk is due, boot clock; one that is at hand is. */
static int64_t next_walk(const struct claimer *c)
{
    int64_t next = INT64_MAX;
    for (unsigned i = 0; i < c->n; i++) {
        const struct course *w = c->course[i];
        int64_t at = w->walking ? 0 : w->next;
        if (!choice_paused(c, w))
            next = at < next ? at : next;
    }
    return next;
}

/* A drop was heard of. */
static void hurry(struct claimer *c)
{
    for (unsigned i = 0; i < c->n; i++) {
        struct course *w = c->course[i];
        int64_t oldest = w->starts[w->walks % WALK_BURST];
        bool few = (w->began - oldest) / WALK_GAP_MS >= WALK_BURST;
        int64_t gap = few ? WALK_SOON_MS : w->cost == 0 ? WALK_NEAR_MS : WALK_GAP_MS;
        int64_t soonest = w->began + gap + 2 * w->cost;
        w->next = soonest < w->next ? soonest : w->next;
        w->pause = 0;
    }
}

/* Wait for the next walk, at most `most` ms. */
static void rest(struct claimer *c, int64_t most)
{
    /* Is a slot what these wait for? */
    bool waits = c->retry.ocr_left + c->retry.long_left + c->retry.lanes_left > 0;
    bool heard = wake_wait(most, waits ? c->x->room : -1);
    if (waits && forget_wake(c->x->room))
        c->course[0]->next = 0;
    if (heard)
        hurry(c);
}

static void wait_for_room(struct claimer *c)
{
    if (wake_wait(HOLD_MS, c->x->room))
        hurry(c);
    (void)forget_wake(c->x->room);
}

/* How many are to be claimed at once; 0: wait. */
static unsigned room_now(struct claimer *c)
{
    struct board *b = c->x->board;
    if (atomic_load(&b->breaker) == BREAKER_TRYING) /* one alone shows whether this host is well */
        return board_hands_used(b) == 0 ? 1 : 0;
    unsigned room = capacity(c);
    c->no_core = room == 0;
    return room > 0 ? room : yield_room(c->x);
}

static void one_round(struct claimer *c)
{
    struct board *b = c->x->board;
    if (!may_claim(c)) {
        clock_sleep_ms(commands_known(b) ? HOLD_MS : SOON_MS);
        return;
    }
    int64_t left = next_walk(c) - clock_boot_ms();
    if (left > 0) {
        rest(c, left < HOLD_MS ? left : HOLD_MS);
        return;
    }
    unsigned room = room_now(c);
    struct course *w = room > 0 ? choice_plan(c, room) : NULL;
    if (!w) { /* or all that have something have as many in hand as they may */
        wait_for_room(c);
        return;
    }
    if (!w->walking) {
        start_walk(c, w);
        if (w == c->course[0] && c->n > 1) /* it lists .retry/, which was not known before */
            (void)choice_plan(c, room);
    }
    struct claim_counts before = w->walk;
    bool more = step(c, w, room);
    count_claims(c, &w->walk, &before);
    if (!more)
        end_walk(c, w);
}

/* Newer commands from the board; one that cancels something makes the next walk begin at once. */
static void take_commands(struct claimer *c)
{
    struct control now;
    uint32_t generation = atomic_load(&c->x->board->control_generation);
    if (generation == c->control_seen || !board_control_get(c->x->board, &now))
        return;
    c->control_seen = generation;
    for (unsigned i = 0; i < c->n && now.cancels != c->control.cancels; i++)
        c->course[i]->next = 0;
    c->control = now;
}

int claimer_main(struct extractd *x)
{
    struct claimer *c = calloc(1, sizeof *c);
    if (!c || extractd_lease(x, &c->lease) != 0)
        return 1;
    c->x = x;
    c->out = (struct handover){.x = x, .lease = &c->lease, .control = &c->control};
    if (!(c->caps = caps_new(&x->spool, &c->lease, "claimer")) || !choice_courses(c))
        return 1;
    snprintf(x->board->wake, sizeof x->board->wake, "%s", wake_open() ? "inotify+scan" : "scan");
    handover_begin(&c->out);
    while (!atomic_load(&x->board->stopping)) {
        if (extractd_settings(x)) {
            ability_look_again(x->board);
            if (!choice_courses(c))
                return 1;
        }
        take_commands(c);
        handover_look(&c->out);
        handover_give_back(&c->out, AHEAD_PATIENCE_MS);
        limits_tend(c);
        one_round(c);
    }
    handover_give_back(&c->out, 0);
    wake_close();
    claim_retry_end(&c->retry);
    for (unsigned i = 0; i < c->n; i++)
        course_free(c->course[i]);
    caps_free(c->caps); /* its tokens stay with what is still in hand: the closer gives them back */
    free(c);
    return 0;
}
