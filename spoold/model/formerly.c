#include "spoold/model/formerly.h"

#include <stdio.h>
#include <string.h>

void formerly_init(struct formerly *f)
{
    pthread_mutex_init(&f->lock, NULL); /* of the default kind: cannot fail on Linux */
}

void formerly_free(struct formerly *f)
{
    pthread_mutex_destroy(&f->lock);
}

void formerly_note(struct formerly *f, const char *place, const char *id)
{
    pthread_mutex_lock(&f->lock);
    placekey(place, strlen(place), f->all[f->next].key);
    snprintf(f->all[f->next].id, ID_CAP, "%s", id);
    f->next = (f->next + 1) % FORMERLY;
    pthread_mutex_unlock(&f->lock);
}

/* The latest first: another document may have lain there since. */
bool formerly_find(struct formerly *f, const char *key, char id[ID_CAP])
{
    bool found = false;
    pthread_mutex_lock(&f->lock);
    for (unsigned i = 1; i <= FORMERLY && *key && !found; i++) {
        unsigned at = (f->next + FORMERLY - i) % FORMERLY;
        if (!f->all[at].key[0])
            break;
        found = strcmp(f->all[at].key, key) == 0;
        if (found)
            memcpy(id, f->all[at].id, ID_CAP);
    }
    pthread_mutex_unlock(&f->lock);
    return found;
}
