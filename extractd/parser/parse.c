#include <stdio.h>
#include <string.h>
#include <time.h>

#include "extractd/parser/attached.h"
#include "extractd/parser/document.h"
#include "extractd/parser/emit.h"
#include "extractd/parser/models.h"
#include "extractd/parser/page.h"
#include "extractd/parser/parse_parts.h"
#include "extractd/parser/progress.h"
#ifdef TEST_EVIL
#include "extractd/parser/evil.h"
#endif

enum { UNSENT_MAX_US = 100000 };

static uint64_t now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

/* A page that needs more than it may have is bad; its text, which is not whole, is worth nothing. */
static enum outcome reason_of(struct page_work *w)
{
    enum outcome reason = OUTCOME_OK;
    if (w->memory)
        reason = OUTCOME_MEMORY;
    else if (w->text.full)
        reason = OUTCOME_LIMIT;
    else if (w->tier == TIER_BAD)
        return w->too_large ? OUTCOME_LIMIT : OUTCOME_CORRUPT;
    if (reason == OUTCOME_OK)
        return reason;
    page_text_clear(&w->text);
    w->keep_spare = false;
    w->tier = TIER_BAD;
    snprintf(w->message, sizeof w->message, "%s",
             w->memory ? "it needs more memory than it may have"
                       : "it has more text than it may have");
    return reason;
}

static uint32_t thousandths(float score)
{
    float t = score * WIRE_SCORE_MAX;
    return t <= 0 ? 0 : t >= WIRE_SCORE_MAX ? WIRE_SCORE_MAX : (uint32_t)t;
}

/* Sends the page. Returns its reason: after OUTCOME_MEMORY this process is of no more use. */
static enum outcome do_page(struct page_work *w, uint32_t page, uint32_t pages,
                            const struct wire_job *job, uint64_t *left)
{
    uint64_t start = now_us();
    progress_at(w->flags & JOB_OCR ? STAGE_OCR : STAGE_TEXT, page + 1, pages);
    page_read(w, page, *left < job->max_page_text ? *left : job->max_page_text);
    if (w->want[0] || w->want_whole)
        return OUTCOME_OK;
    enum outcome reason = reason_of(w);
    uint64_t us = now_us() - start;
    const struct wire_page end = {.tier = w->tier,
                                  .reason = reason,
                                  .chars = w->text.chars,
                                  .micros = us < UINT32_MAX ? (uint32_t)us : UINT32_MAX,
                                  .unmapped = w->text.unmapped,
                                  .confidence = w->confidence,
                                  .score = thousandths(w->quality.score),
                                  .dpi = w->dpi};
    emit_page(page, &w->text, w->keep_spare ? &w->spare : NULL, w->spare_tier, &end, w->message);
    *left -= w->text.len;
    return reason;
}

static void send_facts(struct document *d, const struct document_facts *facts, bool first)
{
    char value[FRAME_META_MAX];
    const char *key;
    uint8_t flags = facts->repaired ? PAGES_REPAIRED : 0;
    if (facts->encrypted)
        flags |= facts->password ? PAGES_PASSWORD : PAGES_ENCRYPTED;
    if (attached_portfolio(d))
        flags |= PAGES_PORTFOLIO;
    emit_frame(FRAME_PAGES, facts->pages, &flags, 1);
    for (size_t i = 0; first && document_meta(d, i, &key, value, sizeof value); i++)
        emit_meta(key, value);
}

static bool is_asked_for(const struct parse_job *p, uint32_t page)
{
    return page >= p->job->first_page && (!p->plan || page >= p->n_plan || p->plan[page]);
}

/* The slot's clocks start anew with each page that comes, and pages that were not sent are lost
 * with this process; but each write wakes the slot: for small pages that costs more than they do. */
static void send_in_time(bool now)
{
    static uint64_t last;
    uint64_t us = now_us();
    if (!now && us - last < UNSENT_MAX_US)
        return;
    last = us;
    emit_flush();
}

/* The pages that are asked for, until one ends it. */
static enum outcome do_pages(struct page_work *w, uint32_t pages, const struct parse_job *p)
{
    uint64_t left = p->job->max_text;
    uint32_t last = pages;
    bool told = w->settled;
    while (last > 0 && !is_asked_for(p, last - 1))
        last--;
    for (uint32_t i = 0; i < last; i++) {
        if (!is_asked_for(p, i))
            continue;
#ifdef TEST_EVIL
        progress_at(STAGE_TEXT, i + 1, pages);
        evil_page(p->data, p->size, i);
#endif
        if (do_page(w, i, pages, p->job, &left) == OUTCOME_MEMORY && i + 1 < last)
            return OUTCOME_MEMORY;
        /* First: a picture may have settled them and another on the same page ask for others; that
         * page has not been sent. */
        if (w->want[0] || w->want_whole) {
            emit_frame(FRAME_WANT, i, w->want, strlen(w->want));
            return OUTCOME_OK;
        }
        if (w->settled && p->job->flags & JOB_ADVISE && !told) {
            told = true;
            emit_frame(FRAME_SETTLED, i, NULL, 0);
        }
        send_in_time(p->job->flags & JOB_CAREFUL);
    }
    return OUTCOME_OK;
}

static const char *last_words(const struct parse_job *p, enum outcome end)
{
    if (end != OUTCOME_OK)
        return "a page has used up the memory";
    return p->job->flags & JOB_OCR && p->models ? p->models->languages : "";
}

enum outcome parse_document(struct engine *e, const struct parse_job *p)
{
    struct document_facts facts;
    const struct document_source source = {.data = p->data,
                                           .size = p->size,
                                           .max_pages = p->job->max_pages,
                                           .passwords = p->passwords,
                                           .password_bytes = p->password_bytes};
    if (p->job->flags & JOB_FILES)
        return parse_files(e, p);
    progress_at(STAGE_OPEN, 0, 0);
    emit_frame(FRAME_BEGIN, 0, NULL, 0);
    struct document *d = document_open(e, &source, &facts);
    if (!d) {
        emit_end(facts.outcome, facts.message);
        return facts.outcome;
    }
    send_facts(d, &facts, p->job->first_page == 0 && !p->plan);
    if (p->job->flags & JOB_CAREFUL)
        emit_flush();
    struct page_work w = {.d = d,
                          .data = p->data,
                          .size = p->size,
                          .models = p->models,
                          .flags = p->job->flags,
                          .max_pixels = p->job->max_pixels,
                          .settled = (p->job->flags & JOB_SETTLED) != 0,
                          .pages = facts.pages,
                          .plain_page = p->job->plain_page};
    enum outcome end = do_pages(&w, facts.pages, p);
    progress_at(STAGE_EMIT, facts.pages, facts.pages);
    page_work_free(&w);
    document_close(d);
    emit_end(end, last_words(p, end));
    return end;
}
