/*
 * route: which handler answers what. One table, given by the program; a test can hold it against
 * docs/openapi.yaml.
 *
 * A pattern is a path of words and of names in braces, "/api/v1/hosts/{host}": a name stands for
 * one whole segment, decoded, that is not empty; it may hold any bytes but NUL ("a%2Fb" is one
 * segment). Patterns are looked at in the table's order.
 */
#ifndef PDFSPOOLD_ROUTE_H
#define PDFSPOOLD_ROUTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "spoold/http/answer.h"
#include "spoold/http/auth.h"
#include "spoold/http/request.h"

enum { ROUTE_JSON_MAX = 64 * 1024 };

enum route_next {
    ROUTE_DONE,  /* *a is the answer */
    ROUTE_LATER, /* whoever has rq->ticket answers, by server_complete */
};

/* Called in the server's one thread: it must not wait for anything, and never touch the share. */
typedef enum route_next route_handler(void *arg, struct request *rq, struct answer *a);

/* A body that is no JSON and comes in pieces, in the server's thread too: nothing here may wait.
 * More than server_options.upload_max bytes are refused (413) before the first is taken. */
struct route_upload {
    const char *const *types; /* that it may be of, "application/pdf"; ended by NULL */
    /* Before the first byte (rq->content_length are to come, at least one). A state, or NULL: *a
     * says why not. server_later may be called here already; the route's limit then counts from
     * `end` on, and what is answered before that is sent at the end. */
    void *(*begin)(void *arg, struct request *rq, struct answer *a);
    /* n more bytes: how many of them were taken. Fewer than n: the client is not read from until
     * server_room, and the rest then comes once more. -1: *a says why it ends here. */
    ssize_t (*piece)(void *state, const void *bytes, size_t n, struct answer *a);
    /* All have come; like a handler. The state is not used again but by `drop`. */
    enum route_next (*end)(void *state, struct request *rq, struct answer *a);
    /* The request has ended, well or not: give the state back. */
    void (*drop)(void *state);
};

struct route {
    enum request_method method; /* GET answers HEAD too */
    const char *pattern;
    enum auth_need need;
    route_handler *handler;
    bool events;      /* no handler: the stream of server-sent events */
    bool no_body;     /* a POST or PUT that takes none; GET and DELETE never take one */
    int64_t limit_ms; /* for ROUTE_LATER; 0: LATER_LIMIT_MS */
    const struct route_upload *upload;
};

/* The route of this request; its names go to rq->param_*. NULL: none; then *allow (room for 64
 * bytes) lists the methods with which there is one ("GET, HEAD"), or is "". */
const struct route *route_match(const struct route *table, size_t n, struct request *rq,
                                char allow[64]);

#endif
