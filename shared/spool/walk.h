/*
 * walk: a slow walk through the folders below one descriptor, an entry at a time. Memory is one
 * listing and the paths of folders still to be entered. Hidden folders (snapshots of the server
 * among them) and symbolic links are not entered.
 */
#ifndef PDFSPOOL_WALK_H
#define PDFSPOOL_WALK_H

#include <stdbool.h>
#include <stdint.h>

#include "spool/layout.h"

struct walk;

enum { WALK_PATH_CAP = PATH_CAP + NAME_CAP };

enum walk_got {
    WALK_END,    /* nothing is left */
    WALK_ENTRY,  /* an entry of a folder (folders, too: they are entered later) */
    WALK_FOLDER, /* a folder has been read to its end: `entries` were in it, name is "" */
    WALK_TROUBLE /* the folder `path` cannot be read: errno says why; the walk can go on */
};

struct walk_at {
    const char *path; /* of the folder, below the top; "" for the top. Borrowed until the next call,
                         as all here */
    const char *name;
    uint64_t ino;
    unsigned char type; /* DT_REG, DT_DIR, DT_LNK, ...; never DT_UNKNOWN but for an entry that has
                           gone meanwhile */
    int folder;         /* its descriptor, opened a moment ago; -1 with WALK_TROUBLE */
    uint64_t entries;
};

/* Begin at the folder `top` (a descriptor that stays the caller's and must stay open). deep: enter
 * folders. NULL: no memory. */
struct walk *walk_new(int top, bool deep);
enum walk_got walk_next(struct walk *w, struct walk_at *at);
void walk_free(struct walk *w); /* NULL is fine */

#endif
