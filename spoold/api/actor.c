#include "spoold/api/actor.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "spoold/api/doing.h"

enum {
    ANSWER_MS = 1000, /* whoever asked waits so long for the end of it */
    TELL_MS = 100,    /* between two events of an action */
    LOOK_MS = 20,
    NEWS_MS = 1000, /* in which the page has heard of what was done before */
};

static bool stopping(struct actors *s)
{
    pthread_mutex_lock(&s->lock);
    bool yes = s->stopping;
    pthread_mutex_unlock(&s->lock);
    return yes;
}

/* ---- telling ---- */

static void answer(struct doing *d, struct answer *a)
{
    server_complete(d->all->api->server, d->ticket, a);
    answer_free(a);
    d->ticket = 0;
}

/* The action as it is now; 200 when it has ended, 202 while it goes on. */
static void answer_act(struct doing *d)
{
    struct answer a = {.status = d->act.ended ? 200 : 202, .type = answer_json};
    if (!d->act.ended)
        answer_header(&a, "Location", "/api/v1/actions/a%" PRIu64, d->act.number);
    act_write(&d->act, &a.body);
    buf_char(&a.body, '\n');
    answer(d, &a);
}

static void show(struct doing *d, int64_t now)
{
    struct buf json = {0};
    char key[24];
    acts_show(&d->all->api->acts, &d->act, &json);
    snprintf(key, sizeof key, "a%" PRIu64, d->act.number);
    if (buf_ok(&json) && json.len)
        server_publish(d->all->api->server, "action", key, json.data, json.len);
    buf_free(&json);
    d->shown = now;
    d->changed = false;
}

void doing_note(struct doing *d, const char *why)
{
    if (strcmp(d->act.note, why) == 0)
        return;
    snprintf(d->act.note, sizeof d->act.note, "%s", why);
    d->changed = true;
}

bool doing_turn(struct doing *d)
{
    int64_t now = clock_boot_ms();
    if (stopping(d->all))
        return false;
    if (d->changed && now - d->shown >= TELL_MS)
        show(d, now);
    if (d->ticket && now - d->began >= ANSWER_MS)
        answer_act(d);
    return true;
}

/* ---- all of it ---- */

/* What was done a moment ago is not to be chosen again. */
static void wait_for_news(struct doing *d)
{
    struct moved *m = &d->all->api->moved;
    uint64_t n = moved_added(m);
    for (int64_t until = d->began + NEWS_MS;
         !moved_are_shown(m, n) && clock_boot_ms() < until && !stopping(d->all);)
        clock_sleep_ms(LOOK_MS / 2);
}

/* False: it is answered, and nothing is to be done. */
static bool prepare(struct doing *d)
{
    struct answer a = {.status = 200};
    struct view v;
    bool dry = d->choice->dry;
    d->act.kind = d->choice->kind;
    d->act.dry = dry;
    d->act.began_ms = clock_wall_ms();
    wait_for_news(d);
    if (!view_open(&v, d->all->api->model)) {
        answer_problem(&a, 503, "too-busy", "There is nothing to choose from yet.");
        answer(d, &a);
        return false;
    }
    bool good = choose(&v, d->choice, &d->act, dry ? NULL : &d->list, &a);
    view_close(&v);
    uint64_t count = d->act.total - d->act.skipped;
    if (good && !dry && d->choice->has_expect && count > d->choice->expect) {
        answer_problem(&a, 409, "more-than-expected",
                       "It would be %" PRIu64 " documents, and %" PRIu64
                       " were agreed to; nothing was done.",
                       count, d->choice->expect);
        answer_problem_count(&a, count);
        good = false;
    }
    if (!good)
        answer(d, &a);
    answer_free(&a);
    return good;
}

static void end_act(struct doing *d)
{
    d->act.ended = true;
    d->act.ended_ms = clock_wall_ms();
    if (d->act.number) {
        show(d, clock_boot_ms());
        log_info("%s: %" PRIu64 " documents, %" PRIu64 " not, %" PRIu64 " were elsewhere",
                 act_kind_name(d->act.kind), d->act.done, d->act.failed, d->act.skipped);
    }
    if (d->ticket)
        answer_act(d);
}

static void carry_out(struct doing *d)
{
    if (!prepare(d))
        return;
    if (!d->act.dry) {
        d->act.number = acts_number(&d->all->api->acts);
        show(d, clock_boot_ms());
        if (!handing_all(d)) {
            log_info("%s: broken off after %" PRIu64 " of %" PRIu64 " documents; ask again",
                     act_kind_name(d->act.kind), d->act.done, d->act.total);
            return;
        }
    }
    end_act(d);
}

static void free_doing(struct doing *d)
{
    if (!d)
        return;
    choice_free(d->choice);
    chosen_free(&d->list);
    act_free(&d->act);
    free(d);
}

static void leave(struct actors *s)
{
    pthread_mutex_lock(&s->lock);
    s->working--;
    pthread_mutex_unlock(&s->lock);
}

static void *run(void *arg)
{
    struct doing *d = arg;
    struct actors *s = d->all;
    d->began = clock_boot_ms();
    carry_out(d);
    /* A child that hangs on the share keeps its place: there are never more than ACTORS of them. */
    while (!batch_reaped(&d->batch) && !stopping(s))
        clock_sleep_ms(LOOK_MS);
    free_doing(d);
    leave(s);
    return NULL;
}

struct actors *actors_new(struct api *api)
{
    struct actors *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    pthread_mutex_init(&s->lock, NULL); /* of the default kind: cannot fail on Linux */
    s->api = api;
    return s;
}

bool actors_begin(struct actors *s, struct choice *c, uint64_t ticket)
{
    pthread_t thread;
    pthread_mutex_lock(&s->lock);
    bool room = s->working < ACTORS && !s->stopping;
    s->working += room;
    pthread_mutex_unlock(&s->lock);
    struct doing *d = room ? calloc(1, sizeof *d) : NULL;
    if (d) {
        *d = (struct doing){.all = s, .choice = c, .ticket = ticket};
        if (pthread_create(&thread, NULL, run, d) == 0) {
            pthread_detach(thread);
            return true;
        }
    }
    if (room)
        leave(s);
    choice_free(c);
    free(d);
    return false;
}

/* Each of them looks every 100 ms whether it is to stop, but while it chooses, which takes as long
 * as a list does. They use the server: it must not end before them. */
void actors_stop(struct actors *s)
{
    unsigned working = 1;
    if (!s)
        return;
    pthread_mutex_lock(&s->lock);
    s->stopping = true;
    pthread_mutex_unlock(&s->lock);
    while (working) {
        pthread_mutex_lock(&s->lock);
        working = s->working;
        pthread_mutex_unlock(&s->lock);
        if (working)
            clock_sleep_ms(LOOK_MS);
    }
    pthread_mutex_destroy(&s->lock);
    free(s);
}
