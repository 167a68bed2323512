#include "extractd/handover.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/log.h"
#include "spool/pathfile.h"
#include "spool/publish.h"
#include "spool/retry.h"

enum {
    EVERY_MS = 30000, /* work/ is read at least so often */
    UNREAD_MS = 1000  /* and again after so long, when it could not be read */
};

/* What the slots have in hand. Taken before work/ is read: a document that its slot finishes in
 * between is in that listing, and in no hand any more, and nobody's business. */
static void note_held(struct handover *o)
{
    o->n_held = 0;
    for (int i = 0; i < BOARD_HANDS; i++) {
        const struct hand *h = &o->x->board->hands[i];
        int state = atomic_load(&h->state);
        if (state == HAND_QUEUED || state == HAND_TAKEN)
            memcpy(o->held[o->n_held++], h->claimed.token.claim, ID_CAP);
    }
}

static bool was_held(const struct handover *o, const char *claim)
{
    for (unsigned i = 0; i < o->n_held; i++)
        if (strcmp(o->held[i], claim) == 0)
            return true;
    return false;
}

/* An entry of work/ that is in no claim of the batch: in a slot's hands, or a claim whose answer
 * was lost. */
static void meet_stranger(void *arg, const char *name, uint64_t ino)
{
    struct handover *o = arg;
    struct sealed sealed;
    struct token t;
    (void)ino;
    bool is_sealed = token_parse_sealed(name, &sealed) == 0;
    if (is_sealed)
        t = sealed.token;
    if ((is_sealed || token_parse(name, &t) == 0) &&
        (was_held(o, t.claim) || board_hand_of(o->x->board, t.claim)))
        return;
    /* Gone since. (A rename that finds nothing lists all of .retry/ before it says so.) */
    if (look_at(o->lease->work, name, NULL) == 0)
        return;
    o->strangers++;
    if (is_sealed) {
        if (publish_sealed(&o->x->spool, o->lease->work, name) != 0)
            log_warn("a sealed document that nobody holds could not be published: %s; trying again",
                     strerror(errno));
        return;
    }
    if (claim_put_back_unknown(&o->x->spool, o->lease, o->lease->work, name) == MOVED)
        log_warn("found a claim that nobody knows (its answer was lost, or it came late): %s; put "
                 "back unspent",
                 name);
}

static void put_back_mismatch(struct handover *o, const struct claimed *m)
{
    log_error(
        "the file that was claimed is not the one that was looked at (a stale name, or a replayed "
        "rename): %s; put "
        "back unspent. If a file was dropped twice under this name, check that both are there",
        m->name);
    claim_put_back_unknown(&o->x->spool, o->lease, o->lease->work, m->name);
}

/* Does a command cancel this document? Its name goes to the hand. */
static void note_cancel(struct handover *o, struct hand *h)
{
    char path[PATH_CAP], pending_id[ID_CAP] = "";
    if (o->control->cancels == 0)
        return;
    if (pathfile_path(&o->x->spool, &h->claimed.token, path) == 0)
        control_pending_id(path, h->claimed.ino, pending_id);
    for (unsigned i = 0; i < o->control->cancels; i++)
        if (strcmp(o->control->cancel[i], h->claimed.token.document) == 0 ||
            strcmp(o->control->cancel[i], pending_id) == 0)
            snprintf(h->cancel, sizeof h->cancel, "%s", o->control->cancel[i]);
    atomic_store(&h->cancelled, h->cancel[0] != 0);
}

static void send_index(struct handover *o, int index)
{
    while (send(o->x->queue_in, &index, sizeof index, MSG_NOSIGNAL) != sizeof index &&
           errno == EINTR)
        ;
}

static void hand_over(struct handover *o, const struct claimed *claimed)
{
    struct hand *h = board_hand_new(o->x->board);
    if (!h) {
        claim_put_back_unknown(&o->x->spool, o->lease, o->lease->work, claimed->name);
        return;
    }
    h->claimed = *claimed;
    atomic_store(&h->is_long, strcmp(h->claimed.need, NEED_LONG) == 0);
    note_cancel(o, h);
    send_index(o, board_hand_queue(o->x->board, h));
    o->handed++;
}

void handover_batch(struct handover *o, unsigned n)
{
    o->strangers = 0;
    note_held(o);
    int left = claim_verify(o->lease, o->batch, n, meet_stranger, o);
    o->last = clock_boot_ms();
    o->unread = left < 0;
    if (left < 0) {
        log_warn("cannot read work/: %s; what was claimed is sorted out at the next reading",
                 strerror(errno));
        o->last -= EVERY_MS - UNREAD_MS;
        return;
    }
    for (int i = 0; i < left; i++) {
        if (o->batch[i].state == CLAIM_MISMATCH)
            put_back_mismatch(o, &o->batch[i]);
        else
            hand_over(o, &o->batch[i]);
    }
}

/* Entries half written, and entries whose message was perhaps not sent. */
void handover_begin(struct handover *o)
{
    for (int i = 0; i < BOARD_HANDS; i++) {
        struct hand *h = &o->x->board->hands[i];
        if (atomic_load(&h->state) == HAND_FILLING)
            board_hand_free(h);
        else if (atomic_load(&h->state) == HAND_QUEUED)
            send_index(o, i);
    }
    handover_batch(o, 0);
}

void handover_look(struct handover *o)
{
    if (clock_boot_ms() - o->last > EVERY_MS)
        handover_batch(o, 0);
}

void handover_give_back(struct handover *o, int64_t ms)
{
    int64_t now = clock_boot_ms();
    unsigned n = 0;
    for (int i = 0; i < BOARD_HANDS; i++) {
        struct hand *h = &o->x->board->hands[i];
        if (atomic_load(&h->state) != HAND_QUEUED || (ms > 0 && now - h->queued_at < ms) ||
            !board_hand_take_back(h))
            continue;
        enum moved m = retry_move(&o->x->spool, o->lease->work, h->claimed.name, &h->claimed.token,
                                  lease_server_now(o->lease) / 1000, h->claimed.need);
        n += m == MOVED;
        if (m == MOVE_FAILED && ms > 0)
            send_index(o, board_hand_queue(o->x->board, h));
        else
            board_hand_free(h);
    }
    if (ms > 0 && n > 0)
        log_info("%u documents were given back: they waited for %lld s, and no slot became free "
                 "for them",
                 n, (long long)ms / 1000);
}
