/*
 * lease: one running extractd on one host, and its folder claimed/<host>/<lease>/.
 *
 * The name of a lease says who runs it: <id>.<pid>.<start>.<boot>-<machine>.<pidns>, so that its
 * own host can tell whether it lives (pid alone would be recycled; containers of one kernel share
 * the boot id; two machines may have one host name). Everybody else judges by `beat`.
 *
 * Order: mkdir lease, make beat, mkdir work: a lease without a beat is dead. A removed beat is a
 * death certificate; it is never made again: the lease is over, and its owner starts another.
 */
#ifndef PDFSPOOL_LEASE_H
#define PDFSPOOL_LEASE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "spool/spool.h"

/* What all processes of a lease share (in shared memory, or private in a tool or a test). */
struct lease_shared {
    _Atomic uint64_t counter;       /* last number used in an id */
    _Atomic int64_t server_offset;  /* server's now = boot clock + this, in ms */
    _Atomic int64_t last_good_beat; /* boot clock, ms; 0: none yet */
    _Atomic int64_t
        gap_limit; /* ms between two good beats above which others are not judged by that time */
    _Atomic int64_t gap_ended; /* boot clock, ms: the end of the last such gap; 0: none */
};

struct buf;

struct lease {
    char id[LEASE_ID_CAP];
    char name[LEASE_CAP];
    char host[HOST_CAP];
    int dir, work; /* descriptors of the lease's folder and its work/ */
    struct lease_shared *shared;
};

/* Make a new lease for the process `pid` (the supervisor's). 0 or -1 with errno. */
int lease_create(struct lease *l, const struct spool *s, struct lease_shared *shared, int64_t pid);
/* Open an existing one of this spool's host by name, e.g. in another process of the same extractd.
 * 0 or -1. */
int lease_open(struct lease *l, const struct spool *s, const char *name,
               struct lease_shared *shared);
void lease_close(struct lease *l);
/* Replace a file of the lease's own folder by rename, so that a reader never sees half of it. 0 or
 * -1; then the old one may be there, or the new one. */
int lease_write(const struct lease *l, const char *name, const struct buf *content);
/* Touch the beat and learn the server's time. 0; -1 with ENOENT or ESTALE: the lease was declared
 * dead; -1 with another errno: it did not get through. */
int lease_beat(struct lease *l);
/* The file server's now in ms since the epoch, good to a round trip and the drift since the last
 * beat. */
int64_t lease_server_now(const struct lease *l);
/* A new id (document or claim), unique for ever: <lease id>-<hexadecimal count>. */
void lease_new_id(const struct lease *l, char id[ID_CAP]);

/* From a lease's name, as seen on host `host` by this process: true when that process is known to
 * be gone, which only its own machine and pid namespace can tell. False when it lives, or cannot be
 * judged from here. */
bool lease_owner_gone(const char *lease_name);
/* True when a lease of that name is of this machine, this boot and this pid namespace: then a pid in
 * it, or in what it has written, means the process that it would mean here. */
bool lease_of_here(const char *lease_name);
/* True for a well-formed lease name; its id goes to id (may be NULL). */
bool lease_name_ok(const char *name, char id[LEASE_ID_CAP]);
/* The name for a new lease of the process pid. */
void lease_make_name(int64_t pid, char name[LEASE_CAP]);

#endif
