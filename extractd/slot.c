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
#include "extractd/ahead.h"
#include "extractd/slot_parts.h"
#include "spool/pathfile.h"
#include "spool/publish.h"
#include "spool/retry.h"

enum { WAIT_MS = 500, KEEP_TEXT = 1 << 20 };

void slot_stage(struct slot *s, enum slot_stage to)
{
    atomic_store(&s->board->stage, to);
    atomic_fetch_add(&s->board->progress, 1);
}

static void begin(struct slot *s, struct hand *h)
{
    const struct claimed *c = &h->claimed;
    s->began_at = clock_boot_ms();
    atomic_store(&s->board->taken_at, s->began_at);
    atomic_store(&s->board->verdict, VERDICT_NONE);
    s->path_unknown = 0;
    s->pages_kept = s->had_core = s->alone = false;
    s->same_as[0] = s->json_sha256[0] = '\0';
    if (pathfile_path(&s->x->spool, &c->token, s->path) != 0) {
        s->path_unknown = errno == ENODATA ? 0 : errno;
        snprintf(s->path, sizeof s->path, "%s", c->token.encoded);
    }
    log_bind_document(s->path, strlen(s->path));
    slot_lane(s);
    parse_result_clear(&s->parsed);
    s->report = (struct report){.path = s->path,
                                .host = s->x->spool.host,
                                .lease = s->lease.name,
                                .sandbox = "",
                                .token = &c->token,
                                .message = "",
                                .sha256 = "",
                                .folder = "",
                                .lane = s->lane,
                                .attachments_lost = "",
                                .same_as = s->same_as,
                                .stage = "",
                                .json_sha256 = s->json_sha256,
                                .size = c->size,
                                .mtime_ms = c->mtime_ms,
                                .began_ms = lease_server_now(&s->lease)};
}

/* Where it failed. A parser that has said what is wrong with a document is done with it. */
static void note_stage(struct slot *s, const struct hand *h, const struct decision *d)
{
    const char *stage = extractd_stage(s->x, (unsigned)s->index);
    bool failure = d->outcome < OUTCOME_COUNT && outcome_facts(d->outcome)->failure;
    if (strcmp(stage, "idle") == 0)
        stage = "";
    else if (strcmp(stage, "parse") == 0)
        stage = s->parsed.announced_pages == 0           ? "open"
                : strcmp(h->claimed.need, NEED_OCR) == 0 ? "ocr"
                                                         : "text";
    s->report.stage = failure ? stage : "";
}

/* How long it took: what is claimed ahead goes by that. */
static void note_end(struct slot *s, unsigned lane, int64_t ms)
{
    struct board_counts *n = &s->x->board->counts;
    atomic_fetch_add(&s->board->documents, 1);
    atomic_fetch_add(&n->parse_ms, (uint64_t)(s->report.parse_ms > 0 ? s->report.parse_ms : 0));
    atomic_fetch_add(&n->pace, (uint64_t)(AHEAD_UNIT_MS / (ms > 0 ? ms : 1)));
    atomic_fetch_add(&n->ended, 1);
    board_lane_charge(s->x->board, lane, ms);
}

static void one_document(struct slot *s, struct hand *h)
{
    uint64_t one = 1;
    begin(s, h);
    struct decision d = slot_read(s, h);
    note_stage(s, h, &d);
    bool changing = d.end == END_FINISH && d.outcome == OUTCOME_UNREADABLE;
    if (d.end == END_FINISH)
        d = slot_finish(s, h, &d, changing);
    if (d.end == END_FINISH && d.outcome == OUTCOME_UNREADABLE &&
        !changing) { /* it never stopped changing */
        note_stage(s, h, &d);
        d = slot_finish(s, h, &d, true);
    }
    if (d.environment && !d.host_is_fine)
        board_environment_failed(s->x->board);
    else if (d.end == END_FINISH)
        board_environment_fine(s->x->board);
    if (d.end == END_RETRY || d.end == END_UNSPENT || d.end == END_OCR || d.end == END_LONG ||
        d.end == END_ALONE)
        slot_put_back(s, h, &d);
    else if (d.end == END_DROP)
        log_warn("its results were thrown away: %s", d.message);
    slot_files_throw(s);
    slot_files_free(s);
    slot_stage(s, SLOT_IDLE);
    atomic_store(&s->board->hand, NOBODY);
    /* Before the hand is free: its lane's account never shows less than it has had. */
    note_end(s, h->claimed.lane, clock_boot_ms() - s->began_at);
    board_hand_free(h);
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
    caps_free(s->caps);
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
    struct pollfd p[2] = {{.fd = x->queue_out, .events = POLLIN},
                          {.fd = x->help_out, .events = POLLIN}};
    int hand;
    if (!s || !slot_open(s, x, index)) {
        free(s);
        return 1;
    }
    settle_predecessor(s);
    slot_tiers_begin(s);
    slot_stage(s, SLOT_IDLE);
    /* A slot stops when there is nothing in hand and nothing can come any more: the claimer has
     * taken back what was queued. */
    while (!atomic_load(&x->board->stopping)) {
        /* A message is only a wake-up call: one that a slot took with it when it died is made up
         * for by looking; and what has come after it may have to go first. */
        if ((unsigned)index >= atomic_load(&x->board->n_active)) {
            clock_sleep_ms(WAIT_MS);
            continue;
        }
        bool woken = poll(p, 2, WAIT_MS) > 0;
        extractd_settings(x);
        if (woken && !p[0].revents) {
            slot_help(s);
            continue;
        }
        if (woken && recv(x->queue_out, &hand, sizeof hand, MSG_DONTWAIT) != sizeof hand)
            continue;
        hand = board_hand_take_next(x->board, index);
        if (hand != NOBODY)
            one_document(s, &x->board->hands[hand]);
    }
    slot_free(s);
    return 0;
}
