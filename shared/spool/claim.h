/*
 * claim: taking documents out of pending/ and .retry/, by atomic rename into the lease's work/.
 *
 * A batch: open the folder afresh, look at each candidate, rename it to a name never used before;
 * then read work/ once, whose inodes (the server's) must be those that were looked at. What the
 * batch cannot account for is told to the caller: tokens that nobody knows (a lost reply, a claim
 * that came late) and mismatches.
 */
#ifndef PDFSPOOL_CLAIM_H
#define PDFSPOOL_CLAIM_H

#include <stdbool.h>
#include <stdint.h>

#include "spool/control.h"
#include "spool/lease.h"
#include "spool/look.h"
#include "spool/scan.h"
#include "spool/token.h"

struct claimed {
    struct token token;
    char name[NAME_CAP]; /* the token's name in work/ */
    uint64_t ino, size;  /* as looked at just before the claim */
    int64_t mtime_ms;
    char need[NEED_CAP];
    unsigned lane; /* the caller's number of its lane, as far as the caller says; else 0 */
    enum { CLAIM_HAVE, CLAIM_UNKNOWN, CLAIM_MISMATCH } state;
};

/* What a round of claiming met; added up by the caller. */
struct claim_counts {
    bool seen_before; /* in: this host may have looked at the candidates a moment ago (they were not
                         settled then), so that their attributes may come from its cache */
    uint64_t tried, won, lost, unsettled, empty, not_regular, errors;
    int64_t next_settle_ms; /* server time at which the first of the unsettled can be settled; 0:
                               none */
    int last_error;         /* errno of the last error that was not a lost race */
};

/* Claim up to `max` of the n candidates of one folder of pending/ (path: of that folder, "" for the
 * top). Claims whose rename succeeded are put into out in state CLAIM_HAVE; those whose rename
 * failed although nothing else explains it, as CLAIM_UNKNOWN: claim_verify settles them. Returns
 * the number in out; *used: candidates gone through. */
unsigned claim_pending(const struct spool *s, const struct lease *l, int folder, const char *path,
                       const struct scan_name *names, unsigned n, struct claimed *out, unsigned max,
                       unsigned *used, struct claim_counts *counts);
/* Whose business a waiting document is: this host's now, this host's later, others'. */
enum claim_may { CLAIM_MAY, CLAIM_LATER, CLAIM_FOREIGN };
/* What a caller with lanes is asked of those that wait, and says. */
struct retry_lanes {
    unsigned (*of)(void *arg, const struct token *t); /* the document's lane: its number */
    bool (*may)(void *arg, unsigned lane);   /* may one more of this lane be taken now? If so, it
                                                counts as taken */
    bool (*reads)(void *arg, unsigned lane); /* are this lane's documents read by OCR at all? */
    void *arg;
};

/* Where a host is in .retry/: one listing is worked down from call to call, so that a batch costs
 * what a batch has, however many wait. Zero-initialise. */
struct retry_walk {
    struct dirlist *list; /* NULL between two listings */
    int64_t next_due_ms;  /* server time of the earliest that was not due in the last whole listing;
                             0: none */
    uint64_t waiting;     /* entries that it left, not due ones included */
    int64_t soonest;      /* the same two, of the listing at hand */
    uint64_t met;
    unsigned leave;     /* entries to be left to other hosts, which are at the same place */
    unsigned long_most; /* in: documents that were put off (NEED_LONG), so many may be taken */
    unsigned ocr_most;  /* in: documents that need OCR, so many may be taken by the next call */
    /* in: asked of each that is not cancelled, at this time of the server, and has room by
     * ocr_most; it may change w->need. NULL: all are this host's */
    enum claim_may (*may)(void *arg, struct waiting *w, int64_t now);
    void *may_arg;
    bool no_ocr;       /* in: this host takes none at all (but cancelled ones): not its business */
    uint64_t ocr_left; /* due ones that were left for lack of ocr_most, in the listing at hand */
    const struct retry_lanes *lanes; /* in: NULL: there are none */
    uint64_t long_left;  /* due ones that were left for lack of long_most, in the listing at hand */
    uint64_t lanes_left; /* due ones that were left because of their lane, in the listing at hand */
    uint64_t foreign;    /* those that are not its business, in the listing at hand */
};

/* The same from .retry/: the next of the listing that are due by the server's clock. Fewer than
 * `max`, and w->list NULL: the listing is at its end, and the next call makes another. */
unsigned claim_retry(const struct spool *s, const struct lease *l, const struct control *commands,
                     struct retry_walk *w, struct claimed *out, unsigned max,
                     struct claim_counts *counts);
void claim_retry_end(struct retry_walk *w); /* closes a listing that is open */
/* After a batch: read work/ once. Decides CLAIM_UNKNOWN (dropped from the array when not there) and
 * finds inodes that differ (CLAIM_MISMATCH). Calls stranger(arg, name) for each entry that is in no
 * claim of the batch; a stranger that is known elsewhere is the callback's business. Returns the
 * number left in the array, or -1 (work/ could not be read; all stay as they are). */
typedef void claim_stranger(void *arg, const char *name, uint64_t ino);
int claim_verify(const struct lease *l, struct claimed *batch, unsigned n, claim_stranger *stranger,
                 void *arg);
/* A user put a folder where a document was, between the look and the rename: the folder moved. It
 * is put back from `dir` (work/ or .retry/) under its name, or where that is taken, as
 * pending/folder-<document id>. */
enum moved claim_folder_back(const struct spool *s, int dir, const char *name,
                             const struct token *t);
/* Give a token that nobody knows a new document id and claim, and send it to .retry/ unspent. A
 * name that is no token becomes a new document. */
enum moved claim_put_back_unknown(const struct spool *s, const struct lease *l, int work,
                                  const char *name);

#endif
