/*
 * registry: the processes of a lease, in claimed/<host>/<lease>/processes.json. Written by the
 * reporter of extractd when one begins or ends, shown by spoolctl, and used by whoever comes up on
 * the same machine when that extractd is gone: what lives of it is ended before its work is taken
 * back. What is read is hostile until checked.
 */
#ifndef PDFSPOOL_REGISTRY_H
#define PDFSPOOL_REGISTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "spool/layout.h"

enum { REGISTRY_MOST = 640, REGISTRY_ROLE_CAP = 16, REGISTRY_BYTES = 256 * 1024 };

struct jsonw;
struct lease;
struct spool;
struct buf;

struct registered {
    char role[REGISTRY_ROLE_CAP]; /* zygote, parser, beat, claimer, reporter, janitor, slot.N */
    int64_t pid;                  /* 0: it does not run, and waits for its next start */
    uint64_t start;               /* as in proc(5), clock ticks since the boot */
    int64_t since_ms;             /* server time of its start, or of its end; 0: not known */
    uint32_t restarts;            /* since the lease's extractd began */
};

/* The lease's name has the boot, the machine and the pid namespace that the pids are of. */
struct registry {
    char lease[LEASE_CAP];
    uint32_t n;
    struct registered entry[REGISTRY_MOST];
};

/* Append as JSON (one object, one line). */
void registry_write(const struct registry *r, struct buf *out);
/* The list "processes" alone, as a member of an object that is open. */
void registry_write_list(struct jsonw *w, const struct registry *r);
/* Parse; -1 when it is no such JSON. Entries that cannot be are left out. */
int registry_read(struct registry *r, const char *json, size_t n);
/* Read that of an open lease folder. 0, or -1: there is none, or it cannot be read. */
int registry_load(struct registry *r, int lease_dir);
/* The name that a process of that role bears (process.h); NULL: there is no such role. */
const char *registry_name_of(const char *role);

/* How the processes of a dead lease were found; see orphans_end. */
struct orphans {
    unsigned ended; /* lived, and were ended */
    unsigned stay;  /* were killed, and wait in the kernel still, or could not be killed */
};
/* End what lives of a lease whose extractd is gone: only processes of this machine, boot and pid
 * namespace (by the lease's name), of the same pid and start time, and which bear the name of their
 * role; all others are left alone. Logged where there were any. Waits for their end, 2 s at most in
 * all. */
void orphans_end(const struct spool *s, const char *lease_name, struct orphans *o);

#endif
