#include "extractd/extract.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "base/log.h"
#include "extractd/decide.h"

enum { BAD_PARSERS_MAX = 64 /* of one document: more is no accident */ };

static void run(const struct extraction *x, const struct page_order *order, struct parse_result *r)
{
    const struct parserlink_signs signs = {.pid = &x->board->parser,
                                           .pages = &x->board->pages,
                                           .page_done = x->page_done,
                                           .arg = x->arg};
    int none = VERDICT_NONE;
    atomic_store(&x->board->verdict, VERDICT_NONE);
    parserlink_run(x->link, x->document, x->size, x->limits, order, &signs, r);
    /* With the worker its service manager may kill all its processes, in any order. */
    if (r->outcome == OUTCOME_CRASHED && atomic_load(x->stopping))
        atomic_compare_exchange_strong(&x->board->verdict, &none, VERDICT_STOPPING);
}

static bool gives_up_all(int verdict)
{
    return verdict == VERDICT_CANCELLED || verdict == VERDICT_STOPPING || verdict == VERDICT_LOST;
}

/* The rest of the pages is not looked at any more. False: no memory. */
static bool give_up_rest(struct parse_result *r, uint32_t from, enum outcome why,
                         const char *message)
{
    for (uint32_t i = from; i < r->announced_pages; i++)
        if ((i >= r->n_pages || !r->pages[i].done) && !parse_result_bad(r, i, why, message))
            return false;
    parse_result_conclude(r);
    return true;
}

/* Why the page that was due is bad. */
static enum outcome blame(const struct extraction *x, const struct parse_result *r, int verdict,
                          char message[200])
{
    if (verdict != VERDICT_NONE)
        return decide_reason(x->settings, verdict, message);
    snprintf(message, 200, "%.190s", r->message);
    bool killed = r->outcome == OUTCOME_CRASHED && WIFSIGNALED(r->exit_status) &&
                  WTERMSIG(r->exit_status) == SIGKILL;
    if (killed)
        snprintf(message, 200, "%s", DECIDE_KILLED_OUTSIDE);
    return killed ? OUTCOME_MEMORY : r->outcome;
}

/* A parser sends pages in bunches, and what it had not sent is lost with it: only one that was
 * careful, or says itself that it was at this page, shows by its death which page is to blame. */
static bool is_to_blame(const struct page_order *order, const struct parse_result *r)
{
    return order->careful || r->at_page == r->due;
}

/* What a parser left unfinished: *order becomes what the next one is to do. False: it is over, one
 * way or another. *again: the page that has been tried twice. */
static bool go_on(const struct extraction *x, struct parse_result *r, struct page_order *order,
                  uint32_t *again)
{
    char message[200];
    int verdict = r->outcome == OUTCOME_CRASHED ? atomic_load(&x->board->verdict) : VERDICT_NONE;
    if (r->environment || r->stopped || r->outcome == OUTCOME_PROTOCOL || gives_up_all(verdict) ||
        (!r->announced_pages && (order->careful || r->outcome != OUTCOME_CRASHED)))
        return false;
    uint32_t page = r->due;
    bool by_itself = r->outcome != OUTCOME_CRASHED && r->exit_status == 0;
    bool blamed = is_to_blame(order, r);
    order->careful = true;
    order->plain = r->at_page + 1;
    if (page >= r->announced_pages || (by_itself && page > order->first)) {
        order->first = page; /* the page that it could not bear has been reported */
        return true;
    }
    enum outcome why = blame(x, r, verdict, message);
    if (verdict == VERDICT_TIMEOUT) {
        if (parse_result_has_text(r) && give_up_rest(r, page, why, message))
            atomic_store(&x->board->verdict, VERDICT_NONE);
        return false;
    }
    bool may_pass = why == OUTCOME_CRASHED || why == OUTCOME_MEMORY || why == OUTCOME_STALLED;
    bool once_more = !blamed || (may_pass && *again != page);
    *again = page;
    order->first = page;
    order->plain = page + 1;
    if (once_more)
        return true;
    log_warn("page %u of %u is bad: %s", page + 1, r->announced_pages, message);
    order->first = page + 1;
    return parse_result_bad(r, page, why, message);
}

static void run_all(const struct extraction *x, struct page_order *order, struct parse_result *r)
{
    uint32_t again = UINT32_MAX;
    run(x, order, r);
    for (unsigned bad = 1; outcome_facts(r->outcome)->failure && go_on(x, r, order, &again);
         bad++) {
        if (r->announced_pages && (order->first >= r->announced_pages || bad == BAD_PARSERS_MAX)) {
            (void)give_up_rest(r, order->first, OUTCOME_CRASHED,
                               "given up: too many pages end their parser");
            atomic_store(&x->board->verdict, VERDICT_NONE);
            return;
        }
        r->shaken = true;
        run(x, order, r);
    }
}

/* The pages for which wanted() is true. *n: how many those are. NULL: no memory. */
static uint8_t *make_plan(const struct parse_result *r, bool (*wanted)(const struct parsed_page *),
                          uint32_t *n)
{
    static const struct parsed_page nothing = {0};
    uint8_t *plan = calloc(r->announced_pages + 1, 1);
    *n = 0;
    for (uint32_t i = 0; plan && i < r->announced_pages; i++) {
        plan[i] = wanted(i < r->n_pages ? &r->pages[i] : &nothing);
        *n += plan[i];
    }
    return plan;
}

static bool is_missing(const struct parsed_page *p)
{
    return !p->done;
}

static bool waits_for_ocr(const struct parsed_page *p)
{
    return p->done && p->tier == TIER_NONE;
}

void extract_pages(const struct extraction *x, struct parse_result *r)
{
    uint32_t missing = 0;
    uint8_t *plan = r->announced_pages ? make_plan(r, is_missing, &missing) : NULL;
    if (r->announced_pages && plan && !missing) {
        parse_result_conclude(r);
    } else {
        struct page_order order = {.plan = plan, .n_plan = plan ? r->announced_pages : 0};
        if (!plan) /* nothing is known yet, or no memory for a plan: all of it */
            parse_result_clear(r);
        run_all(x, &order, r);
    }
    free(plan);
}

/* An x for the same document, whose parsers have these languages. */
static struct extraction with_languages(const struct extraction *x, struct parse_limits *limits,
                                        const char *languages)
{
    struct extraction y = *x;
    *limits = *x->limits;
    snprintf(limits->languages, sizeof limits->languages, "%s", languages);
    y.limits = limits;
    return y;
}

void extract_ocr(const struct extraction *x, const char *languages, bool advise,
                 struct parse_result *r)
{
    uint32_t waiting;
    struct parse_limits limits;
    uint8_t *plan = make_plan(r, waits_for_ocr, &waiting);
    struct extraction y = with_languages(x, &limits, languages);
    struct page_order order = {
        .plan = plan, .n_plan = r->announced_pages, .ocr = true, .advise = advise};
    if (!plan) {
        r->environment = true;
        r->outcome = OUTCOME_CRASHED;
        snprintf(r->message, sizeof r->message, "no memory for OCR");
        return;
    }
    r->wanted[0] = '\0';
    if (waiting)
        run_all(&y, &order, r);
    if (waiting && r->wanted[0] && !outcome_facts(r->outcome)->failure) {
        y = with_languages(x, &limits, r->wanted);
        order = (struct page_order){
            .first = r->due, .plan = plan, .n_plan = r->announced_pages, .ocr = true};
        run_all(&y, &order, r);
    }
    free(plan);
}

void extract_files(const struct extraction *x, const struct receiver *to, struct parse_result *r)
{
    run(x, &(struct page_order){.files = to}, r);
}
