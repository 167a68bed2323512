/* GET /api/v1/documents/{id}/record and /text: what lies on the share, by a hand. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "spoold/api/api.h"
#include "spoold/api/find.h"
#include "spoold/api/params.h"
#include "spoold/api/rows.h"
#include "spoold/hand/hands.h"

enum { NUMBER_CAP = 24, PAGES_MOST = 10000000, WINDOW = 200, WINDOW_MOST = 1000, PIECE = 16384 };

/* The place of a published document. False: there is none, and *a says so. */
static bool place_of(const struct api *api, const struct request *rq, bool done_only,
                     struct buf *place, struct answer *a)
{
    struct view v;
    struct doc_row d;
    const char *key = request_param(rq, "id")->s;
    if (!view_open(&v, api->model))
        return false;
    bool found = find_document(&v, key, &d);
    bool has = found && (d.state == DOC_DONE || (d.state == DOC_FAILED && !done_only));
    if (!found)
        answer_problem(a, 404, "unknown-document",
                       "Nothing is known under %.60s; it may have been removed.", key);
    else if (!has)
        answer_problem(a, 404, "no-record", "It is %s: there is nothing to be read of it yet.",
                       docstate_name((enum doc_state)d.state));
    else
        rows_place(&v, &d, place);
    view_close(&v);
    return has;
}

static enum route_next ask(const struct api *api, struct request *rq, struct hands_job *job,
                           struct answer *a)
{
    job->ticket = server_later(rq);
    if (job->ticket && hands_begin(api->hands, job))
        return ROUTE_LATER;
    answer_problem(a, 503, "too-busy", "Too much is being read just now; ask again in a moment.");
    answer_header(a, "Retry-After", "2");
    return ROUTE_DONE;
}

enum route_next document_record(void *arg, struct request *rq, struct answer *a)
{
    static const char *const names[] = {"first", "count", NULL};
    static const uint64_t pages[2] = {1, PAGES_MOST}, window[2] = {0, WINDOW_MOST};
    uint64_t first = 1, count = WINDOW;
    char first_text[NUMBER_CAP], count_text[NUMBER_CAP];
    struct buf place = {0};
    enum route_next next = ROUTE_DONE;
    if (!params_known(rq, a, names) || !params_uint(rq, a, "first", pages, &first) ||
        !params_uint(rq, a, "count", window, &count))
        return ROUTE_DONE;
    snprintf(first_text, sizeof first_text, "%" PRIu64, first);
    snprintf(count_text, sizeof count_text, "%" PRIu64, count);
    if (place_of(arg, rq, false, &place, a)) {
        struct hands_job job = {.words = {"record", place.data, first_text, count_text}};
        next = ask(arg, rq, &job, a);
    }
    buf_free(&place);
    return next;
}

/* A program that names the one and not the other; a browser that follows a link names neither. */
static bool wants_text(const struct request *rq)
{
    return request_asks_for(rq, "text/plain") && !request_asks_for(rq, answer_json);
}

enum route_next document_text(void *arg, struct request *rq, struct answer *a)
{
    static const char *const names[] = {"page", "offset", "limit", NULL};
    static const uint64_t pages[2] = {1, PAGES_MOST}, offsets[2] = {0, UINT64_C(17179869184)},
                          limits[2] = {1, 65536};
    uint64_t n[3] = {0, 0, PIECE};
    char text[3][NUMBER_CAP];
    struct buf place = {0};
    enum route_next next = ROUTE_DONE;
    if (!params_known(rq, a, names) || !params_uint(rq, a, "page", pages, &n[0]) ||
        !params_uint(rq, a, "offset", offsets, &n[1]) ||
        !params_uint(rq, a, "limit", limits, &n[2]))
        return ROUTE_DONE;
    for (int i = 0; i < 3; i++)
        snprintf(text[i], sizeof text[i], "%" PRIu64, n[i]);
    if (place_of(arg, rq, true, &place, a)) {
        struct hands_job job = {
            .words = {wants_text(rq) ? "plain" : "text", place.data, text[0], text[1], text[2]}};
        next = ask(arg, rq, &job, a);
    }
    buf_free(&place);
    return next;
}
