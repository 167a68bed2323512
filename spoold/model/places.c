#include "spoold/model/places.h"

#include <stdlib.h>
#include <string.h>

#include "base/rnd.h"

enum { FIRST_CAP = 1024 };
#define ROUND_BITS UINT64_C(0xff)

/* FNV-1a with a secret beginning, mixed (the end of splitmix64); never 0 above the round's bits. */
static uint64_t hash_of(const struct places *p, char kind, const char *place)
{
    uint64_t h =
        (p->seed ^ UINT64_C(14695981039346656037) ^ (unsigned char)kind) * UINT64_C(1099511628211);
    for (; *place; place++)
        h = (h ^ (unsigned char)*place) * UINT64_C(1099511628211);
    h = (h ^ (h >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    h = (h ^ (h >> 27)) * UINT64_C(0x94d049bb133111eb);
    h = (h ^ (h >> 31)) & ~ROUND_BITS;
    return h ? h : ROUND_BITS + 1;
}

void places_free(struct places *p)
{
    free(p->slots);
    memset(p, 0, sizeof *p);
}

static size_t home(const struct places *p, uint64_t h)
{
    return (size_t)(h >> 8) & (p->cap - 1);
}

/* The slot of a hash, or the free one where it would be. cap is a power of two. */
static size_t slot_of(const struct places *p, uint64_t h)
{
    size_t at = home(p, h);
    while (p->slots[at] && (p->slots[at] & ~ROUND_BITS) != h)
        at = (at + 1) & (p->cap - 1);
    return at;
}

static bool grow(struct places *p)
{
    struct places bigger = *p;
    bigger.cap = p->cap ? 2 * p->cap : FIRST_CAP;
    bigger.slots = calloc(bigger.cap, sizeof *bigger.slots);
    if (!bigger.slots)
        return false;
    if (!p->seed)
        bigger.seed = rnd_u64() | 1;
    for (size_t i = 0; i < p->cap; i++)
        if (p->slots[i])
            bigger.slots[slot_of(&bigger, p->slots[i] & ~ROUND_BITS)] = p->slots[i];
    free(p->slots);
    *p = bigger;
    return true;
}

int places_see(struct places *p, char kind, const char *place, uint8_t round)
{
    /* An eighth stays free. */
    if (p->used + p->cap / 8 >= p->cap && !grow(p) && p->used + 1 >= p->cap)
        return -1;
    uint64_t h = hash_of(p, kind, place);
    size_t at = slot_of(p, h);
    bool known = p->slots[at] != 0;
    p->slots[at] = h | round;
    p->used += !known;
    return known;
}

int places_seen(const struct places *p, char kind, const char *place)
{
    size_t at = p->cap ? slot_of(p, hash_of(p, kind, place)) : 0;
    return p->cap && p->slots[at] ? (int)(p->slots[at] & ROUND_BITS) : -1;
}

/* Those behind a slot that becomes free move up, as far as they may. */
void places_forget(struct places *p, char kind, const char *place)
{
    size_t hole = p->cap ? slot_of(p, hash_of(p, kind, place)) : 0;
    if (!p->cap || !p->slots[hole])
        return;
    p->used--;
    for (size_t at = (hole + 1) & (p->cap - 1); p->slots[at]; at = (at + 1) & (p->cap - 1)) {
        size_t from_home = (at - home(p, p->slots[at])) & (p->cap - 1);
        if (from_home >= ((at - hole) & (p->cap - 1))) {
            p->slots[hole] = p->slots[at];
            hole = at;
        }
    }
    p->slots[hole] = 0;
}
