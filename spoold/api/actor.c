#include "spoold/api/actor.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "spoold/api/choose.h"
#include "spoold/hand/batch.h"
#include "spoold/hand/items.h"

enum {
    ANSWER_MS = 1000, /* whoever asked waits so long for the end of it */
    TELL_MS = 100,    /* between two events of an action */
    LOOK_MS = 20,
    NEWS_MS = 1000,  /* in which the page has heard of what was done before */
    QUIET_MS = 2000, /* without a word of any document: the page says so */
    PAUSE_MS = 500,  /* after a batch that came to nothing; doubled up to */
    PAUSE_MOST_MS = 8000
};

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

static void note(struct doing *d, const char *why)
{
    if (strcmp(d->act.note, why) == 0)
        return;
    snprintf(d->act.note, sizeof d->act.note, "%s", why);
    d->changed = true;
}

/* From time to time, while it goes on. False: spoold ends. */
static bool turn(void *arg)
{
    struct doing *d = arg;
    int64_t now = clock_boot_ms();
    if (stopping(d->all))
        return false;
    if (d->changed && now - d->shown >= TELL_MS)
        show(d, now);
    if (d->ticket && now - d->began >= ANSWER_MS)
        answer_act(d);
    return true;
}

/* ---- a batch ---- */

static void failed(struct doing *d, const struct item *item, const char *why)
{
    char key[ROW_KEY];
    struct doc_row row = {.state = (uint8_t)item->state,
                          .outcome = (uint8_t)item->class,
                          .id = item->id,
                          .path = item->path,
                          .as = item->as};
    rows_key(&row, key);
    act_problem(&d->act, key, item->path, why);
}

static void tell(void *arg, unsigned i, char what, const char *why)
{
    struct doing *d = arg;
    if (what == BATCH_WAIT) {
        note(d, why);
        return;
    }
    if (i >= d->n || d->told[i])
        return;
    d->told[i] = true;
    d->n_told++;
    if (what == BATCH_DONE)
        d->act.done++;
    else if (what == BATCH_SKIPPED)
        d->act.skipped++;
    else
        failed(d, &d->items[i], why);
    if (what != BATCH_FAILED && d->act.kind == ACT_RETRY)
        moved_add(&d->all->api->moved, &d->items[i]);
    note(d, "");
    d->changed = true;
    d->moved_on = clock_boot_ms();
}

static void take_batch(struct doing *d)
{
    const struct buf *b = &d->list.first->items;
    const char *at = b->data;
    for (d->n = 0; d->n < ITEMS_BATCH && items_next(&at, b->data + b->len, &d->items[d->n]);)
        d->n++;
    memset(d->told, 0, sizeof d->told);
    d->n_told = 0;
}

/* What is still to be done of it, as the items of another hand. *of: which they are. */
static void rest_of(const struct doing *d, struct buf *items, unsigned *of)
{
    unsigned k = 0;
    for (unsigned i = 0; i < d->n; i++)
        if (!d->told[i]) {
            items_add(items, &d->items[i]);
            of[k++] = i;
        }
}

struct handing {
    struct doing *d;
    unsigned of[ITEMS_BATCH], n;
};

static void tell_rest(void *arg, unsigned i, char what, const char *why)
{
    struct handing *h = arg;
    if (what == BATCH_WAIT || i < h->n)
        tell(h->d, what == BATCH_WAIT ? 0 : h->of[i], what, why);
}

static bool turn_rest(void *arg)
{
    struct doing *d = ((struct handing *)arg)->d;
    if (!*d->act.note && clock_boot_ms() - d->moved_on >= QUIET_MS)
        note(d, batch_silent);
    return turn(d);
}

/* Until the last child is gone: never more than one of an action. False: spoold ends. */
static bool wait_for(struct doing *d, int64_t ms)
{
    int64_t until = clock_boot_ms() + ms;
    while (!batch_reaped(&d->batch) || clock_boot_ms() < until) {
        if (!turn(d))
            return false;
        if (clock_boot_ms() - d->moved_on >= ACT_PATIENCE_MS)
            return true;
        clock_sleep_ms(LOOK_MS);
    }
    return true;
}

/* One hand for what is left of the batch. False: spoold ends. */
static bool hand_out(struct doing *d, int64_t *pause)
{
    const struct api *api = d->all->api;
    struct handing h = {.d = d, .n = d->n - d->n_told};
    struct buf items = {0};
    unsigned before = d->n_told;
    rest_of(d, &items, h.of);
    d->batch = (struct batch){.spool = api->spool,
                              .config = api->config,
                              .words = {act_kind_name(d->act.kind)},
                              .items = items.data,
                              .n = items.len,
                              .tell = tell_rest,
                              .go_on = turn_rest,
                              .arg = &h};
    enum batch_end end = BATCH_REFUSED;
    if (buf_ok(&items))
        end = batch_run(&d->batch);
    buf_free(&items);
    if (*d->batch.why && d->n_told < d->n)
        note(d, d->batch.why);
    *pause = d->n_told > before           ? PAUSE_MS
             : 2 * *pause < PAUSE_MOST_MS ? 2 * *pause
                                          : PAUSE_MOST_MS;
    return end != BATCH_STOPPED && wait_for(d, d->n_told > before ? 0 : *pause);
}

/* What is left of this batch, and all others. */
static void give_up(struct doing *d)
{
    char why[ACT_WHY];
    snprintf(why, sizeof why, "Given up after %d minutes in which none was done. %.200s",
             ACT_PATIENCE_MS / 60000, d->act.note);
    while (d->list.first) {
        for (unsigned i = 0; i < d->n; i++)
            if (!d->told[i])
                failed(d, &d->items[i], why);
        chosen_drop(&d->list);
        if (d->list.first)
            take_batch(d);
    }
    note(d, "");
}

/* False: spoold ends. */
static bool act_on_all(struct doing *d)
{
    int64_t pause = PAUSE_MS;
    d->moved_on = clock_boot_ms();
    for (; d->list.first; chosen_drop(&d->list)) {
        take_batch(d);
        while (d->n_told < d->n) {
            if (!hand_out(d, &pause))
                return false;
            if (clock_boot_ms() - d->moved_on >= ACT_PATIENCE_MS) {
                give_up(d);
                return true;
            }
        }
    }
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
        if (!act_on_all(d)) {
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

/* Each of them looks every 100 ms whether it is to stop, but while it chooses, which takes as long as a
 * list does. They use the server: it must not end before them. */
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
