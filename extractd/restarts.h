/*
 * restarts: when a process that died is started again: at once, then after 2 s, 4 s, ... up to 60 s.
 * 30 s of health reset that. One that dies too often in a row is in a loop, which no further start
 * will end. A rule without a clock of its own: it is told the time.
 */
#ifndef PDFSPOOL_RESTARTS_H
#define PDFSPOOL_RESTARTS_H

#include <stdbool.h>
#include <stdint.h>

enum {
    RESTARTS_FIRST_MS = 2000,
    RESTARTS_MOST_MS = 60000,
    RESTARTS_HEALTHY_MS = 30000,
    RESTARTS_LOOP = 5 /* quick deaths in a row */
};

/* Of one process; all zero: it has never died. */
struct restarts {
    unsigned row;       /* quick deaths in a row */
    int64_t not_before; /* next start, ms by the caller's clock */
};

/* It died now, having lived for so many ms. ms until its next start; 0: at once. */
int64_t restarts_died(struct restarts *r, int64_t lived, int64_t now);
/* It could not even be started. */
void restarts_not_started(struct restarts *r, int64_t now);
/* May it be started now? */
bool restarts_may_start(const struct restarts *r, int64_t now);
bool restarts_in_loop(const struct restarts *r);

#endif
