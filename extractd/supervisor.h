/*
 * supervisor: forks and watches the rest. It never touches the share while it runs, so a hung mount
 * cannot hang it.
 */
#ifndef PDFSPOOL_SUPERVISOR_H
#define PDFSPOOL_SUPERVISOR_H

#include "extractd/extractd.h"

/* Run until told to stop (SIGTERM, SIGINT), or, with x->once, until nothing is left to do. The exit
 * code: 0 all done; with --once 1 when documents failed or some cannot be claimed; 69 the spool is
 * not fit. */
int supervisor_run(struct extractd *x);

#endif
