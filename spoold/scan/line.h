/*
 * line: a line of a journal, which another host wrote and a file server may have harmed, as an
 * event. Nothing of it is believed: what does not have its form makes the whole line none.
 */
#ifndef PDFSPOOL_SCAN_LINE_H
#define PDFSPOOL_SCAN_LINE_H

#include "base/jsonr.h"
#include "spool/token.h"
#include "spoold/model/fact.h"

/* Zero-initialise; may be used again and again. */
struct line {
    struct fact_event event; /* all but host, lease, offset and length; strings are the line's */
    struct jsonr *root;
    struct buf path, as;
    char history[HISTORY_CAP];
};

/* Read n bytes. False: no event. Whoever sends it on has it checked once more (fact_encode). */
bool line_read(struct line *l, const char *text, size_t n);
void line_free(struct line *l);
/* "2026-11-22T04:31:08.123Z" and nothing else, as ms since the epoch; -1: it is not that. */
int64_t line_time(const char *s);

#endif
