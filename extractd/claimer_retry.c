/*
 * claimer_retry: the claimer's looks at .retry/: when it is listed, and what is asked of the listing.
 *
 * A listing is worked down over many calls, which alternate with those of pending/. A new one is made
 * with each walk of the first course, and within a walk as soon as the earliest that waits is due,
 * once a second at most; where the last one found nothing, not before DEAR times what it cost have
 * passed (with --once: at once).
 */
#include "base/clock.h"
#include "extractd/claimer_parts.h"
#include "extractd/yield.h"

enum { RETRY_LOOK_MS = 1000 /* between two looks at .retry/ */ };

bool claimer_may_list_retry(const struct claimer *c)
{
    int64_t now = clock_boot_ms();
    if (now - c->last_retry_look < RETRY_LOOK_MS && c->last_retry_look != 0)
        return false;
    if (!c->x->once && now - c->retry_listed < DEAR * c->retry_cost && c->retry_listed != 0)
        return false;
    return !(c->retry.waiting > 0 && c->retry.next_due_ms > lease_server_now(&c->lease) &&
             now - c->last_retry_look < c->course[0]->pause);
}

/* A listing that is being worked down has every second turn. */
static bool retry_due_now(struct claimer *c)
{
    return c->retry.list ? (c->retry_turn = !c->retry_turn) : claimer_may_list_retry(c);
}

/* A part of the slots is for documents that need OCR: long ones never hold up the others. */
static void set_ocr_share(struct claimer *c)
{
    const struct settings *s = &c->x->spool.settings;
    unsigned most = extractd_ocr_slots(c->x);
    unsigned used = board_hands_needing(c->x->board, NEED_OCR);
    /* With ocr = never, what waits for it is finished as it is, by anybody. */
    c->retry.no_ocr = !s->ocr_here && settings_ocr_somewhere(s);
    c->retry.ocr_most = used < most ? most - used : 0;
}

void claimer_note_listing(struct claimer *c, unsigned got, int64_t ms)
{
    int64_t most = c->x->spool.settings.poll_max / DEAR;
    c->retry_cost_so_far += ms;
    c->retry_found = c->retry_found || got > 0;
    if (c->retry.list)
        return;
    c->retry_cost = c->retry_found ? 0 : c->retry_cost_so_far;
    c->retry_cost = c->retry_cost < most ? c->retry_cost : most;
    c->retry_cost_so_far = 0;
    c->retry_found = false;
}

unsigned claimer_claim_due(struct claimer *c, struct course *w, unsigned max)
{
    int64_t now = clock_boot_ms();
    if (!retry_due_now(c))
        return 0;
    c->retry.long_most = c->no_core ? 0 : yield_long_most(c->x, max);
    set_ocr_share(c);
    ability_begin(&c->ability, c->x->board, &c->x->spool.settings, &c->retry);
    choice_before_retry(c);
    c->last_retry_look = now;
    unsigned got =
        claim_retry(&c->x->spool, &c->lease, &c->control, &c->retry, c->out.batch, max, &w->walk);
    c->retry_listed = clock_boot_ms();
    claimer_note_listing(c, got, c->retry_listed - now);
    return got;
}
