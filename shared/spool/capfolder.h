/*
 * capfolder: the folder of a cap, control/caps/<cap>/, and what is made in it once and for ever: the
 * folders of its numbers and of its bucket.
 *
 * Such a folder is born by the rename of a private one that already has all that belongs into it, a
 * file "made" and a first entry. It is never empty after that, so a second birth, however late,
 * finds a folder that cannot be replaced. The first entry is made outside and renamed into the
 * private folder: a CREATE that comes late makes no second one.
 */
#ifndef PDFSPOOL_CAPFOLDER_H
#define PDFSPOOL_CAPFOLDER_H

#include "spool/capname.h"
#include "spool/lease.h"

/* Descriptor of the folder of a cap, opened anew; with `make` it is made when it is not there. -1
 * with errno (ENOENT: it is not there). */
int capfolder_open(const struct spool *s, const char *cap, bool make);
/* Bear the folder `name` in that folder, with `first` in it. 1: by this call; 0: it was there; -1
 * with errno. The ids of private names are the lease's. */
int capfolder_bear(int folder, const char *name, const char *first, const struct lease *l);
/* Take away private things of it that are older than `age` ms by the server's clock: of ones that
 * died over a birth. */
void capfolder_tidy(int folder, const struct lease *l, int64_t age);

#endif
