#include "extractd/pageshare.h"

#include <string.h>

size_t pageshare_bytes(uint32_t pages)
{
    return sizeof(struct pageshare) + pages;
}

void pageshare_begin(struct pageshare *s, const uint8_t *plan, uint32_t pages)
{
    s->pages = pages;
    atomic_store(&s->limit, pages);
    for (uint32_t i = 0; i < pages; i++)
        atomic_store(&s->page[i], plan[i] ? SHARED_ASKED : SHARED_NOT);
}

/* What is left falls to all in several turns, each of which is half of what would be everybody's part:
 * so they end nearly together, however long single pages take. */
uint32_t pageshare_batch(uint32_t left, unsigned helpers)
{
    uint32_t n = helpers ? left / (2 * (helpers + 1)) : PAGESHARE_BATCH_ALONE;
    uint32_t most = helpers ? PAGESHARE_BATCH : PAGESHARE_BATCH_ALONE;
    n = n < most ? n : most;
    return n > 0 ? n : 1;
}

unsigned pageshare_call(uint32_t left, unsigned helpers, unsigned idle)
{
    uint32_t worth = left / PAGESHARE_LEAST;
    worth = worth < PAGESHARE_TAKERS - 1 ? worth : PAGESHARE_TAKERS - 1;
    unsigned more = worth > helpers ? worth - helpers : 0;
    return more < idle ? more : idle;
}

static bool take_one(struct pageshare *s, unsigned taker, uint32_t i)
{
    uint8_t was = SHARED_ASKED, mine = (uint8_t)(SHARED_TAKEN + taker);
    if (atomic_compare_exchange_strong(&s->page[i], &was, mine))
        return true;
    return taker == 0 && was == SHARED_OWN &&
           atomic_compare_exchange_strong(&s->page[i], &was, mine);
}

uint32_t pageshare_take(struct pageshare *s, unsigned taker, uint32_t most, uint8_t *plan)
{
    uint32_t n = 0;
    memset(plan, 0, s->pages);
    for (uint32_t i = 0; i < s->pages && i < atomic_load(&s->limit) && n < most; i++) {
        plan[i] = take_one(s, taker, i);
        n += plan[i];
    }
    return n;
}

bool pageshare_has(const struct pageshare *s, unsigned taker, uint32_t page)
{
    return page < s->pages && atomic_load(&s->page[page]) == SHARED_TAKEN + taker;
}

void pageshare_done(struct pageshare *s, uint32_t page)
{
    atomic_store(&s->page[page], SHARED_NOT);
}

void pageshare_give(struct pageshare *s, unsigned taker, uint32_t page)
{
    uint8_t was = (uint8_t)(SHARED_TAKEN + taker);
    (void)atomic_compare_exchange_strong(&s->page[page], &was, SHARED_OWN);
}

void pageshare_give_all(struct pageshare *s, unsigned taker)
{
    for (uint32_t i = 0; i < s->pages; i++)
        pageshare_give(s, taker, i);
}

uint32_t pageshare_left(const struct pageshare *s)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < s->pages && i < atomic_load(&s->limit); i++) {
        uint8_t is = atomic_load(&s->page[i]);
        n += is == SHARED_ASKED || is == SHARED_OWN;
    }
    return n;
}

uint32_t pageshare_out(const struct pageshare *s)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < s->pages && i < atomic_load(&s->limit); i++)
        n += atomic_load(&s->page[i]) > SHARED_TAKEN;
    return n;
}

/* In this order: what is given back between the two is left. */
bool pageshare_over(const struct pageshare *s)
{
    return pageshare_out(s) == 0 && pageshare_left(s) == 0;
}
