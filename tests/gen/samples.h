/*
 * samples: a handful of friendly documents that show what pdfspool does, for a first look.
 */
#ifndef PDFSPOOL_GEN_SAMPLES_H
#define PDFSPOOL_GEN_SAMPLES_H

/* Write them into dir, made if missing. -1: a message was printed; earlier ones stay. */
int samples_write(const char *dir);

#endif
