/*
 * child: making processes that cannot become orphans.
 */
#ifndef PDFSPOOL_CHILD_H
#define PDFSPOOL_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

/* fork(), where the child is killed (SIGKILL) when the thread that made it ends, has default
 * SIGCHLD handling and ignores SIGINT, SIGTERM, SIGHUP and SIGPIPE (its parent tells it to stop by
 * other means). As fork(2): 0 in the child, pid or -1. The caller must be single-threaded
 * (prctl(2), PR_SET_PDEATHSIG). */
pid_t child_fork(void);
/* In a child: make descriptor `from` be `to`, kept over exec. False with errno. */
bool child_move_fd(int from, int to);
/* A name for ps(1) and top(1), 15 bytes at most. */
void child_name(const char *name);
/* "exit code 3", "killed by SIGSEGV": a wait status for people, into dst (at least 40 bytes). */
void child_show_status(int status, char *dst, size_t cap);

#endif
