/* GET /api/v1/documents/{id}: one document, with its attempts, out of memory. */
#include <stdio.h>
#include <string.h>

#include "spool/token.h"
#include "spoold/api/api.h"
#include "spoold/api/find.h"
#include "spoold/api/params.h"
#include "spoold/api/rows.h"

struct attempt {
    unsigned number;
    bool spent;
    const char *event, *outcome, *message, *host;
    int64_t began_ms, ended_ms; /* 0: not known */
};

static void show_attempt(struct jsonw *w, const struct attempt *t)
{
    jsonw_object(w, NULL);
    jsonw_uint(w, "attempt", t->number);
    jsonw_bool(w, "spent", t->spent);
    jsonw_str(w, "event", t->event);
    jsonw_str(w, "outcome", t->outcome);
    jsonw_str(w, "message", t->message);
    jsonw_str(w, "host", t->host);
    view_show_time(w, "began", t->began_ms);
    view_show_time(w, "ended", t->ended_ms);
    jsonw_end_object(w);
}

/* What a journal has said of that try, as far as it is among the latest events. */
static const struct said *said_of(const struct view *v, const struct doc_row *d, unsigned attempt)
{
    for (unsigned k = 0; k < v->s->recent.n; k++) {
        const struct said *s = recent_at(&v->s->recent, k);
        if (s->attempt == attempt && strcmp(s->document, d->id) == 0)
            return s;
    }
    return NULL;
}

static const char *letter_name(char letter)
{
    enum outcome o = outcome_of_letter(letter);
    return o < OUTCOME_COUNT ? outcome_facts(o)->name : "lease_died";
}

static void show_earlier(struct jsonw *w, const struct view *v, const struct doc_row *d,
                         unsigned number)
{
    const struct said *s = said_of(v, d, number);
    struct attempt t = {.number = number,
                        .spent = true,
                        .event = s ? event_name((enum event_what)s->what) : NULL,
                        .outcome = letter_name(d->history[number - 1]),
                        .message = s ? s->message : "",
                        .host = s ? view_host(v, s->host) : NULL,
                        .began_ms = s ? s->time_ms - s->took_ms : 0,
                        .ended_ms = s ? s->time_ms : 0};
    show_attempt(w, &t);
}

/* The one that ended it. */
static void show_last(struct jsonw *w, const struct view *v, const struct doc_row *d)
{
    struct attempt t = {.number = d->attempt,
                        .spent = true,
                        .event = d->state == DOC_DONE ? "done" : "failed",
                        .outcome =
                            d->outcome < OUTCOME_COUNT ? outcome_facts(d->outcome)->name : "",
                        .message = d->message,
                        .host = view_host(v, d->host),
                        .began_ms = d->time_ms - d->took_ms,
                        .ended_ms = d->time_ms};
    show_attempt(w, &t);
}

/* What it has in common with the document's id is not kept twice (leaf.h). */
static void show_claim(struct jsonw *w, const struct doc_row *d)
{
    char claim[2 * ID_CAP];
    int common = d->claim[0] == '-' ? (int)strcspn(d->id, "-") : 0;
    snprintf(claim, sizeof claim, "%.*s%s", common, d->id, d->claim);
    jsonw_str(w, "claim", d->claim[0] ? claim : NULL);
}

static void show_document(const struct view *v, const struct doc_row *d, struct answer *a)
{
    struct jsonw w;
    bool published = d->state == DOC_DONE || d->state == DOC_FAILED;
    a->type = answer_json;
    jsonw_init(&w, &a->body, false);
    jsonw_object(&w, NULL);
    rows_members(&w, v, d);
    show_claim(&w, d);
    jsonw_array(&w, "attempts");
    for (unsigned i = 1; i <= strlen(d->history); i++)
        show_earlier(&w, v, d, i);
    if (published && d->time_ms > 0)
        show_last(&w, v, d);
    jsonw_end_array(&w);
    jsonw_bool(&w, "has_record", published);
    jsonw_bool(&w, "has_text", d->state == DOC_DONE);
    jsonw_bool(&w, "can_retry", d->state == DOC_FAILED);
    jsonw_bool(&w, "can_cancel",
               d->state == DOC_PENDING || d->state == DOC_WAITING || d->state == DOC_CLAIMED);
    jsonw_end_object(&w);
    buf_char(&a->body, '\n');
}

enum route_next documents_one(void *arg, struct request *rq, struct answer *a)
{
    static const char *const none[] = {NULL};
    const struct api *api = arg;
    struct view v;
    struct doc_row row;
    const char *key = request_param(rq, "id")->s;
    if (!params_known(rq, a, none) || !view_open(&v, api->model))
        return ROUTE_DONE;
    char id[ID_CAP];
    if (find_document(&v, key, &row)) {
        show_document(&v, &row, a);
    } else if (model_formerly(api->model, key, id)) {
        a->status = 308;
        answer_header(a, "Location", "/api/v1/documents/%s", id);
    } else {
        answer_problem(a, 404, "unknown-document",
                       "Nothing is known under %.60s; it may have been removed.", key);
    }
    view_close(&v);
    return ROUTE_DONE;
}
