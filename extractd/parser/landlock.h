/*
 * landlock: shut the file system, TCP, and signals to the outside. A ruleset that handles every
 * right which the running kernel knows, and has no rule, denies all; open descriptors keep working,
 * and are the only way out.
 */
#ifndef PDFSPOOL_LANDLOCK_H
#define PDFSPOOL_LANDLOCK_H

/* The ABI of the running kernel; 0: it has no Landlock, or it is switched off. */
int landlock_abi(void);
/* Shut the calling process in; no_new_privs must be set. -1 and errno. */
int landlock_shut(int abi);

#endif
