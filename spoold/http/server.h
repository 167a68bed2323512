/*
 * server: the page's HTTP server. It knows no model and no spool: a table of routes and a folder of
 * files come from the program.
 *
 *   server_new -> server_start -> (handlers are called; server_publish, server_complete from any
 *   thread) -> server_stop
 *
 * Two threads: the library's, which calls all handlers, and one that keeps the clocks. Routes of
 * the server's own: /api/v1/session (see login.c).
 *
 * The order in which a request is looked at: decoded (400 and others), its Host (421), a file of
 * the page, its route (404, 405), another site's page (403), rights (401, 403), its body (413,
 * 415).
 */
#ifndef PDFSPOOLD_SERVER_H
#define PDFSPOOLD_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "spoold/http/assets.h"
#include "spoold/http/hostcheck.h"
#include "spoold/http/listener.h"
#include "spoold/http/route.h"
#include "spoold/http/secret.h"

enum { SERVER_CONNECTIONS = 128, SERVER_EVENT_CLIENTS = 32, SERVER_GRACE_MS = 2000 };

struct server;

/* For a client of a stream: what it gets at first, an event's name and (appended to *data) its data,
 * in the server's thread. NULL: nothing. */
typedef const char *server_greet(void *arg, struct buf *data);

struct server_options {
    const struct route *routes;
    size_t route_count;
    void *arg;                     /* for the handlers */
    server_greet *greet;           /* NULL: nothing at first */
    const char *topics;            /* names of all events, parted by commas; NULL: any */
    const struct assets *assets;   /* NULL: no page. Borrowed */
    const struct hostcheck *hosts; /* borrowed */
    const struct secret *secret;   /* NULL: no token, so nobody may change anything. Copied */
    bool token_to_read;            /* reading needs the token too; so where others can reach us */
    bool read_only;
    unsigned connections;   /* 0: SERVER_CONNECTIONS */
    unsigned per_address;   /* 0: no limit; for a public address with no proxy before it */
    unsigned event_clients; /* of the connections; 0: SERVER_EVENT_CLIENTS */
    uint64_t upload_max;    /* bytes of one upload; 0: no uploads */
    int64_t patience_ms;    /* in which a header must be complete; 0: REAPER_HEADER_MS, 10 s */
};

struct server_counts {
    uint64_t requests, refused; /* refused: 4xx */
    uint64_t reaped;            /* connections that were too slow */
    size_t connections, event_clients;
};

/* A server that does not serve yet, so that the handlers can know it before they are called. NULL:
 * out of memory. */
struct server *server_new(const struct server_options *o);
/* Serve. Takes over the listener's socket (its fd is -1 then). -1 with errno; then it can only be
 * stopped. SIGPIPE must be ignored by the program. */
int server_start(struct server *s, struct listener *l);
/* Take no more connections, end streams, give requests under way up to grace_ms, and end the rest.
 * Frees the server, whether it was started or not. No other thread may use it any more.
 * NULL is fine. */
void server_stop(struct server *s, int64_t grace_ms);

/* For a handler: a ticket for this request, with which another thread answers by server_complete;
 * the handler then returns ROUTE_LATER. After the route's limit the client gets 503 with
 * Retry-After. 0: too many wait already; ROUTE_LATER then gives 503 at once. */
uint64_t server_later(struct request *rq);
/* Any thread. Takes over what *a holds. False: too late, nobody waits any more. */
bool server_complete(struct server *s, uint64_t ticket, struct answer *a);
/* Any thread: there is room again for what an upload's `piece` did not take. A ticket of server_later. */
void server_room(struct server *s, uint64_t ticket);
/* Any thread: tell an event to all streams; see sse_publish. */
int server_publish(struct server *s, const char *name, const char *key, const char *data, size_t n);
/* Any thread: in how many ms what is told now would go out (0: at once); and what is told between
 * hold and release goes out together. See sse_gap, sse_hold. */
int64_t server_gap(struct server *s);
void server_hold(struct server *s);
void server_release(struct server *s);

/* The id of the last event, "START-NUMBER"; SSE_ID bytes. Any thread. */
void server_event_id(struct server *s, char id[32]);

void server_count(struct server *s, struct server_counts *c);
/* How many answers had this status (100 to 599). */
uint64_t server_count_status(const struct server *s, int status);
/* The server's own routes, for whoever lists all of them. */
extern const struct route server_routes[];
extern const size_t server_route_count;

#endif
