#include "extractd/accept.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

enum { METAS_MAX = 32 };

void accept_begin(struct accept *a, struct parse_result *result, const struct parse_limits *limits)
{
    struct accept fresh = {.result = result, .limits = limits, .caged = a->caged};
    memcpy(fresh.sandbox, a->sandbox, sizeof fresh.sandbox);
    *a = fresh;
}

static enum accept_verdict breach(const char **why, const char *what)
{
    *why = what;
    return ACCEPT_BREACH;
}

/* Copy a message: valid UTF-8 without control characters, cut at a character. */
static bool take_message(char *dst, size_t cap, const uint8_t *bytes, size_t n)
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
        return breach(why, "a second CAGED frame");
    for (size_t i = 0; i < sizeof tiers / sizeof tiers[0]; i++) {
        if (f->length == strlen(tiers[i]) && memcmp(f->bytes, tiers[i], f->length) == 0) {
            snprintf(a->sandbox, sizeof a->sandbox, "%s", tiers[i]);
            a->caged = true;
            return ACCEPT_MORE;
        }
    }
    return breach(why, "a CAGED frame with an unknown tier");
}

static enum accept_verdict on_begin(struct accept *a, const struct frame *f, const char **why)
{
    (void)f;
    if (a->begun)
        return breach(why, "a second BEGIN frame");
    a->begun = true;
    return ACCEPT_MORE;
}

