/*
 * places: where documents are known to be, as hashes, and in which round of the walk each place was
 * last seen. 8 bytes a place (and the free ones of an open table).
 *
 * The hash has a secret beginning; of its 64 bits 56 are kept: two of a million places are taken
 * for one with a chance of 7e-6, and then one document less is noticed as gone.
 */
#ifndef PDFSPOOL_PLACES_H
#define PDFSPOOL_PLACES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Zero-initialise. */
struct places {
    uint64_t *slots; /* 0: free */
    size_t cap, used;
    uint64_t seed;
};

void places_free(struct places *p);
/* Note that `place` (a kind, and a string) was seen in this round. 1: it was known; 0: it is new;
 * -1: no memory. */
int places_see(struct places *p, char kind, const char *place, uint8_t round);
/* The round in which it was last seen; -1: it is not known. */
int places_seen(const struct places *p, char kind, const char *place);
void places_forget(struct places *p, char kind, const char *place);

#endif
