/*
 * journal: what happened, one JSON object a line, in journal/<host>/<lease>.jsonl, appended by that
 * lease alone. It is a record for people and pages; the tree is the truth. Nothing of the protocol
 * depends on it. Other hosts learn from it which documents are finished (journaltail.h).
 */
#ifndef PDFSPOOL_JOURNAL_H
#define PDFSPOOL_JOURNAL_H

#include <stdint.h>

#include "base/buf.h"
#include "spool/lease.h"

/* Members of an event that journaltail.c looks for: the hash of a document, and of its x.json where
 * its text may be taken over for another with the same content. */
#define JOURNAL_SHA256      "sha256"
#define JOURNAL_JSON_SHA256 "json_sha256"

enum { JOURNAL_LINE_MOST = 16384 };
#define JOURNAL_END_UNKNOWN UINT64_MAX

struct journal {
    int fd;       /* -1: not open */
    uint64_t end; /* its size so far, or JOURNAL_END_UNKNOWN */
};

/* Open (make) this lease's journal. 0 or -1. */
int journal_open(struct journal *j, const struct spool *s, const struct lease *l);
/* Append whole lines; other hosts can read them when this returns. 0 or -1 (some may have been
 * written; the journal is then closed and may be opened again). */
int journal_append(struct journal *j, const struct buf *lines);
void journal_close(struct journal *j);

/* Append the line that begins at `offset` of journal/<host>/<lease id>.jsonl, without its newline.
 * 0; -1 with errno (ENODATA: there is no whole line). */
int journal_line(const struct spool *s, const char *host, const char *lease, uint64_t offset,
                 struct buf *line);
/* Open a journal for reading; never through a link. Descriptor, or -1. */
int journal_reading(const struct spool *s, const char *host, const char *lease);

#endif
