/*
 * slot_tiers: pages that a program of the user's is asked for: the tiers outside of this one that
 * the document's lane names, in the order of their sections, where this host has a command for them.
 *
 *   when = ocr   before OCR: pages that would wait for it
 *   when = bad   after it: pages that are bad or have no text, and are not blank
 *
 * As OCR, this is for its own turn (slot_ocr_put_off). A tier's caps and rate are asked before each
 * page; where it may not begin soon, the document goes back until it may. Each answer is kept apart
 * at once (it may have cost money), and that there was none, too: no page is asked for twice because
 * a worker ended. A tier that fails page after page is let alone for the rest of the document.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/drawer.h"
#include "base/log.h"
#include "base/png.h"
#include "extractd/outside.h"
#include "extractd/slot_parts.h"
#include "spool/capname.h"
#include "spool/retry.h"

enum {
    PATIENCE_MS = 3000, /* with a document in hand; else it goes back */
    WAIT_LEAST_MS = 1000,
    WAIT_MOST_MS = 900000, /* then it is seen whether the limits are still the same */
    PAUSE_MS = 50,
    DRAW_MS = 20000,
    FAILURES_MOST = 3, /* in a row */
    TURN_PERCENT = 75, /* of document_timeout: then another may have the slot */
    GRACE_PERCENT = 75 /* of shutdown_grace: then a command in work is ended */
};

/* One tier, one document, one turn. */
struct asking {
    struct slot *slot;
    struct hand *hand;
    const struct reading *reading;
    const struct tier_settings *tier;
    uint32_t number; /* in the result */
    char cap[CAP_CAP];
    struct caps_limits limits;
    int64_t ends;     /* boot clock, ms: of the turn */
    int64_t stopping; /* boot clock, ms: since then this worker is to stop; 0: it is not */
    unsigned failures;
    struct decision *d;
};

enum step { STEP_ON, STEP_ENOUGH /* of this tier */, STEP_BACK /* *d says so */ };

/* ---- which pages ---- */

static bool is_for(const struct parsed_page *p, enum tier_when when)
{
    if (!p->done)
        return false;
    if (when == TIER_WHEN_OCR)
        return p->tier == TIER_NONE;
    return p->tier == TIER_BAD || p->tier == TIER_NONE ||
           ((p->tier == TIER_OCR || p->tier == TIER_HARD) && p->chars == 0);
}

static uint8_t bit_of(uint32_t number)
{
    return (uint8_t)(1u << (number - TIER_OUTSIDE));
}

static bool is_due(const struct asking *a, uint32_t i)
{
    const struct parsed_page *p = &a->slot->parsed.pages[i];
    return is_for(p, (enum tier_when)a->tier->when) && !(p->asked & bit_of(a->number));
}

static uint32_t count_due(const struct asking *a)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < a->slot->parsed.n_pages; i++)
        n += is_due(a, i);
    return n;
}

/* All pages have been looked at: there may be something to add to it. */
static bool is_read(const struct parse_result *r)
{
    if (!r->announced_pages || r->n_pages < r->announced_pages || r->environment || r->stopped)
        return false;
    for (uint32_t i = 0; i < r->n_pages; i++)
        if (!r->pages[i].done)
            return false;
    return true;
}

/* ---- may it go on? ---- */

static enum step back(struct asking *a, int64_t wait_ms, const char *why)
{
    char message[200];
    snprintf(message, sizeof message, "%u of its %u pages wait for the tier %s: %s", count_due(a),
             a->slot->parsed.announced_pages, settings_named(a->tier->section), why);
    *a->d = decide(END_OCR, OUTCOME_COUNT, message);
    a->d->wait_ms = wait_ms < WAIT_MOST_MS ? wait_ms : WAIT_MOST_MS;
    return STEP_BACK;
}

static bool is_stopping(struct asking *a)
{
    if (!a->stopping && atomic_load(&a->slot->x->board->stopping))
        a->stopping = clock_boot_ms();
    return a->stopping != 0;
}

