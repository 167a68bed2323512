/*
 * scanner: the process of spoold that touches the share. It tells what it sees as facts through a
 * pipe, and may hang in the kernel for as long as the file server does: nobody waits for it.
 *
 * It looks at beats and status files every second, at the journals of busy leases several times a
 * second (at once where this machine hears of the change), and walks through the tree at a bounded
 * rate. Each second in which the share has answered it says so (FACT_TICK).
 */
#ifndef PDFSPOOL_SCANNER_H
#define PDFSPOOL_SCANNER_H

#include "spool/spool.h"

struct scanner_options {
    const struct spool *spool;
    int out;       /* write end of the pipe */
    int until;     /* a descriptor that becomes readable (or is closed at its other end) when the
                      scanner is to end */
    unsigned rate; /* entries a second that the walk looks at; 0: 2,000 */
};

/* Runs until it is told to end, or nobody reads its facts. The exit code: 0; 1: no memory. */
int scanner_main(const struct scanner_options *options);

#endif
