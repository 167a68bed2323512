#include "extractd/parser/parse.h"

#include <stdio.h>
#include <time.h>

#include "extractd/parser/document.h"
#include "extractd/parser/emit.h"
#include "extractd/parser/progress.h"
#include "extractd/parser/text.h"

/* What can be done for a page, in the order in which it is tried. */
static const struct tier *const tiers[] = {&text_tier};

struct tally {
    uint64_t bytes;
    uint32_t with_text, bad, waiting;
    enum outcome outcome; /* OUTCOME_OK while nothing ended it early */
    char message[256];
};

static uint64_t now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

/* The first tier that finds text, or that the page is blank, is the last one asked. */
static void ask_tiers(struct document *d, uint32_t page, bool dehyphenate, struct tier_page *out)
{
    for (size_t i = 0; i < sizeof tiers / sizeof tiers[0]; i++) {
        tiers[i]->page(d, page, dehyphenate, out);
        if (out->tier == TIER_TEXT || out->tier == TIER_BLANK || out->memory || out->limit)
            return;
    }
}

static void count_page(struct tally *t, const struct tier_page *p)
{
    t->bytes += emit_page_bytes();
    t->with_text += emit_page_bytes() != 0;
    t->bad += p->tier == TIER_BAD;
    t->waiting += p->tier == TIER_NONE;
}

static void do_page(struct document *d, uint32_t page, uint32_t pages, const struct wire_job *job,
                    struct tally *t)
{
    struct tier_page p;
    uint64_t start = now_us(), left = job->max_text - t->bytes;
    progress_at(STAGE_TEXT, page + 1, pages);
    emit_page_begin(page, left < job->max_page_text ? left : job->max_page_text);
    ask_tiers(d, page, job->dehyphenate, &p);
    if (p.memory) {
        t->outcome = OUTCOME_MEMORY;
        snprintf(t->message, sizeof t->message, "page %u of %u needs more memory than it may have",
                 page + 1, pages);
    } else if (p.limit) {
        t->outcome = OUTCOME_LIMIT;
        snprintf(t->message, sizeof t->message, "more text than is allowed, on page %u of %u",
                 page + 1, pages);
    } else {
        uint64_t us = now_us() - start;
        emit_page_end(p.tier, us < UINT32_MAX ? (uint32_t)us : UINT32_MAX, p.message);
        count_page(t, &p);
    }
}

static void send_facts(struct document *d, const struct document_facts *facts)
{
    char value[FRAME_META_MAX];
    const char *key;
    uint8_t flags = (uint8_t)((facts->repaired ? PAGES_REPAIRED : 0) |
                              (facts->encrypted ? PAGES_ENCRYPTED : 0));
    emit_frame(FRAME_PAGES, facts->pages, &flags, 1);
    for (size_t i = 0; document_meta(d, i, &key, value, sizeof value); i++)
        emit_meta(key, value);
}

/* accept.c comes to the same from the pages, and takes anything else for a breach. */
static enum outcome conclude(struct tally *t, uint32_t pages)
{
    if (t->with_text)
        return t->bad || t->waiting ? OUTCOME_PARTIAL : OUTCOME_OK;
    if (t->bad < pages)
        return OUTCOME_EMPTY;
    snprintf(t->message, sizeof t->message, "no page could be read");
    return OUTCOME_CORRUPT;
}

enum outcome parse_document(struct engine *e, const void *data, size_t size,
                            const struct wire_job *job)
{
    struct document_facts facts;
    struct tally t = {.outcome = OUTCOME_OK};
    progress_at(STAGE_OPEN, 0, 0);
    emit_frame(FRAME_BEGIN, 0, NULL, 0);
    struct document *d = document_open(e, data, size, job->max_pages, &facts);
    if (!d) {
        emit_end(facts.outcome, facts.message);
        return facts.outcome;
    }
    send_facts(d, &facts);
    for (uint32_t i = 0; i < facts.pages && t.outcome == OUTCOME_OK; i++)
        do_page(d, i, facts.pages, job, &t);
    if (t.outcome == OUTCOME_OK)
        t.outcome = conclude(&t, facts.pages);
    progress_at(STAGE_EMIT, facts.pages, facts.pages);
    document_close(d);
    emit_end(t.outcome, t.message);
    return t.outcome;
}