/* The share has heard of this lease: else others may have the document, and the caps. */
static bool is_ours(const struct slot *s)
{
    return clock_boot_ms() - atomic_load(&s->x->board->lease.last_good_beat) <
           s->x->spool.settings.self_stop;
}

/* Between two pages. */
static enum step go_on(struct asking *a)
{
    if (atomic_load(&a->hand->cancelled)) {
        *a->d = decide(END_FINISH, OUTCOME_CANCELLED, "cancelled while in work");
        return STEP_BACK;
    }
    if (is_stopping(a))
        return back(a, 0, "the worker stops");
    if (!is_ours(a->slot))
        return back(a, WAIT_LEAST_MS, "the heartbeat does not get through");
    if (clock_boot_ms() > a->ends || board_alone_other(a->slot->x->board, a->slot->index))
        return back(a, 0, "others have their turn");
    return STEP_ON;
}

/* While a command runs. */
static bool may_run(void *arg)
{
    struct asking *a = arg;
    const struct slot *s = a->slot;
    int64_t grace = s->x->spool.settings.shutdown_grace / 100 * GRACE_PERCENT;
    atomic_fetch_add(&s->board->progress, 1); /* its own time limit is what counts */
    if (is_stopping(a) && clock_boot_ms() - a->stopping >= grace)
        return false;
    return !atomic_load(&a->hand->cancelled) && is_ours(s);
}

/* ---- caps and rate ---- */

static struct caps *caps_of(struct slot *s)
{
    char holder[CAP_HOLDER_CAP];
    if (!s->caps) {
        snprintf(holder, sizeof holder, "slot-%d", s->index);
        s->caps = caps_new(&s->x->spool, &s->lease, holder);
    }
    return s->caps;
}

void slot_tiers_begin(struct slot *s)
{
    if (s->x->spool.settings.n_tiers > 0 && caps_of(s))
        caps_give_back(s->caps);
}

/* Until one may begin; not for long. */
static enum step wait_for_turn(struct asking *a)
{
    struct slot *s = a->slot;
    int64_t until = clock_boot_ms() + PATIENCE_MS;
    for (;;) {
        enum step step = go_on(a);
        if (step != STEP_ON || caps_begin(s->caps, a->cap, &a->limits, 0, 1) > 0)
            return step;
        int64_t now = clock_boot_ms(), next = caps_next(s->caps, a->cap);
        int64_t wait = next > now ? next - now : 0;
        if (next > until || now >= until)
            return back(a, wait > WAIT_LEAST_MS ? wait : WAIT_LEAST_MS, "it may not begin yet");
        atomic_fetch_add(&s->board->progress, 1);
        clock_sleep_ms(wait < PAUSE_MS ? wait + 1 : PAUSE_MS);
    }
}

/* ---- a page ---- */

/* Its picture, as PNG; STEP_ON with nothing in it: there is none, *why says so. */
static enum step draw(struct asking *a, uint32_t i, struct buf *png, const char **why)
{
    struct slot *s = a->slot;
    uint64_t pixels = a->reading->limits.max_pixels;
    struct drawing drawing;
    int core;
    const struct drawer_order order = {
        .parser = s->x->parser,
        .document = a->reading->extraction.document,
        .page = i + 1,
        .dpi = (uint32_t)a->tier->resolution,
        .most = {PAGEWIRE_SIDE_MOST, PAGEWIRE_SIDE_MOST,
                 pixels < PAGEWIRE_PIXELS_MOST ? (uint32_t)pixels : PAGEWIRE_PIXELS_MOST},
        .ms = DRAW_MS,
        .memory_limit = s->own.memory_limit,
        .sandbox = (unsigned)s->own.sandbox};
    if (!slot_take_core(s, a->hand, CORE_OCR, &core, a->d))
        return STEP_BACK;
    *why = drawer_run(&order, &drawing);
    if (!*why && drawing.said.kind != PAGEWIRE_PICTURE)
        *why = drawing.said.kind == PAGEWIRE_ENCRYPTED ? "it takes a password"
                                                       : "nothing of it can be drawn";
    if (!*why && !png_write(png, (const uint8_t *)drawing.pixels.data, drawing.said.width,
                            drawing.said.height))
        *why = "there is no memory for its picture";
    if (!s->alone)
        board_core_give(s->x->board, CORE_OCR, core);
    buf_free(&drawing.pixels);
    if (*why)
        buf_clear(png);
    return STEP_ON;
}

