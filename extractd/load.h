/*
 * load: a claimed document copied out of the share, once, hashed on the way; the share is never
 * read for it again.
 */
#ifndef PDFSPOOL_LOAD_H
#define PDFSPOOL_LOAD_H

#include <stdatomic.h>
#include <stdint.h>

#include "base/sha256.h"
#include "spool/claim.h"
#include "spool/settings.h"

enum load_result {
    LOAD_OK,
    LOAD_GONE,       /* no longer in work/: reclaimed by somebody else */
    LOAD_CHANGED,    /* a writer is still at it: size or inode differ from the claim's */
    LOAD_TOO_BIG,    /* above max_input */
    LOAD_UNREADABLE, /* may not be read, or is no regular file */
    LOAD_ENVIRONMENT /* errno: the share or this machine had a fit */
};

struct loaded {
    int fd; /* read-only content: a sealed memfd, or an unlinked local file; -1 if not LOAD_OK.
               Close it. */
    uint64_t size;
    char sha256[SHA256_HEX];
};

/* Load the document of a claim from the folder work. `progress` goes up with each block. */
enum load_result load_document(int work, const struct claimed *c, const struct settings *s,
                               struct sha256 *hash, _Atomic uint64_t *progress, struct loaded *out);

/* Is the file in work/ still as it was claimed, by the server's word? 1 yes, 0 no, -1 it cannot be
 * told (errno; ENOENT: it is not there any more). To be asked right before the seal, so that what
 * is published is what was read. */
int load_unchanged(int work, const struct claimed *c);

#endif
