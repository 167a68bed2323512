#include "spoold/api/rows.h"

#include <stdio.h>
#include <string.h>

#include "spoold/model/placekey.h"

_Static_assert((int)ROW_KEY >= PLACEKEY_CAP, "a key of either kind fits");

/* By the place that never changes while it is there: of documents whose id nobody has told. */
void rows_key(const struct doc_row *d, char key[ROW_KEY])
{
    struct buf place = {0};
    if (d->id[0] && d->id[0] != '!') {
        snprintf(key, ROW_KEY, "%s", d->id);
        return;
    }
    rows_place(NULL, d, &place);
    placekey(place.data ? place.data : "", place.len, key);
    buf_free(&place);
}

void rows_place(const struct view *v, const struct doc_row *d, struct buf *out)
{
    const char *host = v ? view_host(v, d->host) : NULL;
    if (*d->as)
        buf_str(out, d->as);
    else if (d->state == DOC_PENDING)
        buf_fmt(out, DIR_PENDING "/%s", d->path);
    else if (d->state == DOC_WAITING)
        buf_str(out, DIR_PENDING "/" DIR_RETRY);
    else if (d->state == DOC_DONE)
        buf_fmt(out, DIR_DONE "/%s", d->path);
    else if (d->state == DOC_FAILED)
        buf_fmt(out, DIR_FAILED "/%s/%s",
                d->outcome < OUTCOME_COUNT ? outcome_facts(d->outcome)->name : "", d->path);
    else
        buf_fmt(out, DIR_CLAIMED "/%s", host ? host : "");
}

int64_t rows_changed(const struct doc_row *d)
{
    return d->time_ms > 0 ? d->time_ms : d->state == DOC_PENDING ? (int64_t)d->since_s * 1000 : 0;
}

const struct slot_status *rows_slot(const struct view *v, const struct doc_row *d)
{
    const char *host = view_host(v, d->host);
    if ((d->state != DOC_CLAIMED && d->state != DOC_SEALED) || !host)
        return NULL;
    for (size_t i = 0; i < v->s->n_hosts; i++) {
        const struct host_row *h = v->s->hosts[i];
        if (!h->has_status || h->silent || strcmp(h->host, host) != 0)
            continue;
        for (uint32_t k = 0; k < h->status->shown_slots; k++)
            if (h->status->slots[k].path[0] && strcmp(h->status->slots[k].document, d->id) == 0)
                return &h->status->slots[k];
    }
    return NULL;
}

const char *rows_stage(const char *stage)
{
    static const char *const known[] = {"idle", "load", "wait",    "parse",  "open",
                                        "text", "emit", "results", "publish"};
    for (size_t i = 0; stage && i < sizeof known / sizeof *known; i++)
        if (strcmp(known[i], stage) == 0)
            return known[i];
    return NULL;
}

static const char *outcome_of_row(const struct doc_row *d)
{
    if (d->state == DOC_FAILED)
        return "failed";
    return d->state == DOC_DONE && d->outcome < OUTCOME_COUNT ? outcome_facts(d->outcome)->name
                                                              : NULL;
}

static const char *class_of_row(const struct doc_row *d)
{
    bool may = d->state == DOC_FAILED || d->state == DOC_WAITING;
    return may && d->outcome < OUTCOME_COUNT && outcome_facts(d->outcome)->failure
               ? outcome_facts(d->outcome)->name
               : NULL;
}

static const char *stage_of_row(const struct view *v, const struct doc_row *d,
                                const struct slot_status *slot)
{
    if (slot)
        return rows_stage(slot->stage);
    return d->state == DOC_FAILED && d->group < v->s->n_groups
               ? rows_stage(v->s->groups[d->group].stage)
               : NULL;
}

/* A number, or null where it is not known. */
static void show_known(struct jsonw *w, const char *key, bool known, uint64_t n)
{
    if (known)
        jsonw_uint(w, key, n);
    else
        jsonw_null(w, key);
}

static void show_progress(struct jsonw *w, const struct slot_status *slot)
{
    if (!slot) {
        jsonw_null(w, "progress");
        return;
    }
    jsonw_object(w, "progress");
    jsonw_uint(w, "page", slot->page);
    jsonw_uint(w, "pages", slot->pages);
    jsonw_end_object(w);
}

void rows_members(struct jsonw *w, const struct view *v, const struct doc_row *d)
{
    char key[ROW_KEY];
    struct buf place = {0};
    const struct slot_status *slot = rows_slot(v, d);
    bool told = d->time_ms > 0; /* a journal has told of it */
    rows_key(d, key);
    rows_place(v, d, &place);
    jsonw_str(w, "id", key);
    jsonw_name(w, "path", d->path, strlen(d->path));
    jsonw_name(w, "place", place.data ? place.data : "", place.len);
    buf_free(&place);
    jsonw_str(w, "state", docstate_name((enum doc_state)d->state));
    jsonw_str(w, "outcome", outcome_of_row(d));
    jsonw_str(w, "class", class_of_row(d));
    jsonw_str(w, "stage", stage_of_row(v, d, slot));
    jsonw_str(w, "message", d->message);
    jsonw_uint(w, "attempt", d->attempt);
    jsonw_str(w, "host", view_host(v, d->host));
    show_known(w, "size", told || d->size > 0, d->size);
    show_known(w, "pages", d->pages > 0 || (told && d->state == DOC_DONE), d->pages);
    jsonw_null(w, "tiers"); /* how many pages of each are in its record */
    view_show_time(w, "dropped", d->state == DOC_PENDING ? (int64_t)d->since_s * 1000 : 0);
    view_show_time(w, "changed", rows_changed(d));
    view_show_time(w, "due", d->state == DOC_WAITING ? (int64_t)d->since_s * 1000 : 0);
    jsonw_str(w, "need", d->state != DOC_WAITING ? NULL : d->ocr ? "ocr" : "text");
    show_known(w, "took_ms", told, d->took_ms);
    show_progress(w, slot);
}

void rows_show(struct jsonw *w, const struct view *v, const struct doc_row *d)
{
    jsonw_object(w, NULL);
    rows_members(w, v, d);
    jsonw_end_object(w);
}
