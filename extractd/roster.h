/*
 * roster: which processes this extractd has, as the board and /proc show them, for processes.json of
 * the lease (registry.h). Part of the reporter. Written when a process began or ended, and for the
 * parsers, which come and go with documents, at most twice a minute: the zygote's end is theirs.
 */
#ifndef PDFSPOOL_ROSTER_H
#define PDFSPOOL_ROSTER_H

#include "extractd/extractd.h"

struct roster;

/* NULL: no memory. */
struct roster *roster_new(void);
void roster_free(struct roster *r);
/* Write it if there is something new. What could not be written is tried again the next time. */
void roster_turn(struct roster *r, struct extractd *x, const struct lease *l);

#endif
