/*
 * herald: a round of the supervisor's loop, told to those who want to know that it goes round: the
 * beat, by the board's tick, and the service manager, by its watchdog; and how things stand, in a
 * line for `systemctl status`. Nothing here touches the share, so a dead file server starves no
 * watchdog: there is nothing that a restart would mend.
 *
 *   herald_open, herald_ready, herald_turn..., herald_stopping
 */
#ifndef PDFSPOOL_HERALD_H
#define PDFSPOOL_HERALD_H

#include "extractd/extractd.h"

enum { HERALD_LINE = 200 };

/* Take what the manager has put into the environment, before the first child. A manager that cannot
 * be reached is logged; all else goes on. */
void herald_open(struct extractd *x);
/* One more round. To be called by whatever the supervisor waits in, a few times a second. */
void herald_turn(struct extractd *x);
/* There is a lease (told each time, which does no harm); a reload begins, and ends with
 * herald_ready; the end begins. */
void herald_ready(struct extractd *x);
void herald_reloading(struct extractd *x);
void herald_stopping(struct extractd *x);
/* "12 in hand, 340 done, 2 failed"; before that "share not answering for 35 s; " where no beat got
 * through for that long, and what else keeps this host from its work. Into dst (HERALD_LINE). */
void herald_line(const struct extractd *x, int64_t now, char *dst, size_t cap);

#endif
