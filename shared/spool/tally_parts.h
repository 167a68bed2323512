/*
 * tally_parts: what the parts of tally share. For tally*.c alone.
 */
#ifndef PDFSPOOL_TALLY_PARTS_H
#define PDFSPOOL_TALLY_PARTS_H

#include <stdbool.h>

#include "base/sha256.h"
#include "spool/place.h"

/* A document that the archive's list names. */
struct listed {
    char *path;          /* below the folder (owned) */
    const char *sha256;  /* borrowed from the JSON */
    const char *outcome; /* NULL: not found (yet) */
    char *published;     /* its path from the top of the spool (owned), or NULL */
};

struct listing {
    const struct spool *spool;
    struct listed *rows; /* in the order of the list */
    struct listed **by_path;
    size_t n;
    char folder[2][PATH_CAP]; /* below pending/: where they are, or were; one of the two */
};

enum tally_look { TALLY_NONE, TALLY_SOME, TALLY_UNKNOWN };

/* tally_find.c */
/* Is any of them in pending/, in work/ or waiting? TALLY_UNKNOWN: errno. */
enum tally_look tally_on_its_way(const struct listing *l);
/* Look for those without an outcome in done/ and failed/. 0, or -1: something could not be read. */
int tally_find(struct listing *l);

#endif
