/*
 * host: simulated machines, and the extractd that runs on each.
 *
 * What a worker's processes do follows extractd/ closely (supervisor, opener, closer, beat,
 * claimer, slots, janitor): the same rooms called in the same order with the same answers to
 * errors; what has nothing to do with the share (parsers, sockets, logs) is left out.
 */
#ifndef PDFSPOOL_SIM_HOST_H
#define PDFSPOOL_SIM_HOST_H

#include "sched.h"
#include "spool/claim.h"
#include "spool/lease.h"
#include "spool/place.h"
#include "spool/spool.h"

enum { HOSTS = 5, HOST_KNOWN_BLOCK = 128, WORKER_SLOTS = 3, WORKER_HANDS = 8, NOBODY = -1 };

struct known; /* what its NFS client has cached (client.c) */

struct host {
    char name[12];
    unsigned index;
    bool v3, plus, unknown_types, write_through; /* of its mount */
    bool no_ocr;                                 /* documents that need OCR are for others */
    unsigned chunk;                              /* entries of a READDIR */
    sim_us rtt;
    sim_us cut_until;         /* partition */
    sim_us boot_offset, skew; /* of its clocks */
    sim_us frozen;            /* how long its boot clock stood still, all in all */
    sim_us booted_at;
    unsigned boot;        /* which one */
    bool up;              /* the machine runs */
    bool wanted;          /* extractd is started again whenever it ends */
    sim_us back;          /* when the machine is started again */
    sim_us restart_after; /* pause before extractd is started again */
    struct known **known;
    struct worker *worker; /* NULL: none runs */
    struct task *init;
};

enum hand_state { HAND_FREE, HAND_FILLING, HAND_QUEUED, HAND_TAKEN };

struct hand {
    enum hand_state state;
    int slot;
    struct claimed claimed;
};

struct worker {
    struct host *host;
    unsigned pid;
    struct spool spool;
    struct lease_shared shared;
    char lease_name[LEASE_CAP];
    bool lost, stopping, ended;
    struct task *supervisor, *beat, *claimer, *janitor, *slot[WORKER_SLOTS];
    unsigned n_slots;
    int slot_hand[WORKER_SLOTS];
    struct hand hands[WORKER_HANDS];
    unsigned environment_row;
    int64_t environment_last;
    bool stop_asked;
    sim_us parse_most; /* parsing takes up to so long */
};

/* What is the same for all hosts of a schedule. */
struct cluster {
    struct host host[HOSTS];
    unsigned hosts;
    struct settings settings;
    sim_us parse_most;
    unsigned slots;
    bool probe;        /* openers move their probe */
    bool sweeps;       /* janitors sweep while there is work */
    bool janitors;     /* and take back the dead at all */
    unsigned crash_in; /* a parser crashes once in so many documents; 0: never */
    unsigned ocr_in;   /* of the good documents, one in so many goes in two turns; 0: none */
    unsigned pids;     /* given out so far */
};
extern struct cluster cluster;

void cluster_reset(void);
/* One more host, not yet running. */
struct host *host_add(bool v3);
/* Switch it on, and start extractd on it, now and whenever it ends (until host_rest). */
void host_start(struct host *h);
/* extractd dies, with all its processes; the machine stays. */
void host_kill_worker(struct host *h);
/* The machine dies, and comes back after `down` (SIM_NEVER: it does not). */
void host_crash(struct host *h, sim_us down);
/* All processes of its extractd are stopped until then. */
void host_stop(struct host *h, sim_us until);
/* The same for the whole machine, with its boot clock. */
void host_freeze(struct host *h, sim_us pause);
/* extractd ends in good order and, with `for_good`, is not started again. */
void host_close(struct host *h, bool for_good);
bool host_idle(const struct host *h); /* no extractd runs, and none will be started */

/* For a host that is not started: an empty NFS client. */
void host_make_known(struct host *h);
int64_t host_boot_ms(const struct host *h);
struct worker *worker_of_self(void);

/* The processes' main functions; arg is a struct worker or a struct slot_arg. */
struct slot_arg {
    struct worker *w;
    unsigned index;
};
void worker_supervisor(void *arg);
void worker_beat(void *arg);
void worker_claimer(void *arg);
void worker_slot(void *arg);
void worker_janitor(void *arg);
int worker_open_spool(struct spool *s, const struct host *h);
void worker_close_spool(struct spool *s);
/* hands */
struct hand *hand_new(struct worker *w);
struct hand *hand_of(struct worker *w, const char *claim);
unsigned hands_used(const struct worker *w);
void hand_free(struct hand *h);
void worker_environment_failed(struct worker *w);
bool worker_environment_open(const struct worker *w);
bool worker_silenced(const struct worker *w);

#endif
