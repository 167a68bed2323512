/*
 * quota: what is had of the caps and rates of lanes and tiers just now, for people. Reads
 * control/caps/ and the leases' caps/, changes nothing. A picture, not the truth of one moment.
 */
#ifndef PDFSPOOL_QUOTA_H
#define PDFSPOOL_QUOTA_H

#include "base/jsonw.h"
#include "spool/caps.h"

enum { QUOTA_HOSTS = 64 };

struct quota {
    char cap[CAP_CAP];
    struct caps_limits limits;
    unsigned in_use, free; /* of max_running; in_use may be more after that was made less */
    struct {
        char host[HOST_CAP];
        unsigned n;
    } host[QUOTA_HOSTS]; /* who uses them; more hosts than that are in in_use alone */
    unsigned hosts;
    struct rate_bucket bucket; /* as of now; a full one where nothing was begun yet */
    unsigned ready;            /* of the rate, so many may begin at once */
    int64_t wait;              /* ms until the next may; 0: now */
};

/* Each lane and tier of the settings that has a cap or a rate, in their order. `now`: the server's.
 * 0; -1 with errno: the share could not be read. */
typedef void quota_each(void *arg, const struct quota *q);
int quota_read(const struct spool *s, int64_t now, quota_each *each, void *arg);
/* One of them as a JSON object, as spoolctl and the page's API have it. */
void quota_json(struct jsonw *w, const struct quota *q);

#endif
