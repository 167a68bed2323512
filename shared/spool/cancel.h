/*
 * cancel: documents that are given up before they are done, as commands in control/ (control.h).
 * Whichever host has such a document, or comes to it, has it fail as cancelled, and takes the
 * command back; what is decided already (sealed) stays as it is, and the sweep removes the command.
 */
#ifndef PDFSPOOL_CANCEL_H
#define PDFSPOOL_CANCEL_H

#include "spool/spool.h"

/* One that waits or is in work, by its document id. 0 or -1. */
int cancel_document(const struct spool *s, const char *document);
/* One that is still in pending/: `name` in its open folder, dropped under `path`. That very file is
 * meant, and no later one of the name. 1; 0: it is there no more; -1 with errno. */
int cancel_pending(const struct spool *s, int folder, const char *name, const char *path);

#endif
