/*
 * progress: the status page, which the supervisor reads: where the parser is, without a system
 * call.
 */
#ifndef PDFSPOOL_PROGRESS_H
#define PDFSPOOL_PROGRESS_H

#include <stdint.h>

#include "extractd/wire.h"

/* Map descriptor fd as the status page. -1 and errno. */
int progress_map(int fd);
/* Stage, page (from 1; 0: none) and number of pages (0: not known). Counts as a tick. */
void progress_at(enum wire_stage stage, uint32_t page, uint32_t pages);
/* Something was done. Cheap. */
void progress_tick(void);

#endif
