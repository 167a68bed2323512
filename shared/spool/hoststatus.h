/*
 * hoststatus: what a running lease says about itself, in claimed/<host>/<lease>/status.json
 * (replaced by rename). Written by the reporter of extractd, read by spoolctl and spoold. What is
 * read is hostile until checked.
 */
#ifndef PDFSPOOL_HOSTSTATUS_H
#define PDFSPOOL_HOSTSTATUS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "spool/layout.h"

enum { STATUS_SLOTS = 256 };

struct slot_status {
    char stage[12];                /* idle, load, open, text, emit, results, publish */
    char path[PATH_CAP];           /* of the document in hand, bytes; "" when idle */
    char document[ID_CAP];         /* its id */
    uint32_t attempt, page, pages; /* page x of y; pages 0: not known (yet) */
    int64_t running_ms;            /* since it was taken in hand */
    int64_t progress_ms;           /* since it last made progress */
};

struct host_status {
    char host[HOST_CAP], lease[LEASE_CAP], version[24], sandbox[16],
        state[16];    /* state: running, paused, draining,
                          stopping, sick */
    char reason[200]; /* why it is paused, draining or sick; "" otherwise */
    int64_t pid;
    int64_t written_ms; /* server time */
    int64_t uptime_ms;
    uint32_t cores, n_slots;
    uint64_t done, failed, retried, unspent, pages, bytes; /* since the start of the lease */
    uint64_t reused; /* of `done`: with the text of another document */
    uint64_t claims_tried, claims_won;
    uint64_t ignored_names, ignored_links, ignored_special, ignored_empty, unsettled, unreadable;
    uint64_t parser_kills, restarts; /* of processes of this extractd */
    char wake[16];                   /* how the claimer hears of drops: "inotify+scan" or "scan" */
    uint32_t shown_slots;
    struct slot_status slots[STATUS_SLOTS];
};

/* Append as JSON (one object, one line). */
void hoststatus_write(const struct host_status *h, struct buf *out);
/* Parse; -1 when it is no such JSON. Numbers are clamped, strings cut. */
int hoststatus_read(struct host_status *h, const char *json, size_t n);

#endif