static enum accept_verdict on_pages(struct accept *a, const struct frame *f, const char **why)
{
    struct parse_result *r = a->result;
    if (a->announced)
        return breach(why, "a second PAGES frame");
    if (f->page == 0 || f->page > a->limits->max_pages)
        return breach(why, "a PAGES frame with a number of pages that is not allowed");
    if (f->length != 1 || f->bytes[0] & ~(PAGES_REPAIRED | PAGES_ENCRYPTED))
        return breach(why, "a PAGES frame with unknown flags");
    a->announced = true;
    r->announced_pages = f->page;
    r->repaired = f->bytes[0] & PAGES_REPAIRED;
    r->opened_with_empty_password = f->bytes[0] & PAGES_ENCRYPTED;
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
    if (!a->announced || r->n_pages || a->page_bytes || a->metas++ == METAS_MAX)
        return breach(why, "a META frame where none may be");
    const uint8_t *nul = memchr(f->bytes, 0, f->length);
    if (!nul || nul == f->bytes)
        return breach(why, "a META frame without a key");
    size_t key = (size_t)(nul - f->bytes), value = f->length - key - 1;
    for (size_t i = 0; i < key; i++)
        if (f->bytes[i] <= ' ' || f->bytes[i] >= 0x7f)
            return breach(why, "a META frame with a strange key");
    if (!utf8_valid((const char *)nul + 1, value))
        return breach(why, "a META frame that is not UTF-8");
    if (has_key(&r->meta, (const char *)f->bytes))
        return breach(why, "a META frame with a key that came before");
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

static enum accept_verdict on_text(struct accept *a, const struct frame *f, const char **why)
{
    struct parse_result *r = a->result;
    if (!a->announced || f->page != r->n_pages || f->page >= r->announced_pages)
        return breach(why, "a TEXT frame of a page that is not due");
    if (f->length == 0)
        return breach(why, "a TEXT frame without text");
    a->page_bytes += f->length;
    a->bytes += f->length;
    if (a->page_bytes > a->limits->max_page_text || a->bytes > a->limits->max_text)
        return breach(why, "more text than was allowed");
    if (!count_text(a, (const char *)f->bytes, f->length))
        return breach(why, "a TEXT frame that is not UTF-8, or has a NUL or a form feed in it");
    buf_add(&r->text, f->bytes, f->length);
    return buf_ok(&r->text) ? ACCEPT_MORE : ACCEPT_NO_MEMORY;
}

static bool page_is_sound(const struct accept *a, const struct parsed_page *p)
{
    if (p->tier >= TIER_COUNT || p->chars != a->page_chars || p->unmapped != a->page_unmapped)
        return false;
    if (p->tier == TIER_TEXT)
        return a->visible;
    return p->tier == TIER_BAD || p->chars == 0;
}

static struct parsed_page *new_page(struct parse_result *r)
{
    if (r->n_pages == r->cap_pages) {
        uint32_t cap = r->cap_pages ? r->cap_pages * 2 : 16;
        struct parsed_page *p = realloc(r->pages, cap * sizeof *p);
        if (!p)
            return NULL;
        r->pages = p;
        r->cap_pages = cap;
    }
    return &r->pages[r->n_pages];
}

static enum accept_verdict on_page(struct accept *a, const struct frame *f, const char **why)
{
    struct parse_result *r = a->result;
    if (!a->announced || f->page != r->n_pages || f->page >= r->announced_pages)
        return breach(why, "a PAGE frame of a page that is not due");
    if (f->length < WIRE_PAGE_SIZE)
        return breach(why, "a PAGE frame that is too short");
    struct parsed_page *p = new_page(r);
    if (!p)
        return ACCEPT_NO_MEMORY;
    p->tier = frame_u32(f->bytes);
    p->chars = frame_u32(f->bytes + 4);
    p->micros = frame_u32(f->bytes + 8);
    p->unmapped = frame_u32(f->bytes + 12);
    if (!page_is_sound(a, p))
        return breach(why, "a PAGE frame that contradicts the text that came");
    if (!take_message(p->message, sizeof p->message, f->bytes + WIRE_PAGE_SIZE,
                      f->length - WIRE_PAGE_SIZE))
        return breach(why, "a PAGE frame whose message is no line of UTF-8");
    r->n_pages++;
    r->bad_pages += p->tier == TIER_BAD;
    r->pages_without_text += p->tier == TIER_NONE;
    a->page_chars = a->page_unmapped = 0;
    a->page_bytes = 0;
    a->visible = false;
    buf_char(&r->text, '\f');
    return buf_ok(&r->text) ? ACCEPT_MORE : ACCEPT_NO_MEMORY;
}

/* What the pages that came make of the document; the parser has to come to the same. */
static enum outcome outcome_of_pages(const struct parse_result *r)
{
    bool text = false;
    for (uint32_t i = 0; i < r->n_pages; i++)
        text |=
            r->pages[i].tier == TIER_TEXT || (r->pages[i].tier == TIER_BAD && r->pages[i].chars);
    if (!text)
        return r->bad_pages == r->n_pages ? OUTCOME_CORRUPT : OUTCOME_EMPTY;
    return r->bad_pages || r->pages_without_text ? OUTCOME_PARTIAL : OUTCOME_OK;
}

static bool end_is_sound(const struct accept *a, uint32_t outcome)
{
    const struct parse_result *r = a->result;
    switch (outcome) {
    case OUTCOME_OK:
    case OUTCOME_PARTIAL:
    case OUTCOME_EMPTY:
        return a->announced && !a->page_bytes && r->n_pages == r->announced_pages &&
               outcome_of_pages(r) == outcome;
    case OUTCOME_ENCRYPTED:
    case OUTCOME_NOT_PDF:
        return !a->announced;
    case OUTCOME_CORRUPT:
    case OUTCOME_LIMIT:
    case OUTCOME_MEMORY:
        return true;
    default: /* what only those outside can know, and what is no outcome */
        return false;
    }
}

static enum accept_verdict on_end(struct accept *a, const struct frame *f, const char **why)
{
    if (!end_is_sound(a, f->page))
        return breach(why, "an END frame that contradicts what came before");
    if (!take_message(a->result->message, sizeof a->result->message, f->bytes, f->length))
        return breach(why, "an END frame whose message is no line of UTF-8");
    a->result->outcome = (enum outcome)f->page;
    a->ended = true;
    return ACCEPT_END;
}

enum accept_verdict accept_frame(struct accept *a, const struct frame *f, const char **why)
{
    typedef enum accept_verdict handler(struct accept *, const struct frame *, const char **);
    static handler *const handlers[FRAME_TYPE_END] = {
        [FRAME_CAGED] = on_caged, [FRAME_BEGIN] = on_begin, [FRAME_PAGES] = on_pages,
        [FRAME_META] = on_meta,   [FRAME_TEXT] = on_text,   [FRAME_PAGE] = on_page,
        [FRAME_END] = on_end,
    };
    if (a->ended)
        return breach(why, "a frame after END");
    if (f->type != FRAME_CAGED && !a->caged)
        return breach(why, "a frame before the CAGED frame");
    if (f->type != FRAME_CAGED && f->type != FRAME_BEGIN && !a->begun)
        return breach(why, "a frame before the BEGIN frame");
    if (f->type == FRAME_CAGED && a->begun)
        return breach(why, "a CAGED frame within a document");
    return handlers[f->type](a, f, why);
}
