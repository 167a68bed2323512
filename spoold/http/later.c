#include "spoold/http/later.h"

#include <pthread.h>
#include <stdlib.h>

struct place {
    uint64_t ticket; /* 0: free */
    void *arg;
    int64_t until;
    bool sleeps, ready, over, nudged;
    struct answer answer;
};

struct later {
    pthread_mutex_t lock;
    void (*sleep)(void *arg);
    void (*wake)(void *arg);
    uint64_t rounds; /* tickets given; the place's number is in a ticket's low bits */
    bool stopping;
    struct place all[LATER_COUNT];
};

struct later *later_new(void (*sleep)(void *arg), void (*wake)(void *arg))
{
    struct later *l = calloc(1, sizeof *l);

    if (!l)
        return NULL;
    pthread_mutex_init(&l->lock, NULL);
    l->sleep = sleep;
    l->wake = wake;
    return l;
}

void later_free(struct later *l)
{
    if (!l)
        return;
    for (size_t i = 0; i < LATER_COUNT; i++)
        answer_free(&l->all[i].answer);
    pthread_mutex_destroy(&l->lock);
    free(l);
}

/* With the lock held, as all below. */
static struct place *place_of(struct later *l, uint64_t ticket)
{
    struct place *p = &l->all[ticket % LATER_COUNT];

    return ticket && p->ticket == ticket ? p : NULL;
}

static void rouse(struct later *l, struct place *p)
{
    if (p->sleeps) {
        p->sleeps = false;
        l->wake(p->arg);
    }
}

static void close_place(struct place *p)
{
    answer_free(&p->answer);
    *p = (struct place){0};
}

uint64_t later_open(struct later *l, void *arg, int64_t until)
{
    uint64_t ticket = 0;

    pthread_mutex_lock(&l->lock);
    for (size_t i = 0; i < LATER_COUNT && !l->stopping; i++) {
        if (l->all[i].ticket)
            continue;
        ticket = ++l->rounds * LATER_COUNT + i;
        l->all[i] = (struct place){.ticket = ticket, .arg = arg, .until = until};
        break;
    }
    pthread_mutex_unlock(&l->lock);
    return ticket;
}

enum later_verdict later_wait(struct later *l, uint64_t ticket, struct answer *answer)
{
    enum later_verdict v = LATER_OVER;

    pthread_mutex_lock(&l->lock);
    struct place *p = place_of(l, ticket);
    if (p && p->ready) {
        *answer = p->answer;
        p->answer = (struct answer){0};
        v = LATER_READY;
    } else if (p && !p->over && !l->stopping) {
        v = LATER_SLEEPS;
        if (!p->sleeps) {
            p->sleeps = true;
            l->sleep(p->arg);
        }
    }
    if (p && v != LATER_SLEEPS)
        close_place(p);
    pthread_mutex_unlock(&l->lock);
    return v;
}

enum later_verdict later_pause(struct later *l, uint64_t ticket)
{
    enum later_verdict v = LATER_OVER;

    pthread_mutex_lock(&l->lock);
    struct place *p = place_of(l, ticket);
    if (p && !l->stopping) {
        v = p->ready || p->nudged ? LATER_READY : LATER_SLEEPS;
        p->nudged = false;
        if (v == LATER_SLEEPS && !p->sleeps) {
            p->sleeps = true;
            l->sleep(p->arg);
        }
    }
    pthread_mutex_unlock(&l->lock);
    return v;
}

void later_limit(struct later *l, uint64_t ticket, int64_t until)
{
    pthread_mutex_lock(&l->lock);
    struct place *p = place_of(l, ticket);
    if (p)
        p->until = until;
    pthread_mutex_unlock(&l->lock);
}

void later_nudge(struct later *l, uint64_t ticket)
{
    pthread_mutex_lock(&l->lock);
    struct place *p = place_of(l, ticket);
    if (p && p->sleeps)
        rouse(l, p);
    else if (p)
        p->nudged = true;
    pthread_mutex_unlock(&l->lock);
}

void later_close(struct later *l, uint64_t ticket)
{
    pthread_mutex_lock(&l->lock);
    struct place *p = place_of(l, ticket);
    if (p)
        close_place(p);
    pthread_mutex_unlock(&l->lock);
}

bool later_complete(struct later *l, uint64_t ticket, struct answer *answer)
{
    pthread_mutex_lock(&l->lock);
    struct place *p = place_of(l, ticket);
    bool good = p && !p->ready && !p->over;
    if (good) {
        p->answer = *answer;
        *answer = (struct answer){0};
        p->ready = true;
        rouse(l, p);
    }
    pthread_mutex_unlock(&l->lock);
    answer_free(answer);
    return good;
}

int64_t later_tick(struct later *l, int64_t now)
{
    int64_t next = INT64_MAX;

    pthread_mutex_lock(&l->lock);
    for (size_t i = 0; i < LATER_COUNT; i++) {
        struct place *p = &l->all[i];
        if (!p->ticket || p->ready || p->over)
            continue;
        if (p->until <= now) {
            p->over = true;
            rouse(l, p);
        } else if (p->until < next) {
            next = p->until;
        }
    }
    pthread_mutex_unlock(&l->lock);
    return next;
}

void later_stop(struct later *l)
{
    pthread_mutex_lock(&l->lock);
    l->stopping = true;
    for (size_t i = 0; i < LATER_COUNT; i++)
        rouse(l, &l->all[i]);
    pthread_mutex_unlock(&l->lock);
}
