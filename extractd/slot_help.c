/*
 * slot_help: a slot that has nothing to do reads pages of another's document: the helper's side
 * (the other: helpers.c).
 *
 *   state     what happens                                              becomes
 *   idle      a call came; a document waits for a slot or a core,
 *             or no core idles                                          idle (the line is closed)
 *             else                                                      a core is taken, HERE: reading
 *   reading   pages are left to take: a batch, by its own parser;
 *             PAGES: those that are good; the others are given back     reading
 *             none is left; a page asked for other languages; a parser
 *             ended before its time; a document waits; the line ended   idle
 *
 * The line's end, and a document that waits, end the parser in the middle of a page. The core is one
 * of OCR's own, so that no more parsers are at work, and have memory, than without help.
 */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "extractd/checkpoint.h"
#include "extractd/helpline.h"
#include "extractd/slot_parts.h"

enum { NEEDED_MOST = 2 };

/* A document of this slot's own, or of another that waits for a core, goes first; and where memory or
 * other programs leave room for fewer slots, this one takes nothing. */
static bool is_needed(const struct slot *s)
{
    struct board *b = s->x->board;
    if (atomic_load(&b->stopping) || (unsigned)s->index >= atomic_load(&b->n_active) ||
        board_alone_other(b, s->index) ||
        (board_hand_queued(b) != NOBODY && board_slots_idle(b) == 0))
        return true;
    for (unsigned i = 0; i < b->n_slots; i++)
        if (atomic_load(&b->slots[i].stage) == SLOT_WAIT)
            return true;
    return false;
}

struct help_turn {
    struct slot *slot;
    unsigned needed; /* times in a row that it was */
};

static bool on_page(void *arg)
{
    const struct help_turn *t = arg;
    return !is_needed(t->slot);
}

/* In the middle of a page, which may be long: what waits does not wait for its end. What is only on
 * its way (each document waits for a core for a moment) is not seen twice. */
static bool on_wait(void *arg)
{
    struct help_turn *t = arg;
    bool waits = is_needed(t->slot) || board_hand_queued(t->slot->x->board) != NOBODY;
    t->needed = waits ? t->needed + 1 : 0;
    return t->needed < NEEDED_MOST;
}

/* What counts is good; the rest of the batch is the other slot's own parser's. */
static void give_rest(struct help_taken *t, const uint8_t *batch, struct parse_result *r)
{
    for (uint32_t i = 0; i < t->map.pages->pages; i++) {
        struct parsed_page *p = i < r->n_pages ? &r->pages[i] : NULL;
        bool good = p && p->done && p->tier != TIER_BAD && p->tier != TIER_NONE;
        if (p && !good)
            p->done = false;
        if (batch[i] && !good)
            pageshare_give(t->map.pages, t->taker, i);
    }
}

static bool send_pages(struct slot *s, struct help_taken *t)
{
    struct parse_result *r = &s->parsed;
    struct help_said said = {.word = HELP_PAGES};
    if (r->outcome == OUTCOME_OK && r->wanted[0]) {
        said.want_page = r->due;
        memcpy(said.wanted, r->wanted, sizeof said.wanted);
    }
    buf_clear(&s->json);
    checkpoint_write(r, t->map.sheet->sha256, t->map.sheet->size, &s->json);
    return help_say(t->line, &said, &s->json);
}

/* One batch. False: that was the last. */
static bool read_batch(struct slot *s, struct help_taken *t, const struct parse_limits *limits,
                       uint8_t *batch)
{
    struct pageshare *p = t->map.pages;
    struct parse_result *r = &s->parsed;
    struct help_turn turn = {.slot = s};
    const struct parserlink_signs signs = {.pid = &s->board->parser,
                                           .pages = &s->board->pages,
                                           .page_done = on_page,
                                           .watch = &t->line,
                                           .still = on_wait,
                                           .arg = &turn};
    uint32_t most = pageshare_batch(pageshare_left(p), atomic_load(&p->helpers));
    if (is_needed(s) || pageshare_take(p, t->taker, most, batch) == 0)
        return false;
    const struct page_order order = {.plan = batch,
                                     .n_plan = p->pages,
                                     .ocr = true,
                                     .advise = t->map.sheet->advise,
                                     .settled = t->map.sheet->advise};
    parse_result_clear(r);
    atomic_store(&s->board->verdict, VERDICT_NONE);
    parserlink_run(s->link, t->document, t->map.sheet->size, limits, &order, &signs, r);
    bool whole = !outcome_facts(r->outcome)->failure && !r->wanted[0];
    give_rest(t, batch, r);
    if (r->announced_pages != p->pages)
        return false;
    return send_pages(s, t) && whole;
}

static void read_batches(struct slot *s, struct help_taken *t)
{
    const struct help_sheet *sheet = t->map.sheet;
    struct parse_limits limits = sheet->limits;
    struct buf passwords = {0};
    uint8_t *batch = calloc((size_t)t->map.pages->pages + 1, 1);
    if (sheet->password_bytes)
        buf_add(&passwords, t->map.passwords, sheet->password_bytes);
    limits.passwords = sheet->password_bytes ? &passwords : NULL;
    while (batch && buf_ok(&passwords) && read_batch(s, t, &limits, batch))
        ;
    free(batch);
    buf_free(&passwords);
}

/* Its clocks are those of the document. */
static void bind(struct slot *s, const struct help_sheet *sheet)
{
    atomic_store(&s->board->taken_at, sheet->taken_at);
    atomic_store(&s->board->document_timeout, sheet->document_timeout);
    atomic_store(&s->board->stall_timeout, sheet->stall_timeout);
    log_bind_document(sheet->path, strlen(sheet->path));
    slot_stage(s, SLOT_PARSE);
}

void slot_help(struct slot *s)
{
    struct board *b = s->x->board;
    struct help_taken t;
    const struct help_said here = {.word = HELP_HERE};
    int core = -1;
    if (!help_take(s->x->help_out, &t))
        return;
    atomic_store(&s->board->helps, t.map.sheet->hand);
    if (!is_needed(s) && board_hand_queued(b) == NOBODY && board_cores_idle(b) > 0)
        core = board_core_take(b, CORE_OCR, s->index, 0);
    if (core >= 0) {
        bind(s, t.map.sheet);
        if (help_say(t.line, &here, NULL))
            read_batches(s, &t);
        board_core_give(b, CORE_OCR, core);
        parse_result_clear(&s->parsed);
        buf_clear(&s->json);
        slot_stage(s, SLOT_IDLE);
        log_bind_document(NULL, 0);
    }
    atomic_store(&s->board->helps, NOBODY);
    help_taken_free(&t);
}

void slot_help_decline(struct slot *s)
{
    struct help_taken t;
    while (help_take(s->x->help_out, &t))
        help_taken_free(&t);
}
