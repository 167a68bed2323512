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

/* *bad: parsers that had to be replaced; more than BAD_PARSERS_MAX of a document are too many. False:
 * it is over, and what was not done stays so. */
static bool run_all(const struct extraction *x, struct page_order *order, struct parse_result *r,
                    unsigned *bad)
{
    uint32_t again = UINT32_MAX;
    run(x, order, r);
    while (outcome_facts(r->outcome)->failure) {
        if (!go_on(x, r, order, &again))
            return false;
        bool all = r->announced_pages && order->first >= r->announced_pages;
        if (all || (r->announced_pages && ++*bad >= BAD_PARSERS_MAX)) {
            (void)give_up_rest(r, order->first, OUTCOME_CRASHED,
                               "given up: too many pages end their parser");
            atomic_store(&x->board->verdict, VERDICT_NONE);
            return all;
        }
        r->shaken = true;
        run(x, order, r);
    }
    return true;
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
        unsigned bad = 0;
        (void)run_all(x, &order, r, &bad);
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

/* The pages of the plan, in batches: some are read by others, while cores idle. False: no memory for
 * that, and nothing was done. */
static bool run_shared(const struct extraction *x, const struct page_order *order,
                       struct parse_result *r)
{
    const struct helpers_order how = {.of = x->help,
                                      .document = x->document,
                                      .size = x->size,
                                      .limits = x->limits,
                                      .advise = order->advise,
                                      .plan = order->plan,
                                      .page_done = x->page_done,
                                      .arg = x->arg};
    uint8_t *batch = calloc(order->n_plan + 1, 1);
    struct helpers *h = batch ? helpers_new(&how, r) : NULL;
    unsigned bad = 0;
    bool going = true;
    while (h && going && helpers_next(h, r, batch) > 0) {
        struct page_order mine = *order;
        mine.plan = batch;
        mine.settled = order->advise && r->settled;
        going = run_all(x, &mine, r, &bad);
        if (going)
            helpers_took(h, r);
    }
    uint32_t theirs = h ? helpers_end(h, r) : 0;
    if (theirs > 0)
        log_info("slots that had nothing to do have read %u of its pages", theirs);
    if (theirs > 0 && !outcome_facts(r->outcome)->failure)
        parse_result_conclude(r);
    free(batch);
    return h != NULL;
}

/* Those of the plan, from order->first on. */
static void read_plan(const struct extraction *x, struct page_order *order, uint8_t *plan,
                      struct parse_result *r)
{
    uint32_t n = 0;
    unsigned bad = 0;
    for (uint32_t i = 0; i < order->n_plan; i++) {
        plan[i] = plan[i] && i >= order->first;
        n += plan[i];
    }
    order->plan = plan;
    order->first = 0;
    if (!helpers_pay(x->help, n) || !run_shared(x, order, r))
        (void)run_all(x, order, r, &bad);
}

void extract_ocr(const struct extraction *x, const char *languages, bool advise,
                 struct parse_result *r)
{
    uint32_t waiting;
    struct parse_limits limits;
    uint8_t *plan = make_plan(r, waits_for_ocr, &waiting);
    struct extraction y = with_languages(x, &limits, languages);
    struct page_order order = {.n_plan = r->announced_pages, .ocr = true, .advise = advise};
    if (!plan) {
        r->environment = true;
        r->outcome = OUTCOME_CRASHED;
        snprintf(r->message, sizeof r->message, "no memory for OCR");
        return;
    }
    r->wanted[0] = '\0';
    if (waiting)
        read_plan(&y, &order, plan, r);
    if (waiting && r->wanted[0] && !outcome_facts(r->outcome)->failure) {
        y = with_languages(x, &limits, r->wanted);
        order = (struct page_order){.first = r->due, .n_plan = r->announced_pages, .ocr = true};
        read_plan(&y, &order, plan, r);
    }
    free(plan);
}

void extract_files(const struct extraction *x, const struct receiver *to, struct parse_result *r)
{
    run(x, &(struct page_order){.files = to}, r);
}
