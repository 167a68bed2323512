#include "extractd/restarts.h"

int64_t restarts_died(struct restarts *r, int64_t lived, int64_t now)
{
    int64_t wait = 0;
    r->row = lived >= RESTARTS_HEALTHY_MS ? 1 : r->row + 1;
    for (unsigned k = 1; k < r->row && wait < RESTARTS_MOST_MS; k++)
        wait = wait ? 2 * wait : RESTARTS_FIRST_MS;
    wait = wait < RESTARTS_MOST_MS ? wait : RESTARTS_MOST_MS;
    r->not_before = now + wait;
    return wait;
}

void restarts_not_started(struct restarts *r, int64_t now)
{
    r->not_before = now + RESTARTS_FIRST_MS;
}

bool restarts_may_start(const struct restarts *r, int64_t now)
{
    return now >= r->not_before;
}

bool restarts_in_loop(const struct restarts *r)
{
    return r->row >= RESTARTS_LOOP;
}
