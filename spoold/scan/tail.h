/*
 * tail: one journal, read from where it ended when it was met: forwards as it grows, and backwards
 * through what was there before, a block at a time, so that what is newest is told first.
 *
 * Only whole lines are told, each once. A line that has no end yet is waited for. One with a NUL in
 * it may be a write that has not arrived (a file server may get the blocks of a file in any order):
 * it is waited for, too, for ten seconds. A file that is another one under the name, or has become
 * shorter, is met anew.
 */
#ifndef PDFSPOOL_SCAN_TAIL_H
#define PDFSPOOL_SCAN_TAIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

enum { TAIL_LINE_MAX = 64 * 1024, TAIL_BLOCK = 256 * 1024 };

/* Zero-initialise. */
struct tail {
    bool met;
    uint64_t ino;
    uint64_t to;     /* forwards, all lines before it (down to `from`) have been told */
    uint64_t from;   /* backwards, nothing before it has been told; 0: all has */
    bool in_long;    /* `to` is within a line that is too long: it is passed over */
    int64_t hole_ms; /* boot clock: since when there is a NUL at `to`; 0: there is none */
    uint64_t harmed; /* lines that are too long, or have NULs */
};

/* A whole line without its newline, which lies at `offset`, and takes n + 1 bytes there. */
typedef void tail_visit(void *arg, uint64_t offset, const char *line, size_t n);

/* The file as it is now: fd is open for reading. True: it is met for the first time, or anew. -1 in
 * *error or an errno. */
bool tail_meet(struct tail *t, int fd, uint64_t ino, uint64_t size, int *error);
/* Read on to `size`, at most a block. 1: something was read; 0: nothing is new, or it must be waited
 * for; -1: errno. scratch is used for reading. */
int tail_forward(struct tail *t, int fd, uint64_t size, struct buf *scratch, tail_visit *visit,
                 void *arg);
/* Read a block backwards, and tell its lines from first to last. The same answers; 0: the beginning
 * has been reached. */
int tail_backward(struct tail *t, int fd, struct buf *scratch, tail_visit *visit, void *arg);

#endif
