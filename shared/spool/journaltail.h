/*
 * journaltail: what the journals of all hosts say of finished documents, into the index of this one
 * (dupindex.h).
 *
 * Belongs to one process, which also appends to the host's own journal. It takes a step between its
 * other work: journaltail_step reads a bounded piece of what is new, so that a long backlog delays
 * nothing. What has been read stands in the index, which outlives the process.
 *
 * What it costs on the share: what is new, once. A journal that has not grown is asked for its size
 * (one round trip) after poll_max, then after twice that, ... up to 16 times; with more than twenty
 * hosts a journal that grows, too, is looked at less often, in proportion, up to 16 times poll_max,
 * so that all hosts together ask no more than in proportion to their number. Whether there are new
 * journals is asked (one round trip a host) after 4 to 20 times poll_max. A journal whose lease is
 * gone is read to its end and never looked at again. The host's own costs nothing.
 */
#ifndef PDFSPOOL_JOURNALTAIL_H
#define PDFSPOOL_JOURNALTAIL_H

#include "spool/dupindex.h"
#include "spool/journal.h"

struct journaltail;

/* s, own (the lease whose journal this process writes) and x are borrowed. NULL: no memory. */
struct journaltail *journaltail_new(const struct spool *s, const struct lease *own,
                                    struct dupindex *x);
void journaltail_free(struct journaltail *t); /* NULL is fine */
/* These lines were appended to the own journal, which ends with them at `end` (journal.h). */
void journaltail_own(struct journaltail *t, const struct buf *lines, uint64_t end);
/* Read some of what is due at `now` (boot clock, ms); nothing within 200 ms of the last step. What
 * cannot be read is tried again later. */
void journaltail_step(struct journaltail *t, int64_t now);
/* Enter what lines of journal `number` say, of which the first begins at `offset`. Returns the
 * bytes of the whole lines. (For this room and its tests.) */
size_t journaltail_feed(struct dupindex *x, unsigned number, uint64_t offset, const char *bytes,
                        size_t n);

#endif
