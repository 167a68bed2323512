/*
 * slot_ocr: the pages that wait for OCR: now, later, or by another host; and the pages that are
 * done, kept apart so that nobody does them again.
 *
 *   ocr = never                              finished without: partial, or empty
 *   this host does none (ocr_here = no)      later: back to waiting, for one that does
 *   ocr = later; or auto, and others wait,   later, unless that is what it was claimed for
 *   or its share of the slots is taken
 *   else                                     now
 *
 * Whatever ends OCR before all pages are read (the turn is over, the worker stops, no models) sends
 * the document back to waiting with what has been read.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "extractd/ability.h"
#include "extractd/checkpoint.h"
#include "extractd/slot_parts.h"
#include "spool/pagefile.h"
#include "spool/retry.h"

enum {
    KEPT_MOST = 512 * 1024 * 1024,
    TURN_PERCENT = 75 /* of document_timeout: then another may have the slot */
};

/* Pages of a document are kept only after OCR was put off or begun; a document of which neither can
 * be said costs no look. */
void slot_ocr_resume(struct slot *s, const struct hand *h, const struct reading *x)
{
    struct buf bytes = {0};
    const struct claimed *c = &h->claimed;
    if (c->token.attempt < 2 && strcmp(c->need, NEED_OCR) != 0 && strcmp(c->need, NEED_LONG) != 0)
        return;
    int got = pagefile_read(&s->x->spool, c->token.document, &bytes, KEPT_MOST);
    s->pages_kept = got != 0;
    if (got < 0)
        log_warn("the pages that were done before cannot be read: %s; they are done again",
                 strerror(errno));
    else if (got > 0 && checkpoint_read(bytes.data, bytes.len, s->sha256, x->extraction.size,
                                        &x->limits, &s->parsed))
        log_info("pages that were done before: %u",
                 s->parsed.n_pages - parse_result_count(&s->parsed, TIER_NONE));
    else if (got > 0)
        log_warn("the pages that were done before are of another document or version, or harmed; "
                 "they are done again");
    buf_free(&bytes);
}

/* False: they could not be kept (logged). Nothing is lost by that but work. */
bool slot_ocr_keep(struct slot *s, const struct hand *h, uint64_t size)
{
    struct buf bytes = {0};
    checkpoint_write(&s->parsed, s->sha256, size, &bytes);
    bool ok = buf_ok(&bytes) &&
              pagefile_write(&s->x->spool, h->claimed.token.document, bytes.data, bytes.len) == 0;
    if (!ok)
        log_warn("the pages that are done could not be kept apart: %s",
                 buf_ok(&bytes) ? strerror(errno) : "no memory");
    buf_free(&bytes);
    s->pages_kept = true;
    s->pages_kept_at = clock_boot_ms();
    s->pages_since = 0;
    return ok;
}

void slot_ocr_forget(struct slot *s, const struct hand *h)
{
    if (s->pages_kept)
        pagefile_remove(&s->x->spool, h->claimed.token.document);
    s->pages_kept = false;
}

struct turn {
    struct slot *slot;
    const struct hand *hand;
    uint64_t size;
    int64_t ends; /* boot clock, ms */
    bool over;
};

static bool on_page(void *arg)
{
    struct turn *t = arg;
    int64_t now = clock_boot_ms();
    t->slot->pages_since++;
    if (now - t->slot->pages_kept_at >= t->slot->own.ocr_keep)
        (void)slot_ocr_keep(t->slot, t->hand, t->size);
    /* Or a document is to be tried alone: it gets this core at the next page. */
    t->over = now > t->ends || board_alone_other(t->slot->x->board, t->slot->index);
    return !t->over;
}

static struct decision later(struct slot *s, const struct hand *h, uint64_t size)
{
    char message[120];
    uint32_t waiting = parse_result_count(&s->parsed, TIER_NONE);
    if (s->pages_since > 0 || !s->pages_kept)
        (void)slot_ocr_keep(s, h, size);
    snprintf(message, sizeof message, "%u of its %u pages wait for OCR", waiting,
             s->parsed.announced_pages);
    return decide(END_OCR, OUTCOME_COUNT, message);
}

