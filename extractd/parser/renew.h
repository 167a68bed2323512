/*
 * renew: the zygote in a new image, under the same pid, with the same children.
 *
 * All parsers are forks of one zygote and share its address layout; what one evil document finds
 * out about it would serve the next. So the zygote executes itself anew after some documents. An
 * exec keeps the pid, the children and the control socket; what else there is to know crosses in a
 * memfd. The new image is of the same program, or of the whole one (whole.h).
 */
#ifndef PDFSPOOL_RENEW_H
#define PDFSPOOL_RENEW_H

#include <stdbool.h>
#include <sys/types.h>

#include "extractd/parser/cage.h"

struct renew_child {
    pid_t pid;   /* 0: free */
    int command; /* duplicate of its end of the command socket, for the news of its death */
};

enum { RENEW_CHILDREN = 512 };

/* All that a zygote is, beside its program. */
struct renew {
    enum cage_tier at_most;
    int whole;     /* descriptor of the whole program; -1: none */
    bool given_up; /* it cannot be run */
    struct renew_child children[RENEW_CHILDREN];
};

/* The argument that a renewed zygote gets, with a descriptor's number behind it. */
#define RENEW_OPTION "--renewed="

/* Execute this program anew, or the whole one. Returns only when that fails (-1 and errno): then
 * everything is as before. */
int renew_exec(const struct renew *r, bool whole);
/* In the new image: the same, from the argument behind RENEW_OPTION. 0, or -1. */
int renew_take(const char *number, struct renew *r);

#endif
