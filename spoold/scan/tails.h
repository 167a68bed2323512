/*
 * tails: all journals of the spool. Those of leases that are there are looked at all the time, those
 * of others now and then; what was there at the start is read backwards, over all journals the
 * newest first, in steps. The cost is that of what is new.
 */
#ifndef PDFSPOOL_SCAN_TAILS_H
#define PDFSPOOL_SCAN_TAILS_H

#include <stdbool.h>
#include <stdint.h>

#include "spool/spool.h"
#include "spoold/scan/out.h"

struct tails;

/* Borrows both. NULL: no memory. */
struct tails *tails_new(const struct spool *s, struct out *o);
void tails_free(struct tails *t);
/* List journal/: journals that are new are met, those of leases that are gone are looked at. */
void tails_list(struct tails *t);
/* This lease is there: its journal is one to be looked at. host and its id. A silent one's journal
 * is not one that is looked at often. */
void tails_live(struct tails *t, const char *host, const char *lease, bool silent);
/* What a look is at: all journals of leases that are there (or were, a minute ago), through their
 * folders; those whose host beats, or of these those that have grown in the last ten seconds, by
 * the file that was met last (on NFS one round trip each). */
enum tails_which { TAILS_ALL, TAILS_BEATING, TAILS_GROWING };
/* Look, and tell what is new. True: something was. */
bool tails_look(struct tails *t, enum tails_which which);
/* How many journals such a look is at. */
size_t tails_count(const struct tails *t, enum tails_which which);
/* Read one block of what was there at the start. False: all is read, or it cannot be read just
 * now. */
bool tails_backlog(struct tails *t);
/* Bytes that are still to be read backwards; lines that made no event. */
uint64_t tails_backlog_bytes(const struct tails *t);
uint64_t tails_harmed(const struct tails *t);
/* Call back for each folder journal/<host>: a wake-up can be set on it. */
typedef void tails_folder(void *arg, const char *host);
void tails_on_folder(struct tails *t, tails_folder *call, void *arg);

#endif
