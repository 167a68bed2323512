#include "extractd/parser/arena.h"

#include <stdlib.h>
#include <string.h>

/* Under AddressSanitizer what is not given out cannot be touched, as with its own malloc. */
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(p, n)   ((void)(p), (void)(n))
#define ASAN_UNPOISON_MEMORY_REGION(p, n) ((void)(p), (void)(n))
#endif

enum {
    UNIT = 16,
    SLAB_BYTES = 16 * 1024 - 32, /* with malloc's own word, less than four pages */
    POOL_SLABS = 256,            /* 4 MB */
    LARGE = 1                    /* the mark; a slab's address has it never */
};

/* What stands before each block. It ends at a multiple of UNIT, as blocks begin there. */
struct arena_block {
    union {
        struct arena_slab *slab;  /* of a small one that is out */
        struct arena_block *next; /* of one that came back */
        size_t large;             /* its bytes (malloc's, with what stands before it) * 2 + LARGE */
    };
};

enum {
    BEFORE_LARGE = UNIT, /* bytes between malloc's address and ours */
    FIRST = (sizeof(struct arena_slab) + sizeof(struct arena_block) + UNIT - 1) / UNIT * UNIT -
            sizeof(struct arena_block)
};
_Static_assert((size_t)ARENA_SIZES *UNIT == ARENA_SMALL_MAX + sizeof(struct arena_block), "sizes");

void arena_begin(struct arena *a, uint64_t cap)
{
    *a = (struct arena){.cap = cap};
    for (int i = 0; i <= ARENA_SIZES; i++)
        a->open[i] = &a->none;
}

static bool refuse(struct arena *a, uint64_t more)
{
    bool possible = more <= SIZE_MAX / 4; /* and no sum of it overflows */
    if (possible && (a->cap == 0 || (more <= a->cap && a->used <= a->cap - more)))
        return false;
    a->refusals++;
    return true;
}

/* ---- slabs ---- */

static struct arena_slab *slab_open(struct arena *a)
{
    struct arena_slab *s = a->pool;
    if (refuse(a, SLAB_BYTES))
        return NULL;
    if (s) {
        a->pool = s->next;
        a->pooled--;
    } else if (!(s = malloc(SLAB_BYTES))) {
        a->refusals++;
        return NULL;
    }
    a->used += SLAB_BYTES;
    return s;
}

static void slab_close(struct arena *a, struct arena_slab *s)
{
    a->used -= SLAB_BYTES;
    if (a->pooled == POOL_SLABS) {
        free(s);
        return;
    }
    s->next = a->pool;
    a->pool = s;
    a->pooled++;
}

static void slab_empty(struct arena_slab *s)
{
    s->free = NULL;
    s->fresh = (char *)s + FIRST;
    ASAN_POISON_MEMORY_REGION(s->fresh, SLAB_BYTES - FIRST);
}

static struct arena_slab **list_of(struct arena *a, const struct arena_slab *s)
{
    return &a->open[s->step / UNIT];
}

static void slab_unlink(struct arena *a, struct arena_slab *s)
{
    if (s->prev)
        s->prev->next = s->next;
    else
        *list_of(a, s) = s->next ? s->next : &a->none;
    if (s->next)
        s->next->prev = s->prev;
    s->listed = false;
}

/* Behind the first: that one stays the one that blocks are taken from. */
static void slab_link(struct arena *a, struct arena_slab *s)
{
    struct arena_slab *first = *list_of(a, s);
    s->prev = s->next = NULL;
    s->listed = true;
    if (first == &a->none) {
        *list_of(a, s) = s;
        return;
    }
    s->prev = first;
    s->next = first->next;
    first->next = s;
    if (s->next)
        s->next->prev = s;
}

/* The first slab of the list is full. */
static void *take_from_another(struct arena *a, size_t n, uint32_t units)
{
    struct arena_slab *s = a->open[units];
    if (s != &a->none)
        slab_unlink(a, s);
    if (a->open[units] == &a->none) {
        s = slab_open(a);
        if (!s)
            return NULL;
        slab_empty(s);
        s->live = 0;
        s->step = units * UNIT;
        s->limit = (char *)s + SLAB_BYTES - s->step + 1;
        slab_link(a, s);
    }
    return arena_take(a, n);
}

