/* POST /api/v1/uploads: a document into pending/. Its bytes go through to a hand as they come. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/utf8.h"
#include "spool/drop.h"
#include "spoold/api/api.h"
#include "spoold/api/params.h"
#include "spoold/hand/hands.h"

enum { NUMBER_CAP = 24 };

struct upload {
    struct feed *feed; /* NULL: all has come */
};

/* The path's bytes, out of the form in which paths are shown. */
static bool read_path(const struct request *rq, struct answer *a, struct buf *path)
{
    static const char *const names[] = {"path", NULL};
    if (!params_known(rq, a, names))
        return false;
    const struct request_text *shown = request_query_text(rq, "path");
    if (!shown || !utf8_unshow_name(path, shown->s, shown->len)) {
        answer_problem(a, 400, "bad-request",
                       shown ? "path must be a path as paths are shown."
                             : "Say by path= where it is to be.");
        return false;
    }
    const char *why = drop_wrong_path(path->data ? path->data : "", path->len);
    if (why)
        answer_problem(a, 400, "bad-request", "No document can have this path: %s.", why);
    return !why;
}

static void too_busy(struct answer *a)
{
    answer_problem(a, 503, "too-busy", "As much is being sent as may be; try again in a moment.");
    answer_header(a, "Retry-After", "5");
}

static void *upload_begin(void *arg, struct request *rq, struct answer *a)
{
    const struct api *api = arg;
    struct buf path = {0};
    char size[NUMBER_CAP];
    struct upload *u = NULL;
    if (!read_path(rq, a, &path))
        goto end;
    snprintf(size, sizeof size, "%" PRIu64, rq->content_length);
    u = calloc(1, sizeof *u);
    if (u)
        u->feed = feed_new();
    struct hands_job job = {.lane = HANDS_UPLOADS, .words = {"upload", path.data, size}};
    job.feed = u ? u->feed : NULL;
    job.ticket = job.feed ? server_later(rq) : 0;
    if (job.ticket && hands_begin(api->hands, &job))
        goto end;
    too_busy(a);
    if (u && u->feed)
        feed_end(u->feed);
    free(u);
    u = NULL;
end:
    buf_free(&path);
    return u;
}

/* A hand that takes no more has its answer, or has died; what is still to come is read and thrown away,
 * so that the client reads the answer. */
static ssize_t upload_piece(void *state, const void *bytes, size_t n, struct answer *a)
{
    const struct upload *u = state;
    (void)a;
    ssize_t taken = feed_give(u->feed, bytes, n);
    return taken < 0 ? (ssize_t)n : taken;
}

static void end_feed(struct upload *u)
{
    if (u->feed)
        feed_end(u->feed);
    u->feed = NULL;
}

static enum route_next upload_end(void *state, struct request *rq, struct answer *a)
{
    (void)rq;
    (void)a;
    end_feed(state);
    return ROUTE_LATER;
}

static void upload_drop(void *state)
{
    end_feed(state);
    free(state);
}

static const char *const types[] = {"application/octet-stream", "application/pdf", NULL};

const struct route_upload document_upload = {types, upload_begin, upload_piece, upload_end,
                                             upload_drop};
