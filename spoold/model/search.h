/*
 * search: documents of a snapshot that a filter lets through, a page at a time, in the order of
 * their paths.
 *
 * A page ends when it is full, or when so many rows have been looked at that an answer is due: then
 * it may hold few documents or none, and the cursor says where to go on. Leaves without any
 * document of the wanted states, outcomes, tiers and hosts are passed by.
 */
#ifndef PDFSPOOL_SEARCH_H
#define PDFSPOOL_SEARCH_H

#include "spool/layout.h"
#include "spoold/model/snapshot.h"

enum { SEARCH_ROWS = 200000 };

struct search {
    const char *prefix; /* of the path, bytes; "": any */
    const char *text;   /* somewhere in the path or the message, ASCII letters of any case */
    unsigned states;    /* bits by enum doc_state; 0: any */
    unsigned outcomes;  /* bits by enum outcome, OUTCOME_COUNT: not known; 0: any. Of documents
                                that are done or failed */
    unsigned tiers;     /* bits by enum page_tier: has pages of any of these; 0: any */
    unsigned host;      /* number, NO_HOST: any */
    unsigned group;     /* of failures: number, NO_GROUP: any */
};

/* The last document that was looked at. All zero: before the first. */
struct search_cursor {
    char path[PATH_CAP];
    char id[ID_CAP];
};

/* A filter that lets everything through. */
#define SEARCH_ANY ((struct search){.prefix = "", .text = "", .host = NO_HOST, .group = NO_GROUP})

/* False ends the page. Strings of the row are the snapshot's. */
typedef bool search_visit(void *arg, const struct doc_row *row);

/* Go on behind the cursor: visit up to `limit` documents, and move the cursor. True: there may be
 * more. */
bool search_page(const struct snapshot *s, const struct search *want, struct search_cursor *cursor,
                 unsigned limit, search_visit *visit, void *arg);
/* Can any document of a leaf or branch of this sum be wanted (a struct search)? Prefix, text and group
 * are not looked at. */
bool search_may(const void *want, const struct leaf_sum *sum);
/* Is this one wanted? The prefix is not looked at. */
bool search_wants(const struct search *want, const struct doc_row *d);
/* One document by path and id; false: it is not there. */
bool search_one(const struct snapshot *s, const char *path, const char *id, struct doc_row *row);

#endif
