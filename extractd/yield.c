#include "extractd/yield.h"

#include <string.h>

#include "base/clock.h"

struct view {
    unsigned working; /* long ones that have a core and do not leave */
    unsigned leaving; /* long ones that make room already */
    unsigned waiting; /* others, for a core */
    unsigned long_ones;
};

static bool is_for_text(const struct hand *h)
{
    return strcmp(h->claimed.need, NEED_OCR) != 0;
}

/* One document in hand. */
static void count(const struct extractd *x, const struct hand *h, struct view *v)
{
    int slot = atomic_load(&h->slot);
    bool is_long = atomic_load(&h->is_long), taken = atomic_load(&h->state) == HAND_TAKEN;
    int stage = taken && slot >= 0 && slot < BOARD_SLOTS ? atomic_load(&x->board->slots[slot].stage)
                                                         : SLOT_IDLE;
    v->long_ones += is_long;
    if (is_long && atomic_load(&h->leaves))
        v->leaving++;
    else if (is_long)
        v->working += stage == SLOT_PARSE;
    else
        v->waiting += stage == SLOT_IDLE || stage == SLOT_LOAD || stage == SLOT_WAIT;
}

static struct view look(const struct extractd *x)
{
    struct view v = {0};
    for (int i = 0; i < BOARD_HANDS; i++) {
        const struct hand *h = &x->board->hands[i];
        if (atomic_load(&h->state) > HAND_FILLING && is_for_text(h))
            count(x, h, &v);
    }
    return v;
}

unsigned yield_keep(unsigned cores, int64_t share_percent)
{
    unsigned keep = (unsigned)(cores * (uint64_t)share_percent / 100);
    if (cores < 2)
        return 0;
    keep = keep < cores ? keep : cores - 1;
    return keep > 0 ? keep : 1;
}

static unsigned kept(const struct extractd *x)
{
    return yield_keep(x->board->n_cores, x->spool.settings.long_share);
}

/* Two that look at the same moment may both leave for one that waits: then one more has a turn. */
bool yield_due(struct extractd *x, int slot, int64_t since)
{
    int index = atomic_load(&x->board->slots[slot].hand);
    if (index < 0 || index >= BOARD_HANDS || clock_boot_ms() - since < x->spool.settings.long_after)
        return false;
    struct hand *h = &x->board->hands[index];
    atomic_store(&h->is_long, true);
    struct view v = look(x);
    if (v.working <= kept(x) || v.waiting <= v.leaving)
        return false;
    atomic_store(&h->leaves, true);
    return true;
}

unsigned yield_room(struct extractd *x)
{
    struct view v = look(x);
    unsigned keep = kept(x), coming = v.waiting > v.leaving ? v.waiting - v.leaving : 0;
    unsigned most = v.working > keep ? v.working - keep : 0;
    return most > coming ? most - coming : 0;
}

unsigned yield_long_most(struct extractd *x, unsigned room)
{
    unsigned cores = x->board->n_cores, has = look(x).long_ones;
    unsigned most = cores > has ? cores - has : 0;
    return most < room ? most : room;
}
