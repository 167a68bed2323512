/*
 * desk: threads for requests that take more than a moment but nothing of the share: searches through
 * many documents. The connection waits by a ticket (server_later); the server's thread goes on.
 */
#ifndef PDFSPOOLD_DESK_H
#define PDFSPOOLD_DESK_H

#include <stdbool.h>
#include <stdint.h>

#include "spoold/http/answer.h"

enum { DESK_THREADS = 2, DESK_QUEUE = 32 };

struct desk;

/* What is to be done, in a thread of the desk: answer, and free what `job` is. With a == NULL only
 * that: the end has come. */
typedef void desk_work(void *job, struct answer *a);
/* Where answers go: server_complete. Any thread. */
typedef void desk_done(void *arg, uint64_t ticket, struct answer *a);

struct desk *desk_new(desk_done *done, void *arg); /* NULL: no memory, or no threads */
/* Take it over. False: there is no place, and the job is still the caller's. Any thread. */
bool desk_begin(struct desk *d, uint64_t ticket, desk_work *work, void *job);
/* No answers come after this; it waits for those under way. Then desk_begin says false. */
void desk_stop(struct desk *d);
void desk_free(struct desk *d); /* stopped; NULL is fine */

#endif
