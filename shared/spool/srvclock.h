/*
 * srvclock: the file server's clock, for tools that have no lease (and thus no beat) of their own.
 */
#ifndef PDFSPOOL_SRVCLOCK_H
#define PDFSPOOL_SRVCLOCK_H

#include <stdint.h>

#include "spool/spool.h"

/* The server's now in ms since the epoch, by the time stamp of a private file in control/ that is
 * removed at once. -1 with errno when none can be made there (read-only, full, not permitted). */
int64_t srvclock_now(const struct spool *s);

#endif
