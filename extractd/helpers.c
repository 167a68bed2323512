#include "extractd/helpers.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "extractd/checkpoint.h"

/* SINGLES_MOST: each batch opens the document anew, which takes long where it has to be repaired. */
enum { WAIT_MS = 100, SINGLES_MOST = 8, SLACK_BYTES = 1024 * 1024, FRAMES_OF_PAGE = 1024 };

struct helper {
    int line; /* -1: none */
    bool here;
};

struct helpers {
    struct helpers_order order;
    struct help_map map;
    struct parsed_page *before; /* where others may be asked for: the pages as they were */
    uint32_t bound;             /* the first page that asked for other languages; or all of them */
    char wanted[LANGLIST_CAP];
    struct helper helper[PAGESHARE_TAKERS]; /* [0] is nobody */
    uint32_t theirs;
    uint32_t singles; /* batches of one page, to see whether that settles the languages */
    bool over;
};

bool helpers_pay(const struct helpers_of *of, uint32_t pages)
{
    return of && of->board->n_cores > 1 && of->board->n_slots > 1 && pages > PAGESHARE_LEAST;
}

static bool fill_sheet(struct helpers *h, const struct parse_result *r)
{
    const struct helpers_order *o = &h->order;
    const struct buf *passwords = o->limits->passwords;
    const struct slot_board *b = &o->of->board->slots[o->of->slot];
    uint32_t n = passwords ? (uint32_t)passwords->len : 0;
    if (help_map_new(&h->map, r->announced_pages, n) != 0)
        return false;
    struct help_sheet *s = h->map.sheet;
    s->limits = *o->limits;
    s->limits.passwords = NULL;
    s->size = o->size;
    s->hand = o->of->hand;
    s->taken_at = atomic_load(&b->taken_at);
    s->document_timeout = atomic_load(&b->document_timeout);
    s->stall_timeout = atomic_load(&b->stall_timeout);
    s->advise = o->advise;
    s->password_bytes = n;
    snprintf(s->sha256, sizeof s->sha256, "%s", o->of->sha256);
    snprintf(s->path, sizeof s->path, "%.1000s", o->of->path);
    if (n)
        memcpy(h->map.passwords, passwords->data, n);
    pageshare_begin(h->map.pages, o->plan, r->announced_pages);
    return true;
}

struct helpers *helpers_new(const struct helpers_order *o, const struct parse_result *r)
{
    struct helpers *h = calloc(1, sizeof *h);
    if (!h)
        return NULL;
    h->order = *o;
    h->map.fd = -1;
    h->bound = r->announced_pages;
    for (unsigned k = 0; k < PAGESHARE_TAKERS; k++)
        h->helper[k].line = -1;
    if (o->advise)
        h->before = calloc(r->announced_pages, sizeof *h->before);
    if ((o->advise && !h->before) || r->n_pages != r->announced_pages || !fill_sheet(h, r)) {
        free(h->before);
        free(h);
        return NULL;
    }
    if (h->before)
        memcpy(h->before, r->pages, r->n_pages * sizeof *h->before);
    return h;
}

/* ---- pages that come ---- */

/* From this page on it is to be as it was before. What its texts were stays in r->text unused. */
static void bound_to(struct helpers *h, struct parse_result *r, uint32_t page, const char *wanted)
{
    if (!h->before || page >= h->bound)
        return;
    for (uint32_t i = page; i < h->bound && i < r->n_pages; i++)
        if (h->order.plan[i])
            r->pages[i] = h->before[i];
    h->bound = page;
    snprintf(h->wanted, sizeof h->wanted, "%s", wanted);
    atomic_store(&h->map.pages->limit, page);
}

/* Page i of `from` becomes r's. False: no memory, or there is no room for its text. */
static bool take_page(const struct helpers *h, struct parse_result *r, uint32_t i,
                      const struct parse_result *from)
{
    struct parsed_page p = from->pages[i];
    if (parse_result_bytes(r) + p.bytes > h->order.limits->max_text ||
        !buf_room(&r->text, p.bytes + 1) || !buf_room(&r->others, p.other_bytes + 1))
        return false;
    size_t at = r->text.len, other_at = r->others.len;
    if (p.bytes)
        buf_add(&r->text, from->text.data + p.at, p.bytes);
    buf_char(&r->text, '\f');
    if (p.other_bytes)
        buf_add(&r->others, from->others.data + p.other_at, p.other_bytes);
    p.at = at;
    p.other_at = other_at;
    r->pages[i] = p;
    return true;
}

/* A bad page, or one that waits still, is for our own parser to say so. */
static bool is_good(const struct parsed_page *p)
{
    return p->done && p->tier != TIER_BAD && p->tier != TIER_NONE;
}

/* Returns how many were taken. */
static uint32_t take_pages(struct helpers *h, struct parse_result *r, unsigned k,
                           const struct buf *bytes)
{
    const struct helpers_order *o = &h->order;
    struct parse_result from = {0};
    uint32_t n = 0;
    bool ok =
        checkpoint_read(bytes->data, bytes->len, h->map.sheet->sha256, o->size, o->limits, &from) &&
        from.announced_pages == r->announced_pages;
    for (uint32_t i = 0; i < r->announced_pages; i++) {
        if (!pageshare_has(h->map.pages, k, i))
            continue;
        if (ok && i < from.n_pages && is_good(&from.pages[i]) && i < h->bound &&
            take_page(h, r, i, &from)) {
            pageshare_done(h->map.pages, i);
            n++;
        } else if (!ok || (i < from.n_pages && from.pages[i].done)) {
            pageshare_give(h->map.pages, k, i);
        }
    }
    parse_result_free(&from);
    return n;
}

