#include "spoold/model/tiers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

uint8_t tiers_bits(const uint32_t n[PAGE_TIERS])
{
    uint8_t bits = 0;
    for (int i = 0; i < PAGE_TIERS; i++)
        bits |= (uint8_t)(n[i] ? 1u << i : 0);
    return bits;
}

void tiers_pack(const uint32_t n[PAGE_TIERS], uint32_t pages, char out[TIERS_CAP])
{
    uint8_t bits = tiers_bits(n);
    size_t at = 0;
    bool one = (bits & (bits - 1)) == 0;
    out[0] = 0;
    for (int i = 0; i < PAGE_TIERS; i++)
        if (n[i] && !(one && n[i] == pages))
            at += (size_t)snprintf(out + at, TIERS_CAP - at, "%c%u", 'a' + i, n[i]);
}

void tiers_unpack(const char *packed, uint8_t bits, uint32_t pages, uint32_t n[PAGE_TIERS])
{
    memset(n, 0, PAGE_TIERS * sizeof *n);
    for (int i = 0; i < PAGE_TIERS && !*packed; i++)
        n[i] = bits == 1u << i ? pages : 0;
    while (*packed >= 'a' && *packed < 'a' + PAGE_TIERS) {
        char *end;
        int tier = *packed - 'a';
        n[tier] = (uint32_t)strtoul(packed + 1, &end, 10);
        packed = end;
    }
}
