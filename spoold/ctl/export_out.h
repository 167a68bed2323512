/*
 * export_out: the file that an export is written into: under a name of its own until it is whole
 * and on disk, and never over one that is there. "-" is stdout.
 *
 * Calls: open, write, then finish or abandon, which free it.
 */
#ifndef PDFSPOOL_CTL_EXPORT_OUT_H
#define PDFSPOOL_CTL_EXPORT_OUT_H

#include <stdbool.h>
#include <stddef.h>

struct export_out;

/* The folder that `dest` is or will be in, and its name there (into base[cap]). Descriptor; -1 with
 * errno. */
int export_out_folder(const char *dest, char *base, size_t cap);
/* Does the open folder dir lie in the folder root, or is it that? A bind mount elsewhere is not
 * noticed. */
bool export_out_within(int dir, int root);
/* Begin the file `base` in the folder `folder` (which is taken over; -1: stdout). NULL with errno:
 * EEXIST, there is such a name; EBUSY, there is <base>.part, of an export that runs or was killed.
 */
struct export_out *export_out_open(int folder, const char *base);
/* 0 or -1 with errno; after an error nothing more is written. */
int export_out_write(struct export_out *o, const void *bytes, size_t n);
/* Sync, and give it its name. 0, or -1 with errno and nothing is left. */
int export_out_finish(struct export_out *o);
/* Nothing is left (but what has gone to stdout). Keeps errno. */
void export_out_abandon(struct export_out *o);

#endif
