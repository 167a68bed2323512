/*
 * zygote: the warm parser: forks parsers on request, kills and reaps its own, and never sees a
 * document.
 */
#ifndef PDFSPOOL_ZYGOTE_H
#define PDFSPOOL_ZYGOTE_H

#include "extractd/parser/cage.h"

enum { ZYGOTE_CONTROL_FD = 3 };

/* Serve the control socket (descriptor 3) until it is closed. at_most: the best tier to be used
 * (CAGE_FULL, but for tests). whole: a descriptor of the program with all engines; -1: it is looked
 * for beside this one. Single-threaded, and blocks on nothing but its own poll. 0, or -1 and
 * errno when it cannot work. */
int zygote_serve(enum cage_tier at_most, int whole);
/* The same in a renewed zygote (renew.h): number is what came behind RENEW_OPTION. */
int zygote_go_on(const char *number);

#endif
