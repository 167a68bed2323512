/*
 * filter: which system calls a parser may make. The only user of libseccomp.
 *
 * The default kills the process; what libraries merely probe answers an errno. Data may be written
 * to the descriptors 2 (stderr) and 4 (results) only, messages received from 3 (command socket)
 * only, nothing made executable.
 */
#ifndef PDFSPOOL_FILTER_H
#define PDFSPOOL_FILTER_H

#include <stdbool.h>

/* Build the program once, in the zygote (it allocates). -1 and errno when this kernel or library
 * cannot. */
int filter_build(void);
/* Does this kernel take such filters? */
bool filter_available(void);
/* Load it into the calling process, which has no_new_privs set; there is no way back. -1 and errno.
 */
int filter_load(void);

#endif
