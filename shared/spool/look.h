/*
 * look: the facts about NFS, each one small function. (docs/NFS.md has the measurements behind
 * them.)
 *
 * A client answers from its caches: a missing name stays missing for up to a minute, a present one
 * may be stale. Opening the folder anew (openat(dir, ".")) makes the client ask the server, and
 * statx with AT_STATX_FORCE_SYNC asks for the attributes. That pair is a "look"; whatever decides
 * anything is decided by one.
 */
#ifndef PDFSPOOL_LOOK_H
#define PDFSPOOL_LOOK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/fsop.h"

/* Open the folder `name` below dir anew ("." for dir itself); never through a symbolic link.
 * Descriptor or -1. */
int look_folder(int dir, const char *name);
/* Open a folder by a path of components below dir, one by one, none of them a symbolic link. ""
 * opens dir itself anew. */
int look_folder_path(int dir, const char *path);
/* Is there an entry `name` in dir, on the server, now? 1 yes (*st filled in when st is not NULL), 0
 * no, -1 error. */
int look_at(int dir, const char *name, struct statx *st);
/* The same in a folder that was opened anew a moment ago: one round trip less. */
int look_in(int fresh_dir, const char *name, struct statx *st);
/* The attributes of an open file, from the server. 0 or -1. */
int look_fd(int fd, struct statx *st);

static inline int64_t look_ms(struct statx_timestamp t)
{
    return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* What became of a rename or unlink. */
enum moved {
    MOVED,      /* it happened, by us, now or by a call whose reply was lost */
    MOVE_LOST,  /* neither name is there: somebody else moved it */
    MOVE_FAILED /* not done: errno says why; the source was there at the last look */
};

/* Rename, where `to` is a name that only this intent can make (so that finding it proves that it
 * happened). An error of rename(2) means "unknown" on NFS: look for the destination, then for the
 * source, and try again while that is there and the error is of the passing kind. */
enum moved look_move(int from_dir, const char *from, int to_dir, const char *to);

/* Remove a name that is ours alone. Gone already is success. 0, or -1 with errno when it is still
 * there. */
int look_unlink(int dir, const char *name);
/* Make a folder; that it is there already is success. 0 or -1 (ENOTDIR: something else has the
 * name). */
int look_mkdir(int dir, const char *name, unsigned mode);
/* Remove an empty folder. 0 gone; -1 with ENOTEMPTY or another errno. */
int look_rmdir(int dir, const char *name);
/* True for errors that say nothing about the entry: the server or the connection had a fit. */
bool look_passing(int error);

#endif
