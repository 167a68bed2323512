/*
 * clocks: the two clocks of each document, whole time and time without progress, and its CPU time.
 * They run in the supervisor, outside of everything that can hang, and end in SIGKILL and nothing
 * softer.
 */
#ifndef PDFSPOOL_CLOCKS_H
#define PDFSPOOL_CLOCKS_H

#include "extractd/procs.h"

struct clocks;

struct clocks *clocks_new(struct extractd *x, struct procs *p);
void clocks_free(struct clocks *c);
/* Look at every slot, and at the processes that serve them all; kill what is over its time or
 * stands still. Call a few times a second. Time in which it was not called (the machine slept)
 * counts for nobody. */
void clocks_check(struct clocks *c);
/* To be called before clocks_check after a pause of the supervisor's own making. */
void clocks_resume(struct clocks *c);
/* Kill every parser at work, telling the slots why. */
void clocks_kill_all(struct clocks *c, enum verdict why);

#endif
