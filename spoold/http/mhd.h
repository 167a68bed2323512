/*
 * mhd: the only user of libmicrohttpd (0.9.75). One thread of the library's waits by epoll and
 * calls us; what we do in those calls must not wait for anything.
 *
 * The facts about that version that shape this room (libmicrohttpd's connection.c and daemon.c):
 *   - an answer can be given when the header is complete or when the whole body has come, not in
 *     between; one that is given while a body is still to come ends the connection
 *   - a suspended connection does not see that its client has left, and never times out; resuming
 *     one that is not suspended, and stopping while one is suspended, are not allowed
 *   - the library decodes %XX in place, so the target is taken before that, as it came
 *   - its own timeout is about silence alone (see reaper.h)
 *   - a header that is continued on the next line has that line added to its name (see request.c)
 *   - for a malformed request line or header it answers by itself, or just closes; for a
 *     malformed Content-Length its answer has its header twice, and the connection ends
 */
#ifndef PDFSPOOLD_MHD_H
#define PDFSPOOLD_MHD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "spoold/http/answer.h"
#include "spoold/http/request.h"

struct mhd;
struct mhd_exchange; /* a request and its answer, under way */

struct mhd_header {
    const char *name, *value;
};

struct mhd_calls {
    /* A connection begins, and ends (before its descriptor is closed). NULL: refuse it. */
    void *(*opened)(void *arg, int fd);
    void (*closed)(void *arg, void *conn);
    /* A header is complete. The state for the calls below; NULL: end the connection. */
    void *(*begin)(void *arg, void *conn, struct mhd_exchange *e, const struct request_raw *raw);
    /* How many were taken; fewer than n only after mhd_suspend: the rest comes again. */
    size_t (*body)(void *x, const char *bytes, size_t n);
    /* The whole request has come; again after each mhd_resume, until there is an answer. */
    void (*end)(void *x);
    /* What a stream sends next: bytes, 0 after it was suspended, -1 at its end. */
    ssize_t (*stream)(void *x, char *to, size_t cap);
    /* The exchange is over, well or not. */
    void (*done)(void *x);
};

struct mhd_options {
    unsigned connections;             /* at a time */
    unsigned per_address;             /* of them from one address; 0: no limit */
    const struct mhd_header *headers; /* of every answer; {NULL} ends it */
};

/* Serve on a listening socket. NULL with errno when the library will not. The socket is the
 * library's until mhd_quiet. */
struct mhd *mhd_start(int fd, const struct mhd_options *o, const struct mhd_calls *calls,
                      void *arg);
/* Take no more connections. The socket is the caller's again, open still; -1: cannot be had. */
int mhd_quiet(struct mhd *m);
/* End all connections and the thread, after mhd_quiet. Nothing may be suspended. */
void mhd_stop(struct mhd *m);

/* In begin or end: answer. Takes over what *a holds. Without memory the connection is ended. */
void mhd_send(struct mhd_exchange *e, struct answer *a);
/* The same, but the body comes from calls.stream. */
void mhd_send_stream(struct mhd_exchange *e, struct answer *a);
/* Who asks, for the log: an address, or "a unix socket"; into to[cap] (64 bytes are enough). */
void mhd_peer(const struct mhd_exchange *e, char *to, size_t cap);
/* In begin, body, end or stream: nothing more happens until mhd_resume. */
void mhd_suspend(struct mhd_exchange *e);
/* Any thread; only what is suspended. */
void mhd_resume(struct mhd_exchange *e);

#endif
