/* sse_parts: what sse.c (telling) and sse_client.c (who hears it) share. */
#ifndef PDFSPOOLD_SSE_PARTS_H
#define PDFSPOOLD_SSE_PARTS_H

#include <pthread.h>

#include "base/buf.h"
#include "spoold/http/sse.h"

struct event {
    char name[SSE_NAME];
    char *key; /* NULL: never replaced */
    struct buf data;
};

struct sse_client {
    struct sse_client *next, **at;
    void *arg;
    uint64_t place; /* number of the event that it gets next */
    size_t offset;  /* bytes of that event (or of `own`) that it has */
    struct buf own; /* what is for this client alone, told first */
    int comments;   /* that are due */
    bool sleeps, ended;
    char topics[SSE_TOPICS]; /* ",overview,host,"; "": all */
};

struct sse {
    pthread_mutex_t lock;
    struct sse_calls calls;
    char start[9]; /* of this start of the program */
    /* The ring: events first..next-1; event i lies at i % SSE_RING, as it goes over the wire. */
    struct buf ring[SSE_RING];
    char names[SSE_RING][SSE_NAME];
    uint64_t first, next;
    size_t bytes;
    struct event pending[SSE_PENDING];
    size_t pendings;
    unsigned held;     /* how many tell a set of events just now */
    bool lost;         /* some that waited were dropped */
    int64_t paid;      /* until when what has been told has used up its share of the time */
    int64_t commented; /* when; far back: never */
    bool stopping;
    struct sse_client *all;
    size_t count, clients_max;
};

/* An event as it goes over the wire. data NULL: of a "hello" or a "reset", which say where the
 * client is now. False: no memory. */
bool sse_client_wire(const struct sse *s, struct buf *to, uint64_t id, const char *name,
                     const struct buf *data);

#endif
