/*
 * docstate: the states that a document can be in (docs/SPOOL.md, 3), and their names.
 */
#ifndef PDFSPOOL_DOCSTATE_H
#define PDFSPOOL_DOCSTATE_H

enum doc_state {
    DOC_PENDING,
    DOC_WAITING,
    DOC_CLAIMED,
    DOC_SEALED,
    DOC_DONE,
    DOC_FAILED,
    DOC_STATES
};

/* Lives for ever. */
const char *docstate_name(enum doc_state state);
/* -1: no such state. */
int docstate_of(const char *name);

#endif
