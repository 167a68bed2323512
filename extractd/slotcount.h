/*
 * slotcount: how many slots may take documents now, between slots_min and slots_max: as many as the
 * machine's memory and what others do on it leave room for. Pure: facts and a time in, a number and
 * its reason out.
 *
 *   memory   tight (below TIGHT, or processes stand still for lack of it): half of the slots; short:
 *            one fewer; neither for CALM_MS and room for one more: one more. What is in between
 *            changes nothing, so that the number does not swing
 *   distance where an answer of the share takes long, a document is for most of its time on the way:
 *            more of them are in hand than `max`, so many that the cores have work meanwhile, and
 *            SLOTCOUNT_FAR_MOST for each core at most
 *   load     cores that other programs keep busy are not ours: from slots_max, with none of them
 *            busy, down to one slot for each core and one more, with all of them busy
 */
#ifndef PDFSPOOL_SLOTCOUNT_H
#define PDFSPOOL_SLOTCOUNT_H

#include <stdint.h>

enum {
    SLOTCOUNT_EVERY_MS = 2000,
    SLOTCOUNT_CALM_MS = 10000,
    SLOTCOUNT_TIGHT = 50,  /* permille of all memory that is available */
    SLOTCOUNT_SHORT = 100, /* the same */
    SLOTCOUNT_CALM = 150,  /* the same: above it there is enough */
    SLOTCOUNT_STILL_TIGHT =
        1000,                    /* hundredths of a per cent of the time in which all stand still */
    SLOTCOUNT_STILL_SHORT = 200, /* the same */
    SLOTCOUNT_OTHERS_FREE = 250, /* permille of the CPU that others may use without harm */
    SLOTCOUNT_NEAR_US =
        250,              /* a share that answers so soon needs no more slots than a local spool */
    SLOTCOUNT_TRIPS = 20, /* round trips that a document waits for, one after the other (NFS.md) */
    SLOTCOUNT_CORE_US = 10000, /* what a document is taken to need of a core before one has ended */
    SLOTCOUNT_CORE_LEAST_US = 1000,
    SLOTCOUNT_FAR_MOST = 8,
    SLOTCOUNT_WHY = 120
};

/* Each int64_t may be STATUS_UNKNOWN (hoststatus.h), which lowers nothing. */
struct slotcount_facts {
    unsigned min, max, cores;
    unsigned most;          /* where the share is far away; max or less: no more */
    int64_t round_trip_us;  /* of the share; 0: not known */
    int64_t core_ms, ended; /* sums that only grow: time of documents on cores; their number */
    int64_t memory_total, memory_available; /* bytes */
    int64_t still;                          /* "full avg10" of /proc/pressure/memory, hundredths */
    int64_t others;                         /* permille of all cores that other programs use */
    int64_t per_slot;                       /* bytes that a slot at work takes here */
};

struct slotcount {
    unsigned active;         /* the number */
    unsigned memory;         /* as many as memory has room for; 0 at first */
    unsigned max;            /* what it was at the last step, the share's distance included */
    int64_t core_us;         /* of a core, that a document needs here; 0: none has ended yet */
    int64_t core_ms, ended;  /* as last seen */
    int64_t calm_since;      /* boot clock, ms; 0: it is not calm */
    char why[SLOTCOUNT_WHY]; /* why it is below max; "": it is not */
};

/* One step, at most every SLOTCOUNT_EVERY_MS. Zero-initialise *s: it begins with max. */
void slotcount_step(struct slotcount *s, const struct slotcount_facts *f, int64_t now);

#endif
