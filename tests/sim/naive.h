/* naive: what not to do: the negative controls, which the same schedules must catch (see
 * tests/fault/naive.h). */
#ifndef PDFSPOOL_SIM_NAIVE_H
#define PDFSPOOL_SIM_NAIVE_H

#include "spool/place.h"

/* The textbook protocol, as a process; arg: struct worker. */
void naive_claimer(void *arg);
/* The real protocol, but that results are published by LINK. */
void naive_link_publish(const struct spool *s, struct place *p, int work, const char *sealed,
                        const struct token *t);

#endif
