/*
 * drop: a document put into pending/, whole or not at all, and never over a name that is there.
 *
 *   drop_folder, drop_put, close the folder
 *
 * It is written under a hidden name (passing_part; the sweep takes what a dead one has left), and gets
 * its name once it is complete, synced and closed. Two that drop at once are kept apart by a reservation,
 * as workers are in done/; who copies a file into the folder by other means, at the very moment between
 * look and rename, is not.
 */
#ifndef PDFSPOOL_DROP_H
#define PDFSPOOL_DROP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "spool/spool.h"

struct drop {
    const char *name; /* wanted */
    /* Where the bytes come from: no file of the spool, read until its end. Not the caller's to close
     * before drop_put returns. */
    int from;
    /* Told after each piece with its size, and with 0 when a signal came; false: stop. NULL: go on. */
    bool (*progress)(void *arg, uint64_t bytes);
    void *arg;
    uint64_t size; /* it must be that long; DROP_ANY: as long as it is */
    /* Sync each time that so many bytes have been written, so that whoever gives the bytes is as fast as
     * the share is, and the last sync is short. 0: only at the end. */
    uint64_t sync_bytes;
    bool number; /* is the name taken: name~2 and so on, before the suffix; else EEXIST */
    int wait_ms; /* for who holds the name just now */
};

#define DROP_ANY UINT64_MAX

/* Why workers would not take a document of this path below pending/, or no file can have it, as a phrase
 * for people; NULL: it is good. Each part is looked at: none may be empty, "." or "..", or of a name
 * that is ignored (dropname.h: hidden and partial ones, too). The path has n bytes, any of them. */
const char *drop_wrong_path(const char *path, size_t n);
/* Open pending/<path>, making what is missing; "" is pending/ itself. Its path from the top of the spool
 * goes to `shown`. The descriptor, or -1 with errno (ENAMETOOLONG; ENOTDIR: a file is in the way). */
int drop_folder(const struct spool *s, const char *path, char shown[PATH_CAP]);
/* Copy into the folder `dir` (folder_path as drop_folder gave it); the name used goes to `final`. 0, or -1
 * with errno, and nothing is left behind: ECANCELED: stopped, or not of that size; EEXIST: the name is
 * taken; EBUSY: somebody holds it and does not let go; else of reading or
 * writing. (When the folder's own last sync fails, the document is there all the same.) */
int drop_put(const struct spool *s, const struct drop *d, int dir, const char *folder_path,
             char final[NAME_CAP]);

#endif
