/*
 * passing: names of files that live for a moment and are nobody's once their maker is dead: the
 * probe that a new lease moves through the folders, the part of a submission that is being written.
 * They lie where users' files lie, so they are told by their whole form, never by a prefix.
 */
#ifndef PDFSPOOL_PASSING_H
#define PDFSPOOL_PASSING_H

#include <stdbool.h>

#include "spool/layout.h"

enum { PASSING_CAP = 48 };

/* The probe of a lease, an empty file: ".probe-" and the lease's id. */
void passing_probe(const char lease_id[LEASE_ID_CAP], char name[PASSING_CAP]);
bool passing_is_probe(const char *name);
/* The same for an entry of the folder dir, which was opened a moment ago: is it also an empty file,
 * as all probes are? 1 yes, 0 no, -1 it could not be looked at (errno). */
int passing_is_probe_in(int fresh_dir, const char *name);

/* A new part: ".spoolctl-", 16 random characters, ".part". */
void passing_part(char name[PASSING_CAP]);
bool passing_is_part(const char *name);

#endif
