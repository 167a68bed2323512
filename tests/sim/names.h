/*
 * names: what a name in done/ and failed/ means: who sees it, and what belongs together by it.
 *
 * No time passes, nothing is changed, nothing fails.
 */
#ifndef PDFSPOOL_SIM_NAMES_H
#define PDFSPOOL_SIM_NAMES_H

#include "server.h"
#include "spool/layout.h"

/* Is that where results are? */
bool names_results_zone(enum zone z);
/* Is that a name there which people see? */
bool names_visible(const struct inode *dir, const char *name);
/* In any case of letters. */
bool names_ends(const char *s, const char *suffix);
/* What a PDF and its results have in common: the name without .pdf, .txt or .json. */
void names_stem(const char *name, char out[NAME_CAP]);
/* The file of the same stem with this suffix; NULL: there is none. */
struct inode *names_sibling(const struct inode *dir, const char *name, const char *suffix);

#endif
