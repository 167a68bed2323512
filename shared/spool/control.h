/*
 * control: commands to the cluster, as files in control/. Their presence is the command; the folder
 * is listed, never asked for a single name (a client's cache would answer half a minute late).
 */
#ifndef PDFSPOOL_CONTROL_H
#define PDFSPOOL_CONTROL_H

#include <stdbool.h>
#include <stdint.h>

#include "spool/spool.h"

enum { CONTROL_CANCELS = 256 };

struct control {
    bool pause, drain; /* drain: of this host */
    unsigned cancels;  /* how many, at most CONTROL_CANCELS are kept */
    char cancel[CONTROL_CANCELS]
               [ID_CAP]; /* document ids, or i<inode>-<hash> for documents not yet claimed */
};

/* List control/ into *c. 0, or -1 and *c as it was. */
int control_read(const struct spool *s, struct control *c);
/* The name after "cancel." for a pending document: its inode and a hash of its path, so that a
 * later document of the same name is not meant. */
void control_pending_id(const char *path, uint64_t ino, char id[ID_CAP]);
/* Give a command / take it back. 0 or -1. Files are born by rename like everything else. */
int control_give(const struct spool *s, const char *command);
int control_take_back(const struct spool *s, const char *command);

#endif
