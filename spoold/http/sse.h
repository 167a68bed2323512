/*
 * sse: server-sent events (HTML standard, 9.2): one ring of the last events, and clients that each
 * have their place in it.
 *
 *   any thread         sse_publish
 *   server's thread    sse_join, sse_take (again and again), sse_leave
 *   ticking thread     sse_tick, at the times that it asks for
 *
 * Events are told at most ten times in any second: eight a second, where one may be told ahead of
 * its time, so that the first after a pause goes at once, and so does one that follows soon. What
 * comes sooner is told together. What belongs together is told together, too: between sse_hold and
 * sse_release nothing goes out. An event that is still to be told is replaced by a later one of the
 * same name and key, so "the state of host a" is told once, as it is then; without a key (NULL)
 * each one is told.
 * When more wait than there is room for, they are dropped and a "reset" is told in their place: the
 * client asks for everything anew.
 *
 * Each event has an id, "START-NUMBER", where START is of this start of the program. A client that
 * comes back with Last-Event-ID gets what it missed, or a "reset" when the ring has forgotten it
 * (or the id is of another start). A new client gets "hello", which has the id to go on from, and
 * what it is greeted with. Who wants some events only gets these, and resets. A comment goes out
 * every 10 s, so that who has vanished is noticed. A client that the ring
 * overtakes, or that takes nothing for 30 s, is ended: memory is the ring and what waits, however
 * many and slow the clients are.
 *
 * Waking and sleeping are the caller's (as in later.h): called with the lock held, never crossing.
 */
#ifndef PDFSPOOLD_SSE_H
#define PDFSPOOLD_SSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum {
    SSE_RING = 1024,              /* events at most */
    SSE_RING_BYTES = 1024 * 1024, /* and bytes */
    SSE_PENDING = 256,            /* events that wait to be told */
    SSE_EVENT_BYTES = 64 * 1024,  /* a longer one becomes a "reset" */
    SSE_GAP_MS = 125,             /* of time that each telling uses up, ... */
    SSE_AHEAD_MS = 125,           /* and how far ahead it may be used */
    SSE_COMMENT_MS = 10000,
    SSE_NAME = 32,
    SSE_TOPICS = 128,
    SSE_ID = 32
};

struct sse;
struct sse_client;

/* What a client that comes has asked for, and gets at first. All may be NULL. */
struct sse_wish {
    const char *last_id; /* Last-Event-ID */
    const char *topics;  /* names of events, parted by commas; NULL or "": all */
    const char *name;    /* of the event that greets it, where it is among these ... */
    const char *data;    /* ... and its data, one line */
};

struct sse_calls {
    void (*sleep)(void *arg); /* in the server's thread */
    void (*wake)(void *arg);  /* only for what sleeps */
    void (*kick)(void *arg);  /* end its connection */
    void (*poke)(void *hub);  /* sse_tick wants to be called sooner than it said; no lock is held */
    void *hub;
};

struct sse *sse_new(const struct sse_calls *calls, size_t clients_max); /* NULL: out of memory */
void sse_free(struct sse *s); /* NULL is fine; all clients must have left */
/* Tell `name` (a word) with `data` (n bytes of one line: JSON). Copies. -1: out of memory, and a
 * "reset" will be told when there is some again. */
int sse_publish(struct sse *s, const char *name, const char *key, const char *data, size_t n,
                int64_t now);
/* In how many ms what is told now would go out; 0: at once. */
int64_t sse_gap(struct sse *s, int64_t now);
/* A set of events follows, soon: nothing goes out before the release. May be nested. */
void sse_hold(struct sse *s);
void sse_release(struct sse *s, int64_t now);
/* A client. NULL with errno: EBUSY: there are clients_max, or the end has come; ENOMEM. */
struct sse_client *sse_join(struct sse *s, void *arg, const struct sse_wish *wish);
/* The id of the last event that was told, "START-NUMBER" (NUMBER 0: none was). */
void sse_last_id(struct sse *s, char id[SSE_ID]);
/* Up to cap bytes of what is to be sent. 0: nothing; the connection has been put to sleep. -1: the
 * end. */
ssize_t sse_take(struct sse *s, struct sse_client *c, char *to, size_t cap);
void sse_leave(struct sse *s, struct sse_client *c);
/* Tell what is due. Returns when to come again (INT64_MAX: when poked). */
int64_t sse_tick(struct sse *s, int64_t now);
/* Tell what waits; then each client is at its end, and nobody sleeps any more. */
void sse_stop(struct sse *s, int64_t now);
size_t sse_count(struct sse *s);

#endif
