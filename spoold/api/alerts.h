/*
 * alerts: what a person should look at, out of a snapshot. What has no time of its own has that at
 * which it was first seen so.
 */
#ifndef PDFSPOOLD_ALERTS_H
#define PDFSPOOLD_ALERTS_H

#include "spoold/api/hostview.h"

enum { ALERTS = 64, ALERT_ID = 96 };

/* Zero-initialise. What was seen before. */
struct alerts {
    struct {
        char id[ALERT_ID];
        int64_t since_ms; /* file server's clock */
        bool now;         /* it is so this time, too */
    } all[ALERTS];
    unsigned n;
};

struct alerts_of {
    const struct view *view;
    const struct host_view *hosts;
    size_t n_hosts;
    int64_t floor_percent; /* of space: below it nothing is claimed */
};

/* The array "alerts". */
void alerts_show(struct alerts *a, struct jsonw *w, const struct alerts_of *of);

#endif
