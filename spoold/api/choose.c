#include "spoold/api/choose.h"

#include <stdlib.h>
#include <string.h>

#include "spoold/api/find.h"
#include "spoold/api/rows.h"
#include "spoold/api/want.h"
#include "spoold/hand/items.h"

struct choosing {
    const struct view *v;
    struct choice *c;
    struct want want;
    struct act *act;
    struct chosen *list;
};

/* ---- the list ---- */

void chosen_drop(struct chosen *list)
{
    struct chosen_batch *b = list->first;
    list->first = b->next;
    if (!list->first)
        list->last = NULL;
    buf_free(&b->items);
    free(b);
}

void chosen_free(struct chosen *list)
{
    while (list->first)
        chosen_drop(list);
}

static struct chosen_batch *batch_with_room(struct chosen *list)
{
    struct chosen_batch *b = list->last;
    if (b && b->n < ITEMS_BATCH && b->items.len < ITEMS_BYTES)
        return b;
    b = calloc(1, sizeof *b);
    if (b && list->last)
        list->last->next = b;
    else if (b)
        list->first = b;
    if (b)
        list->last = b;
    return b;
}

static void keep(struct chosen *list, const struct doc_row *d)
{
    struct chosen_batch *b = list->failed ? NULL : batch_with_room(list);
    struct item item = {.state = (enum doc_state)d->state,
                        .class = d->state == DOC_FAILED ? (enum outcome)d->outcome : OUTCOME_COUNT,
                        .id = d->id,
                        .path = d->path,
                        .as = d->as};
    if (b) {
        items_add(&b->items, &item);
        b->n++;
    }
    list->failed = list->failed || !b || !buf_ok(&b->items);
}

/* ---- what is chosen ---- */

static bool may(const struct choosing *k, const struct doc_row *d)
{
    if (k->c->kind == ACT_RETRY)
        return d->state == DOC_FAILED;
    return d->state == DOC_PENDING || d->state == DOC_WAITING || d->state == DOC_CLAIMED;
}

static void take(struct choosing *k, const struct doc_row *d)
{
    k->act->total++;
    if (!may(k, d)) {
        k->act->skipped++;
        return;
    }
    if (d->state == DOC_FAILED && d->outcome < OUTCOME_COUNT)
        k->act->by_class[d->outcome]++;
    act_sample(k->act, d->path);
    if (k->list)
        keep(k->list, d);
}

/* One whose age is not known is not known to be older than anything. */
static bool old_enough(const struct choosing *k, const struct doc_row *d)
{
    int64_t changed = rows_changed(d);
    return k->c->older_ms < 0 || (changed > 0 && k->v->now_ms - changed >= k->c->older_ms);
}

static bool look(void *arg, const struct doc_row *d)
{
    struct choosing *k = arg;
    bool sealed = k->c->kind == ACT_CANCEL && d->state == DOC_SEALED; /* told as skipped */
    if ((may(k, d) || sealed) && want_row(&k->want, d) && old_enough(k, d))
        take(k, d);
    return true;
}

static bool choose_by_filter(struct choosing *k, struct answer *a)
{
    struct search *search = &k->want.search;
    struct search_cursor at = {0};
    bool good = want_read(&k->want, k->v, &k->c->filter, a);
    unsigned states = k->c->kind == ACT_RETRY ? 1u << DOC_FAILED
                                              : 1u << DOC_PENDING | 1u << DOC_WAITING |
                                                    1u << DOC_CLAIMED | 1u << DOC_SEALED;
    if (search->states)
        states &= search->states;
    search->states = states;
    while (good && states && search_page(k->v->s, search, &at, UINT32_MAX, look, k)) {
    }
    want_free(&k->want);
    return good;
}

/* Those that cannot be acted on, or are not known (any more), are skipped. */
static void choose_by_id(struct choosing *k)
{
    struct doc_row d;
    for (size_t i = 0; i < k->c->n_ids; i++) {
        if (find_document(k->v, k->c->ids[i].key, &d)) {
            take(k, &d);
        } else {
            k->act->total++;
            k->act->skipped++;
        }
    }
}

bool choose(const struct view *v, struct choice *c, struct act *act, struct chosen *list,
            struct answer *a)
{
    struct choosing k = {.v = v, .c = c, .act = act, .list = list};
    if (c->ids)
        choose_by_id(&k);
    else if (!choose_by_filter(&k, a))
        return false;
    if (!list || !list->failed)
        return true;
    answer_problem(a, 503, "too-busy", "There is no memory for so many documents.");
    return false;
}
