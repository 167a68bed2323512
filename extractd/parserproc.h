/*
 * parserproc: one parser process as its slot has it: asked from the zygote, its descriptors, its
 * death.
 *
 * Only the zygote forks, kills and reaps; here are messages to it and from it. Every wait is
 * bounded.
 */
#ifndef PDFSPOOL_PARSERPROC_H
#define PDFSPOOL_PARSERPROC_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "extractd/wire.h"

struct parserproc {
    int zygote;  /* borrowed */
    int command; /* -1: there is no parser */
    int results, errors;
    pid_t pid;       /* 0: none */
    bool died, lost; /* it died, with `status`; or the zygote is gone (and it with it) */
    int status;
};

enum { PARSERPROC_WAIT_MS = 10000 }; /* for the zygote's answers */

/* Ask for a parser with this order; status_fd is lent to it. 0; -1 and errno: ETIMEDOUT or EPIPE
 * when no zygote answers, or what the zygote or the kernel said. p->zygote must be set, and p hold
 * no parser. */
int parserproc_spawn(struct parserproc *p, const struct wire_spawn *order, int status_fd);
/* Hand it a document, and its papers (-1: none). -1 and errno, EPIPE when it is gone. */
int parserproc_job(struct parserproc *p, const struct wire_job *job, int document, int papers);
/* Take what is waiting on the command socket, without blocking: sets died or lost. */
void parserproc_news(struct parserproc *p);
/* Wait at most ms for died or lost. True when it came. */
bool parserproc_wait(struct parserproc *p, int ms);
/* Have it killed by the zygote; parserproc_wait tells when. */
void parserproc_kill(struct parserproc *p);
/* Let it go: it is killed if it still lives (it has nothing to save), and all descriptors are
 * closed. */
void parserproc_drop(struct parserproc *p);

#endif
