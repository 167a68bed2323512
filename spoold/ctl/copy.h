/*
 * copy: one file into a folder of the spool, whole or not at all, and never over a name that is
 * there.
 */
#ifndef PDFSPOOL_CTL_COPY_H
#define PDFSPOOL_CTL_COPY_H

#include <stdint.h>

#include "spool/spool.h"

/* Told after each piece with its size; false: stop (the copy fails with ECANCELED). */
typedef bool copy_progress(void *arg, uint64_t bytes);
/* Copy the open file `from` into the folder `dir` (path from the top of the spool: folder_path) as
 * `name`, or name~2 and so on (before the suffix) when that is taken; the name used goes to final.
 * Under a hidden name until it is complete, synced and closed. 0, or -1 with errno, and nothing is
 * left behind. */
int copy_into(const struct spool *s, int from, int dir, const char *folder_path, const char *name,
              char final[NAME_CAP], copy_progress *progress, void *arg);

#endif
