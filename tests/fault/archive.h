/*
 * archive: documents that hold others. What a worker does about them, and their scenarios.
 *
 * A document is one when its name begins with "holds": two others, with the next two serial
 * numbers, come out of it (world.h).
 */
#ifndef PDFSPOOL_TEST_ARCHIVE_H
#define PDFSPOOL_TEST_ARCHIVE_H

#include "worker.h"
#include "world.h"

/* Unpack what the document holds, if anything: its hidden folder, and (after finish_reserve) its
 * folder's name. 0; -1: the environment; nothing is left to be undone but the place. */
int archive_unpack(struct worker *w, struct job *j);
int archive_reserve(struct worker *w, struct job *j);
/* What was unpacked is thrown away; nothing may be unpacked. */
void archive_throw(struct job *j);
/* It is in the seal's hands. */
void archive_free(struct job *j);
/* What became of the documents comes into the records of those that held them. The number of
 * records that still wait, or -1. */
int archive_tally(struct worker *w);

/* Two documents that hold others, from the drop to the record; and from an unpacked one on. */
void archive_drop(struct world *w, struct worker *me);
void archive_whole(struct world *w, struct worker *me);
void archive_sealed(struct world *w, struct worker *me);
void archive_publish(struct world *w, struct worker *me);
/* All published and finished: the record is replaced. */
void archive_finished(struct world *w, struct worker *me);
void archive_record(struct world *w, struct worker *me);
/* Sealed, the host dead, and the private results removed by somebody. */
void archive_emptied(struct world *w, struct worker *me);

#endif