/* The page stays what it is; its message says that the tier had nothing for it. */
static void note_nothing(struct asking *a, uint32_t i, const char *why)
{
    struct parsed_page *p = &a->slot->parsed.pages[i];
    char message[sizeof p->message * 2];
    size_t n = 0;
    snprintf(message, sizeof message, "%s%s%s: %s", p->message, p->message[0] ? "; " : "",
             settings_named(a->tier->section), why);
    while (n < sizeof p->message - 1 && message[n])
        n++;
    while (n > 0 && ((unsigned char)message[n] & 0xc0) == 0x80) /* cut at a character */
        n--;
    memcpy(p->message, message, n);
    p->message[n] = '\0';
    p->asked |= bit_of(a->number);
}

static enum step failed(struct asking *a, uint32_t i, const char *why)
{
    note_nothing(a, i, why);
    a->slot->parsed.shaken = true; /* another try may do better: nobody else gets this text */
    if (++a->failures < FAILURES_MOST)
        return STEP_ON;
    log_warn(
        "the tier %s has failed for %u pages in a row: %s; the others of this document are not "
        "asked of it",
        settings_named(a->tier->section), a->failures, why);
    return STEP_ENOUGH;
}

static enum step take(struct asking *a, uint32_t i, struct buf *text, int64_t took_ms)
{
    struct parse_result *r = &a->slot->parsed;
    uint32_t chars, unmapped, micros = (uint32_t)(took_ms * 1000);
    uint64_t all = parse_result_bytes(r) - r->pages[i].bytes + text->len;
    if (!outside_text(text, &chars, &unmapped))
        return failed(a, i, "what it says is not UTF-8");
    if (all > a->reading->limits.max_text)
        return failed(a, i, "with what it says there is more than max_text");
    a->failures = 0;
    if (chars == 0 && a->tier->when == TIER_WHEN_BAD) {
        note_nothing(a, i, "no text");
        return STEP_ON;
    }
    if (!parse_result_told(r, i, a->number, text, chars, unmapped)) {
        *a->d = decide_environment("no memory for the text of a page", ENOMEM);
        return STEP_BACK;
    }
    r->pages[i].micros = micros;
    return STEP_ON;
}

static enum step run(struct asking *a, uint32_t i, const struct buf *png, struct buf *text)
{
    struct slot *s = a->slot;
    char languages[LANGLIST_CAP], why[OUTSIDE_WHY];
    slot_languages(s, languages);
    const struct outside_order order = {.command = a->tier->command,
                                        .picture = png->data,
                                        .n = png->len,
                                        .path = s->path,
                                        .languages = languages,
                                        .page = i + 1,
                                        .pages = s->parsed.announced_pages,
                                        .timeout_ms = a->tier->timeout,
                                        .memory_limit = a->tier->memory_limit,
                                        .max_text = s->own.max_page_text,
                                        .go_on = may_run,
                                        .arg = a};
    caps_begun(s->caps, a->cap, 1);
    caps_tend(s->caps, a->cap, 1);
    int64_t began = clock_boot_ms();
    enum outside_end end = outside_run(&order, text, why);
    switch (end) {
    case OUTSIDE_SAID:
        return take(a, i, text, clock_boot_ms() - began);
    case OUTSIDE_FAILED:
        return failed(a, i, why);
    case OUTSIDE_UNABLE:
        *a->d = decide(END_UNSPENT, OUTCOME_COUNT, why);
        a->d->environment = true;
        return STEP_BACK;
    case OUTSIDE_STOPPED:
        break;
    }
    enum step step = go_on(a);
    return step == STEP_ON ? back(a, 0, "it was interrupted") : step;
}

