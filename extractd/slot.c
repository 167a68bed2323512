/*
 * slot: one document at a time from claim to publishing. Plain sequential code: load, have it
 * parsed, decide, write, seal, publish. Every blocking call is fine here; the clocks are the
 * supervisor's.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/dirlist.h"
#include "base/fsop.h"
#include "base/log.h"
#include "extractd/decide.h"
#include "extractd/extractd.h"
#include "extractd/load.h"
#include "extractd/parserlink.h"
#include "extractd/report.h"
#include "spool/pathfile.h"
#include "spool/publish.h"
#include "spool/retry.h"

enum {
    WAIT_MS = 500,
    CORE_WAIT_MS = 1000,
    KEEP_TEXT = 1 << 20,
    SEAL_TRIES = 3,
    BACK_TRIES = 60,
    BACK_PAUSE_MS = 1000
};

struct slot {
    struct extractd *x;
    int index;
    struct slot_board *board;
    struct lease lease;
    struct parserlink *link;
    struct sha256 *hash;
    struct parse_result parsed;
    struct buf json, line;
    char path[PATH_CAP];
    char sha256[SHA256_HEX]; /* of the document in hand */
    int path_unknown;        /* errno: the path of the document in hand cannot be read just now */
    struct report report;    /* of the document in hand */
};

static void stage(struct slot *s, enum slot_stage to)
{
    atomic_store(&s->board->stage, to);
    atomic_fetch_add(&s->board->progress, 1);
}

static struct decision parse(struct slot *s, const struct hand *h, const struct loaded *doc)
{
    const struct settings *c = &s->x->spool.settings;
    const struct parse_limits limits = {
        .sandbox = (uint32_t)c->sandbox,
        .documents = (uint32_t)c->parser_documents,
        .memory_limit = c->memory_limit,
        .cpu_limit_s = (uint64_t)(c->cpu_limit / 1000 * c->parser_documents + 60),
        .max_page_text = c->max_page_text,
        .max_text = c->max_text,
        .max_pages = (uint32_t)c->max_pages,
        .dehyphenate = c->dehyphenate,
    };
    int core = -1;
    stage(s, SLOT_WAIT);
    while ((core = board_core_take(s->x->board, s->index, CORE_WAIT_MS)) < 0) {
        atomic_fetch_add(&s->board->progress, 1); /* waiting for one's turn is no stall */
        if (atomic_load(&h->cancelled))
            return decide(END_FINISH, OUTCOME_CANCELLED, "cancelled before it was parsed");
    }
    int64_t began = clock_boot_ms();
    atomic_store(&s->board->verdict, VERDICT_NONE);
    stage(s, SLOT_PARSE);
    parserlink_run(s->link, doc->fd, doc->size, &limits, &s->board->parser, &s->parsed);
    board_core_give(s->x->board, core);
    if (s->parsed.environment)
        atomic_fetch_add(&s->x->board->no_parser, 1);
    s->report.parse_ms = clock_boot_ms() - began;
    s->report.parsed = &s->parsed;
    s->report.sandbox = s->parsed.sandbox;
    if (s->parsed.sandbox[0] &&
        strcmp(s->x->board->sandbox, s->parsed.sandbox) != 0) /* for the status page only */
        snprintf(s->x->board->sandbox, sizeof s->x->board->sandbox, "%s", s->parsed.sandbox);
    return decide_parsed(&s->x->spool.settings, &h->claimed.token, &s->parsed,
                         atomic_load(&s->board->verdict));
}

