/*
 * board: what all readers are answered with, made once by the program's thread: the overview and the
 * hosts, as JSON. Readers copy it, in any thread.
 */
#ifndef PDFSPOOLD_BOARD_H
#define PDFSPOOLD_BOARD_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/sha256.h"
#include "spool/layout.h"
#include "spoold/alert/item.h"

struct board_host {
    char name[HOST_CAP];
    struct buf json; /* Host of docs/openapi.yaml */
    bool kept;       /* the maker's alone */
};

/* How spoold itself fares. */
struct board_health {
    bool answering, scanner;                /* the share; there is a scanner */
    int64_t answering_since, scanner_since; /* since it is so: file server's clock, wall clock */
    uint64_t scanners;                      /* started so far */
};

struct board {
    pthread_mutex_t lock; /* of all the others, while the server runs */
    struct buf overview;
    char tag[SHA256_HEX]; /* of the overview, without what changes of itself */
    uint64_t changes;     /* of hosts, so far */
    struct board_host *hosts;
    size_t n_hosts;
    struct board_health health;
    struct alert_item alerts[ALERTS];
    unsigned n_alerts;
    uint64_t n_alerts_made; /* how often they were looked for */
};

void board_init(struct board *b);
void board_free(struct board *b);

#endif
