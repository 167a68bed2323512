/*
 * export_piece: one file of the spool, read whole before any of it is passed on. Small ones are in
 * memory, larger ones in a file without a name, so that memory does not depend on what lies in the
 * spool.
 *
 * Calls: open, then read, then each as often as wanted; clear before the next file; free.
 */
#ifndef PDFSPOOL_CTL_EXPORT_PIECE_H
#define PDFSPOOL_CTL_EXPORT_PIECE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/sha256.h"

enum { EXPORT_PIECE_MEMORY = 4 * 1024 * 1024 }; /* larger ones are spilled */

struct export_piece {
    struct buf bytes; /* all of it when nothing is spilled */
    int fd;           /* of the file, while it is open; else -1 */
    int spill;        /* -1: nothing is */
    uint64_t size;
    struct statx_timestamp mtime;
    char sha256[SHA256_HEX]; /* once it was read, when it was asked for */
};

void export_piece_init(struct export_piece *p);
/* Open `name` in the folder dir; size and mtime are then known. 0, or -1 with errno (EINVAL: it is
 * no regular file). One round trip. */
int export_piece_open(struct export_piece *p, int dir, const char *name);
/* Read what is open, and close it. most: bytes to be held in memory, more is spilled into the
 * folder spill_dir; spill_dir -1: more is an error (EFBIG). 0, or -1 with errno: ESTALE also when
 * the file was not as long as it said; *ours is set when the trouble is not the spool's but that of
 * spill_dir. */
struct export_piece_way {
    uint64_t most;
    int spill_dir;
    bool hash;
};
int export_piece_read(struct export_piece *p, const struct export_piece_way *way, bool *ours);
/* The bytes, chunk by chunk. each returns 0 to go on. 0, -1 with errno when the spill cannot be
 * read, or what each returned. */
typedef int export_piece_bytes(void *arg, const char *bytes, size_t n);
int export_piece_each(const struct export_piece *p, export_piece_bytes *each, void *arg);
/* Forget it, and keep a moderate amount of memory for the next. */
void export_piece_clear(struct export_piece *p);
void export_piece_free(struct export_piece *p);

#endif
