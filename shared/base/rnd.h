/*
 * rnd: random numbers from the kernel (getrandom). Ids must not come from clocks.
 */
#ifndef PDFSPOOL_RND_H
#define PDFSPOOL_RND_H

#include <stddef.h>
#include <stdint.h>

uint64_t rnd_u64(void); /* aborts when the kernel has none, which Linux >= 3.17 never does */
/* n characters of [0-9a-z] without look-alikes (5 bits each, Crockford's alphabet in lower case)
 * and a NUL into dst[n + 1]. */
void rnd_name(char *dst, size_t n);
/* ms +- up to `percent` per cent of it. */
int64_t rnd_jitter(int64_t ms, unsigned percent);

#endif
