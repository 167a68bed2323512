/*
 * pick: the first so many documents of a snapshot, in some order, behind a cursor, of those that a
 * filter lets through; and how many it lets through.
 *
 * What is kept is one page. Branches and leaves whose sums say that none of theirs can be on it are
 * passed by; where the filter asks for states alone, those that are passed by are still counted, and
 * a page costs little more than its own leaves, however many documents there are. Filters that look
 * into documents (words, prefix, class ...) have each document of the leaves looked at that may have
 * any: `budget` bounds that, for who must answer at once.
 */
#ifndef PDFSPOOL_PICK_H
#define PDFSPOOL_PICK_H

#include "spoold/model/search.h"

enum pick_by { PICK_CHANGED, PICK_PATH, PICK_SIZE, PICK_PAGES };

/* Where a page begins: behind the document of this value, path and id. */
struct pick_cursor {
    int64_t value; /* as pick_value says */
    char path[PATH_CAP];
    char id[ID_CAP];
};

/* A filter on top of the search's. */
typedef bool pick_also(const void *arg, const struct doc_row *d);

struct pick {
    const struct search *want;
    pick_also *also; /* NULL: none */
    const void *arg;
    enum pick_by by;
    bool down;                       /* largest, latest or last first */
    const struct pick_cursor *after; /* NULL: from the beginning */
    size_t limit;                    /* 1 or more */
    uint64_t budget;                 /* rows that may be looked at; 0: any */
    struct doc_row *rows;            /* room for `limit`; strings are the snapshot's */
    /* what has come of it */
    size_t n;
    uint64_t total;  /* documents that match */
    bool more;       /* some of them come behind these rows */
    uint64_t looked; /* rows */
};

/* The value that a row is ordered by; 0 for PICK_PATH. */
int64_t pick_value(enum pick_by by, const struct doc_row *d);
/* False: the budget is spent, and nothing is to be had from *p. */
bool pick_run(struct pick *p, const struct snapshot *s);

#endif
