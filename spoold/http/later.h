/*
 * later: answers that another thread or process makes. A request is given a ticket; its connection
 * sleeps until somebody answers to the ticket or its time is over.
 *
 *   server's thread      later_open, then later_wait: LATER_SLEEPS (the connection has been put to
 *                        sleep) or LATER_READY; once it was woken, later_wait again gives the
 *                        answer
 *   any thread           later_complete(ticket, answer)
 *
 * A request whose body is still coming may sleep, too, until there is room for more of it: its ticket
 * is good for ever (INT64_MAX) until the whole body has come, later_limit then gives it an end.
 *
 *   server's thread      later_pause: LATER_SLEEPS, or LATER_READY: there is room, or an answer, already
 *   any thread           later_nudge(ticket)
 *   the ticking thread   later_tick
 *
 * A ticket is a number, not a pointer: who answers too late, or twice, is told so and harms nobody.
 * Sleeping and waking are the caller's: `sleep` is called in the server's thread, `wake` in any,
 * and only for what sleeps; both with the lock held, so that they never cross. They must not call
 * back.
 */
#ifndef PDFSPOOLD_LATER_H
#define PDFSPOOLD_LATER_H

#include <stdbool.h>
#include <stdint.h>

#include "spoold/http/answer.h"

enum {
    LATER_COUNT = 64,      /* at a time */
    LATER_LIMIT_MS = 5000, /* unless a route says otherwise */
};

enum later_verdict { LATER_SLEEPS, LATER_READY, LATER_OVER };

struct later;

struct later *later_new(void (*sleep)(void *arg), void (*wake)(void *arg)); /* NULL: no memory */
void later_free(struct later *l); /* NULL is fine; all tickets must be closed */
/* A ticket for this request, good until `until`. 0: there are LATER_COUNT already, or the end has
 * come. */
uint64_t later_open(struct later *l, void *arg, int64_t until);
/* READY: *answer is it, the caller's from now on, and the ticket is closed. OVER: nobody answered
 * in time; the ticket is closed. */
enum later_verdict later_wait(struct later *l, uint64_t ticket, struct answer *answer);
/* Sleep until later_nudge or later_complete, or not at all (READY) when one of them has come since the
 * last sleep. OVER: the end has come. */
enum later_verdict later_pause(struct later *l, uint64_t ticket);
/* From now on it is good until then. */
void later_limit(struct later *l, uint64_t ticket, int64_t until);
/* Wake who has paused; a ticket that is closed: nothing is done. */
void later_nudge(struct later *l, uint64_t ticket);
/* The request has ended: nobody waits any more. 0, or a ticket that is closed: nothing is done. */
void later_close(struct later *l, uint64_t ticket);
/* Answer. Takes over what *answer holds in any case (it is {0} then). False: too late. */
bool later_complete(struct later *l, uint64_t ticket, struct answer *answer);
/* Wake those whose time is over. Returns when to come again (INT64_MAX: no need). */
int64_t later_tick(struct later *l, int64_t now);
/* All that sleep are woken, as if their time were over; nobody sleeps any more. */
void later_stop(struct later *l);

#endif
