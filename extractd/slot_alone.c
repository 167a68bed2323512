/*
 * slot_alone: documents that were killed for memory. Each is tried once alone: on a host that has
 * more, while no other parser works there. What that comes to is the end of it.
 *
 *   memory_limit was not enough    back to waiting, with the need of more (need.h); an attempt is
 *                                  spent, and a document of which pages are good keeps these
 *   claimed with that need         all cores are taken, then it may have memory_alone
 *   no host had more (need: last)  once more as it is
 */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "extractd/ability.h"
#include "extractd/slot_parts.h"
#include "spool/need.h"

enum { MIB = 1024 * 1024, WAIT_ALL_MS = 500 };

bool slot_is_for_alone(const struct hand *h)
{
    uint64_t mib;
    return need_is_memory(h->claimed.need, &mib);
}

bool slot_take_all(struct slot *s, const struct hand *h, struct decision *d)
{
    struct board *b = s->x->board;
    const struct settings *c = &s->own;
    int64_t began = clock_boot_ms(), waited = 0;
    slot_stage(s, SLOT_WAIT);
    /* Whoever has a core gives it back by document_timeout; OCR does at its next page. */
    while (!s->alone && waited <= c->document_timeout) {
        s->alone = board_alone_take(b, s->index, WAIT_ALL_MS);
        atomic_fetch_add(&s->board->progress, 1);
        waited = clock_boot_ms() - began;
        if (!s->alone && (atomic_load(&h->cancelled) || atomic_load(&b->stopping)))
            break;
    }
    s->report.wait_ms += waited;
    if (!s->alone) {
        board_alone_give(b, s->index);
        *d = atomic_load(&h->cancelled)
                 ? decide(END_FINISH, OUTCOME_CANCELLED, "cancelled before it was parsed")
                 : decide(END_UNSPENT, OUTCOME_COUNT, "it is to be tried alone, and could not be");
        d->environment = d->host_is_fine = d->end == END_UNSPENT;
        return false;
    }
    s->had_core = true;
    atomic_store(&s->board->taken_at, clock_boot_ms()); /* its own turn has its own clock */
    log_info("it is tried alone, with %llu MiB",
             (unsigned long long)(ability_memory_alone(c) / MIB));
    return true;
}

void slot_give_all(struct slot *s)
{
    if (s->alone)
        board_alone_give(s->x->board, s->index);
    s->alone = false;
}

/* Killed from outside it may have needed little: whether that happens again is up to what else the
 * machine does. */
static bool killed_outside(const char *message)
{
    return strstr(message, DECIDE_KILLED_OUTSIDE) != NULL;
}

static bool lacked_memory(const struct parsed_page *p)
{
    return p->done && p->tier == TIER_BAD && p->reason == OUTCOME_MEMORY &&
           !killed_outside(p->message);
}

void slot_alone_resume(struct slot *s)
{
    for (uint32_t i = 0; s->alone && i < s->parsed.n_pages; i++)
        if (lacked_memory(&s->parsed.pages[i]))
            s->parsed.pages[i] =
                (struct parsed_page){.confidence = WIRE_UNKNOWN, .score = WIRE_UNKNOWN};
}

static bool any_page_lacked(const struct parse_result *r)
{
    for (uint32_t i = 0; i < r->n_pages; i++)
        if (lacked_memory(&r->pages[i]))
            return true;
    return false;
}

static unsigned long long limit_mib(const struct slot *s)
{
    return s->own.memory_limit / MIB;
}

static void say_alone(const struct slot *s, const struct hand *h, struct decision *d)
{
    uint64_t mib = 0;
    char why[sizeof d->message];
    snprintf(why, sizeof why, "%s", d->message);
    (void)need_is_memory(h->claimed.need, &mib);
    snprintf(d->message, sizeof d->message,
             "%.300s; %llu MiB (memory_limit) had not been enough, and %llu MiB (memory_alone of "
             "%s) are not, either",
             why, (unsigned long long)mib,
             (unsigned long long)(ability_memory_alone(&s->own) / MIB), s->x->spool.host);
}

static void say_last(const struct slot *s, struct decision *d)
{
    char why[sizeof d->message];
    snprintf(why, sizeof why, "%s", d->message);
    snprintf(d->message, sizeof d->message,
             "%.300s; for alone_wait no host came whose memory_alone is above %llu MiB", why,
             limit_mib(s));
}

static void finally(const struct slot *s, const struct hand *h, struct decision *d)
{
    if (s->alone)
        say_alone(s, h, d);
    else
        say_last(s, d);
    d->end = END_FINISH;
}

/* Twice killed from outside: alone it may be spared, with no more memory than it had. */
static bool twice_killed(const struct hand *h, const struct decision *d)
{
    return killed_outside(d->message) && d->end == END_RETRY &&
           strchr(h->claimed.token.history, outcome_facts(OUTCOME_MEMORY)->letter) != NULL;
}

void slot_memory(struct slot *s, struct hand *h, uint64_t size, struct decision *d)
{
    bool decided = d->end == END_FINISH || d->end == END_RETRY;
    bool whole = decided && d->outcome == OUTCOME_MEMORY && !killed_outside(d->message);
    bool part = d->end == END_FINISH && !whole && d->outcome < OUTCOME_COUNT &&
                !outcome_facts(d->outcome)->failure && any_page_lacked(&s->parsed);
    if (s->alone || strcmp(h->claimed.need, NEED_LAST) == 0) {
        if (whole)
            finally(s, h, d);
        return;
    }
    bool killed = decided && d->outcome == OUTCOME_MEMORY && twice_killed(h, d);
    if ((!whole && !part && !killed) || h->claimed.token.attempt >= (unsigned)s->own.max_attempts)
        return;
    need_write_memory(h->claimed.need, killed ? limit_mib(s) - 1 : limit_mib(s));
    if (part) {
        slot_ocr_keep(s, h, size);
        *d = decide(END_ALONE, OUTCOME_MEMORY, "a page needs more memory than it may have");
    }
    d->end = END_ALONE;
}
