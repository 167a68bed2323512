/*
 * pointer: a published archive (or PDF with attachments) whose documents are not all finished yet:
 * a symbolic link control/archives/<document id>, to the name that it was sealed under. From that
 * everything else follows: where it is, where its documents went (tally.h).
 *
 * Made before the archive has its visible name, so that none is forgotten. One that comes late, or
 * again, points to an archive whose JSON says that it is finished, and is removed again.
 */
#ifndef PDFSPOOL_POINTER_H
#define PDFSPOOL_POINTER_H

#include "spool/spool.h"
#include "spool/token.h"

/* Make it; that it is there is fine. 0 or -1. */
int pointer_make(const struct spool *s, const char *document, const char *sealed_name);
/* Read it: 1 and *sealed; 0: there is none, or none of ours; -1. */
int pointer_read(const struct spool *s, const char *document, struct sealed *sealed);
/* Is there one, by a fresh look? 1, 0 or -1. */
int pointer_there(const struct spool *s, const char *document);
/* Remove it. 0 or -1. */
int pointer_remove(const struct spool *s, const char *document);

#endif