static void let_go(struct helpers *h, unsigned k)
{
    close(h->helper[k].line);
    h->helper[k] = (struct helper){.line = -1};
    pageshare_give_all(h->map.pages, k);
}

/* All that a helper has said. Returns how many pages that were. */
static uint32_t hear(struct helpers *h, struct parse_result *r, unsigned k)
{
    struct buf bytes = {0};
    struct help_said said;
    uint32_t n = 0;
    int heard = 1;
    size_t most =
        h->order.limits->max_text * 2 + SLACK_BYTES + (size_t)r->announced_pages * FRAMES_OF_PAGE;
    while (heard > 0) {
        buf_clear(&bytes);
        heard = help_hear(h->helper[k].line, &said, &bytes, most);
        if (heard <= 0)
            break;
        h->helper[k].here = true;
        if (said.word != HELP_PAGES)
            continue;
        if (said.wanted[0] && langlist_ok(said.wanted, strlen(said.wanted)))
            bound_to(h, r, said.want_page, said.wanted);
        n += take_pages(h, r, k, &bytes);
    }
    if (heard < 0)
        let_go(h, k);
    buf_free(&bytes);
    return n;
}

static void hear_all(struct helpers *h, struct parse_result *r)
{
    uint32_t n = 0;
    for (unsigned k = 1; k < PAGESHARE_TAKERS; k++)
        if (h->helper[k].line >= 0)
            n += hear(h, r, k);
    h->theirs += n;
    if (n && h->order.page_done && !h->order.page_done(h->order.arg))
        h->over = true;
}

/* ---- who helps ---- */

static unsigned count(const struct helpers *h, bool here)
{
    unsigned n = 0;
    for (unsigned k = 1; k < PAGESHARE_TAKERS; k++)
        n += h->helper[k].line >= 0 && (h->helper[k].here || !here);
    return n;
}

/* How many more may be called now. */
static unsigned may_call(const struct helpers *h, const struct parse_result *r)
{
    const struct helpers_of *of = h->order.of;
    unsigned called = count(h, false), slots = board_slots_idle(of->board);
    unsigned idle = board_cores_idle(of->board), waiting = called - count(h, true);
    if ((h->order.advise && !r->settled) || atomic_load(of->stopping))
        return 0;
    idle = idle > waiting ? idle - waiting : 0; /* those that were called and are not here yet */
    idle = idle < slots ? idle : slots;
    return pageshare_call(pageshare_left(h->map.pages), called, idle);
}

static void call(struct helpers *h, unsigned more)
{
    for (unsigned k = 1; k < PAGESHARE_TAKERS && more > 0; k++) {
        if (h->helper[k].line >= 0)
            continue;
        h->helper[k].line = help_call(h->order.of->calls, &h->map, h->order.document, k);
        if (h->helper[k].line < 0)
            return; /* no descriptors, or nobody takes calls: it goes on alone */
        more--;
    }
}

/* Until one of those who have pages says something. */
static void wait_for_helpers(struct helpers *h)
{
    struct pollfd p[PAGESHARE_TAKERS];
    for (unsigned k = 0; k < PAGESHARE_TAKERS; k++)
        p[k] = (struct pollfd){.fd = h->helper[k].line, .events = POLLIN};
    (void)poll(p, PAGESHARE_TAKERS, WAIT_MS);
    /* One whose line was closed may have taken some at that moment. */
    for (unsigned k = 1; k < PAGESHARE_TAKERS; k++)
        if (h->helper[k].line < 0)
            pageshare_give_all(h->map.pages, k);
    /* Waiting for them is no stall: their own clocks run. */
    atomic_fetch_add(&h->order.of->board->slots[h->order.of->slot].progress, 1);
}

uint32_t helpers_next(struct helpers *h, struct parse_result *r, uint8_t *batch)
{
    struct pageshare *s = h->map.pages;
    for (;;) {
        hear_all(h, r);
        if (h->over)
            return 0;
        unsigned more = may_call(h, r);
        atomic_store(&s->helpers, count(h, false) + more);
        uint32_t most = pageshare_batch(pageshare_left(s), atomic_load(&s->helpers));
        if (h->order.advise && !r->settled && h->singles++ < SINGLES_MOST)
            most = 1; /* as soon as it is settled, others may help */
        /* Its own first: what a parser says of the whole document, the slot's own has always said. */
        uint32_t n = pageshare_take(s, 0, most, batch);
        call(h, more);
        if (n > 0)
            return n;
        if (pageshare_over(s))
            return 0;
        if (pageshare_left(s) == 0) /* else one was given back at this moment: it is ours */
            wait_for_helpers(h);
    }
}

void helpers_took(struct helpers *h, struct parse_result *r)
{
    if (r->wanted[0])
        bound_to(h, r, r->due, r->wanted);
    r->wanted[0] = '\0';
    for (uint32_t i = 0; i < h->map.pages->pages; i++)
        if (pageshare_has(h->map.pages, 0, i)) {
            pageshare_done(h->map.pages, i);
            if (h->before && i >= h->bound)
                r->pages[i] = h->before[i]; /* one that asked, or was read after it */
        }
}

uint32_t helpers_end(struct helpers *h, struct parse_result *r)
{
    uint32_t theirs;
    if (!h->over)
        hear_all(h, r);
    for (unsigned k = 1; k < PAGESHARE_TAKERS; k++)
        if (h->helper[k].line >= 0)
            let_go(h, k);
    if (h->wanted[0]) {
        memcpy(r->wanted, h->wanted, sizeof r->wanted);
        r->due = h->bound;
    }
    theirs = h->theirs;
    help_map_free(&h->map);
    free(h->before);
    free(h);
    return theirs;
}
