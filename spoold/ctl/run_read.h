/*
 * run_read: all journals of a spool, line by line, into a sum. What other hosts wrote, and a file
 * server may have harmed, is checked as spoold checks it (scan/line.h); what makes no sense is
 * counted.
 */
#ifndef PDFSPOOL_RUN_READ_H
#define PDFSPOOL_RUN_READ_H

#include "spool/spool.h"
#include "spoold/ctl/run_sum.h"

/* Read them. A journal that cannot be read is said on stderr, and counted. 0; -1 with errno:
 * journal/ cannot be listed, no memory, or EINTR: ctl_stopped. */
int run_read(struct run *r, const struct spool *s);

#endif
