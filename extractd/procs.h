/*
 * procs: the supervisor's table of processes: start, notice death, start again.
 *
 * A process that dies is started again at once, then after 2 s, 4 s, ... up to 60 s; 30 s of health
 * reset that (restarts.h). One that dies again and again opens the host's breaker (guard.h).
 */
#ifndef PDFSPOOL_PROCS_H
#define PDFSPOOL_PROCS_H

#include "extractd/extractd.h"
#include "extractd/restarts.h"

struct procs;

struct procs *procs_new(struct extractd *x);
/* Start what should run and does not, as far as the back-off allows. slots_only: nothing new but
 * slots with a document in hand (while stopping, what ends by itself is not started again). */
void procs_start(struct procs *p, bool stopping);
/* Reap all children that have ended, giving back what they held. */
void procs_reap(struct procs *p);
/* Has one died once too often in a row since this was last asked? Then its name goes to `name`. */
bool procs_took_to_loop(struct procs *p, char name[48]);
/* True when all run, and have for long enough. */
bool procs_are_well(const struct procs *p);
/* What waits for its next start is started at once, and its deaths are forgotten. */
void procs_forgive(struct procs *p);
/* SIGKILL to one process, or to all but the zygote, or to really all; the dead are reaped (bounded
 * wait). */
bool procs_kill_slot(struct procs *p, int slot); /* false: it is not running */
bool procs_kill_role(struct procs *p, enum role role);
void procs_kill_zygote(struct procs *p);
void procs_kill_all(struct procs *p);
/* Process id of a role, or of a slot; 0: it is not running. */
pid_t procs_pid_of_role(const struct procs *p, enum role role);
pid_t procs_pid_of_slot(const struct procs *p, int slot);
/* Number of processes alive of all roles but the zygote and the reporter; the reporter's is asked
 * for apart. */
unsigned procs_working(const struct procs *p);
bool procs_reporter_alive(const struct procs *p);
/* Run opener, closer or reload to its end in a child of its own; `give_up` (may be NULL) is asked
 * every 50 ms, and true kills it. Its exit code, or -1. */
int procs_run(struct extractd *x, int (*main_function)(struct extractd *), const char *name,
              bool (*give_up)(void *), void *arg);
void procs_free(struct procs *p);

#endif