static struct decision load_and_parse(struct slot *s, struct hand *h)
{
    struct loaded doc;
    char message[160];
    int64_t began = clock_boot_ms();
    if (h->claimed.token.attempt > (unsigned)s->x->spool.settings.max_attempts) {
        snprintf(message, sizeof message,
                 "%u workers died or gave up with it in hand; it is not tried again by itself",
                 h->claimed.token.attempt - 1);
        return decide(END_FINISH, OUTCOME_POISON, message);
    }
    if (s->path_unknown != 0)
        return decide_environment("its path could not be read", s->path_unknown);
    stage(s, SLOT_LOAD);
    enum load_result loaded = load_document(s->lease.work, &h->claimed, &s->x->spool.settings,
                                            s->hash, &s->board->progress, &doc);
    int error = errno;
    s->report.load_ms = clock_boot_ms() - began;
    switch (loaded) {
    case LOAD_GONE:
        return decide(END_DROP, OUTCOME_COUNT, "it was taken back by another host");
    case LOAD_CHANGED:
        return decide_changed(&s->x->spool.settings, &h->claimed.token);
    case LOAD_TOO_BIG:
        snprintf(message, sizeof message, "it is larger than max_input (%llu bytes)",
                 (unsigned long long)s->x->spool.settings.max_input);
        return decide(END_FINISH, OUTCOME_LIMIT, message);
    case LOAD_UNREADABLE:
        snprintf(message, sizeof message, "the worker (user %u) may not read it: %s",
                 (unsigned)geteuid(), strerror(error));
        return decide(END_FINISH, OUTCOME_UNREADABLE, message);
    case LOAD_ENVIRONMENT:
        return decide_environment("it could not be copied from the share", error);
    case LOAD_OK:
        break;
    }
    memcpy(s->sha256, doc.sha256, sizeof s->sha256);
    s->report.sha256 = s->sha256;
    s->report.size = doc.size;
    struct decision d = atomic_load(&h->cancelled) ? decide(END_FINISH, OUTCOME_CANCELLED,
                                                            "cancelled before it was parsed")
                                                   : parse(s, h, &doc);
    close(doc.fd);
    return d;
}

static void count(struct slot *s, const char *what, const char *published_as)
{
    struct board_counts *n = &s->x->board->counts;
    bool failure = s->report.outcome < OUTCOME_COUNT && outcome_facts(s->report.outcome)->failure;
    atomic_fetch_add(failure ? &n->failed : &n->done, 1);
    atomic_fetch_add(&n->pages, s->parsed.n_pages);
    atomic_fetch_add(&n->bytes, s->report.size);
    buf_clear(&s->line);
    report_event(what, &s->report, published_as, &s->line);
    extractd_event(s->x, &s->line);
}

static void tell_result(const struct slot *s, const struct place *p)
{
    const struct report *r = &s->report;
    struct buf as = {0};
    buf_fmt(&as, "%s/%s", p->folder_path, p->names.pdf);
    if (outcome_facts(r->outcome)->failure)
        log_warn("failed as %s: %s; it is in %s", outcome_facts(r->outcome)->name,
                 r->message[0] ? r->message : outcome_facts(r->outcome)->meaning,
                 buf_ok(&as) ? as.data : "failed/");
    else
        log_debug("%s: %u pages in %lld ms", outcome_facts(r->outcome)->name, s->parsed.n_pages,
                  (long long)(r->ended_ms - r->began_ms));
    buf_free(&as);
}

/* From here on the document is safe: the seal has decided, and anybody can finish. */
static void publish(struct slot *s, struct hand *h, struct place *p, const char *sealed_name)
{
    stage(s, SLOT_PUBLISH);
    if (publish_place(&s->x->spool, p, s->lease.work, sealed_name, &h->claimed.token) != 0)
        log_warn("it is sealed, but could not be published yet: %s; that is tried again",
                 strerror(errno));
    struct buf as = {0};
    buf_fmt(&as, "%s/%s", p->folder_path, p->names.pdf);
    count(s, outcome_facts(s->report.outcome)->failure ? "failed" : "done",
          buf_ok(&as) ? as.data : "");
    buf_free(&as);
    tell_result(s, p);
    if (h->cancel[0]) {
        char command[ID_CAP + 16];
        snprintf(command, sizeof command, CTL_CANCEL "%s", h->cancel);
        control_take_back(&s->x->spool, command);
    }
}

static enum moved seal(struct slot *s, struct hand *h, struct place *p, char sealed_name[NAME_CAP])
{
    enum moved m = MOVE_FAILED;
    for (int i = 0; i < SEAL_TRIES && m == MOVE_FAILED; i++)
        m = finish_seal(p, s->lease.work, &h->claimed.token, sealed_name);
    return m;
}

/* Results, reservation, seal, publish. `changing`: that the file still changes is known, and is why
 * it fails. Returns *d when the document is decided, else what to do instead. */