static enum step ask(struct asking *a, uint32_t i)
{
    struct slot *s = a->slot;
    struct buf png = {0}, text = {0};
    const char *why = NULL;
    enum step step = wait_for_turn(a);
    if (step == STEP_ON)
        step = draw(a, i, &png, &why);
    if (step == STEP_ON && why)
        note_nothing(a, i, why);
    else if (step == STEP_ON && (step = wait_for_turn(a)) == STEP_ON) {
        step = run(a, i, &png, &text);
        if (step != STEP_BACK)
            (void)slot_ocr_keep(s, a->hand, a->reading->extraction.size);
    }
    buf_free(&png);
    buf_free(&text);
    return step;
}

/* ---- a tier ---- */

static enum step ask_all(struct asking *a)
{
    struct slot *s = a->slot;
    enum step step = STEP_ON;
    if (!s->own.ocr_here || slot_ocr_put_off(s, a->hand))
        return back(a, 0, "not now, or not here");
    if (!caps_of(s)) {
        *a->d = decide_environment("no memory for the caps of tiers", ENOMEM);
        return STEP_BACK;
    }
    if (!s->alone) /* counts as such from now */
        snprintf(a->hand->claimed.need, sizeof a->hand->claimed.need, "%s", NEED_OCR);
    for (uint32_t i = 0; i < s->parsed.n_pages && step == STEP_ON; i++)
        if (is_due(a, i))
            step = ask(a, i);
    caps_give_back(s->caps);
    return step == STEP_BACK ? STEP_BACK : STEP_ON;
}

bool slot_tiers(struct slot *s, struct hand *h, const struct reading *x, enum tier_when when,
                struct decision *d)
{
    enum step step = STEP_ON;
    bool asked = false;
    if (!s->outside || !is_read(&s->parsed))
        return false;
    for (size_t i = 0; i < s->own.n_tiers && step == STEP_ON; i++) {
        const struct tier_settings *t = &s->own.tiers[i];
        struct asking a = {.slot = s, .hand = h, .reading = x, .tier = t, .d = d};
        if (!(s->outside & 1u << i) || t->when != (int)when || (!t->command[0] && s->own.ocr_here))
            continue;
        a.number = parse_result_outside(&s->parsed, settings_named(t->section));
        if (a.number == TIER_NONE || count_due(&a) == 0)
            continue;
        a.limits = caps_of_tier(t);
        cap_of_section(t->section, a.cap);
        atomic_store(&s->board->taken_at, clock_boot_ms()); /* its own turn has its own clock */
        a.ends = clock_boot_ms() + s->own.document_timeout / 100 * TURN_PERCENT;
        asked = true;
        step = ask_all(&a);
    }
    if (step == STEP_BACK && (d->end == END_OCR || d->end == END_UNSPENT))
        (void)slot_ocr_keep(s, h, x->extraction.size);
    if (asked) {
        parse_result_conclude(&s->parsed);
        atomic_store(&s->board->taken_at, clock_boot_ms());
    }
    return step == STEP_BACK;
}

void slot_tiers_recipe(const struct slot *s, char out[SHA256_HEX])
{
    struct buf all = {0};
    for (size_t i = 0; i < s->own.n_tiers; i++) {
        const struct tier_settings *t = &s->own.tiers[i];
        if (s->outside & 1u << i && t->command[0])
            buf_fmt(&all, "%s %d %" PRId64 " %s\n", t->section, t->when, t->resolution, t->command);
    }
    out[0] = '\0';
    if (all.len && buf_ok(&all))
        sha256_hex(all.data, all.len, out);
    buf_free(&all);
}
