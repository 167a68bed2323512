/*
 * hosts: the running (and dead) extractd of a spool, by their folders in claimed/.
 */
#ifndef PDFSPOOL_CTL_HOSTS_H
#define PDFSPOOL_CTL_HOSTS_H

#include <stdbool.h>
#include <stdint.h>

#include "spool/hoststatus.h"
#include "spool/registry.h"
#include "spool/spool.h"

enum { HOSTS_SILENT_BEATS = 3 };

struct host_view {
    const char *host, *lease;
    bool has_beat, has_status;
    int64_t beat_age_ms; /* by the file server's clock; -1: not known */
    bool silent;         /* three beats missed, or no beat */
    unsigned in_work;    /* entries of its work/ */
    const struct host_status
        *status; /* what it says of itself; all zero when has_status is not set */
    const struct registry *processes; /* NULL: it says nothing of them */
    int64_t now_ms;                   /* by the file server's clock; -1: not known */
};

typedef void hosts_visit(void *arg, const struct host_view *v);
/* 0, or -1 with errno. */
int hosts_each(const struct spool *s, hosts_visit *visit, void *arg);
/* "working 3 of 10", "silent for 4 min", ...: a state in a word or two, in a static buffer. */
const char *hosts_word(const struct host_view *v);

#endif
