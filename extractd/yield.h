/*
 * yield: large documents leave room for small ones. Nobody knows how long a document will take; so
 * all begin alike, and one that has had a core for long gives it back when others wait.
 *
 *   a document in work is            since
 *   new                              it was taken in hand
 *   long                             it has had long_after of a core; or it was put off before
 *   put off: back to waiting, need   it was long, beyond the part of the cores that long ones keep
 *   `long`, its pages kept           (long_share; of one core none), and had its turn of long_after,
 *                                    and one that is not long waits for a core; seen after each page
 *
 * So that there is anybody who can wait, the claimer claims one for each long document that would
 * make room, though no core is free. A new document then starts within long_after and the time of a
 * page, whatever is in work; and those that are long always have their part. What cannot be put off is
 * a page (cpu_limit ends it) and an archive.
 */
#ifndef PDFSPOOL_YIELD_H
#define PDFSPOOL_YIELD_H

#include <stdbool.h>

#include "extractd/extractd.h"

/* How many cores long documents keep, whoever waits. */
unsigned yield_keep(unsigned cores, int64_t share_percent);
/* A page has come: is the document in this slot's hand to be put off now? `since`: boot clock, ms, when
 * it got its core. Notes on the board that it is long, and that it leaves. */
bool yield_due(struct extractd *x, int slot, int64_t since);
/* How many to claim though no core is free: for so many long ones would make room. */
unsigned yield_room(struct extractd *x);
/* How many documents that were put off may be taken up now, of so many that there is room for. */
unsigned yield_long_most(struct extractd *x, unsigned room);

#endif
