/*
 * hosts: the leases that are there, each as it was last heard of, and the names of all hosts that
 * were ever met, by number. The last lease of a host is kept for a day after it has gone, over a
 * restart, too: people want to know who was here.
 *
 * A lease's row is made once and never changed: what is newer is another row. Snapshots hold rows.
 */
#ifndef PDFSPOOL_HOSTS_H
#define PDFSPOOL_HOSTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "spool/hoststatus.h"
#include "spool/layout.h"
#include "spoold/model/fact.h"

enum { HOSTS_NAMES = 4096, HOSTS_LEASES = 4096, HOSTS_KEPT_MS = 24 * 3600000 };

struct host_row {
    char host[HOST_CAP], lease[LEASE_CAP];
    bool has_beat, silent;
    bool gone;        /* its lease is there no more; it is silent then, too */
    bool stopped;     /* of one that is gone: in order, as far as is known */
    int64_t beat_ms;  /* when it last beat, by the file server's clock; -1: never */
    int64_t age_ms;   /* of the beat at heard_ms; -1: not known */
    int64_t heard_ms; /* this machine's boot clock */
    uint32_t in_work;
    bool has_status;
    const struct host_status *status; /* NULL without has_status */
};

/* Zero-initialise. */
struct hosts {
    const struct host_row **rows; /* in order of host and lease */
    size_t n, cap;
    char (*names)[HOST_CAP]; /* by number */
    size_t n_names, cap_names;
    struct host_status *scratch;
    bool heard; /* all leases that are there have been told of: what else was kept is gone */
};

void hosts_free(struct hosts *h);
/* The number of a host's name; NO_HOST: there are too many, or no memory. */
uint16_t hosts_number(struct hosts *h, const char *name);
/* What a lease says. 0 or -1: no memory, or too many leases. */
int hosts_heard(struct hosts *h, const struct fact_host *f, int64_t boot_ms);
/* A lease is there no more. */
void hosts_gone(struct hosts *h, const char *host, const char *lease);
/* All leases that are there have been told of, at this time of the file server's clock (ms; -1: not
 * known). What is gone for HOSTS_KEPT_MS goes. True: some has changed. */
bool hosts_round(struct hosts *h, int64_t server_ms);
/* As text, a line for each lease: "host NAME LEASE BEAT stopped|silent STATUS", STATUS as in
 * status.json without slots, or "-". */
void hosts_write(const struct hosts *h, struct buf *out);
/* One such line, without its newline: a lease that is gone, until it is heard of. False: it is none
 * (or no memory), and nothing has changed. */
bool hosts_read_line(struct hosts *h, const char *line);
/* Rows for a snapshot; those that are gone from the first hosts_round on. *rows (free it, after hosts_drop_all) holds *n. 0 or -1. */
int hosts_share(const struct hosts *h, const struct host_row ***rows, size_t *n);
void hosts_drop_all(const struct host_row **rows, size_t n); /* and frees the array; NULL is fine */

#endif
