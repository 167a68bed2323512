/*
 * faultop: a table of file operations that counts its calls and does something evil at one of them.
 *
 * faultop_install puts the table into `fs`; it passes everything on to fsop_posix. Nothing happens
 * until faultop_arm: from then on calls are counted from 1, and at the first call >= plan->call to
 * which the kind applies, the fault happens. What happened is written into a shared mapping, so
 * that the parent of a killed process has proof that it was hit.
 */
#ifndef PDFSPOOL_TEST_FAULTOP_H
#define PDFSPOOL_TEST_FAULTOP_H

#include <stdatomic.h>
#include <stdbool.h>

#include "base/fsop.h"

enum fault_op {
    OP_OPENAT,
    OP_CREATE, /* openat with O_CREAT */
    OP_CLOSE,
    OP_READ,
    OP_WRITE,
    OP_FSYNC,
    OP_STATX,
    OP_RENAMEAT,
    OP_UNLINKAT,
    OP_MKDIRAT,
    OP_SYMLINKAT,
    OP_READLINKAT,
    OP_TOUCHAT,
    OP_GETDENTS,
    OP_FSTATVFS,
    OP_LINKAT, /* not in fsop: for the negative control that publishes by link() */
    OP_COUNT
};

enum fault_kind {
    FAULT_NONE,
    FAULT_KILL_BEFORE, /* SIGKILL to itself instead of the call */
    FAULT_KILL_AFTER,
    FAULT_EIO, /* not done, and answered so */
    FAULT_ESTALE,
    FAULT_ENOSPC,
    FAULT_EDQUOT,
    FAULT_EACCES,
    FAULT_EINTR,
    FAULT_SHORT,      /* one byte read or written */
    FAULT_LIE_ENOENT, /* done, but answered with an error: a lost NFS reply */
    FAULT_LIE_EEXIST,
    FAULT_LIE_EIO,
    FAULT_LATE,         /* 20 ms late */
    FAULT_FSYNC_ENOSPC, /* write() said yes, fsync says no */
    FAULT_CLOSE_EIO,    /* closed, but with an error */
    FAULT_ENOSPC_ON,    /* persistent: from that call on */
    FAULT_EIO_ON,
    FAULT_PARK, /* wait before the call until the parent says go on */
    /* Two faults: EIO, and then killed before the next call, or the next but one: what is done
     * about an error may be interrupted, too. (Where there is no such call, it goes on living.) */
    FAULT_EIO_KILL_1,
    FAULT_EIO_KILL_2,
    FAULT_EIO_KILL_3,
    FAULT_KINDS
};

enum { FAULT_MAX_CALLS = 8192, FAULT_SITES = 160 };

/* A place in the source that calls the table; known where the rooms were compiled with site.h. */
struct fault_site {
    const char *file; /* a literal of this program */
    int line;
    unsigned char op;
    unsigned reached, hit; /* calls made there; faults that happened there */
};

struct fault_plan {
    unsigned call; /* 0: only count */
    enum fault_kind kind;
    int park_say,
        park_hear; /* FAULT_PARK: pipe ends: told when parked; EOF or a byte means go on */
    bool trace;    /* print every call */
};

/* In a shared mapping. */
struct fault_proof {
    _Atomic unsigned calls;           /* since armed */
    _Atomic unsigned hits;            /* 0: the planned fault has not happened */
    _Atomic unsigned by_op[OP_COUNT]; /* calls since armed, by operation */
    unsigned hit_call;                /* where */
    enum fault_op hit_op;
    char hit_name[64];                      /* the name in that call, cut */
    unsigned char ops[FAULT_MAX_CALLS];     /* operation of each call, for planning */
    unsigned char site_of[FAULT_MAX_CALLS]; /* of each call: 1 + index in site[]; 0: not known */
    unsigned sites;
    struct fault_site site[FAULT_SITES];
};

void faultop_install(const struct fault_plan *plan, struct fault_proof *proof);
void faultop_arm(bool armed);
/* Does the kind make sense for that operation? */
bool faultop_applies(enum fault_kind kind, enum fault_op op);
/* True for kinds that end the process. */
bool faultop_kills(enum fault_kind kind);
const char *faultop_kind_name(enum fault_kind kind);
enum fault_kind faultop_kind_of(const char *name); /* FAULT_KINDS: unknown */
const char *faultop_op_name(enum fault_op op);

/* What `fs` is a name for in rooms that were compiled with site.h: notes the place of the next
 * call. */
const struct fsop *fault_site(const char *file, int line);

/* link() by handle, as an NFS LINK works: fd is the open source. Counted like the others. */
int faultop_link(int fd, int dir, const char *name);

#endif
