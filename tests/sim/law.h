/*
 * law: what must hold, looked at at every operation of the server, and at rest.
 *
 *   I1 each dropped file has one name at every instant       I2 it is published at most once
 *   I3 text and JSON belong to the PDF beside them           I4 no visible name changes
 *   I5 a PDF in done/ has its text and JSON                  I6 at rest nothing is left over
 *   I7 attempts and unspent returns are bounded              I8 no claim name is made twice
 *   I9 nothing becomes visible but by a seal                 I10 no living lease is taken
 *   I11 what comes out of a document is visible once, all of it, if that is done, and else never
 */
#ifndef PDFSPOOL_SIM_LAW_H
#define PDFSPOOL_SIM_LAW_H

#include "document.h"
#include "server.h"

enum { LAW_DROPS = 160 };

enum drop_state {
    DROP_OUTSIDE, /* in its user's hands */
    DROP_PENDING,
    DROP_WAITING,
    DROP_CLAIMED,
    DROP_SEALED,
    DROP_DONE,
    DROP_FAILED,
    DROP_TAKEN,
    DROP_LOST
};

struct drop {
    unsigned serial;
    enum document_kind kind;
    struct inode *inode;
    char path[1024]; /* below pending/ */
    enum drop_state state;
    unsigned published, claims;
    bool failed;      /* it was published in failed/ */
    unsigned exposed; /* how often what came out of it has become visible */
    int partner;      /* drop that a claim executed twice has mixed up with this one; -1: none */
};

struct law {
    struct drop drop[LAW_DROPS];
    unsigned drops;
    unsigned open;   /* drops that are not at their end */
    unsigned claims; /* in all */
    unsigned lost, duplicated, unexpected;
};
extern struct law law;

void law_reset(void);
/* A user has made this file; it is his until it is in pending/. */
int law_drop(struct inode *i, unsigned serial, enum document_kind kind);

/* Has known residue (docs/SPOOL.md, section 7; residue.c) been at this name: a REMOVE of its
 * reservation that was meant for an earlier one, or two late copies (residue_is_late_pair)? */
bool law_is_residue(const struct inode *dir, const char *name);

/* Told by the server after each operation. */
void law_renamed(const struct rpc *r, struct inode *moved, struct inode *clobbered);
void law_removed(const struct rpc *r, struct inode *i);
void law_made(const struct rpc *r, struct inode *i);
void law_written(const struct rpc *r, struct inode *i);

/* At rest, after recovery and sweeping. */
void law_at_rest(void);
/* Does this record say what became of others? */
bool law_outcomes(const struct inode *json);
/* May this record be replaced: by one of the same document, which says what became of others? */
bool law_is_record(const char *hidden, const struct inode *old, const struct inode *record);
const char *law_state_name(enum drop_state s);

#endif
