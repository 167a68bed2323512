/*
 * hostload: what this machine has to do and how warm it is, and what of that is extractd's own: for
 * status.json. Read from /proc and /sys, which hang on no share.
 *
 * It costs a bounded share of a core, whatever the machine: the figures of the whole machine are
 * some small files each LOAD_EVERY_MS; those of our own processes need a walk through /proc, which
 * is done so seldom that it takes no more than one part in OWN_REST of the time.
 *
 *   hostload_begin, then hostload_look as often as wanted
 */
#ifndef PDFSPOOL_HOSTLOAD_H
#define PDFSPOOL_HOSTLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "spool/hoststatus.h"

enum {
    LOAD_EVERY_MS = 10000,
    HEAT_EVERY_MS = 600000, /* how often sensors are looked for */
    OWN_REST = 5000,
    HEAT_SENSORS = 8,
    HOSTLOAD_PATH = 160
};

struct hostload {
    const char *root; /* "", or for a test the folder that has proc/ and sys/ */
    pid_t top;        /* extractd's first process: all others descend from it */
    struct host_load now;
    int64_t next_load, next_own, next_sensors; /* boot clock, ms */
    uint64_t busy, total;                      /* ticks of all cores at the last look */
    uint64_t own, own_total;                   /* of our processes, and of all cores, then */
    bool counted, own_counted;
    unsigned sensors;
    char sensor[HEAT_SENSORS][HOSTLOAD_PATH];
};

/* Borrows root. */
void hostload_begin(struct hostload *h, const char *root, pid_t top);
/* The newest figures, at `now` of the boot clock (ms); what is not known is STATUS_UNKNOWN. CPU use
 * is known from the second look on. */
const struct host_load *hostload_look(struct hostload *h, int64_t now);

/* Memory that is available now, in bytes, or STATUS_UNKNOWN. */
int64_t hostload_available(const char *root);
/* Of the last ten seconds, hundredths of a per cent in which all processes stood still for lack of
 * memory, or STATUS_UNKNOWN. */
int64_t hostload_still(const char *root);

/* For its own files: a small file below the root, with a NUL; its length, or -1. */
ssize_t hostload_file(const char *root, const char *path, char *text, size_t cap);
/* Ticks of CPU that our processes have used, those that have ended included, and the memory that
 * they share with nobody, in bytes. False: not known. */
bool hostload_own(const char *root, pid_t top, uint64_t *ticks, uint64_t *bytes);
/* Find the sensors of processors; then read them: millidegrees of the hottest. */
void hostload_sensors(struct hostload *h);
int64_t hostload_heat(const struct hostload *h);

#endif
