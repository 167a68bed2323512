/* The claimer of a simulated extractd: extractd/claimer.c without inotify, sockets and commands. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/fsop.h"
#include "base/log.h"
#include "base/rnd.h"
#include "host.h"
#include "spool/publish.h"
#include "spool/retry.h"

enum {
    BATCH = 8,
    NAMES = 16,
    CACHED_MS = 90000,
    HOLD_MS = 1000,
    VERIFY_MS = 30000,
    SPACE_MS = 5000,
    RETRY_LOOK_MS = 1000
};

struct claimer {
    struct worker *w;
    struct lease lease;
    struct scan *scan;
    struct scan_name names[NAMES];
    unsigned n_names, at;
    int folder;
    const char *path;
    struct claim_counts walk;
    uint64_t handed;
    int64_t walk_began, next_walk, pause;
    int64_t met_unsettled, next_due, last_retry_look, last_verify, last_space;
    uint64_t waiting;
    bool space_low;
    struct claimed batch[BATCH];
};

static unsigned capacity(const struct claimer *c)
{
    unsigned most = 2 * c->w->n_slots, used = hands_used(c->w);
    most = most < WORKER_HANDS ? most : WORKER_HANDS;
    unsigned room = used < most ? most - used : 0;
    return room < BATCH ? room : BATCH;
}

static void meet_stranger(void *arg, const char *name, uint64_t ino)
{
    struct claimer *c = arg;
    struct sealed sealed;
    struct token t;
    (void)ino;
    bool is_sealed = token_parse_sealed(name, &sealed) == 0;
    if (is_sealed)
        t = sealed.token;
    if ((is_sealed || token_parse(name, &t) == 0) && hand_of(c->w, t.claim))
        return;
    if (is_sealed) {
        publish_sealed(&c->w->spool, c->lease.work, name);
        return;
    }
    if (claim_put_back_unknown(&c->w->spool, &c->lease, c->lease.work, name) == MOVED)
        log_warn("found a claim that nobody knows: %s; put back unspent", name);
}

static void hand_over(struct claimer *c, const struct claimed *claimed)
{
    struct hand *h = hand_new(c->w);
    if (!h) {
        claim_put_back_unknown(&c->w->spool, &c->lease, c->lease.work, claimed->name);
        return;
    }
    h->claimed = *claimed;
    h->state = HAND_QUEUED;
    for (unsigned i = 0; i < c->w->n_slots; i++)
        if (c->w->slot_hand[i] == NOBODY)
            sched_wake(c->w->slot[i]);
    c->handed++;
}

static void verify_and_hand_over(struct claimer *c, unsigned n)
{
    int left = claim_verify(&c->lease, c->batch, n, meet_stranger, c);
    c->last_verify = clock_boot_ms();
    for (int i = 0; i < left && !sched_dead(); i++) {
        if (c->batch[i].state == CLAIM_MISMATCH) {
            log_error("the file that was claimed is not the one that was looked at: %s",
                      c->batch[i].name);
            claim_put_back_unknown(&c->w->spool, &c->lease, c->lease.work, c->batch[i].name);
        } else {
            hand_over(c, &c->batch[i]);
        }
    }
}

static void settle_predecessor(struct claimer *c)
{
    for (int i = 0; i < WORKER_HANDS; i++)
        if (c->w->hands[i].state == HAND_FILLING)
            hand_free(&c->w->hands[i]);
    verify_and_hand_over(c, 0);
}

static bool space_is_low(struct claimer *c)
{
    struct statvfs v;
    int64_t now = clock_boot_ms();
    if (now - c->last_space < SPACE_MS && c->last_space != 0)
        return c->space_low;
    c->last_space = now;
    if (fs->fstatvfs(c->w->spool.root, &v) == 0)
        c->space_low = v.f_bavail * 50 < v.f_blocks;
    return c->space_low;
}

static bool may_claim(struct claimer *c)
{
    return !(worker_silenced(c->w) || worker_environment_open(c->w) || space_is_low(c));
}

static unsigned claim_due(struct claimer *c, unsigned max)
{
    int64_t now = clock_boot_ms();
    if (now - c->last_retry_look < RETRY_LOOK_MS && c->last_retry_look != 0)
        return 0;
    if (c->waiting > 0 && c->next_due > lease_server_now(&c->lease) &&
        now - c->last_retry_look < c->pause)
        return 0;
    c->last_retry_look = now;
    struct retry_walk retry = {.ocr_most = max, .no_ocr = c->w->host->no_ocr};
    unsigned got = claim_retry(&c->w->spool, &c->lease, NULL, &retry, c->batch, max, &c->walk);
    c->next_due = retry.next_due_ms;
    c->waiting = retry.waiting;
    claim_retry_end(&retry);
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
    c->handed = 0;
    c->n_names = c->at = 0;
    c->walk_began = now;
    c->last_retry_look = 0;
}

static void end_walk(struct claimer *c)
{
    const struct settings *s = &c->w->spool.settings;
    int64_t now = clock_boot_ms(), server = lease_server_now(&c->lease);
    int64_t cost = now - c->walk_began;
    c->pause = c->handed > 0 || c->pause == 0 ? s->poll_min : 2 * c->pause;
    c->pause = c->pause > s->poll_max ? s->poll_max : c->pause;
    int64_t wait = c->handed > 0 ? 0 : rnd_jitter(c->pause, 10);
    if (c->handed == 0 && wait < 10 * cost)
        wait = 10 * cost;
    if (c->walk.next_settle_ms != 0 && c->walk.next_settle_ms - server < wait)
        wait = c->walk.next_settle_ms - server + 1;
    if (c->next_due != 0 && c->next_due - server < wait)
        wait = c->next_due - server + 1;
    c->next_walk = now + (wait > 0 ? wait : 0);
    c->n_names = c->at = 0;
}

static bool step(struct claimer *c, unsigned max)
{
    unsigned got = claim_due(c, max), used;
    if (got == 0 && c->at == c->n_names) {
        c->at = 0;
        c->n_names = scan_next(c->scan, c->names, NAMES, &c->folder, &c->path);
        if (c->n_names == 0)
            return false;
    }
    if (got == 0) {
        got = claim_pending(&c->w->spool, &c->lease, c->folder, c->path, c->names + c->at,
                            c->n_names - c->at, c->batch, max, &used, &c->walk);
        c->at += used;
    }
    if (got > 0)
        verify_and_hand_over(c, got);
    return true;
}

static void give_back_queued(struct claimer *c)
{
    for (int i = 0; i < WORKER_HANDS; i++) {
        struct hand *h = &c->w->hands[i];
        if (h->state != HAND_QUEUED)
            continue;
        h->state = HAND_FILLING;
        retry_move(&c->w->spool, c->lease.work, h->claimed.name, &h->claimed.token,
                   lease_server_now(&c->lease) / 1000, h->claimed.need);
        hand_free(h);
    }
}

static void one_round(struct claimer *c)
{
    bool walking = c->walk_began != 0;
    if (!may_claim(c)) {
        sched_wait(sim.now + HOLD_MS * SIM_MS);
        return;
    }
    int64_t now = clock_boot_ms();
    if (!walking && now < c->next_walk) {
        sched_wait(sim.now + (c->next_walk - now) * SIM_MS);
        return;
    }
    if (!walking)
        start_walk(c);
    unsigned room = capacity(c);
    if (room < c->w->n_slots && room < BATCH) {
        sched_wait(sim.now + 10 * HOLD_MS * SIM_MS);
        return;
    }
    if (!step(c, room)) {
        end_walk(c);
        c->walk_began = 0;
    }
}

void worker_claimer(void *arg)
{
    struct worker *w = arg;
    struct claimer *c = calloc(1, sizeof *c);
    if (!c || lease_open(&c->lease, &w->spool, w->lease_name, &w->shared) != 0)
        goto out;
    c->w = w;
    c->scan = scan_new(&w->spool);
    if (c->scan) {
        settle_predecessor(c);
        while (!sched_dead() && !w->stopping) {
            if (clock_boot_ms() - c->last_verify > VERIFY_MS)
                verify_and_hand_over(c, 0);
            one_round(c);
        }
        give_back_queued(c);
    }
    scan_free(c->scan);
    lease_close(&c->lease);
out:
    free(c);
    sched_wake(w->supervisor);
}
