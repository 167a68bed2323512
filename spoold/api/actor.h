/*
 * actor: whoever carries out retries and cancels: a thread for each, ACTORS at most. It chooses the
 * documents from the snapshot, gives them to hands batch by batch (batch.h), counts what comes of
 * them, and tells. It goes on when whoever asked has left.
 *
 * Whoever asked gets the action as it is when it has ended (200), or after a second (202; events
 * and its Location tell the rest). A share that does not answer is waited for, ACT_PATIENCE_MS
 * without any document done; then what is left counts as failed, and the same may be asked again.
 */
#ifndef PDFSPOOLD_ACTOR_H
#define PDFSPOOLD_ACTOR_H

#include "spoold/api/api.h"
#include "spoold/api/choice.h"

enum { ACTORS = 4, ACT_PATIENCE_MS = 600000 };

struct actors;

/* Borrows api. NULL: no memory. */
struct actors *actors_new(struct api *api);
/* Begin; `ticket` of server_later is answered. Takes the choice over. False: there are ACTORS at
 * work, or there is no thread: nobody will answer, and the choice is freed. */
bool actors_begin(struct actors *s, struct choice *c, uint64_t ticket);
/* Nobody is told anything after this; a hand comes to the end of the document that it is at, and
 * what is not done stays undone. Waits for the threads, a fraction of a second. NULL is fine. */
void actors_stop(struct actors *s);

#endif
