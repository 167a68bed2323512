/*
 * onethread: OpenMP for a program of one thread, in the place of libgomp's entries that tesseract
 * calls: the linker prefers these to the library's.
 *
 * A child has one thread, and libgomp with a team of one still makes a futex call at the end of
 * each parallel region: 200,000 system calls a page, each through the cage's filter. A region of
 * one thread is a call, with the same result. A tesseract that was built with another OpenMP does
 * not come here; for it OMP_THREAD_LIMIT=1 stays in the environment.
 *
 * omp_get_num_threads() and omp_get_thread_num() are libgomp's still: outside of its teams they
 * say 1 and 0.
 */
#ifndef PDFSPOOL_PARSER_ONETHREAD_H
#define PDFSPOOL_PARSER_ONETHREAD_H

/* Regions that were run so far, for tests; it wraps around. */
unsigned long onethread_regions(void);

#endif
