/*
 * scan_process: the scanner as a process of its own: spoold has threads, so its child executes the
 * program anew before it does anything (fork(2): only what is safe in a signal handler is permitted
 * to the child of such a program).
 *
 *   spoold scanner OUT UNTIL SPOOL CONFIG    OUT, UNTIL: descriptors; CONFIG: "" for none
 */
#ifndef PDFSPOOLD_SCAN_PROCESS_H
#define PDFSPOOLD_SCAN_PROCESS_H

#include <stdbool.h>

struct scan_process {
    const char *spool, *config; /* config NULL: none */
};

/* For struct link: becomes the scanner; arg is a struct scan_process. Returns where that fails. */
int scan_process_become(void *arg, int out, int until);
/* Was this program started as one? */
bool scan_process_is(int argc, char **argv);
/* Its life. The exit code. */
int scan_process_main(int argc, char **argv);

#endif
