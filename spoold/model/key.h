/*
 * key: what a document is called by whoever asks for it: its id, or, where nobody has told that, "t-"
 * and a hash of the place that it has as long as it is there.
 */
#ifndef PDFSPOOL_KEY_H
#define PDFSPOOL_KEY_H

#include "base/buf.h"
#include "spool/layout.h"
#include "spoold/model/leaf.h"

enum { KEY_CAP = ID_CAP }; /* with its NUL */

/* Where it is, from the top of the spool. Of one that a host has in work only that: claimed/, and
 * behind it `host` (NULL: not known). */
void key_place(const struct doc_row *d, const char *host, struct buf *out);
/* The key of a row. */
void key_of(const struct doc_row *d, char key[KEY_CAP]);
/* The same as a number: rows of the same key have the same. */
uint64_t key_hash(const struct doc_row *d);
/* The number of a key that somebody asks for. */
uint64_t key_hash_of(const char *key);

#endif
