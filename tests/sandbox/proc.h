/* proc: what the system says about processes (/proc). What cannot be read counts as not there. */
#ifndef PDFSPOOL_TEST_PROC_H
#define PDFSPOOL_TEST_PROC_H

#include <stdbool.h>
#include <sys/types.h>

/* How many descriptors this process has open; the look itself is always counted alike. */
int proc_descriptors(void);
/* State letter and parent of a process; '-' when there is none. parent may be NULL. */
char proc_state(pid_t pid, pid_t *parent);
/* Children of `parent`: how many are zombies; *living gets the last that lives. It may be NULL. */
int proc_zombies(pid_t parent, pid_t *living);
/* Has /proc/PID/status this text in it? */
bool proc_status_has(pid_t pid, const char *line);

#endif
