/*
 * tiers: how many pages of a document are of each tier, as a string that takes little room: most
 * documents have one tier, and then it is empty.
 */
#ifndef PDFSPOOL_TIERS_H
#define PDFSPOOL_TIERS_H

#include "spoold/model/fact.h"

enum { TIERS_CAP = PAGE_TIERS * 11 + 1 };

/* Which there are, a bit for each. */
uint8_t tiers_bits(const uint32_t n[PAGE_TIERS]);
/* "" where all `pages` are of one tier, or there is none; else "b7d3": 7 of the second, 3 of the
 * fourth. */
void tiers_pack(const uint32_t n[PAGE_TIERS], uint32_t pages, char out[TIERS_CAP]);
/* The way back, with the bits and the pages. */
void tiers_unpack(const char *packed, uint8_t bits, uint32_t pages, uint32_t n[PAGE_TIERS]);

#endif