/* Now only while there is nothing else to do, and in a part of the slots: who comes meanwhile shall
 * find a free one. */
bool slot_ocr_put_off(const struct slot *s, const struct hand *h)
{
    const struct settings *c = &s->own;
    if (!c->ocr_here)
        return true;
    if (s->alone || strcmp(h->claimed.need, NEED_OCR) == 0 || c->ocr == OCR_NOW)
        return false;
    return c->ocr == OCR_LATER || board_hand_queued(s->x->board) != NOBODY ||
           board_hands_needing(s->x->board, NEED_OCR) >= extractd_ocr_slots(s->x);
}

static bool put_off(const struct slot *s, const struct hand *h)
{
    char languages[LANGLIST_CAP];
    slot_languages(s, languages);
    return ability_is_lacking(s->x->board, languages) || slot_ocr_put_off(s, h);
}

/* What the path asks for, else the setting. */
void slot_languages(const struct slot *s, char languages[LANGLIST_CAP])
{
    ability_languages(&s->own, s->path, languages);
}

static void read_pictures(struct slot *s, const struct reading *x, struct turn *turn)
{
    char languages[LANGLIST_CAP];
    struct extraction e = x->extraction;
    const struct helpers_of help = {.board = s->x->board,
                                    .calls = s->x->help_in,
                                    .slot = s->index,
                                    .hand = (int)(turn->hand - s->x->board->hands),
                                    .sha256 = s->sha256,
                                    .path = s->path,
                                    .stopping = &s->x->board->stopping};
    slot_languages(s, languages);
    e.page_done = on_page;
    e.arg = turn;
    e.help = s->alone ? NULL : &help; /* alone: no other parser is to work meanwhile */
    s->pages_kept_at = clock_boot_ms();
    s->pages_since = 0;
    atomic_store(&s->board->taken_at, s->pages_kept_at); /* its own turn has its own clock */
    turn->ends = s->pages_kept_at + x->extraction.settings->document_timeout / 100 * TURN_PERCENT;
    extract_ocr(&e, languages, strcmp(languages, LANGLIST_AUTO) == 0, &s->parsed);
    if (e.help)
        slot_help_decline(s); /* its own, above all */
}

/* So that this host leaves such documents to others. */
static void note_missing(const struct slot *s)
{
    char languages[LANGLIST_CAP];
    slot_languages(s, languages);
    ability_lacks(s->x->board, languages);
}

bool slot_ocr(struct slot *s, struct hand *h, struct reading *x, struct decision *d)
{
    struct parse_result *r = &s->parsed;
    struct turn turn = {.slot = s, .hand = h, .size = x->extraction.size};
    int core;
    if (outcome_facts(r->outcome)->failure || parse_result_count(r, TIER_NONE) == 0 ||
        s->own.ocr == OCR_NEVER)
        return false;
    s->pages_since = r->n_pages;
    if (put_off(s, h)) {
        *d = later(s, h, turn.size);
        return true;
    }
    if (!slot_take_core(s, h, CORE_OCR, &core, d))
        return true;
    if (!s->alone) /* counts as such from now */
        snprintf(h->claimed.need, sizeof h->claimed.need, "%s", NEED_OCR);
    read_pictures(s, x, &turn);
    board_core_give(s->x->board, CORE_OCR, core);
    int verdict = atomic_load(&s->board->verdict);
    if (turn.over || (verdict == VERDICT_STOPPING && s->pages_since > 0)) {
        *d = later(s, h, turn.size);
        return true;
    }
    if (r->no_models)
        note_missing(s);
    if (r->environment && s->pages_since > 0)
        (void)slot_ocr_keep(s, h, turn.size);
    return false;
}
