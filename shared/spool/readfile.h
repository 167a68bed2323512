/*
 * readfile: a whole file of results, by one who has just looked at its folder.
 */
#ifndef PDFSPOOL_READFILE_H
#define PDFSPOOL_READFILE_H

#include <stddef.h>

#include "base/buf.h"

/* Append the file `name` of the open folder to out, up to `most` bytes. 1; 0: there is none (or no
 * regular one), or it is longer; -1: it cannot be read just now (errno). */
int readfile(int folder, const char *name, struct buf *out, size_t most);

#endif
