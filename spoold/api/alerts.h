/*
 * alerts: what a person should look at, out of a snapshot: the page and the messages (teller.h) have
 * it from here. What has no time of its own has that at which it was first seen so.
 */
#ifndef PDFSPOOLD_ALERTS_H
#define PDFSPOOLD_ALERTS_H

#include "spool/settings.h"
#include "spoold/alert/item.h"
#include "spoold/api/hostview.h"

/* As long as hosts that are gone are kept. */
enum { ALERTS_MISSED_MS = ALERT_MISSED_MS };
_Static_assert((int)ALERTS_MISSED_MS == (int)HOSTS_KEPT_MS, "a host is missed while it is shown");

/* Zero-initialise. all[n] is what is so now; the rest is the memory behind that. */
struct alerts {
    struct alert_item all[ALERTS];
    unsigned n;
    struct alert_item before[ALERTS];
    unsigned n_before;
    int64_t begun_ms;   /* boot clock: of the first look; the share has a while to answer */
    uint64_t ends;      /* of documents, as they were counted last */
    int64_t waiting_ms; /* boot clock: since when documents wait and none has ended; 0: not so */
};

struct alerts_of {
    const struct view *view;
    const struct host_view *hosts;
    size_t n_hosts;
    const struct settings *settings;
};

/* Find all that is so now. */
void alerts_find(struct alerts *a, const struct alerts_of *of);
/* The array "alerts" of Overview. */
void alerts_show(const struct alerts *a, struct jsonw *w);
/* Is there less space on the share than there should be? False where its size is not known. */
bool alerts_space_low(const struct fact_space *space, const struct settings *settings);

#endif
