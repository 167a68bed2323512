/*
 * roll: chance for tests, the same in each run.
 */
#ifndef PDFSPOOL_TEST_ROLL_H
#define PDFSPOOL_TEST_ROLL_H

#include <stdint.h>

/* A number from 0 to below - 1 (below: at least 1): xorshift. */
static inline uint64_t roll(uint64_t below)
{
    static uint64_t chance = 88172645463325252;
    chance ^= chance << 13;
    chance ^= chance >> 7;
    chance ^= chance << 17;
    return chance % below;
}

#endif
