/*
 * reserve: the right to make a visible name in done/ or failed/.
 *
 * A reservation is a symbolic link control/names/<hh>/<hash> -> <document id>; the hash is of where
 * the name is and of the stem that x.pdf, x.txt and x.json share. SYMLINK fails when the name is
 * there: that is the exclusion. It is held from before the seal until the document is published.
 */
#ifndef PDFSPOOL_RESERVE_H
#define PDFSPOOL_RESERVE_H

#include "spool/spool.h"
#include "spool/token.h"

enum { RESERVE_KEY_CAP = 36 };

/* "hh/hash" (hh: 00 to 0f; reservations are few and short, and each client must learn each folder)
 * for a stem in a folder (its path below the tree's top, e.g. "done/a/b"). */
void reserve_key(const char *folder, const char *stem, char key[RESERVE_KEY_CAP]);
/* Take it for the document: 1 ours now (or already), 0 another document has it, -1 error. */
int reserve_take(const struct spool *s, const char *key, const char *document);
/* Give it back, if it is still this document's. Not there is fine. `sure`: nobody else can have
 * taken it over, so the look before is saved. */
void reserve_drop(const struct spool *s, const char *key, const char *document, bool sure);

#endif
