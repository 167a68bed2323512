/*
 * scenario_more: the pieces of the protocol beside a document's own way: commands, the end of a
 * lease, the janitor's judging and sweeping, the journal, init and audit.
 */
#ifndef PDFSPOOL_TEST_SCENARIO_MORE_H
#define PDFSPOOL_TEST_SCENARIO_MORE_H

#include "worker.h"
#include "world.h"

/* From scenario.c: preparations to go on from. */
void scenario_lease(struct worker *me);
void scenario_claims(struct world *w, struct worker *me);
void scenario_results(struct world *w, struct worker *me);
void scenario_sealed(struct world *w, struct worker *me);
void scenario_whole(struct world *w, struct worker *me);
void scenario_reclaim_host(struct world *w, struct worker *me);
/* A process of this host dies at once after `stage`; then this one gets a lease. */
void scenario_dead(struct world *w, struct worker *me,
                   void (*stage)(struct world *, struct worker *));

/* The lease is given back with documents claimed and sealed in it, as the closer does it. */
void scenario_sealed_half(struct world *w, struct worker *me);
void scenario_shutdown(struct world *w, struct worker *me);
/* Documents are cancelled: one pending, one waiting, one in hand. */
void scenario_to_cancel(struct world *w, struct worker *me);
void scenario_cancel(struct world *w, struct worker *me);
/* Leftovers of every kind, all old, beside what must not be swept. */
void scenario_litter(struct world *w, struct worker *me);
void scenario_sweep(struct world *w, struct worker *me);
/* Leases of another host: one whose beat is gone, one whose beat stands still. */
void scenario_silent(struct world *w, struct worker *me);
void scenario_observe(struct world *w, struct worker *me);
/* Tokens that nobody knows are put back from a living lease's work/. */
void scenario_strangers(struct world *w, struct worker *me);
void scenario_strangers_back(struct world *w, struct worker *me);
/* Sealed, the host dead, and the private results removed by somebody. */
void scenario_emptied(struct world *w, struct worker *me);
/* The first names of a document are all taken. */
void scenario_numbers(struct world *w, struct worker *me);
/* Beat, journal, the server's clock. */
void scenario_report(struct world *w, struct worker *me);
/* A tree that is not complete, made whole and opened. */
void scenario_no_ini(struct world *w, struct worker *me);
void scenario_init(struct world *w, struct worker *me);
int scenario_recover_init(const char *top, const char *host);
/* Documents in all states, looked at. */
void scenario_all_states(struct world *w, struct worker *me);
void scenario_audit(struct world *w, struct worker *me);

#endif
