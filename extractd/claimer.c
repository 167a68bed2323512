/*
 * claimer: lists pending/, claims in small batches what the slots can start soon, hands the tokens
 * to them.
 *
 * The listing is the truth; inotify only shortens the wait between two walks. A walk that found
 * nothing makes the next one wait longer (poll_min, doubling, to poll_max, and at least ten times
 * what the walk cost), ended early by a wake-up, by the moment when a drop has settled, or when a
 * retry is due.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fsop.h"
#include "base/log.h"
#include "base/rnd.h"
#include "base/wake.h"
#include "extractd/ability.h"
#include "extractd/ahead.h"
#include "extractd/handover.h"
#include "spool/retry.h"

enum {
    NAMES = 64,
    CACHED_MS = 90000,    /* a client keeps attributes for up to 60 s */
    HOLD_MS = 200,        /* between two looks at whether claiming is allowed again */
    SOON_MS = 2,          /* the same, at the start */
    WALK_GAP_MS = 100,    /* between two walks that wake-ups ask for */
    SPACE_MS = 5000,      /* between two looks at the free space */
    RETRY_LOOK_MS = 1000, /* between two listings of .retry/ */
    DEAR = 10,    /* a listing that found nothing is not repeated before so many times its cost */
    ONCE_MS = 20, /* with --once somebody waits for the end */
    LOST_WINDOW = 32,
    MET_WINDOW = 16, /* names looked at, of which most were gone: other hosts are at this block */
    SKIP_BLOCKS = 8  /* then up to so many blocks are left to them */
};

