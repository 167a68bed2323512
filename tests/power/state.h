/*
 * state: what a power cut leaves, computed from a log of record.h, and made on a real file system.
 *
 * A state is named by where the power was cut, which changes of entries had reached the disk, and
 * which bytes had. state_build computes it in memory; its hash tells equal states; state_make makes
 * it below a folder.
 */
#ifndef PDFSPOOL_TEST_STATE_H
#define PDFSPOOL_TEST_STATE_H

#include <stdint.h>

#include "record.h"

enum cut_model {
    /* One ordered log of all changes of entries, as ext4 and xfs have: the first `at` of the
     * operations before the cut are durable. */
    CUT_JOURNAL,
    /* Weaker than any journal: the entries of each folder persist in their own order, but folders
     * independently of each other, unless fsynced (which makes a folder's own entry durable, too);
     * a rename between folders is one thing. Everything before the cut but operation `at` and what
     * depends on it; */
    CUT_LOOSE_WITHOUT,
    /* ... or nothing but operation `at` and what it depends on, and what was fsynced. */
    CUT_LOOSE_ONLY,
    /* An NFS server's export `sync`: entries are durable at the reply, bytes at fsync or close. */
    CUT_NFS,
    CUT_MODELS
};

/* What became of bytes that were not made durable. */
enum cut_bytes {
    BYTES_KEPT,
    BYTES_GONE, /* the file ends where its durable bytes end */
    BYTES_HALF, /* half of the others are there */
    BYTES_ZERO, /* the length is there, the bytes are zero */
    BYTES_WAYS
};

struct cut {
    unsigned char model, bytes;
    unsigned short cut; /* operations before the cut */
    unsigned short at;  /* see enum cut_model */
    short victim;       /* the only file whose bytes are touched; -1: all that are not durable */
};

struct state {
    const struct record_log *log;
    struct cut cut;
    bool has[RECORD_OPS]; /* this operation's change of entries is there */
    bool there[RECORD_NODES];
    int parent[RECORD_NODES];
    const char *name[RECORD_NODES];
};

void state_build(struct state *s, const struct record_log *log, struct cut cut);
/* Equal for equal trees. */
uint64_t state_hash(const struct state *s);
/* Make it: `top` must be an empty folder. Exits the program on an error. */
void state_make(const struct state *s, const char *top);

/* Every operation below this index is durable at the cut, by the fsyncs before it (CUT_JOURNAL). An
 * fsync is given only what xfs gives: all that came before the last change of that file or folder.
 */
unsigned state_durable(const struct record_log *log, unsigned cut);
/* Had the file bytes that were not durable at the cut? */
bool state_dirty(const struct record_log *log, const struct cut *cut, int node);
/* Is an operation durable at the cut when folders persist each on its own? */
void state_loose_durable(const struct record_log *log, unsigned cut, bool durable[RECORD_OPS]);

#endif
