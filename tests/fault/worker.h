/*
 * worker: the smallest worker and janitor that can be built from the spool's rooms, as a process in
 * a test is one.
 *
 * A worker goes step by step, so that scenarios can stop after each stage. What fails by the
 * environment goes back to waiting, unspent; what is undecided stays where it is, for whoever
 * reclaims the lease: as the real slot has to do it.
 */
#ifndef PDFSPOOL_TEST_WORKER_H
#define PDFSPOOL_TEST_WORKER_H

#include "spool/claim.h"
#include "spool/control.h"
#include "spool/place.h"

enum { WORKER_BATCH = 12 };

struct job {
    struct claimed claim;
    struct place place;
    char sealed[NAME_CAP];
    char cancel[ID_CAP]; /* "", or the id by which a command cancels it */
    bool corrupt;
    bool pages_kept; /* see pages.h */
    unsigned serial;
    struct unpack *unpack; /* see archive.h; NULL: it holds nothing */
    enum outcome outcome;
    enum { JOB_CLAIMED, JOB_WRITTEN, JOB_SEALED, JOB_OVER } stage;
};

struct worker {
    struct spool spool;
    struct lease lease;
    struct lease_shared shared;
    struct job job[WORKER_BATCH];
    unsigned jobs;
    struct control control; /* as worker_obey read it */
    bool link;              /* publish by LINK: the negative control */
};

/* Open the spool as `host`, with times that suit tests (no settling, retries at once). Exits when
 * that fails. */
void worker_open(struct worker *w, const char *top, const char *host);
/* A lease for this process. 0 or -1. */
int worker_lease(struct worker *w);
void worker_close(struct worker *w);
/* One walk over .retry/ and pending/, claiming what there is; verified. */
void worker_claim(struct worker *w);
/* Read the commands in control/: what they cancel ends as `cancelled`. */
void worker_obey(struct worker *w);
/* Load each document: its content says what becomes of it. Not readable now: back to waiting. */
void worker_load(struct worker *w);
/* Load each document, reserve and write. */
void worker_write(struct worker *w);
void worker_seal(struct worker *w);
void worker_publish(struct worker *w);
/* Send what is claimed back to waiting. */
void worker_retry(struct worker *w, bool spend);
/* Send what is claimed back to waiting: for OCR, which is no attempt of its own. */
void worker_later(struct worker *w);
/* claim to publish, then the jobs are forgotten. Returns how many documents there were. */
unsigned worker_round(struct worker *w);
/* Take back all leases in claimed/ but our own: by reclaim_own_host first, then by name (their
 * processes must be gone). */
void worker_reclaim_all(struct worker *w);
/* A new host comes and works until nothing is left: reclaim, claim, finish; gives its own lease
 * back. Rounds needed, or -1 when something is left after many. */
int worker_recover(const char *top, const char *host);

#endif
