/*
 * keepfile: a small file on this machine's own disk that is always whole: what was written last, or
 * what was written before. Not for the share (no fsop): nobody else reads it.
 */
#ifndef PDFSPOOL_KEEPFILE_H
#define PDFSPOOL_KEEPFILE_H

#include "base/buf.h"

/* Write it whole: under another name, synced, renamed. 0; -1 with errno: the file is as it was. */
int keepfile_write(const char *path, const struct buf *content);
/* Read it, up to `most` bytes. 0; -1 with errno (ENOENT: there is none; EFBIG). */
int keepfile_read(const char *path, struct buf *content, size_t most);

#endif
