/*
 * arena: memory for MuPDF, most of whose blocks are small and short-lived: small ones are cut from
 * slabs, a size each, in some fifteen instructions; larger ones are malloc's. What it has from
 * malloc is counted and capped: a slab as a whole, so small blocks cost no counting.
 *
 * Slabs that are empty serve any size, and a few (4 MB at most, which then count for nothing) are
 * kept for that; the others go back. So
 * what one document leaves is of no weight for the next. Blocks are aligned for anything, and are not
 * cleared.
 */
#ifndef PDFSPOOL_PARSER_ARENA_H
#define PDFSPOOL_PARSER_ARENA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ARENA_SMALL_MAX = 1016, ARENA_SIZES = 64 }; /* bytes of a small block; sizes of such */

struct arena_block;

struct arena_slab {
    struct arena_slab *next, *prev; /* in its size's list, or (next alone) in the pool */
    struct arena_block *free;       /* blocks that came back */
    char *fresh, *limit;            /* from here on none was given; none begins at limit or later */
    uint32_t live, step;            /* blocks that are out; bytes from one to the next */
    bool listed;                    /* else it was full when last looked at */
};

/* Opaque; here so that it may be embedded. It must not move. */
struct arena {
    /* The slabs of a size: the first may be full, the others are not. `none`, which is always full,
     * where there are none. */
    struct arena_slab *open[ARENA_SIZES + 1], none, *pool;
    uint32_t pooled;
    uint64_t cap, used; /* bytes; cap 0: none */
    uint32_t refusals;  /* requests that were refused, ever */
};

/* cap: bytes that it may have from malloc; 0: no cap. Cannot fail. */
void arena_begin(struct arena *a, uint64_t cap);
/* A block of n bytes or more. NULL: no memory, or above the cap. */
void *arena_take(struct arena *a, size_t n);
/* The block p (NULL: a new one) with n bytes, moved where need be. NULL: as arena_take; p is as it
 * was. */
void *arena_resize(struct arena *a, void *p, size_t n);
/* NULL is fine. */
void arena_give(struct arena *a, void *p);
/* Give back the slabs that are kept; when all blocks were given back, nothing is left. */
void arena_end(struct arena *a);

#endif
