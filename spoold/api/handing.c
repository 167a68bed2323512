/* An action's documents, batch by batch, to one hand after the other, and what comes of them. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "spoold/api/doing.h"
#include "spoold/api/rows.h"

enum {
    LOOK_MS = 20,
    QUIET_MS = 2000, /* without a word of any document: the page says so */
    PAUSE_MS = 500,  /* after a batch that came to nothing; doubled up to */
    PAUSE_MOST_MS = 8000
};

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
        doing_note(d, why);
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
    doing_note(d, "");
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

static bool turn(void *arg)
{
    struct doing *d = ((struct handing *)arg)->d;
    if (!*d->act.note && clock_boot_ms() - d->moved_on >= QUIET_MS)
        doing_note(d, batch_silent);
    return doing_turn(d);
}

/* Until the last child is gone: never more than one of an action. False: spoold ends. */
static bool wait_for(struct doing *d, int64_t ms)
{
    int64_t until = clock_boot_ms() + ms;
    while (!batch_reaped(&d->batch) || clock_boot_ms() < until) {
        if (!doing_turn(d))
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
                              .go_on = turn,
                              .arg = &h};
    enum batch_end end = BATCH_REFUSED;
    if (buf_ok(&items))
        end = batch_run(&d->batch);
    buf_free(&items);
    if (*d->batch.why && d->n_told < d->n)
        doing_note(d, d->batch.why);
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
    doing_note(d, "");
}

/* False: spoold ends. */
bool handing_all(struct doing *d)
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
