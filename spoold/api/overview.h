/*
 * overview: the whole cluster on one screen (Overview of docs/openapi.yaml).
 */
#ifndef PDFSPOOLD_OVERVIEW_H
#define PDFSPOOLD_OVERVIEW_H

#include "spool/settings.h"
#include "spoold/api/alerts.h"

struct overview {
    const struct view *view;
    const struct host_view *hosts;
    size_t n_hosts;
    const struct settings *settings;
    const char *spool, *event_id;
    bool read_only;
    bool still;       /* with null for what changes of itself: what is left is the picture */
    int64_t began_ms; /* of spoold, wall clock */
    int64_t since_ms; /* since when the share answers, or does not: file server's clock */
    const struct alerts *alerts;
};

/* As an object. */
void overview_show(struct jsonw *w, const struct overview *o);
/* Space on the share, as an object, or null where it is not known. */
void overview_show_quota(struct jsonw *w, const char *key, const struct view *v,
                         const struct settings *settings);

#endif