/* It has lost its last block, or was full until now. */
static void look_after(struct arena *a, struct arena_slab *s)
{
    if (s->live > 0) {
        slab_link(a, s);
    } else if (*list_of(a, s) == s) {
        slab_empty(s);
    } else {
        if (s->listed)
            slab_unlink(a, s);
        slab_close(a, s);
    }
}

/* ---- large blocks ---- */

static struct arena_block *before(void *p)
{
    return (struct arena_block *)p - 1;
}

static void *take_large(struct arena *a, size_t n)
{
    char *p;
    if (refuse(a, n) || refuse(a, n + BEFORE_LARGE))
        return NULL;
    if (!(p = malloc(n + BEFORE_LARGE))) {
        a->refusals++;
        return NULL;
    }
    a->used += n + BEFORE_LARGE;
    before(p + BEFORE_LARGE)->large = (n + BEFORE_LARGE) * 2 + LARGE;
    return p + BEFORE_LARGE;
}

static void give_large(struct arena *a, void *p)
{
    a->used -= before(p)->large / 2;
    free((char *)p - BEFORE_LARGE);
}

static void *resize_large(struct arena *a, void *old, size_t n)
{
    size_t had = before(old)->large / 2, wants = n + BEFORE_LARGE;
    /* Only what it grows by counts. (No sum of what is larger than any may be is made.) */
    if (n > SIZE_MAX / 4 ? refuse(a, n) : wants > had && refuse(a, wants - had))
        return NULL;
    char *p = realloc((char *)old - BEFORE_LARGE, wants);
    if (!p) {
        a->refusals++;
        return NULL;
    }
    a->used = a->used - had + wants;
    before(p + BEFORE_LARGE)->large = wants * 2 + LARGE;
    return p + BEFORE_LARGE;
}

/* ---- blocks ---- */

void *arena_take(struct arena *a, size_t n)
{
    if (n > ARENA_SMALL_MAX)
        return take_large(a, n);
    uint32_t units = (uint32_t)((n + sizeof(struct arena_block) + UNIT - 1) / UNIT);
    struct arena_slab *s = a->open[units];
    struct arena_block *b = s->free;
    if (b) {
        s->free = b->next;
    } else if (s->fresh < s->limit) {
        b = (struct arena_block *)s->fresh;
        s->fresh += s->step;
    } else {
        return take_from_another(a, n, units);
    }
    ASAN_UNPOISON_MEMORY_REGION(b, sizeof *b + n);
    b->slab = s;
    s->live++;
    return b + 1;
}

void arena_give(struct arena *a, void *p)
{
    if (!p)
        return;
    struct arena_block *b = before(p);
    if (b->large & LARGE) {
        give_large(a, p);
        return;
    }
    struct arena_slab *s = b->slab;
    ASAN_POISON_MEMORY_REGION(p, s->step - sizeof *b);
    b->next = s->free;
    s->free = b;
    if (--s->live == 0 || !s->listed)
        look_after(a, s);
}

static void *move(struct arena *a, void *p, size_t had, size_t n)
{
    void *q = arena_take(a, n);
    if (!q)
        return NULL;
    memcpy(q, p, had);
    arena_give(a, p);
    return q;
}

void *arena_resize(struct arena *a, void *p, size_t n)
{
    if (!p)
        return arena_take(a, n);
    struct arena_block *b = before(p);
    if (b->large & LARGE) /* and stays it: what shrinks must not need memory for that */
        return resize_large(a, p, n);
    size_t room = b->slab->step - sizeof *b;
    ASAN_UNPOISON_MEMORY_REGION(p, room);
    if (n > room)
        return move(a, p, room, n);
    ASAN_POISON_MEMORY_REGION((char *)p + n, room - n);
    return p;
}

void arena_end(struct arena *a)
{
    for (int i = 0; i <= ARENA_SIZES; i++) {
        struct arena_slab *s = a->open[i];
        if (s != &a->none && s->live == 0) { /* no other than the first is kept empty */
            slab_unlink(a, s);
            slab_close(a, s);
        }
    }
    for (struct arena_slab *s; (s = a->pool); a->pooled--) {
        a->pool = s->next;
        free(s);
    }
}
