#include "extractd/parser/opinion.h"

#include <stdlib.h>
#include <string.h>

#include "extractd/parser/page.h"
#include "extractd/parser/progress.h"
#include "extractd/parser/repair.h"
#include "extractd/parser/second.h"
#include "extractd/parser/whole.h"

enum { NUMBERS_PERCENT = 60 };

struct opinions {
    struct repair *repair;
    struct second *second;
    bool asked_second;
};

static struct opinions *opinions(struct page_work *w)
{
    if (!w->opinions)
        w->opinions = calloc(1, sizeof *w->opinions);
    return w->opinions;
}

/* The same engine, but characters by what the fonts say of their glyphs. */
static void ask_repair(struct page_work *w, struct opinions *o)
{
    char err[120];
    uint32_t mended = 0;
    static const enum repair_way ways[] = {REPAIR_MISSING, REPAIR_ALL};
    if (!o->repair)
        o->repair = repair_open(w->d);
    /* What is readable is believed, unless the whole reads as garbage. */
    size_t n = w->quality.verdict == GATE_GARBAGE ? 2 : 1;
    for (size_t i = 0; o->repair && i < n; i++) {
        page_text_clear(&w->read);
        (void)repair_page(o->repair, w->page, ways[i], &w->read, &mended, err, sizeof err);
        progress_tick();
        if (mended)
            page_offer(w, &w->read, TIER_REPAIR);
    }
}

/* Another engine. One that has no character for a code may write the code itself, which looks like
 * letters and is none. */
static void ask_second(struct page_work *w, struct opinions *o)
{
    char err[120];
    if (!o->asked_second)
        o->second = second_open(w->data, w->size, err, sizeof err);
    o->asked_second = true;
    /* Two engines that count differently do not mean the same page. */
    if (!o->second || second_pages(o->second) != w->pages)
        return;
    page_text_clear(&w->read);
    bool whole = second_page(o->second, w->page, &w->read, err, sizeof err);
    progress_tick();
    bool numbers = o->repair && repair_numbers_percent(o->repair, &w->read) >= NUMBERS_PERCENT;
    if (whole && !numbers)
        page_offer(w, &w->read, TIER_REPAIR);
    page_text_clear(&w->read);
}

void opinion_ask(struct page_work *w)
{
    /* Before anything is tried: the page is done from its beginning there, and it may be slow. */
    w->want_whole = !whole_program() && (w->flags & JOB_LEAN);
    struct opinions *o = w->want_whole ? NULL : opinions(w);
    if (!o)
        return;
    if (!w->layer.failed)
        ask_repair(w, o);
    if (w->quality.verdict != GATE_GOOD && whole_program())
        ask_second(w, o);
}

void opinion_forget(struct page_work *w)
{
    if (!w->opinions)
        return;
    repair_close(w->opinions->repair);
    if (w->opinions->second)
        second_close(w->opinions->second);
    free(w->opinions);
    w->opinions = NULL;
}
