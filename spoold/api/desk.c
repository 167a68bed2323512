#include "spoold/api/desk.h"

#include <pthread.h>
#include <stdlib.h>

struct waiting {
    uint64_t ticket;
    desk_work *work;
    void *job;
};

struct desk {
    pthread_mutex_t lock;
    pthread_cond_t news;
    desk_done *done;
    void *arg;
    bool stopping;
    unsigned threads, first, n; /* of the queue, a ring */
    struct waiting queue[DESK_QUEUE];
    pthread_t all[DESK_THREADS];
};

static void *serve(void *arg)
{
    struct desk *d = arg;
    pthread_mutex_lock(&d->lock);
    while (!d->stopping) {
        if (d->n == 0) {
            pthread_cond_wait(&d->news, &d->lock);
            continue;
        }
        struct waiting w = d->queue[d->first];
        d->first = (d->first + 1) % DESK_QUEUE;
        d->n--;
        pthread_mutex_unlock(&d->lock);
        struct answer a = {0};
        w.work(w.job, &a);
        d->done(d->arg, w.ticket, &a);
        pthread_mutex_lock(&d->lock);
    }
    pthread_mutex_unlock(&d->lock);
    return NULL;
}

struct desk *desk_new(desk_done *done, void *arg)
{
    struct desk *d = calloc(1, sizeof *d);
    if (!d)
        return NULL;
    d->done = done;
    d->arg = arg;
    pthread_mutex_init(&d->lock, NULL); /* both of the default kind: cannot fail on Linux */
    pthread_cond_init(&d->news, NULL);
    while (d->threads < DESK_THREADS && pthread_create(&d->all[d->threads], NULL, serve, d) == 0)
        d->threads++;
    if (d->threads > 0)
        return d;
    desk_stop(d);
    desk_free(d);
    return NULL;
}

bool desk_begin(struct desk *d, uint64_t ticket, desk_work *work, void *job)
{
    pthread_mutex_lock(&d->lock);
    bool room = d->n < DESK_QUEUE && !d->stopping;
    if (room) {
        d->queue[(d->first + d->n++) % DESK_QUEUE] = (struct waiting){ticket, work, job};
        pthread_cond_signal(&d->news);
    }
    pthread_mutex_unlock(&d->lock);
    return room;
}

void desk_stop(struct desk *d)
{
    pthread_mutex_lock(&d->lock);
    d->stopping = true;
    pthread_cond_broadcast(&d->news);
    pthread_mutex_unlock(&d->lock);
    for (unsigned i = 0; i < d->threads; i++)
        pthread_join(d->all[i], NULL);
    d->threads = 0;
    for (; d->n > 0; d->n--, d->first = (d->first + 1) % DESK_QUEUE)
        d->queue[d->first].work(d->queue[d->first].job, NULL);
}

void desk_free(struct desk *d)
{
    if (!d)
        return;
    pthread_cond_destroy(&d->news);
    pthread_mutex_destroy(&d->lock);
    free(d);
}