static struct decision finish(struct slot *s, struct hand *h, const struct decision *d,
                              bool changing)
{
    struct place p;
    char sealed_name[NAME_CAP];
    bool failure = outcome_facts(d->outcome)->failure;
    struct decision ok = *d,
                    drop = decide(END_DROP, OUTCOME_COUNT, "it was taken back by another host");
    stage(s, SLOT_RESULTS);
    s->report.outcome = d->outcome;
    s->report.message = d->message;
    s->report.ended_ms = lease_server_now(&s->lease);
    if (changing)
        s->report.sha256 = ""; /* of what was read, which is not what it will be */
    buf_clear(&s->json);
    report_write(&s->report, &s->json);
    if (!buf_ok(&s->json))
        return decide_environment("no memory for its results", ENOMEM);
    if (finish_reserve(&p, &s->x->spool, &h->claimed.token, d->outcome) != 0)
        return decide_environment("no place could be made for its results", errno);
    if (finish_write(&p, failure ? NULL : &s->parsed.text, &s->json) != 0) {
        int error = errno;
        reserve_drop(&s->x->spool, p.key, h->claimed.token.document, false);
        place_close(&p);
        return decide_environment("its results could not be written", error);
    }
    if (!changing && load_unchanged(s->lease.work, &h->claimed) == 0) {
        finish_drop(&p, &s->x->spool, &h->claimed.token, true);
        place_close(&p);
        return decide_changed(&s->x->spool.settings, &h->claimed.token);
    }
    enum moved m = seal(s, h, &p, sealed_name);
    if (m == MOVED)
        publish(s, h, &p, sealed_name);
    else if (m == MOVE_LOST)
        finish_drop(&p, &s->x->spool, &h->claimed.token, false);
    else
        drop = decide_environment("it could not be sealed", errno);
    place_close(&p);
    return m == MOVED ? ok : drop;
}

/* Kept in hand while it cannot be moved: as a stranger in work/ it would get a new id, and what it
 * has reserved would be in its own way until it is swept. */
static enum moved move_back(struct slot *s, struct hand *h, const struct token *t, int64_t due)
{
    enum moved m = MOVE_FAILED;
    for (int i = 0; i < BACK_TRIES && m == MOVE_FAILED; i++) {
        if (i > 0 && atomic_load(&s->x->board->stopping))
            break; /* the closer does it */
        if (i > 0)
            clock_sleep_ms(BACK_PAUSE_MS);
        m = retry_move(&s->x->spool, s->lease.work, h->claimed.name, t, due, h->claimed.need);
        if (m == MOVE_FAILED)
            log_warn("it could not be put back: %s; it stays claimed until that works",
                     strerror(errno));
    }
    return m;
}

/* Back to waiting. The token that could not be moved stays in work/, where the claimer finds it as
 * a stranger. */
static void put_back(struct slot *s, struct hand *h, const struct decision *d)
{
    struct token t = h->claimed.token;
    const struct settings *c = &s->x->spool.settings;
    int64_t now = lease_server_now(&s->lease), due;
    bool spent = d->end == END_RETRY;
    if (spent) {
        token_spend(&t, outcome_facts(d->outcome)->letter);
        due = retry_due(c, &t, now);
        log_warn("%s (attempt %u of %lld): %s; tried again in %lld s",
                 outcome_facts(d->outcome)->name, t.attempt - 1, (long long)c->max_attempts,
                 d->message, (long long)(due - now / 1000));
    } else {
        bool stopping = atomic_load(&s->x->board->stopping);
        /* What the environment is to blame for is not counted: the count ends in `unreadable`. */
        t.unspent += !stopping && !d->environment && t.unspent < 999999;
        due = stopping ? now / 1000 : retry_due_unspent(c, now);
        log_warn("put back without counting an attempt: %s", d->message);
    }
    if (move_back(s, h, &t, due) != MOVED)
        return;
    atomic_fetch_add(spent ? &s->x->board->counts.retried : &s->x->board->counts.unspent, 1);
    s->report.outcome = spent ? d->outcome : OUTCOME_OK;
    s->report.message = d->message;
    s->report.ended_ms = now;
    buf_clear(&s->line);
    report_event(spent ? "retry" : "put_back", &s->report, "", &s->line);
    extractd_event(s->x, &s->line);
}

static void begin(struct slot *s, struct hand *h)
{
    const struct claimed *c = &h->claimed;
    atomic_store(&s->board->taken_at, clock_boot_ms());
    atomic_store(&s->board->verdict, VERDICT_NONE);
    s->path_unknown = 0;
    if (pathfile_path(&s->x->spool, &c->token, s->path) != 0) {
        s->path_unknown = errno == ENODATA ? 0 : errno;
        snprintf(s->path, sizeof s->path, "%s", c->token.encoded);
    }
    log_bind_document(s->path, strlen(s->path));
    parse_result_clear(&s->parsed);
    s->report = (struct report){.path = s->path,
                                .host = s->x->spool.host,
                                .lease = s->lease.name,
                                .sandbox = "",
                                .token = &c->token,
                                .message = "",
                                .sha256 = "",
                                .size = c->size,
                                .mtime_ms = c->mtime_ms,
                                .began_ms = lease_server_now(&s->lease)};
}

