/*
 * outside: a program of the user's, asked for the text of one page (a section [tier:NAME]).
 *
 * It runs as extractd itself does, outside of any cage; what it is given is a picture made of
 * pixels, never the document. What it says is hostile text. It is started by a keeper, a process
 * between the slot and it: whichever way it ends (by itself, its time is over, the slot is killed),
 * the keeper kills all that is left of its process group, and whatever else has come of it.
 *
 *   standard input    the picture (PNG): a file that nobody else has, from its beginning
 *   standard output   text, UTF-8
 *   standard error    its first line goes into the message where it fails
 *   environment       extractd's, and PDFSPOOL_PAGE, PDFSPOOL_PAGES, PDFSPOOL_PATH (below pending/),
 *                     PDFSPOOL_LANGUAGES
 *   limits            RLIMIT_AS (of each of its processes), no core files; the lowest priority
 */
#ifndef PDFSPOOL_OUTSIDE_H
#define PDFSPOOL_OUTSIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"

struct outside_order {
    const char *command; /* for sh -c */
    const void *picture; /* n bytes */
    size_t n;
    const char *path, *languages;
    uint32_t page, pages; /* from 1; of how many */
    int64_t timeout_ms;
    uint64_t memory_limit; /* bytes */
    size_t max_text;       /* bytes of standard output */
    /* Asked at least OUTSIDE_LOOK_MS apart. False: stop. */
    bool (*go_on)(void *arg);
    void *arg;
};

enum { OUTSIDE_LOOK_MS = 100, OUTSIDE_WHY = 120 };

enum outside_end {
    OUTSIDE_SAID,    /* it ended well; *out is what it said, as it came */
    OUTSIDE_FAILED,  /* it did not; why */
    OUTSIDE_STOPPED, /* go_on() said so */
    OUTSIDE_UNABLE   /* this machine could not start it; why */
};

/* Run it to its end. It is gone when this returns. out: the caller's, emptied first; why: one line
 * of UTF-8, "" where there is nothing to be said. */
enum outside_end outside_run(const struct outside_order *o, struct buf *out, char why[OUTSIDE_WHY]);

/* Make text of what it said, in place: a new line for CR LF, CR and form feed, no other control
 * characters but tabs, no byte order mark, nothing at all where nothing can be seen. Counts its
 * characters, and those that stand for what could not be read (U+FFFD). False: it is not UTF-8. */
bool outside_text(struct buf *text, uint32_t *chars, uint32_t *unmapped);

#endif
