#include "spoold/http/serve.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

static void run(struct exchange *x);

/* ---- connections ---- */

static void *on_opened(void *arg, int fd)
{
    struct server *s = arg;
    struct reaper_conn *c = reaper_open(s->reaper, fd, clock_boot_ms());

    server_poke(s);
    return c;
}

static void on_closed(void *arg, void *conn)
{
    struct server *s = arg;

    reaper_close(s->reaper, conn);
}

void serve_sleep(void *exchange)
{
    struct exchange *x = exchange;

    mhd_suspend(x->e);
}

void serve_wake(void *exchange)
{
    struct exchange *x = exchange;

    mhd_resume(x->e);
}

void serve_kick(void *exchange)
{
    struct exchange *x = exchange;

    reaper_kick(x->s->reaper, x->conn);
}

/* ---- sending ---- */

static void phase(struct exchange *x, enum reaper_phase p, uint64_t bytes)
{
    reaper_phase(x->s->reaper, x->conn, p, bytes, clock_boot_ms());
}

static void count(struct server *s, int status)
{
    atomic_fetch_add(&s->requests, 1);
    atomic_fetch_add(&s->refused, status >= 400 && status < 500);
    if (status >= 0 && status < 600)
        atomic_fetch_add(&s->status[status], 1);
}

static void send_answer(struct exchange *x)
{
    struct answer *a = &x->answer;

    if (a->status == 0)
        a->status = 200;
    finish_answer(&x->rq, a);
    count(x->s, a->status);
    x->stage = SERVE_SENT;
    phase(x, REAPER_ANSWER, a->fixed ? a->fixed_len : a->body.len);
    mhd_send(x->e, a);
}

/* Is each of these words, parted by commas, among those? */
static bool all_among(const char *words, const char *those)
{
    for (size_t n; *words; words += n + (words[n] == ',')) {
        n = strcspn(words, ",");
        const char *at = those;
        while (at && (strncmp(at, words, n) != 0 || (at[n] && at[n] != ',')))
            at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL;
        if (!at || n == 0)
            return false;
    }
    return true;
}

static void send_stream(struct exchange *x)
{
    struct answer *a = &x->answer;
    const struct server_options *o = &x->s->o;
    struct sse_wish wish = {x->rq.last_event_id, request_query(&x->rq, "topics"), NULL, NULL};
    struct buf data = {0};

    if (x->rq.queries > (wish.topics != NULL) ||
        (wish.topics && o->topics && !all_among(wish.topics, o->topics))) {
        answer_problem(a, 400, "bad-request", "The query may be topics=, and some of these: %s.",
                       o->topics ? o->topics : "any");
        send_answer(x);
        return;
    }
    wish.name = o->greet ? o->greet(o->arg, &data) : NULL;
    if (wish.name && !buf_ok(&data))
        wish.name = NULL;
    wish.data = data.data ? data.data : "{}";
    x->client = sse_join(x->s->sse, x, &wish);
    buf_free(&data);
    if (!x->client) {
        answer_problem(a, 503, "too-busy",
                       "There are as many streams of events as there may be; ask now and then "
                       "instead.");
        answer_header(a, "Retry-After", "5");
        send_answer(x);
        return;
    }
    a->type = "text/event-stream";
    answer_header(a, "X-Accel-Buffering", "no");
    finish_answer(&x->rq, a);
    count(x->s, 200);
    x->stage = SERVE_SENT;
    if (x->busy)
        atomic_fetch_sub(&x->s->busy, 1);
    x->busy = false;
    phase(x, REAPER_STREAM, 0);
    mhd_send_stream(x->e, a);
}

static ssize_t on_stream(void *exchange, char *to, size_t cap)
{
    struct exchange *x = exchange;

    return sse_take(x->s->sse, x->client, to, cap);
}

/* ---- a request's way ---- */

static void *on_begin(void *arg, void *conn, struct mhd_exchange *e, const struct request_raw *raw)
{
    struct exchange *x = calloc(1, sizeof *x);

    if (!x)
        return NULL;
    x->s = arg;
    x->conn = conn;
    x->e = e;
    x->busy = true;
    atomic_fetch_add(&x->s->busy, 1);
    check_request(x, raw);
    uint64_t n = x->rq.content_length;
    phase(x, n > 0 ? REAPER_BODY : REAPER_WORK, 0);
    /* Refuse at once where the body is too long to be read for nothing, or where it must not come.
     */
    if (x->refused && (x->rq.doubtful || (n > 0 && (n > SERVE_DRAIN || x->rq.expect))))
        run(x);
    return x;
}

/* The client waits for us: its time stands still. False: no room will ever be. */
static bool pause_body(struct exchange *x, bool *go_on)
{
    enum later_verdict v = later_pause(x->s->later, x->rq.ticket);

    *go_on = v == LATER_READY;
    x->paused = v == LATER_SLEEPS;
    if (x->paused)
        phase(x, REAPER_WORK, 0);
    return v != LATER_OVER;
}

