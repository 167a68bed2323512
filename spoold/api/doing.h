/* What the files of the actor share; of nobody else's business. */
#ifndef PDFSPOOLD_DOING_H
#define PDFSPOOLD_DOING_H

#include "spoold/api/actor.h"
#include "spoold/api/choose.h"
#include "spoold/hand/batch.h"
#include "spoold/hand/items.h"

struct actors {
    struct api *api;
    pthread_mutex_t lock;
    unsigned working;
    bool stopping;
};

struct doing {
    struct actors *all;
    struct choice *choice;
    uint64_t ticket; /* 0: answered */
    struct act act;
    struct chosen list;
    struct item items[ITEMS_BATCH]; /* of the batch that is under way */
    bool told[ITEMS_BATCH];
    unsigned n, n_told;
    struct batch batch;             /* that is under way, or was last */
    int64_t began, shown, moved_on; /* boot clock */
    bool changed;
};

/* From time to time, while it goes on: tell what there is to be told. False: spoold ends. */
bool doing_turn(struct doing *d);
/* What it waits for; "": nothing. */
void doing_note(struct doing *d, const char *why);
/* handing.c: give all that was chosen to hands, one after the other. False: spoold ends. */
bool handing_all(struct doing *d);

#endif
