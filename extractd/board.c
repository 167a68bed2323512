#include "extractd/board.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

enum { ENVIRONMENT_ROW = 10, ALONE_LOOK_MS = 10, CORE_LOOK_MS = 20, CORES_A_SPARE = 8 };

struct board *board_new(unsigned slots, unsigned cores)
{
    struct board *b =
        mmap(NULL, sizeof *b, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (b == MAP_FAILED)
        return NULL;
    b->n_slots = slots;
    atomic_store(&b->n_active, slots);
    b->n_cores = cores;
    atomic_store(&b->alone, NOBODY);
    for (int kind = 0; kind < CORE_KINDS; kind++)
        for (int i = 0; i < BOARD_CORES; i++)
            atomic_store(&b->core[kind][i], NOBODY);
    for (int i = 0; i < BOARD_SLOTS; i++) {
        atomic_store(&b->slots[i].hand, NOBODY);
        atomic_store(&b->slots[i].helps, NOBODY);
    }
    for (int i = 0; i < BOARD_HANDS; i++)
        atomic_store(&b->hands[i].slot, NOBODY);
    return b;
}

unsigned board_spare_for(unsigned cores)
{
    unsigned spare = 1 + cores / CORES_A_SPARE, room = BOARD_CORES - cores;
    return spare < room ? spare : room;
}

struct hand *board_hand_new(struct board *b)
{
    for (int i = 0; i < BOARD_HANDS; i++) {
        int expected = HAND_FREE;
        if (atomic_compare_exchange_strong(&b->hands[i].state, &expected, HAND_FILLING)) {
            b->hands[i].cancel[0] = 0;
            atomic_store(&b->hands[i].cancelled, false);
            atomic_store(&b->hands[i].is_long, false);
            atomic_store(&b->hands[i].leaves, false);
            return &b->hands[i];
        }
    }
    return NULL;
}

int board_hand_queue(struct board *b, struct hand *h)
{
    h->queued_at = clock_boot_ms();
    atomic_store(&h->state, HAND_QUEUED);
    return (int)(h - b->hands);
}

bool board_hand_take(struct board *b, int index, int slot)
{
    int expected = HAND_QUEUED;
    if (index < 0 || index >= BOARD_HANDS)
        return false;
    /* The slot's own note comes first: a slot that dies between the two leaves a note that names a
     * hand that is not its, which its successor finds out. */
    atomic_store(&b->slots[slot].hand, index);
    if (!atomic_compare_exchange_strong(&b->hands[index].state, &expected, HAND_TAKEN)) {
        atomic_store(&b->slots[slot].hand, NOBODY);
        return false;
    }
    atomic_store(&b->hands[index].slot, slot);
    return true;
}

void board_hand_free(struct hand *h)
{
    atomic_store(&h->slot, NOBODY);
    atomic_store(&h->state, HAND_FREE);
}

bool board_hand_take_back(struct hand *h)
{
    int expected = HAND_QUEUED;
    return atomic_compare_exchange_strong(&h->state, &expected, HAND_FILLING);
}

int board_hand_queued(struct board *b)
{
    for (int i = 0; i < BOARD_HANDS; i++)
        if (atomic_load(&b->hands[i].state) == HAND_QUEUED)
            return i;
    return NOBODY;
}

static int64_t priority_of(const struct board *b, const struct hand *h)
{
    unsigned lane = h->claimed.lane;
    return atomic_load(&b->lanes[lane < BOARD_LANES ? lane : 0].priority);
}

int board_hand_next(struct board *b)
{
    int best = NOBODY;
    int64_t priority = 0;
    for (int i = 0; i < BOARD_HANDS; i++) {
        const struct hand *h = &b->hands[i];
        if (atomic_load(&h->state) != HAND_QUEUED)
            continue;
        int64_t p = priority_of(b, h);
        if (best == NOBODY || p > priority ||
            (p == priority && h->queued_at < b->hands[best].queued_at)) {
            best = i;
            priority = p;
        }
    }
    return best;
}

int board_hand_take_next(struct board *b, int slot)
{
    int hand;
    do
        hand = board_hand_next(b);
    while (hand != NOBODY && !board_hand_take(b, hand, slot));
    return hand;
}

unsigned board_hands_used(struct board *b)
{
    unsigned n = 0;
    for (int i = 0; i < BOARD_HANDS; i++)
        n += atomic_load(&b->hands[i].state) != HAND_FREE;
    return n;
}

unsigned board_hands_needing(struct board *b, const char *need)
{
    unsigned n = 0;
    for (int i = 0; i < BOARD_HANDS; i++)
        n += atomic_load(&b->hands[i].state) > HAND_FILLING &&
             strcmp(b->hands[i].claimed.need, need) == 0;
    return n;
}

unsigned board_at_work(struct board *b, int64_t *since, unsigned *coming)
{
    int64_t now = clock_boot_ms();
    unsigned n = 0;
    *coming = 0;
    for (int i = 0; i < BOARD_HANDS; i++)
        *coming += atomic_load(&b->hands[i].state) == HAND_QUEUED;
    for (unsigned i = 0; i < b->n_slots; i++) {
        const struct slot_board *s = &b->slots[i];
        int stage = atomic_load(&s->stage);
        if (atomic_load(&s->hand) == NOBODY)
            continue;
        *coming += stage == SLOT_IDLE || stage == SLOT_LOAD || stage == SLOT_WAIT;
        if (stage != SLOT_WAIT)
            since[n++] = now - atomic_load(&s->taken_at);
    }
    return n;
}

struct hand *board_hand_of(struct board *b, const char *claim)
{
    for (int i = 0; i < BOARD_HANDS; i++)
        if (atomic_load(&b->hands[i].state) > HAND_FILLING &&
            strcmp(b->hands[i].claimed.token.claim, claim) == 0)
            return &b->hands[i];
    return NULL;
}

bool board_alone_other(struct board *b, int slot)
{
    int alone = atomic_load(&b->alone);
    return alone != NOBODY && alone != slot;
}

void board_lane_charge(struct board *b, unsigned lane, int64_t ms)
{
    struct board_lane *l = &b->lanes[lane < BOARD_LANES ? lane : 0];
    atomic_fetch_add(&l->used_ms, ms > 0 ? ms : 0);
    atomic_fetch_add(&l->ended, 1);
}

static unsigned turns(const struct board *b, enum core_kind kind)
{
    return b->n_cores + (kind == CORE_TEXT ? b->n_spare : 0);
}

static bool take_free_core(struct board *b, enum core_kind kind, int slot, int *core)
{
    for (unsigned i = 0; i < turns(b, kind) && !board_alone_other(b, slot); i++) {
        int expected = NOBODY;
        if (atomic_compare_exchange_strong(&b->core[kind][i], &expected, slot)) {
            *core = (int)i;
            return true;
        }
    }
    return false;
}

int board_core_take(struct board *b, enum core_kind kind, int slot, int64_t ms)
{
    int64_t until = clock_boot_ms() + ms;
    int core = -1;
    for (;;) {
        /* Read before the look: a core that is given after it has changed the number, and the wait
         * does not begin (futex(2), "lost wake-ups"). */
        unsigned given = atomic_load(&b->given[kind]);
        if (take_free_core(b, kind, slot, &core))
            return core;
        int64_t left = until - clock_boot_ms();
        if (left <= 0)
            return -1;
        /* The limit is for one who is killed when it was just woken. */
        struct timespec limit = {0, (left < CORE_LOOK_MS ? left : CORE_LOOK_MS) * 1000000};
        syscall(SYS_futex, &b->given[kind], FUTEX_WAIT, given, &limit, NULL, 0);
    }
}

static void wake_waiters(struct board *b, enum core_kind kind, int most)
{
    atomic_fetch_add(&b->given[kind], 1);
    syscall(SYS_futex, &b->given[kind], FUTEX_WAKE, most, NULL, NULL, 0);
}

void board_core_give(struct board *b, enum core_kind kind, int core)
{
    atomic_store(&b->core[kind][core], NOBODY);
    wake_waiters(b, kind, 1);
}

static bool has_all(struct board *b, int slot)
{
    bool all = true;
    for (int kind = 0; kind < CORE_KINDS; kind++)
        for (unsigned i = 0; i < turns(b, (enum core_kind)kind); i++) {
            int expected = NOBODY;
            all &= atomic_compare_exchange_strong(&b->core[kind][i], &expected, slot) ||
                   expected == slot;
        }
    return all;
}

bool board_alone_take(struct board *b, int slot, int64_t ms)
{
    int64_t until = clock_boot_ms() + ms;
    int expected = NOBODY;
    for (;;) {
        bool mine = atomic_compare_exchange_strong(&b->alone, &expected, slot) || expected == slot;
        if (mine && has_all(b, slot))
            return true;
        if (clock_boot_ms() >= until)
            return false;
        clock_sleep_ms(ALONE_LOOK_MS);
        expected = NOBODY;
    }
}

void board_alone_give(struct board *b, int slot)
{
    board_cores_of_dead(b, slot);
}

void board_cores_of_dead(struct board *b, int slot)
{
    int expected = slot;
    bool alone = atomic_compare_exchange_strong(&b->alone, &expected, NOBODY);
    for (int kind = 0; kind < CORE_KINDS; kind++) {
        for (unsigned i = 0; i < turns(b, (enum core_kind)kind); i++)
            if (atomic_load(&b->core[kind][i]) == slot)
                board_core_give(b, (enum core_kind)kind, (int)i);
        if (alone) /* it kept the others from cores that it may never have got */
            wake_waiters(b, (enum core_kind)kind, INT_MAX);
    }
}

unsigned board_cores_free(struct board *b, enum core_kind kind)
{
    unsigned taken = 0;
    if (board_alone_other(b, NOBODY))
        return 0;
    for (unsigned i = 0; i < turns(b, kind); i++)
        taken += atomic_load(&b->core[kind][i]) != NOBODY;
    return taken < b->n_cores ? b->n_cores - taken : 0;
}

unsigned board_cores_idle(struct board *b)
{
    unsigned text = board_cores_free(b, CORE_TEXT), ocr = board_cores_free(b, CORE_OCR);
    for (unsigned i = 0; i < b->n_slots; i++)
        if (atomic_load(&b->slots[i].stage) == SLOT_WAIT)
            return 0;
    if (board_hand_queued(b) != NOBODY || text + ocr <= b->n_cores)
        return 0;
    return text + ocr - b->n_cores;
}

unsigned board_slots_idle(struct board *b)
{
    unsigned n = 0;
    for (unsigned i = 0; i < b->n_slots && i < atomic_load(&b->n_active); i++) {
        const struct slot_board *s = &b->slots[i];
        n += atomic_load(&s->stage) == SLOT_IDLE && atomic_load(&s->hand) == NOBODY &&
             atomic_load(&s->helps) == NOBODY;
    }
    return n;
}

void board_control_set(struct board *b, const struct control *c)
{
    atomic_fetch_add(&b->control_generation, 1); /* odd: being written */
    b->control = *c;
    atomic_fetch_add(&b->control_generation, 1);
    atomic_store(&b->paused, c->pause || c->host_paused);
    atomic_store(&b->draining, c->drain);
}

bool board_control_get(struct board *b, struct control *c)
{
    uint32_t before = atomic_load(&b->control_generation);
    if (before & 1)
        return false;
    *c = b->control;
    return atomic_load(&b->control_generation) == before;
}

void board_control_cancel(struct board *b, const struct control *c)
{
    for (int i = 0; i < BOARD_HANDS && c->cancels > 0; i++) {
        struct hand *h = &b->hands[i];
        if (atomic_load(&h->state) != HAND_TAKEN && atomic_load(&h->state) != HAND_QUEUED)
            continue;
        for (unsigned k = 0; k < c->cancels; k++)
            if (strcmp(c->cancel[k], h->claimed.token.document) == 0) {
                snprintf(h->cancel, sizeof h->cancel, "%s", c->cancel[k]);
                atomic_store(&h->cancelled, true);
            }
    }
}

void board_environment_failed(struct board *b)
{
    atomic_fetch_add(&b->environment_row, 1);
    atomic_fetch_add(&b->trouble, 1);
}

void board_environment_fine(struct board *b)
{
    atomic_store(&b->environment_row, 0);
    atomic_fetch_add(&b->ended, 1);
}

bool board_environment_bad(const struct board *b)
{
    return atomic_load(&b->environment_row) >= ENVIRONMENT_ROW;
}
