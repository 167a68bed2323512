/*
 * genfile: puts made bytes on disk, and says on stderr what went wrong.
 */
#ifndef PDFSPOOL_GEN_GENFILE_H
#define PDFSPOOL_GEN_GENFILE_H

#include "base/buf.h"

/*
 * Write out to path, in place of what is there. -1: a message was printed; the file may be there in
 * part. An out that ran out of memory is such an error too.
 */
int genfile_write(const char *path, const struct buf *out);
/* The folder, made if it is missing (its parent must be there). -1: a message was printed. */
int genfile_folder(const char *path);

#endif
