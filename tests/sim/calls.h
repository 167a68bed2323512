/* calls: the fsop table of the simulated hosts. */
#ifndef PDFSPOOL_SIM_CALLS_H
#define PDFSPOOL_SIM_CALLS_H

#include "base/fsop.h"

extern const struct fsop calls_table;
void calls_reset(void);
/* Descriptors that are open now. */
unsigned calls_open_files(void);
/* link() by handle: for the negative control that publishes so. */
int calls_link(int fd, int dir, const char *name);

#endif
