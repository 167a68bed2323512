/*
 * selftest: which cage does this machine give? Answered by caging a child and letting it try.
 */
#ifndef PDFSPOOL_SELFTEST_H
#define PDFSPOOL_SELFTEST_H

/* Print one line of JSON. The exit status: 0 when at least seccomp works, else 1. */
int selftest_run(void);

#endif
