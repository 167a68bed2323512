/*
 * coro: coroutines: a simulated process is a function with a stack of its own.
 *
 * Stacks have a guard page and are used again. A coroutine runs to the end of its function; there
 * is no way to end it from outside, so that whatever it holds is given back by its own code.
 */
#ifndef PDFSPOOL_SIM_CORO_H
#define PDFSPOOL_SIM_CORO_H

#include <stdbool.h>

struct coro;

/* Make one; nothing runs yet. */
struct coro *coro_new(void (*body)(void *), void *arg);
/* From the main stack: run it until it pauses or ends. False: it has ended (and is gone). */
bool coro_run(struct coro *c);
/* From within: back to the main stack, until the next coro_run. */
void coro_pause(void);

#endif