struct claimer {
    struct extractd *x;
    struct lease lease;
    struct scan *scan;
    struct scan_name names[NAMES]; /* being worked down */
    unsigned n_names, at;
    int folder; /* of the names; borrowed from the scan */
    const char *path;
    struct claim_counts walk; /* of this walk */
    uint64_t looked, gone; /* names looked at since the last judgement, and how many others had */
    bool skipped;          /* this walk has left names out */
    int64_t walk_began, walk_cost, next_walk, pause;
    int64_t
        met_unsettled; /* boot clock: when names were last met that stay to be looked at again */
    int64_t last_retry_look, last_space;
    struct retry_walk retry;
    int64_t retry_listed, retry_cost,
        retry_cost_so_far; /* ms, of the last whole listing of .retry/, this one */
    bool retry_turn;       /* while one is worked down, it and pending/ alternate */
    bool space_low;
    struct control control;
    uint32_t control_seen;
    struct handover out; /* its `handed`: of this walk */
    struct ahead_pace pace;
    struct ability ability;
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

/* Is .retry/ to be looked at now? A listing that is being worked down has every second turn;
 * a new one is made once a second at most, not before the first is due, and, the dearer the last
 * one was, the later. */
static bool retry_due_now(struct claimer *c, int64_t now)
{
    if (c->retry.list)
        return c->retry_turn = !c->retry_turn;
    if (now - c->last_retry_look < RETRY_LOOK_MS && c->last_retry_look != 0)
        return false;
    if (!c->x->once && now - c->retry_listed < DEAR * c->retry_cost && c->retry_listed != 0)
        return false;
    return !(c->retry.waiting > 0 && c->retry.next_due_ms > lease_server_now(&c->lease) &&
             now - c->last_retry_look < c->pause);
}

/* A part of the slots is for documents that need OCR: long ones never hold up the others. */
static void set_ocr_share(struct claimer *c)
{
    const struct settings *s = &c->x->spool.settings;
    unsigned most = extractd_ocr_slots(c->x);
    unsigned used = board_hands_needing(c->x->board, NEED_OCR);
    /* With ocr = never, what waits for it is finished as it is, by anybody. */
    c->retry.no_ocr = !s->ocr_here && s->ocr != OCR_NEVER;
    c->retry.ocr_most = used < most ? most - used : 0;
}

static unsigned claim_due(struct claimer *c, unsigned max)
{
    int64_t now = clock_boot_ms();
    if (!retry_due_now(c, now))
        return 0;
    set_ocr_share(c);
    ability_begin(&c->ability, c->x->board, &c->x->spool.settings, &c->retry);
    c->last_retry_look = now;
    unsigned got =
        claim_retry(&c->x->spool, &c->lease, &c->control, &c->retry, c->out.batch, max, &c->walk);
    c->retry_listed = clock_boot_ms();
    c->retry_cost_so_far += c->retry_listed - now;
    if (!c->retry.list) {
        c->retry_cost = c->retry_cost_so_far;
        c->retry_cost_so_far = 0;
    }
    return got;
}

static void start_walk(struct claimer *c)
{
    int64_t now = clock_boot_ms();
    if (c->walk.unsettled + c->walk.empty > 0)
        c->met_unsettled = now;
    scan_rewind(c->scan);
    memset(&c->walk, 0, sizeof c->walk);
    c->walk.seen_before = c->met_unsettled != 0 && now - c->met_unsettled < CACHED_MS;
    c->out.handed = c->looked = c->gone = 0;
    c->skipped = false;
    c->n_names = c->at = 0;
    c->walk_began = now;
    c->last_retry_look = 0;
}

static void publish_counts(struct claimer *c)
{
    struct board_counts *n = &c->x->board->counts;
    const struct scan_counts *s = scan_counts(c->scan);
    atomic_store(&n->ignored[IGNORED_NAME], s->ignored[IGNORED_NAME]);
    atomic_store(&n->ignored[IGNORED_LINK], s->ignored[IGNORED_LINK]);
    atomic_store(&n->ignored[IGNORED_SPECIAL], s->ignored[IGNORED_SPECIAL] + c->walk.not_regular);
    atomic_store(&n->ignored[IGNORED_EMPTY], c->walk.empty);
    atomic_store(&n->unsettled, c->walk.unsettled);
    atomic_store(&n->unreadable, s->unreadable + c->walk.errors);
}

/* With --once nobody looks again later: what lies in work/ in nobody's hands (claims that could not
 * be verified, documents that could not be put back) has to be seen before the end is. */
static bool work_is_clear(struct claimer *c)
{
    if (c->x->once)
        handover_batch(&c->out, 0);
    return !c->x->once || (!c->out.unread && c->out.strangers == 0);
}

/* The end of a walk: what is next, and when. */
static void end_walk(struct claimer *c)
{
    struct board *b = c->x->board;
    const struct settings *s = &c->x->spool.settings;
    int64_t now = clock_boot_ms(), server = lease_server_now(&c->lease);
    /* Documents may have been put back since .retry/ was listed last. */
    bool listed = c->retry_listed >= c->walk_began && !c->retry.list;
    bool nothing = listed && c->out.handed == 0 && !c->skipped && c->retry.waiting == 0 &&
                   c->walk.unsettled == 0 && board_hands_used(b) == 0 &&
                   (!c->x->once || atomic_load(&b->janitor_rounds) > 0);
    c->walk_cost = now - c->walk_began;
    publish_counts(c);
    if (c->walk.errors > 0 && c->walk.last_error != 0)
        log_warn("%llu entries of pending/ could not be claimed: %s%s",
                 (unsigned long long)c->walk.errors, strerror(c->walk.last_error),
                 c->walk.last_error == ENAMETOOLONG
                     ? "; a path has at most 4,095 bytes: move them up"
                     : "; may this user move files out of there (no sticky bit)?");
    if (nothing && c->walk.errors + scan_counts(c->scan)->unreadable == 0 && work_is_clear(c))
        atomic_fetch_add(&b->idle_walks, 1);
    else
        atomic_store(&b->idle_walks, 0);
    if (nothing && atomic_load(&b->idle_walks) == 0)
        atomic_fetch_add(&b->stuck_walks, 1);
    else
        atomic_store(&b->stuck_walks, 0);
    c->pause = c->out.handed > 0 || c->skipped || c->pause == 0 ? s->poll_min : 2 * c->pause;
    c->pause = c->pause > s->poll_max ? s->poll_max : c->pause;
    if (c->x->once && c->pause > ONCE_MS)
        c->pause = ONCE_MS;
    int64_t wait = c->out.handed > 0 ? 0 : rnd_jitter(c->pause, 10);
    if (c->out.handed == 0 && !c->skipped && wait < DEAR * c->walk_cost)
        wait = DEAR * c->walk_cost;
    if (c->walk.next_settle_ms != 0 && c->walk.next_settle_ms - server < wait)
        wait = c->walk.next_settle_ms - server + 1;
    if (c->retry.next_due_ms != 0 && c->retry.next_due_ms - server < wait)
        wait = c->retry.next_due_ms - server + 1;
    c->next_walk = now + (wait > 0 ? wait : 0);
    c->n_names = c->at = 0;
}

/* Of `used` names, those that others had taken before we came. True: most of the last few. A look
 * at a name that is gone costs a round trip as a claim does; with twenty hosts on one listing,
 * sixteen of seventeen looks were such. */
static bool meet_others(struct claimer *c, unsigned used, const struct claim_counts *before)
{
    const struct claim_counts *now = &c->walk;
    uint64_t there = now->won - before->won + now->unsettled - before->unsettled + now->empty -
                     before->empty + now->not_regular - before->not_regular + now->errors -
                     before->errors;
    c->looked += used;
    c->gone += there < used ? used - there : 0;
    if (c->looked < MET_WINDOW)
        return false;
    bool most = c->gone * 2 > c->looked;
    c->looked = c->gone = 0;
    return most;
}

/* By chance, so that hosts which meet at one block part. */
static void skip_ahead(struct claimer *c)
{
    c->skipped = true;
    c->n_names = c->at = 0;
    scan_skip(c->scan, 1 + (unsigned)(rnd_u64() % SKIP_BLOCKS));
}

/* A folder below pending/; "" for itself. */
static void watch_folder(const struct claimer *c, const char *path)
{
    char folder[2 * PATH_CAP];
    snprintf(folder, sizeof folder, "%s/%s%s%s", c->x->spool.path, DIR_PENDING, *path ? "/" : "",
             path);
    wake_watch(folder);
}

/* One step of the walk: a batch claimed from the names in hand, or more names. False: the walk is
 * at its end. */
static bool step(struct claimer *c, unsigned max)
{
    unsigned got = claim_due(c, max), used;
    if (got == 0 && c->at == c->n_names) {
        c->at = 0;
        c->n_names = scan_next(c->scan, c->names, NAMES, &c->folder, &c->path);
        if (c->n_names == 0)
            return false;
        watch_folder(c, c->path);
    }
    bool crowded = false;
    if (got == 0) {
        struct claim_counts before = c->walk;
        got = claim_pending(&c->x->spool, &c->lease, c->folder, c->path, c->names + c->at,
                            c->n_names - c->at, c->out.batch, max, &used, &c->walk);
        c->at += used;
        crowded = meet_others(c, used, &before);
    }
    if (got > 0)
        handover_batch(&c->out, got);
    if (crowded)
        skip_ahead(c);
    /* Most of a listing taken by others: it is too old. */
    if (c->walk.tried >= LOST_WINDOW && c->walk.won * 2 < c->walk.tried)
        start_walk(c);
    return true;
}

static void count_claims(struct claimer *c, const struct claim_counts *before)
{
    if (c->walk.tried < before->tried)
        return;
    atomic_fetch_add(&c->x->board->counts.claims_tried, c->walk.tried - before->tried);
    atomic_fetch_add(&c->x->board->counts.claims_won, c->walk.won - before->won);
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

/* Wait for the next walk. */
static void rest(struct claimer *c)
{
    int64_t left = c->next_walk - clock_boot_ms();
    int room = c->retry.ocr_left > 0 ? c->x->room : -1; /* is what these wait for */
    bool heard = wake_wait(left < HOLD_MS ? left : HOLD_MS, room);
    if (room >= 0 && forget_wake(room))
        c->next_walk = 0;
    if (heard) {
        int64_t soonest = c->walk_began + WALK_GAP_MS + 2 * c->walk_cost;
        c->next_walk = soonest < c->next_walk ? soonest : c->next_walk;
        c->pause = 0;
    }
}

/* How many are to be claimed at once; 0: wait. As many as there are slots, so that a batch is worth
 * its reading of work/; the slots are busy with as many meanwhile. */
static unsigned room_now(struct claimer *c)
{
    struct board *b = c->x->board;
    if (atomic_load(&b->breaker) == BREAKER_TRYING) /* one alone shows whether this host is well */
        return board_hands_used(b) == 0 ? 1 : 0;
    return capacity(c);
}

static void one_round(struct claimer *c)
{
    struct board *b = c->x->board;
    bool walking = c->walk_began != 0;
    if (!may_claim(c)) {
        clock_sleep_ms(commands_known(b) ? HOLD_MS : SOON_MS);
        return;
    }
    if (!walking && clock_boot_ms() < c->next_walk) {
        rest(c);
        return;
    }
    if (!walking)
        start_walk(c);
    unsigned room = room_now(c);
    if (room == 0) {
        wake_wait(HOLD_MS, c->x->room);
        (void)forget_wake(c->x->room);
        return;
    }
    struct claim_counts before = c->walk;
    bool more = step(c, room);
    count_claims(c, &before);
    if (!more) {
        end_walk(c);
        c->walk_began = 0;
    }
}

/* Newer commands from the board; one that cancels something makes the next walk begin at once. */
static void take_commands(struct claimer *c)
{
    struct control now;
    uint32_t generation = atomic_load(&c->x->board->control_generation);
    if (generation == c->control_seen || !board_control_get(c->x->board, &now))
        return;
    c->control_seen = generation;
    if (now.cancels != c->control.cancels)
        c->next_walk = 0;
    c->control = now;
}

int claimer_main(struct extractd *x)
{
    struct claimer *c = calloc(1, sizeof *c);
    if (!c || extractd_lease(x, &c->lease) != 0)
        return 1;
    c->x = x;
    c->out = (struct handover){.x = x, .lease = &c->lease, .control = &c->control};
    c->scan = scan_new(&x->spool);
    if (!c->scan)
        return 1;
    snprintf(x->board->wake, sizeof x->board->wake, "%s", wake_open() ? "inotify+scan" : "scan");
    watch_folder(
        c, ""); /* the top, before anything is in it: the others are watched as they show names */
    handover_begin(&c->out);
    while (!atomic_load(&x->board->stopping)) {
        if (extractd_settings(x))
            ability_look_again(x->board);
        take_commands(c);
        handover_look(&c->out);
        handover_give_back(&c->out, AHEAD_PATIENCE_MS);
        one_round(c);
    }
    handover_give_back(&c->out, 0);
    wake_close();
    claim_retry_end(&c->retry);
    scan_free(c->scan);
    free(c);
    return 0;
}
