#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/langlist.h"
#include "base/utf8.h"
#include "extractd/accept_parts.h"

enum { METAS_MAX = 32 };

/* The first page from i on that the job asks for. */
static uint32_t next_due(const struct accept *a, uint32_t i)
{
    const struct page_order *o = &a->order;
    while (o->plan && i < o->n_plan && !o->plan[i])
        i++;
    return i;
}

void accept_begin(struct accept *a, struct parse_result *result, const struct parse_limits *limits,
                  const struct page_order *order)
{
    struct accept fresh = {.result = result, .limits = limits, .caged = a->caged, .order = *order};
    memcpy(fresh.sandbox, a->sandbox, sizeof fresh.sandbox);
    *a = fresh;
    a->due = next_due(a, order->first);
    a->text_at = result->text.len;
    a->others_at = result->others.len;
    a->bytes = parse_result_bytes(result);
    result->due = a->due;
    if (order->first == 0 && !order->plan) /* all of it comes (again) */
        buf_clear(&result->meta);
}

void accept_abandon(struct accept *a)
{
    buf_cut(&a->result->text, a->text_at);
    buf_cut(&a->result->others, a->others_at);
}

enum accept_verdict accept_breach(const char **why, const char *what)
{
    *why = what;
    return ACCEPT_BREACH;
}

bool accept_message(char *dst, size_t cap, const uint8_t *bytes, size_t n)
{
    const char *s = (const char *)bytes;
    size_t len = 0;
    for (size_t i = 0; i < n;) {
        size_t k = utf8_seq(s + i, n - i);
        if (k == 0 || (unsigned char)s[i] < 0x20 || s[i] == 0x7f)
            return false;
        if (len + k < cap && len == i) {
            memcpy(dst + len, s + i, k);
            len += k;
        }
        i += k;
    }
    dst[len] = '\0';
    return true;
}

static enum accept_verdict on_caged(struct accept *a, const struct frame *f, const char **why)
{
    static const char *const tiers[] = {"full", "seccomp", "none"};
    if (a->caged)
        return accept_breach(why, "a second CAGED frame");
    for (size_t i = 0; i < sizeof tiers / sizeof tiers[0]; i++) {
        if (f->length == strlen(tiers[i]) && memcmp(f->bytes, tiers[i], f->length) == 0) {
            snprintf(a->sandbox, sizeof a->sandbox, "%s", tiers[i]);
            a->caged = true;
            return ACCEPT_MORE;
        }
    }
    return accept_breach(why, "a CAGED frame with an unknown tier");
}

static enum accept_verdict on_begin(struct accept *a, const struct frame *f, const char **why)
{
    (void)f;
    if (a->begun)
        return accept_breach(why, "a second BEGIN frame");
    a->begun = true;
    return ACCEPT_MORE;
}

static enum accept_verdict on_pages(struct accept *a, const struct frame *f, const char **why)
{
    struct parse_result *r = a->result;
    if (a->announced || a->order.files)
        return accept_breach(why, "a PAGES frame where none may be");
    if (f->page == 0 || f->page > a->limits->max_pages)
        return accept_breach(why, "a PAGES frame with a number of pages that is not allowed");
    if (f->length != 1 || f->bytes[0] & ~PAGES_FLAGS)
        return accept_breach(why, "a PAGES frame with unknown flags");
    if (r->announced_pages && r->announced_pages != f->page)
        return accept_breach(why, "a PAGES frame with another number of pages than before");
    a->announced = true;
    r->announced_pages = f->page;
    r->flags = f->bytes[0];
    return ACCEPT_MORE;
}

/* Readers of x.json refuse an object that has a key twice. */
static bool has_key(const struct buf *meta, const char *key)
{
    for (size_t at = 0; at < meta->len;) {
        if (strcmp(meta->data + at, key) == 0)
            return true;
        at += strlen(meta->data + at) + 1; /* the key */
        at += strlen(meta->data + at) + 1; /* its value */
    }
    return false;
}

static enum accept_verdict on_meta(struct accept *a, const struct frame *f, const char **why)
{
    struct parse_result *r = a->result;
    if (!a->announced || a->order.first || a->order.plan || r->n_pages || a->page_bytes ||
        a->metas++ == METAS_MAX)
        return accept_breach(why, "a META frame where none may be");
    const uint8_t *nul = memchr(f->bytes, 0, f->length);
    if (!nul || nul == f->bytes)
        return accept_breach(why, "a META frame without a key");
    size_t key = (size_t)(nul - f->bytes), value = f->length - key - 1;
    for (size_t i = 0; i < key; i++)
        if (f->bytes[i] <= ' ' || f->bytes[i] >= 0x7f)
            return accept_breach(why, "a META frame with a strange key");
    if (!utf8_valid((const char *)nul + 1, value))
        return accept_breach(why, "a META frame that is not UTF-8");
    if (has_key(&r->meta, (const char *)f->bytes))
        return accept_breach(why, "a META frame with a key that came before");
    buf_add(&r->meta, f->bytes, f->length);
    buf_char(&r->meta, '\0');
    return buf_ok(&r->meta) ? ACCEPT_MORE : ACCEPT_NO_MEMORY;
}

