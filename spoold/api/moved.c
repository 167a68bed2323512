#include "spoold/api/moved.h"

void moved_init(struct moved *m)
{
    *m = (struct moved){0};
    pthread_mutex_init(&m->lock, NULL); /* of the default kind: cannot fail on Linux */
}

void moved_free(struct moved *m)
{
    buf_free(&m->items);
    pthread_mutex_destroy(&m->lock);
}

void moved_add(struct moved *m, const struct item *item)
{
    pthread_mutex_lock(&m->lock);
    if (m->items.len < MOVED_BYTES)
        items_add(&m->items, item);
    m->added++;
    if (!buf_ok(&m->items))
        buf_clear(&m->items); /* the last of them may be half an item */
    pthread_mutex_unlock(&m->lock);
}

void moved_take(struct moved *m, struct buf *items)
{
    pthread_mutex_lock(&m->lock);
    *items = m->items;
    m->items = (struct buf){0};
    m->taken = m->added;
    pthread_mutex_unlock(&m->lock);
}

void moved_shown(struct moved *m)
{
    pthread_mutex_lock(&m->lock);
    m->shown = m->taken;
    pthread_mutex_unlock(&m->lock);
}

uint64_t moved_added(struct moved *m)
{
    pthread_mutex_lock(&m->lock);
    uint64_t n = m->added;
    pthread_mutex_unlock(&m->lock);
    return n;
}

bool moved_are_shown(struct moved *m, uint64_t n)
{
    pthread_mutex_lock(&m->lock);
    bool yes = m->shown >= n;
    pthread_mutex_unlock(&m->lock);
    return yes;
}
