/*
 * groups: documents that have failed for the same reason: of one class, at one stage, with one
 * message (but for its numbers). Counts follow the catalog; times and the sample are of the
 * events.
 */
#ifndef PDFSPOOL_GROUPS_H
#define PDFSPOOL_GROUPS_H

#include <stddef.h>
#include <stdint.h>

#include "base/outcome.h"

enum { GROUPS_MAX = 1024, GROUP_MESSAGE = 160, GROUP_STAGE = 16, GROUP_SAMPLE = 512 };

struct group {
    uint8_t outcome;             /* enum outcome: a failure */
    char stage[GROUP_STAGE];     /* "": not known */
    char message[GROUP_MESSAGE]; /* "#" for each number; "": of all groups that found no room */
    char sample[GROUP_SAMPLE];   /* path of the latest; "" when it was too long */
    uint64_t documents;          /* that are failed now */
    int64_t first_ms, last_ms;   /* of all that ever failed so, as far as journals tell; 0: none */
    uint64_t hosts;              /* a bit for each host it happened on, by number modulo 64 */
};

/* Zero-initialise. Its numbers stay. */
struct groups {
    struct group *all;
    size_t n, cap;
};

void groups_free(struct groups *g);
/* The number of the group; made, where there is none. Without room it is the one of the class whose
 * message is "". NO_GROUP: no memory. */
uint16_t groups_of(struct groups *g, enum outcome class, const char *stage, const char *message);
/* An event of the group happened. */
void groups_happened(struct groups *g, uint16_t number, int64_t time_ms, uint16_t host,
                     const char *path);
/* One document more, or fewer (change is 1 or -1), is failed. NO_GROUP is fine. */
void groups_count(struct groups *g, uint16_t number, int change);

#endif
