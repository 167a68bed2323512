/*
 * moved: documents that an action has found to be failed no more. Whoever acts says so (moved_add,
 * any thread); the program's thread tells the model (moved_take), so that the page has not to wait
 * for the walk, and once a snapshot is without them says that, too (moved_shown). Whoever chooses
 * documents waits for that, so that what was done a moment ago is not chosen again. What finds no
 * room is left to the walk.
 */
#ifndef PDFSPOOLD_MOVED_H
#define PDFSPOOLD_MOVED_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "spoold/hand/items.h"

enum { MOVED_BYTES = 4 * 1024 * 1024 };

struct moved {
    pthread_mutex_t lock;
    struct buf items; /* items.h */
    uint64_t added, taken, shown;
};

void moved_init(struct moved *m);
void moved_free(struct moved *m);
void moved_add(struct moved *m, const struct item *item);
/* All of them, the caller's from now on (buf_free). */
void moved_take(struct moved *m, struct buf *items);
/* A snapshot that was made after moved_take is there for all. */
void moved_shown(struct moved *m);
/* How many there were so far; are the first n of them shown? */
uint64_t moved_added(struct moved *m);
bool moved_are_shown(struct moved *m, uint64_t n);

#endif
