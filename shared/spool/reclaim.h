/*
 * reclaim: finding dead leases, and taking back what they held.
 *
 * Dead is a lease whose own host says so (its process is gone), one without a beat, or one whose
 * beat an observer has seen unchanged (inode, mtime, ctime, by looks) for lease_timeout of the
 * observer's own boot clock, in three looks or more, all while the observer's own beats got
 * through. Two janitors at once do no harm: every step is a rename or an unlink of a name that is
 * never used again.
 */
#ifndef PDFSPOOL_RECLAIM_H
#define PDFSPOOL_RECLAIM_H

#include <stdbool.h>

#include "spool/lease.h"

struct observer; /* what one janitor has seen of the leases of others */

struct observer *observer_new(void);
void observer_free(struct observer *o);
/* One look at every lease in claimed/ but `mine` (may be NULL: then nobody's beat is judged by
 * time); reclaims the dead. Returns how many were reclaimed, or -1 when claimed/ could not be read.
 */
int observer_round(struct observer *o, const struct spool *s, const struct lease *mine);
/* Has the extractd of a lease of this host ended that lived at the last round? Asks /proc alone, not
 * the share, so it may be asked several times a second. It says so once of each. */
bool observer_neighbour_gone(struct observer *o, const struct spool *s);
/* Reclaim at once the leases of this host whose process is gone. Same returns. */
int reclaim_own_host(const struct spool *s, const struct lease *clock);

struct reclaimed {
    unsigned published, retried, strangers,
        failed; /* documents rolled forward, sent to .retry/, names that are no tokens; what could not be moved */
};

/* Take a dead lease apart: certificate (its beat goes), documents published or sent to .retry/
 * (spend: an attempt is counted), work/ removed, which proves that no claim and no seal can come
 * any more, tokens of caps given back and caps/ removed (captoken.h), then the rest. `clock` gives the server's time (any lease; NULL: due at once). 0: the
 * lease is gone. -1: something is left, do it again later. */
int reclaim_lease(const struct spool *s, const char *host, const char *name, bool spend,
                  const struct lease *clock, struct reclaimed *sum);

#endif
