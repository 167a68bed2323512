/* tails_parts: what tails.c (which journals, and when) and tails_read.c (one of them) share. */
#ifndef PDFSPOOL_SCAN_TAILS_PARTS_H
#define PDFSPOOL_SCAN_TAILS_PARTS_H

#include "base/buf.h"
#include "spool/lease.h"
#include "spool/token.h"
#include "spoold/scan/line.h"
#include "spoold/scan/tail.h"
#include "spoold/scan/tails.h"

#define TAILS_SUFFIX ".jsonl"

struct journal_seen {
    char host[HOST_CAP], lease[LEASE_ID_CAP];
    struct tail tail;
    uint64_t size;      /* at the last look */
    int64_t live_ms;    /* boot clock: when its lease was last there */
    int64_t grew_ms;    /* boot clock: when it last grew */
    int64_t looked_ms;  /* boot clock */
    int64_t reaches_ms; /* epoch: the oldest event told of it; before the first its mtime */
    int met_fd;         /* -1, or the file itself, to ask for its size: no reading, no state */
    bool in_trouble, watched, silent;
};

struct tails {
    const struct spool *spool;
    struct out *out;
    struct journal_seen *all;
    size_t n, cap, held;
    struct buf scratch;
    struct line line;
    uint64_t no_event;
    tails_folder *call;
    void *arg;
};

/* Look at one journal in its folder, which was opened a moment ago; tell what is new. True:
 * something was. */
bool tails_read_look(struct tails *t, struct journal_seen *j, int folder);
/* Keep its file, to be asked for its size: no look for its name each time. Only where it was met,
 * and only so many. */
void tails_read_hold(struct tails *t, struct journal_seen *j, int folder);
void tails_read_let_go(struct tails *t, struct journal_seen *j);
/* Look at the file that is kept. That its name is another file's by now is for who looks in the
 * folder, soon. */
bool tails_read_met(struct tails *t, struct journal_seen *j);

#endif
