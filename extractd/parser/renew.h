/*
 * renew: the zygote in a new image of the same program, under the same pid, with the same children.
 *
 * All parsers are forks of one zygote and share its address layout; what one evil document finds
 * out about it would serve the next. So the zygote executes itself anew after some documents. An
 * exec keeps the pid, the children and the control socket; the table of children crosses in a
 * memfd.
 */
#ifndef PDFSPOOL_RENEW_H
#define PDFSPOOL_RENEW_H

#include <sys/types.h>

#include "extractd/parser/cage.h"

struct renew_child {
    pid_t pid;   /* 0: free */
    int command; /* duplicate of its end of the command socket, for the news of its death */
};

/* The argument that a renewed zygote gets, with a descriptor's number behind it. */
#define RENEW_OPTION "--renewed="

/* Execute this program anew with the table of n children. Returns only when that fails (-1 and
 * errno): then everything is as before. */
int renew_exec(enum cage_tier at_most, const struct renew_child *children, int n);
/* In the new image: the table, from the argument behind RENEW_OPTION. 0, or -1. */
int renew_take(const char *number, enum cage_tier *at_most, struct renew_child *children, int n);

#endif
