/*
 * control: commands to the cluster, as files in control/. Their presence is the command; the folder
 * is listed, never asked for a single name (a client's cache would answer half a minute late).
 */
#ifndef PDFSPOOL_CONTROL_H
#define PDFSPOOL_CONTROL_H

#include <stdbool.h>
#include <stdint.h>

#include "spool/spool.h"

enum {
    CONTROL_CANCELS = 256,
    CONTROL_LANES = 32,   /* that can be paused one by one */
    CONTROL_LANE_CAP = 32 /* of a lane's name, with NUL */
};

struct control {
    bool pause;              /* of the whole cluster */
    bool host_paused, drain; /* of this host */
    bool reset;              /* of this host: its breaker is to be closed */
    unsigned lanes;          /* that are paused; at most CONTROL_LANES are kept */
    unsigned cancels;        /* how many, at most CONTROL_CANCELS are kept */
    char lane[CONTROL_LANES][CONTROL_LANE_CAP];
    char cancel[CONTROL_CANCELS]
               [ID_CAP]; /* document ids, or i<inode>-<hash> for documents not yet claimed */
};

/* List control/ into *c. 0, or -1 and *c as it was. */
int control_read(const struct spool *s, struct control *c);
/* Each command that is given, by its file's name, in no order. 0, or -1 with errno: there may be
 * more. */
typedef void control_visit(void *arg, const char *command);
int control_each(const struct spool *s, control_visit *visit, void *arg);
/* Is it the name of a command, with an object of the kind that it wants? */
bool control_known(const char *name);
/* May this be a lane's name: 1 to 31 bytes, of a-z, 0-9, '_' and '-'? */
bool control_lane_ok(const char *lane);
/* Is this lane paused by a command of its own? Of the whole cluster's pause this knows nothing. */
bool control_lane_paused(const struct control *c, const char *lane);
/* The name after "cancel." for a pending document: its inode and a hash of its path, so that a
 * later document of the same name is not meant. */
void control_pending_id(const char *path, uint64_t ino, char id[ID_CAP]);
/* Give a command / take it back. 0 or -1. Files are born by rename like everything else. */
int control_give(const struct spool *s, const char *command);
int control_take_back(const struct spool *s, const char *command);

#endif
