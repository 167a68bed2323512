/*
 * inuse: which document and claim ids are in work (claimed/<host>/<lease>/work) and in .retry, by
 * listing them.
 *
 * Each place is listed twice and everything seen counts, because an entry that is renamed while its
 * folder is read may be missed once. What is judged by it must have been found *before* the list is
 * read.
 */
#ifndef PDFSPOOL_INUSE_H
#define PDFSPOOL_INUSE_H

#include <stdbool.h>
#include <stddef.h>

#include "spool/spool.h"
#include "spool/token.h"

enum inuse_what { INUSE_CLAIM = 1, INUSE_CLAIMED = 2, INUSE_WAITING = 4 };

struct inuse_id {
    char id[ID_CAP];
    unsigned char what; /* of enum inuse_what */
};

/* Zero-initialise. */
struct inuse {
    struct inuse_id *ids;
    size_t n, cap, sorted; /* rows; room; how many are in order (all, once it has been read) */
};

/* Read anew. 0; -1 with errno: something could not be listed, and nothing may be concluded. */
int inuse_read(struct inuse *u, const struct spool *s);
/* Is the id there as any of `what` (a union)? */
bool inuse_has(const struct inuse *u, const char *id, unsigned what);
void inuse_free(struct inuse *u);

/* Each entry of a work/ folder: its lease's folder ("claimed/<host>/<lease>") and name. Returns
 * other than 0 end the walk, which then returns that. */
typedef int inuse_visit(void *arg, const char *lease_path, const char *name);
/* Visit all entries of all work/ folders. 0, -1 with errno, or what visit returned. */
int inuse_work(const struct spool *s, inuse_visit *visit, void *arg);

/* Parse the name of an entry in work/, sealed or not. 1: a token, 2: sealed, 0: neither. */
int inuse_parse_work(const char *name, struct sealed *out);
/* From a private result's name, .<document id>.<claim>.txt or .json: true and the ids. */
bool inuse_parse_result(const char *name, char document[ID_CAP], char claim[ID_CAP]);

#endif
