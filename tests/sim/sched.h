/*
 * sched: simulated processes on one virtual clock.
 *
 * A task runs until it waits; then the task whose time comes first goes on. A task can be stopped
 * (SIGSTOP: it goes on later) and killed: a killed task goes on at once, but sched_dead() is true
 * in it, nothing that it calls has any effect any more, and it runs to its end, so that its memory
 * is given back by its own code.
 */
#ifndef PDFSPOOL_SIM_SCHED_H
#define PDFSPOOL_SIM_SCHED_H

#include "sim.h"

struct host;
struct rpc;

enum { SCHED_TASKS = 160, SCHED_NAME = 20 };

struct task {
    struct coro *coro; /* NULL: this place is free */
    char name[SCHED_NAME];
    struct host *host; /* NULL: outside the cluster */
    void (*body)(void *);
    void *arg;
    sim_us wake;        /* when it goes on */
    sim_us stopped;     /* not before then */
    bool waiting;       /* in sched_wait: sched_wake ends that early */
    bool dead;          /* killed */
    bool outside;       /* a user: what it does is no part of the protocol */
    bool counted;       /* exhaustive: its calls are points of intervention */
    bool rival;         /* exhaustive: one that another may be preempted for */
    struct rpc *flight; /* its call that is on its way to the server */
    bool executed_lost; /* that call was executed, and its reply lost, when the server went down */
    unsigned after_death; /* calls since */
    unsigned generation;  /* of this place: tells tasks apart that used it one after another */
    int error;            /* errno while it does not run */
    struct task **self;   /* set to NULL when it ends (may be NULL) */
};

/* Forget all (they must have ended). */
void sched_reset(void);
/* Start a process. *self, if given, points to it as long as it runs. */
struct task *sched_start(struct host *host, const char *name, void (*body)(void *), void *arg,
                         struct task **self);
/* Run until the virtual time, or until all tasks have ended, or `until` says so. */
void sched_run(sim_us end, bool (*until)(void));
/* Kill all, and let them run to their ends. */
void sched_end_all(void);

/* ---- from within a task ---- */
struct task *sched_self(void); /* NULL on the main stack */
bool sched_dead(void);
const char *sched_name(void);
/* Wait until then; not woken early by anything but death. */
void sched_until(sim_us t);
/* Wait until then or sched_wake. */
void sched_wait(sim_us t);

/* ---- to another (or oneself) ---- */
void sched_wake(struct task *t); /* NULL is fine */
void sched_kill(struct task *t); /* the same */
void sched_stop(struct task *t, sim_us until);
/* Exhaustive: let `t` go on at once, and the caller after it has come to rest. */
void sched_prefer(struct task *t);
/* All tasks there are; the array has holes (coro NULL). */
struct task *sched_tasks(void);

#endif
