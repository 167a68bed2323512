/*
 * covered: which bytes of which journals have been counted, so that nothing is counted twice
 * however often journals are read: by a new scanner, after a restart, from the end backwards. For
 * each journal a few ranges of bytes, which grow together.
 */
#ifndef PDFSPOOL_COVERED_H
#define PDFSPOOL_COVERED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "spool/layout.h"

enum { COVERED_RANGES = 8, COVERED_JOURNALS = 65536 };

struct range {
    uint64_t from, to;
};

struct covered_journal {
    char host[HOST_CAP], lease[LEASE_ID_CAP];
    uint64_t ino;
    int64_t used_ms; /* when it last grew; the oldest makes room, when there are too many */
    unsigned n;
    struct range ranges[COVERED_RANGES]; /* in order, not touching */
};

/* Zero-initialise. */
struct covered {
    struct covered_journal *journals; /* in order of host and lease */
    size_t n, cap;
};

void covered_free(struct covered *c);
/* A journal as it is now. Another file of that name, or one that has become shorter than what was
 * counted of it, begins anew. 0 or -1: no memory. */
int covered_meet(struct covered *c, const char *host, const char *lease, uint64_t ino,
                 uint64_t size);
/* Cover these bytes. True: the first of them was not covered before. What cannot be kept apart any
 * more, for want of ranges, grows together: the smallest gap closes. */
bool covered_add(struct covered *c, const char *host, const char *lease, uint64_t from, uint64_t to,
                 int64_t now_ms);

/* As text, "journal HOST LEASE INO USED FROM-TO..." a line each. */
void covered_write(const struct covered *c, struct buf *out);
/* One such line, without its newline. False: it is none (or no memory), and nothing has changed. */
bool covered_read_line(struct covered *c, const char *line);

#endif
