/*
 * formerly: which ids documents have now that were known by their place before (placekey.h): a link to
 * a document that somebody has just dropped outlives its first claim. The latest FORMERLY of them.
 *
 * One writer, readers in any thread.
 */
#ifndef PDFSPOOLD_FORMERLY_H
#define PDFSPOOLD_FORMERLY_H

#include <pthread.h>
#include <stdbool.h>

#include "spool/layout.h"
#include "spoold/model/placekey.h"

enum { FORMERLY = 16384 /* 1.3 MB */ };

struct formerly {
    pthread_mutex_t lock;
    unsigned next; /* where the next one goes, in place of the oldest */
    struct {
        char key[PLACEKEY_CAP], id[ID_CAP]; /* key "": none yet */
    } all[FORMERLY];
};

/* *f is all zero. */
void formerly_init(struct formerly *f);
void formerly_free(struct formerly *f);
/* What lay at this place has this id. */
void formerly_note(struct formerly *f, const char *place, const char *id);
/* False: nothing is known of that key. */
bool formerly_find(struct formerly *f, const char *key, char id[ID_CAP]);

#endif
