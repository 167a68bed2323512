/*
 * spool: an opened spool, and making a new one.
 *
 * The descriptors of the top folders are held for as long as the spool is open (nobody removes
 * those); everything below is opened when it is needed. One struct per process; after fork() a
 * child may use its parent's.
 */
#ifndef PDFSPOOL_SPOOL_H
#define PDFSPOOL_SPOOL_H

#include <stddef.h>

#include "spool/layout.h"
#include "spool/settings.h"

struct spool {
    char path[PATH_CAP]; /* absolute, as opened */
    char host[HOST_CAP];
    struct settings settings;
    int root, pending, retry, unpack, claimed, done, failed, control, names, paths, archives,
        journal;
};

/* Open the spool at `path` for the host called `host` (NULL: this machine's name). config: the
 * --config file or NULL. The settings are read from spool.ini and then config; problems go to
 * report. On failure -1, and a sentence (what, why, what to do) in err[cap]; *exit_code is 69 (no
 * spool there, or out of reach) or 78 (configuration). */
int spool_open(struct spool *s, const char *path, const char *host, const char *config,
               settings_report *report, char *err, size_t cap, int *exit_code);
/* Read the settings anew, as spool_open did; on a problem the old ones stay and -1 is returned. */
int spool_reload(struct spool *s, const char *config, settings_report *report);
void spool_close(struct spool *s);
/* Make the tree below `path` (made, too, if it is not there), spool.ini last: it makes a folder a
 * spool. What exists is left as it is. -1 with a sentence in err[cap]. */
int spool_init(const char *path, char *err, size_t cap);
/* This machine's name as used in claimed/<host>/: letters, digits, '-', '_' and inner '.'; anything
 * else becomes '-'. */
void spool_host_name(char host[HOST_CAP]);
/* True for a host name as spool_host_name makes it (also for names given by --host). */
int spool_host_ok(const char *host);

#endif
