/*
 * beats: the leases that are there, their beats by the file server's clock, and what they say of
 * themselves. What has not changed is not told again.
 *
 * A lease is silent when it has missed three beats, or has lost its beat (its death certificate). One
 * that never had one yet is being made, and has as long for it. Its age is told by the server's clock where that
 * is known, else by how long the beat has stood still in our sight. After a gap in our own looking
 * every beat is old (it may have been the server that was away): then a beat must stand still in
 * our sight for as long before its lease is called silent.
 */
#ifndef PDFSPOOL_SCAN_BEATS_H
#define PDFSPOOL_SCAN_BEATS_H

#include "spool/spool.h"
#include "spoold/scan/out.h"

enum { BEATS_SILENT = 3 };

struct beats;

/* Borrows both. NULL: no memory. */
struct beats *beats_new(const struct spool *s, struct out *o);
void beats_free(struct beats *b);
/* Each lease that is met, by its id. */
typedef void beats_visit(void *arg, const char *host, const char *lease_id, bool silent);
/* One look at all leases. 0, or -1 with errno: claimed/ cannot be read. */
int beats_round(struct beats *b, beats_visit *visit, void *arg);
/* The file server's now, in ms since the epoch; -1: not known. It is asked for now and then
 * (srvclock.h); where that is not permitted, the latest beat says that it is not earlier. */
int64_t beats_server_now(const struct beats *b);

#endif
