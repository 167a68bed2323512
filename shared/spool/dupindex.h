/*
 * dupindex: which journal tells, and where in it, of a finished document with a given content.
 *
 * Anonymous memory that all processes of one extractd share. One of them writes (the reporter), any
 * may ask; nobody waits for anybody. An entry has 16 bytes: 50 bits of the document's SHA-256, the
 * number of a journal, and where in that the line begins. DUPINDEX_ENTRIES of them are kept; then
 * the oldest is forgotten. Memory is touched as entries come: 1 MiB for the beginnings of the
 * chains, 16 for the entries of a million documents, 96 bytes for each journal.
 *
 * Nothing here is truth. What is found is a place to look: another document may be there, or none,
 * for a hash is cut, a journal may have been harmed, and the writer may have died in the middle.
 */
#ifndef PDFSPOOL_DUPINDEX_H
#define PDFSPOOL_DUPINDEX_H

#include <stdbool.h>
#include <stdint.h>

#include "base/sha256.h"
#include "spool/layout.h"

enum { DUPINDEX_ENTRIES = 1 << 20, DUPINDEX_JOURNALS = 65535 };

struct dupindex;

struct dup_place {
    unsigned journal; /* its number */
    uint64_t offset;  /* where the line begins */
};

/* journal/<host>/<lease>.jsonl, and how far it has been read. */
struct dup_journal {
    char host[HOST_CAP], lease[LEASE_ID_CAP];
    uint64_t read; /* everything before this is in the index; the writer's alone */
    bool over;     /* its lease is dead, and it has been read to its end; the writer's alone */
};

/* Shared, anonymous, empty. NULL: no memory. */
struct dupindex *dupindex_new(void);
void dupindex_free(struct dupindex *x); /* in this process; NULL is fine */

/* The writer's. The number of a journal, taken into the table when it is new. -1: the table is
 * full, or the names are none (errno). */
int dupindex_journal(struct dupindex *x, const char *host, const char *lease);
/* How many journals there are: their numbers begin with 0. */
unsigned dupindex_journals(const struct dupindex *x);
/* The row of a journal; NULL: there is none of that number. */
struct dup_journal *dupindex_row(struct dupindex *x, unsigned number);
/* Enter a document. The hash is 64 hexadecimal digits; false: it is not, or the offset is absurd.
 */
bool dupindex_add(struct dupindex *x, const char *sha256, unsigned journal, uint64_t offset);

/* Anybody's: up to `most` places for this hash, the newest first. Returns their number. */
unsigned dupindex_find(const struct dupindex *x, const char *sha256, struct dup_place *out,
                       unsigned most);

#endif
