/*
 * fault: what goes wrong, and how often it did.
 *
 * Random schedules draw a fault at each call, as often as the plan says; exhaustive ones are given
 * a list of interventions, each at the Nth call. Every fault of a schedule has a number, by which
 * the shrinker leaves it out.
 */
#ifndef PDFSPOOL_SIM_FAULT_H
#define PDFSPOOL_SIM_FAULT_H

#include "sched.h"
#include "server.h"

enum fault_kind {
    FAULT_NONE,
    /* at a call */
    FAULT_LIE_GONE, /* done, but answered ENOENT (rename, unlink) or EEXIST (mkdir, symlink) */
    FAULT_LIE_EIO,  /* done, but answered EIO */
    FAULT_LIE_ESTALE,
    FAULT_EIO, /* not done, and answered so */
    FAULT_ESTALE,
    FAULT_ENOSPC,
    FAULT_EDQUOT,
    FAULT_EACCES,
    FAULT_EINTR,
    FAULT_SHORT,        /* one byte read or written */
    FAULT_LOST,         /* done, the reply is lost, and the call is sent and done once more */
    FAULT_ECHO,         /* done and answered; a copy of it is done later */
    FAULT_LATE,         /* under way for long */
    FAULT_REPLY_LATE,   /* done, the answer under way for long */
    FAULT_KILL_BEFORE,  /* the process is killed instead of the call */
    FAULT_KILL_AFTER,   /* right after it was done */
    FAULT_KILL_FLIGHT,  /* while it is under way: it is done later */
    FAULT_CRASH_BEFORE, /* the same for all processes of this extractd */
    FAULT_CRASH_AFTER,
    FAULT_CRASH_FLIGHT,
    FAULT_STOP,   /* SIGSTOP before the call, for longer than the lease */
    FAULT_SWITCH, /* exhaustive: another process goes first */
    /* of hosts and the server */
    FAULT_PARTITION,
    FAULT_HOST_CRASH,
    FAULT_HOST_STOP,
    FAULT_VM_PAUSE,
    FAULT_SERVER_RESTART,
    FAULT_DISK_FULL,
    FAULT_WORKER_KILL,
    FAULT_WORKER_CLOSE,
    FAULT_KINDS
};

/* An intervention of an exhaustive schedule: at the Nth counted call. */
struct intervention {
    unsigned call; /* from 1 */
    enum fault_kind kind;
    unsigned other; /* FAULT_SWITCH: index of the task that goes on */
};

enum { FAULT_INTERVENTIONS = 6, FAULT_POINTS = 20000 };

struct fault_state {
    /* the plan */
    unsigned once_in; /* a fault at one call in so many; 0: none */
    unsigned most;    /* faults in a schedule */
    uint64_t kinds;   /* bit set of those that may be drawn */
    struct intervention plan[FAULT_INTERVENTIONS];
    unsigned planned;
    /* what happened */
    unsigned number; /* faults so far, left out ones included */
    unsigned done;   /* interventions that took place */
    unsigned points; /* counted calls so far */
    struct {
        unsigned char op;
        uint64_t rivals;           /* bit set of the processes that could go first */
    } point[FAULT_POINTS];         /* of each counted call */
    uint64_t by_kind[FAULT_KINDS]; /* never reset: of this process of the test */
};

extern struct fault_state fault;

void fault_reset(void);
const char *fault_name(enum fault_kind kind);
/* Does the kind make sense for that operation? */
bool fault_applies(enum fault_kind kind, enum rpc_op op);
/* The fault for the call that the running task is about to make. *other as in the intervention. */
enum fault_kind fault_draw(enum rpc_op op, unsigned *other);
/* A fault of hosts or the server is about to happen: false when the shrinker leaves it out. */
bool fault_happens(enum fault_kind kind);
/* The errno of kinds that answer an error, for this operation. */
int fault_errno(enum fault_kind kind, enum rpc_op op);

#endif
