/*
 * audit: the conservation law: each document that was ever dropped is in exactly one state, once;
 * each published one has its results, which are its own; nothing else is in the tree.
 *
 * The tree is walked once, against the flow of documents (done first, pending last), so that none
 * that moves meanwhile is met twice. What looks wrong is a suspicion: it is looked at again,
 * afresh, after pauses, and only what stays wrong is a problem; so a running cluster gives no false
 * alarm. (Its counts are then those of no single moment.)
 *
 * Memory: the ids of claimed and waiting documents, the suspicions (a bounded batch at a time), and
 * 8 bytes for each published document: a hash of its id, by which a document that is published
 * twice is found.
 */
#ifndef PDFSPOOL_AUDIT_H
#define PDFSPOOL_AUDIT_H

#include <stdbool.h>
#include <stdint.h>

#include "spool/scan.h"
#include "spool/spool.h"

struct audit_options {
    bool verify;      /* read every PDF and text, and compare their hashes with x.json */
    int64_t pause_ms; /* before each of the fresh looks at a suspicion; 0: 300 */
};

struct audit_counts {
    uint64_t pending, waiting, claimed, sealed, done, failed;
    uint64_t ignored[IGNORED_KINDS]; /* in pending/: names and kinds of files that are no drops */
    uint64_t leftovers;      /* private results of nobody, still young: sweep will take them */
    uint64_t partial, empty; /* of those in done/: outcomes */
    uint64_t verified;       /* documents whose hashes were compared */
    uint64_t problems;
};

struct audit_problem {
    const char *kind; /* a word: twice, incomplete, orphan, ... */
    const char *path; /* from the top of the spool; bytes */
    const char *what; /* what it means and what to do: a sentence or two */
};
typedef void audit_report(void *arg, const struct audit_problem *p);

/* Walk and check; each problem is told once. 0, or -1 with errno when the tree cannot be read at
 * all. */
int audit_run(const struct spool *s, const struct audit_options *o, audit_report *report, void *arg,
              struct audit_counts *counts);

#endif
