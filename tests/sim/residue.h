/*
 * residue: what the law excuses: the known residue of docs/SPOOL.md, section 7.
 *
 * The law asks at each operation whether it is such a case, and notes it then: it is counted (in
 * sim.residue_*) and traced, and what follows from it at the same names and documents is excused,
 * until the next schedule. What it has noted is told by law_is_residue (law.h), too. Nothing fails;
 * of more names than there is room for, the later ones are not excused.
 */
#ifndef PDFSPOOL_SIM_RESIDUE_H
#define PDFSPOOL_SIM_RESIDUE_H

#include "server.h"

void residue_reset(void);

/* A claim that was executed twice, and the second time moved another file than the first. */
bool residue_is_claim(const struct rpc *r, const struct inode *moved);
void residue_note_claim(const struct rpc *r, const struct inode *moved);
/* Has there been one? Then a claim name may have been made twice. */
bool residue_claim_twice(void);
/* Are these two documents that such a claim has put into each other's place? */
bool residue_mixed_up(const struct inode *a, const struct inode *b);

/* This REMOVE of a reservation was meant for an earlier one of that name. */
void residue_note_remove(const struct rpc *r);

/* A copy of CREATE has made a private result again after it had been published, and a copy of that
 * RENAME comes, too, and moves the empty file. */
bool residue_is_late_pair(const struct rpc *r, const struct inode *moved);
void residue_note_late_pair(const struct rpc *r);

#endif
