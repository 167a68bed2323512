/*
 * view: what a request is answered from: a snapshot, held for as long as the answer takes, and what
 * time it is by the file server's clock.
 *
 *   view_open, show..., view_close
 */
#ifndef PDFSPOOLD_VIEW_H
#define PDFSPOOLD_VIEW_H

#include "base/jsonw.h"
#include "spoold/model/model.h"

struct view {
    const struct snapshot *s;
    int64_t now_ms;  /* the file server's, as far as known; else this machine's */
    int64_t boot_ms; /* this machine's boot clock, at the same moment */
};

/* The share is said to answer when it did within this time. */
enum { VIEW_QUIET_MS = 10000 };

/* False: there is no snapshot yet. */
bool view_open(struct view *v, struct model *m);
void view_close(struct view *v);
/* A moment of the boot clock, as the file server's clock showed it. */
int64_t view_time(const struct view *v, int64_t boot_ms);
bool view_answering(const struct view *v);
/* Is a time for all to see; null for what is 0 or less (not known). */
void view_show_time(struct jsonw *w, const char *key, int64_t epoch_ms);
/* A string, or null when it is NULL or "". */
void view_show_text(struct jsonw *w, const char *key, const char *text);
/* Name of a host by its number; NULL: none. Borrowed from the snapshot. */
const char *view_host(const struct view *v, unsigned number);

#endif
