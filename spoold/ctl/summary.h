/*
 * summary: how many documents are in which state, and which hosts work: what 'spoolctl status' tells.
 *
 * summary_make, summary_members or the counts themselves, summary_free.
 */
#ifndef PDFSPOOL_CTL_SUMMARY_H
#define PDFSPOOL_CTL_SUMMARY_H

#include "base/buf.h"
#include "base/jsonw.h"
#include "spool/control.h"
#include "spoold/ctl/docs.h"
#include "spoold/ctl/hosts.h"

enum { SUMMARY_SAMPLE = 20000 /* of those that wait, so many are asked for their age */ };

/* What commands hold back, but for the cluster as a whole. */
enum summary_held { HELD_LANE, HELD_HOST, HELD_DRAIN, HELD_KINDS };

struct summary {
    const struct spool *spool; /* borrowed */
    uint64_t state[DOC_STATES], class[OUTCOME_COUNT];
    uint64_t sampled;
    int64_t now, oldest; /* server time; oldest 0: none */
    struct scan_counts scan;
    bool paused;
    bool
        complete; /* false: not all could be read, or a signal ended it: the counts are too small */
    struct buf held[HELD_KINDS]; /* names, each with a newline behind it */
    struct buf hosts_json;
    struct jsonw w; /* of hosts_json */
    unsigned hosts, silent;
    uint64_t slots, busy;
    hosts_visit *also; /* told of each host; NULL: nobody */
    void *arg;
};

/* Walk the whole spool. Ends early when a signal came (ctl_stopped). */
void summary_make(struct summary *s, const struct spool *spool, hosts_visit *also, void *arg);
/* Members of the writer's open object. */
void summary_members(const struct summary *s, struct jsonw *w);
/* How long the oldest has waited, in ms; -1: none waits. */
int64_t summary_waited(const struct summary *s);
/* What a kind of what is held back is called, for people. Lives for ever. */
const char *summary_held_shown(enum summary_held kind);
/* The names of one kind of what is held back, one by one: *at begins at 0. NULL: no more. */
const char *summary_held_next(const struct summary *s, enum summary_held kind, size_t *at,
                              size_t *len);
/* How many slots of a host have a document in hand. */
uint64_t summary_busy(const struct host_view *v);
void summary_free(struct summary *s);

#endif
