/*
 * unpack_tree: a hidden folder of unpacked files as a whole: synced, or emptied. For unpack.c.
 *
 * Folders are entered by their descriptors, never through links, and no deeper than an unpacked
 * path may go.
 */
#ifndef PDFSPOOL_UNPACK_TREE_H
#define PDFSPOOL_UNPACK_TREE_H

#include <stdbool.h>

/* Sync a folder and all below it; folders without anything in them are removed. *empty: nothing is
 * in it. 0 or -1. */
int unpack_tree_sync(int folder, bool *empty);
/* Remove what is in the folder, at most *entries entries, which are counted down. 0: it is empty;
 * 1: more is left; -1. */
int unpack_tree_empty(int folder, unsigned *entries);
/* Open the folder that has this name on the server, whatever this machine believes. Descriptor or
 * -1 (ENOENT: there is none; ESTALE: this machine knows another by that name; try later). */
int unpack_tree_open(int dir, const char *name);

#endif