/* Validate text and count what is in it. NUL and form feed are not text: the latter is what ends a
 * page. */
static bool count_text(struct accept *a, const char *s, size_t n)
{
    for (size_t i = 0; i < n;) {
        unsigned char c = (unsigned char)s[i];
        size_t k = c < 0x80 ? 1 : utf8_seq(s + i, n - i);
        if (k == 0 || c == 0 || c == '\f')
            return false;
        if (c > ' ')
            a->visible = true;
        if (k == 3 && memcmp(s + i, "\xef\xbf\xbd", 3) == 0)
            a->page_unmapped++;
        a->page_chars++;
        i += k;
    }
    return true;
}

/* Pages of a file (`any`) may leave others out. */
static bool is_due(struct accept *a, uint32_t page)
{
    if (!a->announced || page >= a->result->announced_pages)
        return false;
    if (a->order.any && page > a->due && !a->page_bytes && !a->other_bytes)
        a->due = page;
    return page == a->due;
}

static enum accept_verdict on_text(struct accept *a, const struct frame *f, const char **why)
{
    struct parse_result *r = a->result;
    if (!is_due(a, f->page))
        return accept_breach(why, "a TEXT frame of a page that is not due");
    if (f->length == 0)
        return accept_breach(why, "a TEXT frame without text");
    a->page_bytes += f->length;
    a->bytes += f->length;
    if (a->page_bytes > a->limits->max_page_text || a->bytes > a->limits->max_text)
        return accept_breach(why, "more text than was allowed");
    if (!count_text(a, (const char *)f->bytes, f->length))
        return accept_breach(why,
                             "a TEXT frame that is not UTF-8, or has a NUL or a form feed in it");
    buf_add(&r->text, f->bytes, f->length);
    return buf_ok(&r->text) ? ACCEPT_MORE : ACCEPT_NO_MEMORY;
}

/* Text of the page that was not chosen. */
static enum accept_verdict on_other(struct accept *a, const struct frame *f, const char **why)
{
    struct parse_result *r = a->result;
    if (!is_due(a, f->page))
        return accept_breach(why, "an OTHER frame of a page that is not due");
    if (f->length < 2 || f->bytes[0] >= TIER_COUNT)
        return accept_breach(why, "an OTHER frame without a tier and text");
    if (a->other_bytes && f->bytes[0] != a->other_tier)
        return accept_breach(why, "an OTHER frame of a third tier");
    const char *text = (const char *)f->bytes + 1;
    size_t n = f->length - 1;
    if (a->other_bytes + n > a->limits->max_page_text || r->others.len + n > a->limits->max_text)
        return accept_breach(why, "more text than was allowed");
    if (!utf8_valid(text, n) || memchr(text, 0, n) || memchr(text, '\f', n))
        return accept_breach(why,
                             "an OTHER frame that is not UTF-8, or has a NUL or a form feed in it");
    a->other_tier = f->bytes[0];
    a->other_bytes += n;
    buf_add(&r->others, text, n);
    return buf_ok(&r->others) ? ACCEPT_MORE : ACCEPT_NO_MEMORY;
}

/* Other languages or engines are asked for: this page, and those after it, are for another parser.
 */
static enum accept_verdict on_want(struct accept *a, const struct frame *f, const char **why)
{
    a->wants_whole = f->length == 0;
    bool may = a->wants_whole ? a->order.lean : a->order.advise;
    if (!may || !is_due(a, f->page) || a->page_bytes || a->other_bytes)
        return accept_breach(why, "a WANT frame that nobody asked for");
    if (f->length && !langlist_ok((const char *)f->bytes, f->length))
        return accept_breach(why, "a WANT frame that is no list of languages");
    if (f->length)
        memcpy(a->result->wanted, f->bytes, f->length);
    a->result->wanted[f->length] = '\0';
    a->wants = true;
    return ACCEPT_MORE;
}

static void read_page(const uint8_t *bytes, struct wire_page *p)
{
    p->tier = frame_u32(bytes);
    p->reason = frame_u32(bytes + 4);
    p->chars = frame_u32(bytes + 8);
    p->micros = frame_u32(bytes + 12);
    p->unmapped = frame_u32(bytes + 16);
    p->confidence = frame_u32(bytes + 20);
    p->score = frame_u32(bytes + 24);
    p->dpi = frame_u32(bytes + 28);
}

