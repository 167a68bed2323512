/*
 * heap: memory that was freed goes back to the system.
 *
 * What is freed in the middle of the heap stays with the process until something asks for it. A
 * process that once had two copies of something large keeps the room of both for ever.
 */
#ifndef PDFSPOOL_HEAP_H
#define PDFSPOOL_HEAP_H

#include <stdbool.h>
#include <stddef.h>

/* Give back what is free, where that is `least` bytes or more, and has become more or less by an
 * eighth of that since it was last done. True: it was done. Some milliseconds for hundreds of MiB;
 * threads that ask for memory wait meanwhile. To be called by one thread, now and then. */
bool heap_give_back(size_t least);

#endif
