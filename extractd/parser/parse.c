#include "extractd/parser/parse.h"

#include <stdio.h>
#include <time.h>

#include "extractd/parser/document.h"
#include "extractd/parser/emit.h"
#include "extractd/parser/pagetext.h"
#include "extractd/parser/progress.h"
#include "extractd/parser/text.h"
#ifdef TEST_EVIL
#include "extractd/parser/evil.h"
#endif

enum { UNSENT_MAX_US = 100000 };

/* What can be done for a page, in the order in which it is tried. */
static const struct tier *const tiers[] = {&text_tier};

static uint64_t now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

/* The first tier that finds text, or that the page is blank, is the last one asked. */
static void ask_tiers(struct document *d, uint32_t page, bool dehyphenate, struct page_text *text,
                      struct tier_page *out)
{
    for (size_t i = 0; i < sizeof tiers / sizeof tiers[0]; i++) {
        page_text_clear(text);
        tiers[i]->page(d, page, dehyphenate, text, out);
        if (out->tier == TIER_TEXT || out->tier == TIER_BLANK || out->memory || out->limit)
            return;
    }
}

/* A page that needs more than it may have is bad, and its text, which is not whole, worth nothing. */
static void judge(struct tier_page *p, struct page_text *text, struct wire_page *end)
{
    if (!p->memory && !p->limit) {
        end->reason = p->tier == TIER_BAD ? OUTCOME_CORRUPT : OUTCOME_OK;
        return;
    }
    page_text_clear(text);
    p->tier = TIER_BAD;
    end->reason = p->memory ? OUTCOME_MEMORY : OUTCOME_LIMIT;
    snprintf(p->message, sizeof p->message, "%s",
             p->memory ? "it needs more memory than it may have"
                       : "it has more text than it may have");
}

/* Sends the page. Returns its reason: after OUTCOME_MEMORY this process is of no more use. */
static enum outcome do_page(struct document *d, uint32_t page, uint32_t pages,
                            const struct wire_job *job, uint64_t *left)
{
    static struct page_text text; /* its memory serves all pages */
    struct tier_page p;
    struct wire_page end = {.confidence = WIRE_UNKNOWN, .score = WIRE_UNKNOWN};
    uint64_t start = now_us();
    progress_at(STAGE_TEXT, page + 1, pages);
    page_text_begin(&text, *left < job->max_page_text ? *left : job->max_page_text);
    ask_tiers(d, page, (job->flags & JOB_DEHYPHENATE) != 0, &text, &p);
    judge(&p, &text, &end);
    uint64_t us = now_us() - start;
    end.tier = p.tier;
    end.chars = text.chars;
    end.unmapped = text.unmapped;
    end.micros = us < UINT32_MAX ? (uint32_t)us : UINT32_MAX;
    emit_page(page, &text, &end, p.message);
    *left -= text.len;
    return (enum outcome)end.reason;
}

static void send_facts(struct document *d, const struct document_facts *facts, bool first)
{
    char value[FRAME_META_MAX];
    const char *key;
    uint8_t flags = facts->repaired ? PAGES_REPAIRED : 0;
    if (facts->encrypted)
        flags |= facts->password ? PAGES_PASSWORD : PAGES_ENCRYPTED;
    emit_frame(FRAME_PAGES, facts->pages, &flags, 1);
    for (size_t i = 0; first && document_meta(d, i, &key, value, sizeof value); i++)
        emit_meta(key, value);
}

static bool is_asked_for(const struct parse_job *p, uint32_t page)
{
    return page >= p->job->first_page && (!p->plan || page >= p->n_plan || p->plan[page]);
}

/* The slot's clocks start anew with each page that comes, and pages that were not sent are lost
 * with this process; but each write wakes the slot, which for small pages costs more than they do. */
static void send_in_time(bool now)
{
    static uint64_t last;
    uint64_t us = now_us();
    if (!now && us - last < UNSENT_MAX_US)
        return;
    last = us;
    emit_flush();
}

static enum outcome do_pages(struct document *d, uint32_t pages, const struct parse_job *p)
{
    uint64_t left = p->job->max_text;
    uint32_t last = pages;
    while (last > 0 && !is_asked_for(p, last - 1))
        last--;
    for (uint32_t i = 0; i < last; i++) {
        if (!is_asked_for(p, i))
            continue;
#ifdef TEST_EVIL
        evil_page(p->data, p->size, i);
#endif
        if (do_page(d, i, pages, p->job, &left) == OUTCOME_MEMORY && i + 1 < last)
            return OUTCOME_MEMORY;
        send_in_time(p->job->flags & JOB_CAREFUL);
    }
    return OUTCOME_OK;
}

enum outcome parse_document(struct engine *e, const struct parse_job *p)
{
    struct document_facts facts;
    const struct document_source source = {.data = p->data,
                                           .size = p->size,
                                           .max_pages = p->job->max_pages,
                                           .passwords = p->passwords,
                                           .password_bytes = p->password_bytes};
    progress_at(STAGE_OPEN, 0, 0);
    emit_frame(FRAME_BEGIN, 0, NULL, 0);
    struct document *d = document_open(e, &source, &facts);
    if (!d) {
        emit_end(facts.outcome, facts.message);
        return facts.outcome;
    }
    send_facts(d, &facts, p->job->first_page == 0 && !p->plan);
    enum outcome end = do_pages(d, facts.pages, p);
    progress_at(STAGE_EMIT, facts.pages, facts.pages);
    document_close(d);
    emit_end(end, end == OUTCOME_OK ? "" : "a page has used up the memory");
    return end;
}