/* The page is complete: the next one is due. */
static enum accept_verdict next_page(struct accept *a)
{
    struct parse_result *r = a->result;
    buf_char(&r->text, '\f');
    a->page_chars = a->page_unmapped = 0;
    a->page_bytes = a->other_bytes = 0;
    a->visible = false;
    a->text_at = r->text.len;
    a->others_at = r->others.len;
    a->last = a->due;
    r->due = a->due = next_due(a, a->due + 1);
    a->pages++;
    return buf_ok(&r->text) ? ACCEPT_MORE : ACCEPT_NO_MEMORY;
}

static enum accept_verdict on_page(struct accept *a, const struct frame *f, const char **why)
{
    struct parse_result *r = a->result;
    struct wire_page w;
    char message[sizeof((struct parsed_page *)0)->message];
    if (!is_due(a, f->page))
        return accept_breach(why, "a PAGE frame of a page that is not due");
    if (f->length < WIRE_PAGE_SIZE)
        return accept_breach(why, "a PAGE frame that is too short");
    read_page(f->bytes, &w);
    if (!accept_page_is_sound(a, &w))
        return accept_breach(why, "a PAGE frame that contradicts the text that came, or itself");
    if (!accept_message(message, sizeof message, f->bytes + WIRE_PAGE_SIZE,
                        f->length - WIRE_PAGE_SIZE))
        return accept_breach(why, "a PAGE frame whose message is no line of UTF-8");
    struct parsed_page *p = parse_result_page(r, f->page);
    if (!p)
        return ACCEPT_NO_MEMORY;
    *p = (struct parsed_page){.done = true,
                              .tier = w.tier,
                              .reason = (enum outcome)w.reason,
                              .chars = w.chars,
                              .micros = w.micros,
                              .unmapped = w.unmapped,
                              .confidence = w.confidence,
                              .score = w.score,
                              .dpi = w.dpi,
                              .at = a->text_at,
                              .bytes = (size_t)a->page_bytes,
                              .other_tier = a->other_tier,
                              .other_at = a->others_at,
                              .other_bytes = a->other_bytes};
    memcpy(p->message, message, sizeof message);
    return next_page(a);
}

static enum accept_verdict on_settled(struct accept *a, const struct frame *f, const char **why)
{
    bool asked = a->order.advise && !a->order.settled && !a->settled;
    if (!asked || !a->pages || f->page != a->last || a->page_bytes || a->other_bytes)
        return accept_breach(why, "a SETTLED frame where none may be");
    a->settled = a->result->settled = true;
    return ACCEPT_MORE;
}

static enum accept_verdict on_end(struct accept *a, const struct frame *f, const char **why)
{
    if (!accept_end_is_sound(a, f->page))
        return accept_breach(why, "an END frame that contradicts what came before");
    if (!accept_message(a->result->message, sizeof a->result->message, f->bytes, f->length))
        return accept_breach(why, "an END frame whose message is no line of UTF-8");
    bool read = a->order.ocr || (a->order.any && f->length > 0);
    if (read && f->page == OUTCOME_OK) { /* says what it was read with */
        if (!langlist_ok(a->result->message, strlen(a->result->message)))
            return accept_breach(why, "an END frame of OCR without its languages");
        memcpy(a->result->languages, a->result->message, strlen(a->result->message) + 1);
        a->result->message[0] = '\0';
    }
    a->result->outcome = (enum outcome)f->page;
    if (a->result->outcome == OUTCOME_OK && !a->wants && !a->order.files)
        parse_result_conclude(a->result);
    else
        accept_abandon(a);
    a->ended = true;
    return ACCEPT_END;
}

enum accept_verdict accept_frame(struct accept *a, const struct frame *f, const char **why)
{
    typedef enum accept_verdict handler(struct accept *, const struct frame *, const char **);
    static handler *const handlers[FRAME_TYPE_END] = {
        [FRAME_CAGED] = on_caged,     [FRAME_BEGIN] = on_begin,     [FRAME_PAGES] = on_pages,
        [FRAME_META] = on_meta,       [FRAME_TEXT] = on_text,       [FRAME_OTHER] = on_other,
        [FRAME_WANT] = on_want,       [FRAME_PAGE] = on_page,       [FRAME_END] = on_end,
        [FRAME_ENTRY] = accept_entry, [FRAME_BYTES] = accept_bytes, [FRAME_FATE] = accept_fate,
        [FRAME_SETTLED] = on_settled,
    };
    if (a->ended)
        return accept_breach(why, "a frame after END");
    if (a->wants && f->type != FRAME_END)
        return accept_breach(why, "a frame other than END after WANT");
    if (f->type != FRAME_CAGED && !a->caged)
        return accept_breach(why, "a frame before the CAGED frame");
    if (f->type != FRAME_CAGED && f->type != FRAME_BEGIN && !a->begun)
        return accept_breach(why, "a frame before the BEGIN frame");
    if (f->type == FRAME_CAGED && a->begun)
        return accept_breach(why, "a CAGED frame within a document");
    return handlers[f->type](a, f, why);
}
