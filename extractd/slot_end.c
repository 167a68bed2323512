/* slot_end: where a document goes: published, or back to waiting. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "extractd/load.h"
#include "extractd/slot_parts.h"
#include "spool/control.h"
#include "spool/expose.h"
#include "spool/publish.h"
#include "spool/retry.h"

enum { SEAL_TRIES = 3, BACK_TRIES = 60, BACK_PAUSE_MS = 1000 };

static void count(struct slot *s, const char *what, const char *published_as)
{
    struct board_counts *n = &s->x->board->counts;
    bool failure = s->report.outcome < OUTCOME_COUNT && outcome_facts(s->report.outcome)->failure;
    atomic_fetch_add(failure ? &n->failed : &n->done, 1);
    atomic_fetch_add(&n->reused, s->same_as[0] != '\0');
    atomic_fetch_add(&n->pages, s->parsed.n_pages);
    atomic_fetch_add(&n->bytes, s->report.size);
    buf_clear(&s->line);
    s->report.slot_ms = clock_boot_ms() - s->began_at;
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
    slot_stage(s, SLOT_PUBLISH);
    if (publish_place(&s->x->spool, p, s->lease.work, sealed_name, &h->claimed.token) != 0)
        log_warn("it is sealed, but could not be published yet: %s; that is tried again",
                 strerror(errno));
    slot_ocr_forget(s, h);
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

/* Results, hidden; END_FINISH where that went well. */
static struct decision write_results(struct slot *s, const struct hand *h, struct place *p,
                                     bool failure)
{
    s->report.folder = "";
    if (s->unpacker && unpacker_has_folder(s->unpacker)) {
        if (expose_reserve(p, &s->x->spool, &h->claimed.token, s->folder) != 0)
            return decide_environment("no place could be made for the documents in it", errno);
        s->report.folder = s->folder;
    }
    buf_clear(&s->json);
    bool whole = parse_result_assemble(&s->parsed);
    report_write(&s->report, &s->json);
    if (!whole || !buf_ok(&s->json))
        return decide_environment("no memory for its results", ENOMEM);
    slot_may_serve(s);
    if (finish_write(p, failure ? NULL : &s->parsed.text, &s->json) != 0)
        return decide_environment("its results could not be written", errno);
    return decide(END_FINISH, OUTCOME_COUNT, "");
}

/* Nothing of it has been seen, and nothing will be. */
static void give_up_results(struct slot *s, const struct hand *h, struct place *p, bool reservation)
{
    slot_files_throw(s);
    finish_drop(p, &s->x->spool, &h->claimed.token, reservation);
    place_close(p);
}

struct decision slot_finish(struct slot *s, struct hand *h, const struct decision *d, bool changing)
{
    struct place p;
    char sealed_name[NAME_CAP];
    bool failure = outcome_facts(d->outcome)->failure;
    struct decision ok = *d,
                    drop = decide(END_DROP, OUTCOME_COUNT, "it was taken back by another host");
    slot_stage(s, SLOT_RESULTS);
    s->report.outcome = d->outcome;
    s->report.message = d->message;
    s->report.ended_ms = lease_server_now(&s->lease);
    if (changing) {
        s->report.sha256 = ""; /* of what was read, which is not what it will be */
        s->same_as[0] = '\0';
    }
    if (failure)
        slot_files_throw(s);
    if (finish_reserve(&p, &s->x->spool, &h->claimed.token, d->outcome) != 0)
        return decide_environment("no place could be made for its results", errno);
    struct decision bad = write_results(s, h, &p, failure);
    bool written = bad.end == END_FINISH;
    if (written && !changing && load_unchanged(s->lease.work, &h->claimed) == 0) {
        bad = decide_changed(&s->own, &h->claimed.token);
        written = false;
    }
    if (!written) {
        give_up_results(s, h, &p, true);
        return bad;
    }
    enum moved m = seal(s, h, &p, sealed_name);
    if (m == MOVED)
        publish(s, h, &p, sealed_name);
    else if (m == MOVE_FAILED)
        drop = decide_environment("it could not be sealed", errno);
    if (m == MOVE_LOST) {
        give_up_results(s, h, &p, false);
    } else { /* sealed, or nobody knows */
        slot_files_free(s);
        place_close(&p);
    }
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

/* What its token says next, and when its next try is due (server time, s). */
static int64_t next_try(struct slot *s, const struct decision *d, struct token *t, int64_t now)
{
    const struct settings *c = &s->own;
    bool stopping = atomic_load(&s->x->board->stopping);
    if (d->end == END_OCR || d->end == END_LONG) {
        log_info("put back for %s: %s", d->end == END_OCR ? "OCR" : "a later turn", d->message);
        return (now + d->wait_ms + 999) / 1000;
    }
    if (d->end == END_ALONE) {
        token_spend(t, outcome_facts(d->outcome)->letter);
        log_warn("%s (attempt %u of %lld): %s; next it is tried alone, by a host that has more "
                 "memory for it",
                 outcome_facts(d->outcome)->name, t->attempt - 1, (long long)c->max_attempts,
                 d->message);
        return now / 1000;
    }
    if (d->end == END_RETRY) {
        token_spend(t, outcome_facts(d->outcome)->letter);
        int64_t due = retry_due(c, t, now);
        log_warn("%s (attempt %u of %lld): %s; tried again in %lld s",
                 outcome_facts(d->outcome)->name, t->attempt - 1, (long long)c->max_attempts,
                 d->message, (long long)(due - now / 1000));
        return due;
    }
    /* What the environment is to blame for is not counted: the count ends in `unreadable`. */
    t->unspent += !stopping && !d->environment && t->unspent < 999999;
    log_warn("put back without counting an attempt: %s", d->message);
    return stopping ? now / 1000 : retry_due_unspent(c, now);
}

void slot_put_back(struct slot *s, struct hand *h, const struct decision *d)
{
    struct token t = h->claimed.token;
    int64_t now = lease_server_now(&s->lease);
    bool spent = d->end == END_RETRY || d->end == END_ALONE;
    int64_t due = next_try(s, d, &t, now);
    bool later = d->end == END_OCR || d->end == END_LONG;
    if (later)
        snprintf(h->claimed.need, sizeof h->claimed.need, "%s",
                 d->end == END_OCR ? NEED_OCR : NEED_LONG);
    if (move_back(s, h, &t, due) != MOVED)
        return;
    if (!later)
        atomic_fetch_add(spent ? &s->x->board->counts.retried : &s->x->board->counts.unspent, 1);
    s->report.outcome = spent ? d->outcome : OUTCOME_OK;
    s->report.message = d->message;
    s->report.ended_ms = now;
    buf_clear(&s->line);
    s->report.slot_ms = clock_boot_ms() - s->began_at;
    report_event(spent               ? "retry"
                 : d->end == END_OCR ? "ocr_later"
                                     : "put_back",
                 &s->report, "", &s->line);
    extractd_event(s->x, &s->line);
}
