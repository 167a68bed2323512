/*
 * scan: walking pending/ for documents, one folder and one block of names at a time.
 *
 * A listing is a hint (names may be gone, repeated or missing); it is worked down before the next
 * is made. Memory is one block of names and the paths of folders still to be entered, whatever the
 * number of documents. Each host goes through a block, and through the folders below one, in
 * another order (by a hash of host and name), so that hosts seldom meet. Where they do, since the
 * listing of one large folder begins with the same block for all, a host skips ahead. Several folders
 * can be listed side by side (scan_beside).
 */
#ifndef PDFSPOOL_SCAN_H
#define PDFSPOOL_SCAN_H

#include <stdbool.h>
#include <stdint.h>

#include "spool/spool.h"

struct scan; /* a walk in progress */

enum { SCAN_BESIDE = 4 /* folders listed side by side, at most */ };

enum ignored { IGNORED_NAME, IGNORED_LINK, IGNORED_SPECIAL, IGNORED_EMPTY, IGNORED_KINDS };

struct scan_counts {
    uint64_t folders, names;         /* entered, seen as candidates */
    uint64_t ignored[IGNORED_KINDS]; /* by reason; EMPTY is counted by the claim, which alone sees
                                        sizes */
    uint64_t unreadable;             /* folders that could not be opened */
};

/* A candidate: a name in the folder that the walk is in. */
struct scan_name {
    char name[NAME_CAP];
    uint64_t order;
};

struct scan *scan_new(const struct spool *s);
void scan_free(struct scan *w);
/* From the next scan_rewind on: only what is below this folder in the top of pending/ ("": all of
 * it). */
void scan_below(struct scan *w, const char *folder);
/* From now on: folders in the top for which `others` is true are not entered. NULL: all are. */
void scan_without(struct scan *w, bool (*others)(const void *arg, const char *folder),
                  const void *arg);
/* From now on: told of each folder that is about to be entered, before it is listed. NULL: nobody. */
void scan_telling(struct scan *w, void (*entering)(const void *arg, const char *path),
                  const void *arg);
/* From now on: up to so many folders (at most SCAN_BESIDE) are listed side by side, and scan_next
 * takes from them by turns, at most `each` names at once where there is more than one. 1, as at the
 * start: one after the other. */
void scan_beside(struct scan *w, unsigned folders, unsigned each);
/* Start again at the top. Counts go to zero. */
void scan_rewind(struct scan *w);
/* Up to `max` candidates of one folder into out; *folder (borrowed descriptor) and *path (borrowed,
 * "" for the top, else "a/b") say which, until the next call. 0: the walk is at its end. Folders that cannot be opened
 * are counted and skipped. */
unsigned scan_next(struct scan *w, struct scan_name *out, unsigned max, int *folder,
                   const char **path);
/* Most names of this block have been taken by others: leave the rest of it to them, and blocks - 1
 * more of the same folder. What was skipped is met again by the next walk. */
void scan_skip(struct scan *w, unsigned blocks);
const struct scan_counts *scan_counts(const struct scan *w);

#endif
