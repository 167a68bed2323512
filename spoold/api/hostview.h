/*
 * hostview: the hosts of a snapshot, each with its newest lease, as people think of them.
 */
#ifndef PDFSPOOLD_HOSTVIEW_H
#define PDFSPOOLD_HOSTVIEW_H

#include "spoold/api/view.h"

enum host_state {
    HOST_STARTING,
    HOST_WORKING,
    HOST_IDLE,
    HOST_PAUSED,
    HOST_DRAINING,
    HOST_STOPPING,
    HOST_SICK,
    HOST_SILENT,
    HOST_STOPPED, /* its lease is there no more */
    HOST_STATES
};

struct host_view {
    const struct host_row *row; /* of its newest lease; borrowed from the snapshot */
    enum host_state state;
    unsigned dead; /* other leases of it that are silent: they wait to be reclaimed */
    unsigned busy; /* slots with a document */
    bool drained;  /* control/drain.<host> is there */
    bool differs;  /* most other hosts run another version */
};

/* Per minute, over the last five minutes. */
struct host_rates {
    double documents, pages;
};

extern const char *const hostview_names[HOST_STATES];

/* All of them in the order of their names: *n, to be freed. NULL with *n 0: there are none, or no
 * memory. */
struct host_view *hostview_all(const struct view *v, size_t *n);
/* As an object (Host of docs/openapi.yaml). */
void hostview_show(struct jsonw *w, const struct view *v, const struct host_view *h,
                   const struct host_rates *rates);

#endif