/* As much as is taken; the rest is offered again when there is room. */
static size_t feed(struct exchange *x, const char *bytes, size_t n)
{
    size_t at = 0;
    bool go_on = true;

    while (at < n && go_on && !x->refused) {
        ssize_t taken = x->route->upload->piece(x->upload, bytes + at, n - at, &x->answer);
        x->refused = taken < 0;
        at += taken > 0 ? (size_t)taken : 0;
        if (x->refused || at == n || pause_body(x, &go_on))
            continue;
        answer_problem(&x->answer, 503, "too-busy", "The server is about to end.");
        x->refused = true;
    }
    return x->refused ? n : at;
}

static size_t on_body(void *exchange, const char *bytes, size_t n)
{
    struct exchange *x = exchange;

    if (x->paused)
        phase(x, REAPER_BODY, 0);
    x->paused = false;
    if (x->upload && !x->refused)
        n = feed(x, bytes, n);
    if (!x->paused)
        reaper_progress(x->s->reaper, x->conn, n, clock_boot_ms());
    if (x->refused || x->upload)
        return n;
    buf_add(&x->rq.body, bytes, n); /* check_body has bounded it */
    if (!buf_ok(&x->rq.body)) {
        answer_problem(&x->answer, 503, "too-busy", "There is no memory for the body.");
        x->refused = true;
    }
    return n;
}

/* How long an answer may take, ms. */
static int64_t limit_of(const struct exchange *x)
{
    return x->route->limit_ms ? x->route->limit_ms : LATER_LIMIT_MS;
}

/* The handler's turn. */
static enum route_next ask(struct exchange *x)
{
    void *arg = x->s->o.arg;

    if (x->upload)
        return x->route->upload->end(x->upload, &x->rq, &x->answer);
    /* Our own handlers get the exchange. */
    bool ours = x->route >= server_routes && x->route < server_routes + server_route_count;
    return x->route->handler(ours ? x : arg, &x->rq, &x->answer);
}

/* The handler's word stands, or a refusal is held back: has its time come? */
static void wait_for(struct exchange *x)
{
    struct later *l = x->stage == SERVE_DELAY ? x->s->delays : x->s->later;
    struct answer a;
    enum later_verdict v = later_wait(l, x->rq.ticket, &a);

    if (v == LATER_SLEEPS)
        return;
    if (v == LATER_READY) {
        answer_free(&x->answer);
        x->answer = a;
    } else if (x->stage == SERVE_ASKED) {
        answer_problem(&x->answer, 503, "share-not-answering",
                       "What this needs did not answer in time; the share may be slow.");
        answer_header(&x->answer, "Retry-After", "5");
    }
    send_answer(x);
}

/* Whoever takes all places for answers that come later takes none of these. */
static void hold_back(struct exchange *x)
{
    x->stage = SERVE_DELAY;
    x->rq.ticket = later_open(x->s->delays, x, clock_boot_ms() + AUTH_DELAY_MS);
    server_poke(x->s);
    wait_for(x);
}

static void run(struct exchange *x)
{
    if (x->stage == SERVE_ASKED || x->stage == SERVE_DELAY) {
        wait_for(x);
        return;
    }
    phase(x, REAPER_WORK, 0);
    enum route_next next = ROUTE_DONE;
    if (!x->refused && x->route && x->route->events && x->rq.method == REQUEST_GET) {
        send_stream(x);
        return;
    }
    if (!x->refused && x->route && !x->route->events)
        next = ask(x);
    if (next == ROUTE_LATER) {
        x->stage = SERVE_ASKED;
        if (x->upload) { /* until now its ticket had no end */
            later_limit(x->s->later, x->rq.ticket, clock_boot_ms() + limit_of(x));
            server_poke(x->s);
        }
        wait_for(x);
    } else if (x->delay) {
        hold_back(x);
    } else {
        send_answer(x);
    }
}

static void on_end(void *exchange)
{
    run(exchange);
}

static void on_done(void *exchange)
{
    struct exchange *x = exchange;
    struct server *s = x->s;

    if (x->client)
        sse_leave(s->sse, x->client);
    later_close(x->delay ? s->delays : s->later, x->rq.ticket);
    if (x->upload)
        x->route->upload->drop(x->upload);
    if (x->delay)
        s->delayed--;
    if (x->busy)
        atomic_fetch_sub(&s->busy, 1);
    phase(x, REAPER_HEADER, 0); /* of the next request, should there be one */
    answer_free(&x->answer);
    request_free(&x->rq);
    free(x);
}

uint64_t server_later(struct request *rq)
{
    struct exchange *x = (struct exchange *)(void *)rq;
    int64_t until = x->route->upload ? INT64_MAX : clock_boot_ms() + limit_of(x);

    if (!rq->ticket)
        rq->ticket = later_open(x->s->later, x, until);
    server_poke(x->s);
    return rq->ticket;
}

const struct mhd_calls serve_calls = {
    .opened = on_opened,
    .closed = on_closed,
    .begin = on_begin,
    .body = on_body,
    .end = on_end,
    .stream = on_stream,
    .done = on_done,
};
