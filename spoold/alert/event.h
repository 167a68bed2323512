/*
 * event: something that somebody is told of: an alert that has begun or is over, a folder that is
 * done.
 */
#ifndef PDFSPOOLD_EVENT_H
#define PDFSPOOLD_EVENT_H

#include "base/jsonr.h"
#include "base/jsonw.h"
#include "spoold/alert/item.h"

enum { EVENT_ID = 40, EVENT_TYPE = 40 };

struct event {
    char id[EVENT_ID]; /* of nothing else, ever */
    enum alert_kind kind;
    bool over;
    char host[HOST_CAP];                   /* "": of none */
    char folder[NAME_CAP];                 /* bytes; of ALERT_FOLDER_DONE, else "" */
    int64_t time_ms;                       /* file server's clock */
    int64_t since_ms;                      /* since when it was so, until it was over */
    uint32_t done, partial, empty, failed; /* of a folder; partial and empty: of those done */
    char message[ALERT_TEXT];
};

/* Zero-initialise. In the order in which they happened. */
struct events {
    struct event *all;
    size_t n, cap;
};

/* One more, with an id of its own; the rest is zero. NULL: no memory. */
struct event *events_add(struct events *e);
void events_free(struct events *e);

/* "host_silent", "host_silent.over". */
void event_type(enum alert_kind kind, bool over, char type[EVENT_TYPE]);
/* As an object. kept: with what event_read needs. */
void event_show(const struct event *e, struct jsonw *w, bool kept);
/* False: it is none. */
bool event_read(const struct jsonr *j, struct event *e);

#endif
