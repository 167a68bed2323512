/*
 * caps: what the whole cluster may have in work at once of a lane or a tier, and begin in a minute
 * or a day, without a service: tokens and buckets in control/caps/ (captoken.h, rates.h).
 *
 * One for each process that begins such work. Order, for each cap ("lane.NAME", "tier.NAME"):
 *
 *   n = caps_begin(c, cap, limits, running, want);    how many of `want` may begin now
 *   ... begin up to n of them ...
 *   caps_begun(c, cap, begun);                        so many were
 *   caps_tend(c, cap, running);                       now and then, also when all are at their end
 *
 * `running`: how many of this cap's are in work by this process just now. It says which tokens are
 * needed, so that nobody has to remember which document has which; what is not needed goes back
 * after a moment. Without limits no call costs anything, and the share is never asked. Where the
 * share cannot be asked nothing may begin. A process that dies leaves its tokens in its lease: its
 * successor, of the same holder's name, takes them over, or a janitor gives them back with the
 * lease. What was taken of a rate and not begun is lost then: the safe side.
 *
 * The caller sees to it that its lease has beaten within self_stop: that is the fence.
 */
#ifndef PDFSPOOL_CAPS_H
#define PDFSPOOL_CAPS_H

#include "spool/bucket.h"
#include "spool/capname.h"
#include "spool/lease.h"

struct caps; /* opaque */

struct caps_limits {
    int64_t max_running;       /* at once in the whole cluster; 0: any number */
    struct bucket_limits rate; /* all 0: any number */
};

/* Is there any? */
bool caps_limited(struct caps_limits l);
/* The limits of a lane, of a tier. Cannot fail. */
struct caps_limits caps_of_lane(const struct lane_settings *l);
struct caps_limits caps_of_tier(const struct tier_settings *t);

/* For a process of the lease: `holder` tells it from the others ("claimer", "slot-3"), at most
 * CAP_HOLDER_CAP with the NUL, of letters, digits and '-'. Both are borrowed until caps_free. NULL:
 * no memory. */
struct caps *caps_new(const struct spool *s, const struct lease *l, const char *holder);
/* Ends the room's work; tokens stay in the lease (caps_give_back before, where nothing runs any
 * more). NULL is fine. */
void caps_free(struct caps *c);

/* How many of `want` more may begin now; tokens and rate are then had for them. 0: not now, see
 * caps_next. */
unsigned caps_begin(struct caps *c, const char *cap, const struct caps_limits *l, unsigned running,
                    unsigned want);
/* Of these, n were begun. The others' part of the rate serves the next caps_begin, for a second;
 * then it goes back. */
void caps_begun(struct caps *c, const char *cap, unsigned n);
/* Give back what is not needed: tokens that were idle for CAPS_IDLE_MS, or, where another host
 * waits for one, one that was had for CAPS_TURN_MS and is not in use just now. Cheap: only what is due
 * costs a call. */
void caps_tend(struct caps *c, const char *cap, unsigned running);
/* The boot clock, ms, at which it is worth asking again after caps_begin gave too few; 0: now. */
int64_t caps_next(const struct caps *c, const char *cap);
/* The caps of which this process knows, by index, NULL at the end; borrowed. */
const char *caps_name(const struct caps *c, unsigned i);
/* Give all back, of all caps: nothing runs any more. */
void caps_give_back(struct caps *c);

enum { CAPS_IDLE_MS = 500, CAPS_TURN_MS = 3000, CAPS_CREDIT_MS = 1000 };

#endif
