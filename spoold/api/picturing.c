/* GET /api/v1/documents/{id}/pages/{page}/image: drawn by a hand, which has the caged parser do it. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "spoold/api/api.h"
#include "spoold/api/find.h"
#include "spoold/api/params.h"
#include "spoold/api/rows.h"
#include "spoold/hand/hands.h"

enum { NUMBER_CAP = 24, PAGES_MOST = 10000000, WIDTH = 800, WIDTH_LEAST = 64, WIDTH_MOST = 1600 };

/* The place of a document that lies still. False: there is none, and *a says so. */
static bool place_of(const struct api *api, const char *key, struct buf *place, struct answer *a)
{
    struct view v;
    struct doc_row d;
    if (!view_open(&v, api->model))
        return false;
    bool found = find_document(&v, key, &d);
    bool still = found && (d.state == DOC_DONE || d.state == DOC_FAILED || d.state == DOC_PENDING);
    if (!found)
        answer_problem(a, 404, "unknown-document",
                       "Nothing is known under %.60s; it may have been removed.", key);
    else if (!still)
        answer_problem(a, 404, "no-record", "It is %s: it can be looked at before or after that.",
                       docstate_name((enum doc_state)d.state));
    else
        rows_place(&v, &d, place);
    view_close(&v);
    return still;
}

static bool page_of(const struct request *rq, uint64_t *page, struct answer *a)
{
    const char *text = request_param(rq, "page")->s;
    if (num_u64(text, page) && *page > 0 && *page <= PAGES_MOST)
        return true;
    answer_problem(a, 400, "bad-request", "A page is a number from 1 to %d.", PAGES_MOST);
    return false;
}

/* Under an id that a claim gave lie the same bytes for ever; a place may get others. */
static void tag(const struct request *rq, uint64_t page, uint64_t width, char etag[ANSWER_ETAG])
{
    const char *key = request_param(rq, "id")->s;
    int n = snprintf(etag, ANSWER_ETAG, "%s-%" PRIu64 "-%" PRIu64, key, page, width);
    if (strncmp(key, "t-", 2) == 0 || n >= ANSWER_ETAG)
        etag[0] = 0;
}

enum route_next document_page(void *arg, struct request *rq, struct answer *a)
{
    static const char *const names[] = {"width", NULL};
    static const uint64_t widths[2] = {WIDTH_LEAST, WIDTH_MOST};
    const struct api *api = arg;
    uint64_t page, width = WIDTH;
    char page_text[NUMBER_CAP], width_text[NUMBER_CAP];
    struct buf place = {0};
    struct hands_job job = {.lane = HANDS_PICTURES};
    if (!params_known(rq, a, names) || !page_of(rq, &page, a) ||
        !params_uint(rq, a, "width", widths, &width) ||
        !place_of(api, request_param(rq, "id")->s, &place, a)) {
        buf_free(&place);
        return ROUTE_DONE;
    }
    enum route_next next = ROUTE_DONE;
    tag(rq, page, width, job.etag);
    snprintf(page_text, sizeof page_text, "%" PRIu64, page);
    snprintf(width_text, sizeof width_text, "%" PRIu64, width);
    const char *const words[] = {"page", place.data, page_text, width_text, api->parser};
    memcpy(job.words, words, sizeof words);
    if (job.etag[0] && request_has_etag(rq, job.etag)) {
        hands_keep(a, job.etag); /* it has it, and has it still */
    } else if (!api->parser) {
        answer_problem(a, 422, "no-picture", "There is no pdfspool-parser beside spoold.");
    } else {
        job.ticket = server_later(rq);
        if (job.ticket && hands_begin(api->hands, &job)) {
            next = ROUTE_LATER;
        } else {
            answer_problem(a, 503, "too-busy", "As many pages are being drawn as may be at once.");
            answer_header(a, "Retry-After", "1");
        }
    }
    buf_free(&place);
    return next;
}