static void one_document(struct slot *s, struct hand *h)
{
    uint64_t one = 1;
    begin(s, h);
    struct decision d = load_and_parse(s, h);
    bool changing = d.end == END_FINISH && d.outcome == OUTCOME_UNREADABLE;
    if (d.end == END_FINISH)
        d = finish(s, h, &d, changing);
    if (d.end == END_FINISH && d.outcome == OUTCOME_UNREADABLE &&
        !changing) /* it never stopped changing */
        d = finish(s, h, &d, true);
    if (d.environment)
        board_environment_failed(s->x->board);
    else if (d.end == END_FINISH)
        board_environment_fine(s->x->board);
    if (d.end == END_RETRY || d.end == END_UNSPENT)
        put_back(s, h, &d);
    else if (d.end == END_DROP)
        log_warn("its results were thrown away: %s", d.message);
    stage(s, SLOT_IDLE);
    atomic_store(&s->board->hand, NOBODY);
    board_hand_free(h);
    atomic_fetch_add(&s->board->documents, 1);
    if (write(s->x->room, &one, sizeof one) < 0 && errno != EAGAIN)
        log_warn("the claimer could not be told of the free slot: %s", strerror(errno));
    log_bind_document(NULL, 0);
    if (s->parsed.text.cap > KEEP_TEXT)
        buf_shrink(&s->parsed.text, KEEP_TEXT);
}

/* What a slot that was killed has left in hand: published if it was sealed, else one attempt dearer
 * back to waiting, since the document may be what killed it. */
static void settle_predecessor(struct slot *s)
{
    int index = atomic_load(&s->board->hand);
    struct dirlist_entry e;
    struct sealed sealed;
    if (index == NOBODY)
        return;
    struct hand *h = &s->x->board->hands[index];
    int holder = atomic_load(&h->slot);
    if (atomic_load(&h->state) != HAND_TAKEN || (holder != s->index && holder != NOBODY)) {
        atomic_store(&s->board->hand, NOBODY);
        return;
    }
    struct token t = h->claimed.token;
    struct dirlist *d = dirlist_open(s->lease.work, ".", 0);
    while (d && dirlist_next(d, &e) == 1) {
        if (token_parse_sealed(e.name, &sealed) == 0 && strcmp(sealed.token.claim, t.claim) == 0)
            publish_sealed(&s->x->spool, s->lease.work, e.name);
        else if (strcmp(e.name, h->claimed.name) == 0) {
            token_spend(&t, LETTER_LEASE_DIED);
            retry_move(&s->x->spool, s->lease.work, e.name, &t,
                       retry_due(&s->x->spool.settings, &t, lease_server_now(&s->lease)),
                       h->claimed.need);
        }
    }
    dirlist_close(d);
    atomic_store(&s->board->hand, NOBODY);
    board_hand_free(h);
}

static bool slot_open(struct slot *s, struct extractd *x, int index)
{
    s->x = x;
    s->index = index;
    s->board = &x->board->slots[index];
    s->link = parserlink_new((unsigned)index, x->zygote_in, x->status_fd[index]);
    s->hash = sha256_new();
    return s->link && s->hash && extractd_lease(x, &s->lease) == 0;
}

static void slot_free(struct slot *s)
{
    parserlink_free(s->link);
    sha256_free(s->hash);
    parse_result_free(&s->parsed);
    buf_free(&s->json);
    buf_free(&s->line);
    free(s);
}

int slot_main(struct extractd *x, int index)
{
    struct slot *s = calloc(1, sizeof *s);
    struct pollfd p = {.fd = x->queue_out, .events = POLLIN};
    int hand;
    if (!s || !slot_open(s, x, index)) {
        free(s);
        return 1;
    }
    settle_predecessor(s);
    stage(s, SLOT_IDLE);
    /* A slot stops when there is nothing in hand and nothing can come any more: the claimer has
     * taken back what was queued. */
    while (!atomic_load(&x->board->stopping)) {
        /* A message is only a wake-up call: one that a slot took with it when it died is made up
         * for by looking. */
        bool woken = poll(&p, 1, WAIT_MS) > 0;
        extractd_settings(x);
        if (!woken)
            hand = board_hand_queued(x->board);
        else if (recv(x->queue_out, &hand, sizeof hand, MSG_DONTWAIT) != sizeof hand)
            continue;
        if (board_hand_take(x->board, hand, index))
            one_document(s, &x->board->hands[hand]);
    }
    slot_free(s);
    return 0;
}
