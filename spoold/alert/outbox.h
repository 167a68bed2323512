/*
 * outbox: messages that wait on this machine's disk until they are taken: a file for each,
 *
 *   <when it was made, ms>-<id>.<to>      its content is the body
 *
 * written whole, under its name only when it is on disk. What is put under a name that is there
 * takes its place, so the same message may be put again after a crash. Above a number of bytes the
 * oldest are dropped, and the log says so.
 *
 * One thread puts; others send, one for each receiver. Counting waits for no disk.
 */
#ifndef PDFSPOOLD_OUTBOX_H
#define PDFSPOOLD_OUTBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

enum { OUTBOX_TO = 32, OUTBOX_ID = 48, OUTBOX_NAME = 112, OUTBOX_BODY = 1 << 20 };

struct outbox;

struct outbox_name {
    char name[OUTBOX_NAME]; /* of the file */
    char id[OUTBOX_ID];
    int64_t made_ms;
    unsigned tries; /* that were in vain, since the outbox was opened */
};

/* Open the folder, which must be for this outbox alone: what waits there is taken up, what is half
 * written is removed. NULL with errno. */
struct outbox *outbox_open(const char *folder, uint64_t most_bytes);
void outbox_free(struct outbox *o);
/* Put a message for a receiver. 0; -1 with errno. */
int outbox_put(struct outbox *o, const char *to, int64_t made_ms, const char *id,
               const struct buf *body);
/* The oldest one for that receiver whose time has come, by the boot clock. False: there is none; then
 * *next_ms, if not NULL, is when there will be one (INT64_MAX: not known). */
bool outbox_next(struct outbox *o, const char *to, int64_t boot_ms, struct outbox_name *name,
                 int64_t *next_ms);
/* Its body. 0; -1 with errno (ENOENT: it was dropped). */
int outbox_read(struct outbox *o, const struct outbox_name *name, struct buf *body);
/* It was taken. */
void outbox_done(struct outbox *o, const struct outbox_name *name);
/* It was not: try it again at that time. */
void outbox_later(struct outbox *o, const struct outbox_name *name, int64_t boot_ms);
/* How many wait for a receiver (NULL: for any), and how many were dropped since it was opened. */
void outbox_count(struct outbox *o, const char *to, uint64_t *waiting, uint64_t *dropped);

#endif
