/*
 * serve: the inside of server.h; its parts are serve.c (a request's way), check.c (what is
 * refused), finish.c (what an answer
 * gets on its way out), login.c (sessions) and server.c (beginning, clocks and end).
 */
#ifndef PDFSPOOLD_SERVE_H
#define PDFSPOOLD_SERVE_H

#include <pthread.h>
#include <stdatomic.h>

#include "spoold/http/auth.h"
#include "spoold/http/later.h"
#include "spoold/http/mhd.h"
#include "spoold/http/reaper.h"
#include "spoold/http/server.h"
#include "spoold/http/sse.h"

enum {
    SERVE_DRAIN = 256 * 1024, /* a body up to this is read before it is refused, so that the refusal
                                 is read: a connection that is closed on a body loses it */
    SERVE_DELAYED = 8,        /* wrong tokens that wait for their refusal; while there are so many,
                                 none is looked at */
};

struct server {
    struct server_options o;
    struct auth auth;
    struct mhd *mhd;
    struct reaper *reaper;
    struct later *later, *delays; /* answers that come later; refusals that are held back */
    struct sse *sse;
    unsigned delayed; /* the server's thread alone */
    atomic_uint busy; /* requests under way, streams not counted */
    atomic_ullong requests, refused, reaped, status[600];
    /* The thread of the clocks. */
    pthread_t clocks;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool poked, stopping;
};

enum serve_stage {
    SERVE_BODY,  /* comes */
    SERVE_ASKED, /* the handler has given its word to answer later */
    SERVE_DELAY, /* a refusal that is held back */
    SERVE_SENT,
};

struct exchange {
    struct request rq; /* first: server_later finds the rest by it */
    struct server *s;
    struct mhd_exchange *e;
    struct reaper_conn *conn;
    const struct route *route;
    struct answer answer;
    enum serve_stage stage;
    bool refused; /* the answer is there already; what comes of the body is thrown away */
    bool delay;   /* ... and is held back: a wrong token. Counted in the server's `delayed` */
    bool busy;    /* counted in the server's */
    bool paused;  /* nothing is read of its body until there is room for it */
    void *upload;
    struct sse_client *client;
};

/* serve.c: the library's calls. */
extern const struct mhd_calls serve_calls;
void serve_sleep(void *exchange);
void serve_wake(void *exchange);
void serve_kick(void *exchange);
/* check.c: decode it and look at all but its body. Then either `refused` is set, or the answer is
 * there (a file of the page; no route), or the route's handler is to be asked. */
void check_request(struct exchange *x, const struct request_raw *raw);
/* Refuse a wrong token, and say so in the log. */
void check_wrong_token(struct exchange *x);
/* finish.c: make the answer ready: entity tag, gzip, its headers. */
void finish_answer(const struct request *rq, struct answer *a);
extern const struct mhd_header finish_headers[];
/* server.c: the clocks are to look again. */
void server_poke(void *server);

#endif
