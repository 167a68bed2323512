/*
 * genrnd: repeatable random numbers (splitmix64): the same seed gives the same files on every
 * machine.
 */
#ifndef PDFSPOOL_GEN_GENRND_H
#define PDFSPOOL_GEN_GENRND_H

#include <stdint.h>

struct genrnd {
    uint64_t state;
};

static inline struct genrnd genrnd_of(uint64_t seed)
{
    return (struct genrnd){seed};
}

/* The next number, each of 64 bits as good as the others. */
static inline uint64_t genrnd_next(struct genrnd *r)
{
    uint64_t z = r->state += 0x9e3779b97f4a7c15U;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9U;
    z = (z ^ z >> 27) * 0x94d049bb133111ebU;
    return z ^ z >> 31;
}

#endif
