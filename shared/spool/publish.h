/*
 * publish: the end of the work on a document: results, reservation, seal, publishing.
 *
 *   finish_reserve   the visible name
 *   finish_write     hidden results, written and synced in their final folder
 *   finish_seal      one rename within work/: decides everything, exactly one party can do it
 *   publish_sealed   hidden text -> x.txt, hidden JSON -> x.json, the folder of unpacked documents
 *                    where there is one (expose.h), last the PDF; anybody may repeat it at any time
 */
#ifndef PDFSPOOL_PUBLISH_H
#define PDFSPOOL_PUBLISH_H

#include "base/buf.h"
#include "spool/look.h"
#include "spool/place.h"

/* Find the place for a document that ends with this outcome (a failure's class, or anything else
 * for done/), open it, and reserve the first free name x, x~2, ... 0 or -1 with errno
 * (environment). On success place_close it later. */
int finish_reserve(struct place *p, const struct spool *s, const struct token *t,
                   enum outcome outcome);
/* Write the hidden results (text NULL: none) with every error checked and fsync of files and
 * folder. 0; -1 with errno, and nothing is left behind. */
int finish_write(const struct place *p, const struct buf *text, const struct buf *json);
/* Remove the hidden results, and the reservations if `reservation`. */
void finish_drop(const struct place *p, const struct spool *s, const struct token *t,
                 bool reservation);
/* The seal. MOVED: the document is decided, *sealed_name is its new name. MOVE_LOST: somebody
 * reclaimed it: finish_drop without the reservation (the document's next holder may use it).
 * MOVE_FAILED: undecided; throw nothing away. */
enum moved finish_seal(const struct place *p, int work, const struct token *t,
                       char sealed_name[NAME_CAP]);

/* Publish what is sealed as `name` in the folder work (whoever's). 0: published, by whomever. -1:
 * to be repeated later. */
int publish_sealed(const struct spool *s, int work, const char *name);
/* The same with the place still open from finish_*. */
int publish_place(const struct spool *s, struct place *p, int work, const char *name,
                  const struct token *t);

#endif
