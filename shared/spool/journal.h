/*
 * journal: what happened, one JSON object a line, in journal/<host>/<lease>.jsonl, appended by that
 * lease alone. It is a record for people and pages; the tree is the truth. Nothing of the protocol
 * depends on it.
 */
#ifndef PDFSPOOL_JOURNAL_H
#define PDFSPOOL_JOURNAL_H

#include "base/buf.h"
#include "spool/lease.h"

struct journal {
    int fd; /* -1: not open */
};

/* Open (make) this lease's journal. 0 or -1. */
int journal_open(struct journal *j, const struct spool *s, const struct lease *l);
/* Append whole lines. 0 or -1 (some may have been written; the journal is then closed and may be
 * opened again). */
int journal_append(struct journal *j, const struct buf *lines);
void journal_close(struct journal *j);

#endif
