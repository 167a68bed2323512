/*
 * kinds: the tables of what mkpdf can make. Each kinds_*.c has one, ended by a row without a name.
 */
#ifndef PDFSPOOL_GEN_KINDS_H
#define PDFSPOOL_GEN_KINDS_H

#include "base/buf.h"

#include <stddef.h>
#include <stdint.h>

struct genopt {
    const char *words; /* text to be found in the document; never NULL */
    unsigned pages;    /* 0: the kind's own number */
    uint64_t seed;     /* for what is random; the same seed gives the same bytes */
    size_t size;       /* pad the file to about this many bytes; 0: no padding */
};

struct kind {
    const char *name;
    /*
     * What extractd must make of it: outcome names (see base/outcome.h), joined by '|' where more
     * than one is right, because it depends on the host's speed and memory or on the tiers that are
     * switched on.
     */
    const char *outcome;
    const char *meaning;
    /* Append the file to out. An error is an out that has failed (buf_ok). */
    void (*make)(struct buf *out, const struct genopt *opt);
};

extern const struct kind kinds_text[];   /* friendly ones: text in all forms */
extern const struct kind kinds_image[];  /* scans */
extern const struct kind kinds_layer[];  /* text and pictures over each other */
extern const struct kind kinds_glyph[];  /* characters that look odd, or are wrong */
extern const struct kind kinds_rtl[];    /* right-to-left text */
extern const struct kind kinds_locked[]; /* encrypted */
extern const struct kind kinds_broken[]; /* damaged or lying */
extern const struct kind kinds_bomb[];   /* valid enough, but expensive */
extern const struct kind kinds_cycle[];  /* structures that contain themselves */

/* The kind of that name, or NULL. */
const struct kind *kinds_find(const char *name);
/* Call fn for each kind, in the order of the list. */
void kinds_each(void (*fn)(const struct kind *kind));

#endif
