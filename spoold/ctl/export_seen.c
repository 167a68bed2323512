#include "spoold/ctl/export_seen.h"

#include <stdlib.h>
#include <string.h>

#include "base/rnd.h"

enum { FIRST_CAP = 1024, KEEP_CAP = 4096 };

/* FNV-1a with a secret beginning, and its bits mixed (the end of splitmix64). 64 bits: two of a
 * million names of one folder are taken for one with a chance of 3e-8. Never 0. */
static uint64_t hash(const struct export_seen *s, const char *name)
{
    uint64_t h = s->seed ^ UINT64_C(14695981039346656037);
    for (; *name; name++)
        h = (h ^ (unsigned char)*name) * UINT64_C(1099511628211);
    h = (h ^ (h >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    h = (h ^ (h >> 27)) * UINT64_C(0x94d049bb133111eb);
    h ^= h >> 31;
    return h ? h : 1;
}

void export_seen_begin(struct export_seen *s)
{
    s->seed = rnd_u64();
    s->used = 0;
    if (s->cap > KEEP_CAP)
        export_seen_free(s);
    else if (s->slots)
        memset(s->slots, 0, s->cap * sizeof *s->slots);
}

void export_seen_free(struct export_seen *s)
{
    free(s->slots);
    s->slots = NULL;
    s->cap = s->used = 0;
}

/* cap is a power of two. True: it was there already. */
static bool put(uint64_t *slots, size_t cap, uint64_t h)
{
    size_t at = (size_t)h & (cap - 1);
    for (; slots[at]; at = (at + 1) & (cap - 1))
        if (slots[at] == h)
            return true;
    slots[at] = h;
    return false;
}

static bool grow(struct export_seen *s)
{
    size_t cap = s->cap ? 2 * s->cap : FIRST_CAP;
    uint64_t *slots = calloc(cap, sizeof *slots);
    if (!slots)
        return false;
    for (size_t i = 0; i < s->cap; i++)
        if (s->slots[i])
            put(slots, cap, s->slots[i]);
    free(s->slots);
    s->slots = slots;
    s->cap = cap;
    return true;
}

bool export_seen_before(struct export_seen *s, const char *name)
{
    /* Half of the slots stay free; without memory they fill up, and then nothing more is noted. */
    if (2 * s->used >= s->cap && !grow(s) && s->used + 1 >= s->cap)
        return false;
    bool before = put(s->slots, s->cap, hash(s, name));
    s->used += !before;
    return before;
}
