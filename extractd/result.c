#include "extractd/result.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

enum { RESULT_KEPT = 1024 * 1024 /* memory that a cleared result keeps */ };

void parse_result_clear(struct parse_result *r)
{
    struct buf text = r->text, others = r->others, meta = r->meta;
    struct parsed_page *pages = r->pages;
    uint32_t cap = r->cap_pages;
    buf_shrink(&text, RESULT_KEPT);
    buf_shrink(&others, 0);
    buf_shrink(&meta, RESULT_KEPT);
    *r = (struct parse_result){
        .text = text, .others = others, .meta = meta, .pages = pages, .cap_pages = cap};
}

void parse_result_free(struct parse_result *r)
{
    buf_free(&r->text);
    buf_free(&r->others);
    buf_free(&r->meta);
    free(r->pages);
    *r = (struct parse_result){0};
}

struct parsed_page *parse_result_page(struct parse_result *r, uint32_t i)
{
    if (i >= r->cap_pages) {
        uint32_t cap = r->cap_pages ? r->cap_pages : 16;
        while (cap <= i)
            cap *= 2;
        struct parsed_page *p = realloc(r->pages, cap * sizeof *p);
        if (!p)
            return NULL;
        r->pages = p;
        r->cap_pages = cap;
    }
    for (; r->n_pages <= i; r->n_pages++)
        r->pages[r->n_pages] =
            (struct parsed_page){.confidence = WIRE_UNKNOWN, .score = WIRE_UNKNOWN};
    return &r->pages[i];
}

uint32_t parse_result_count(const struct parse_result *r, enum wire_tier tier)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < r->n_pages; i++)
        n += r->pages[i].done && r->pages[i].tier == tier;
    return n;
}

uint64_t parse_result_bytes(const struct parse_result *r)
{
    uint64_t n = 0;
    for (uint32_t i = 0; i < r->n_pages; i++)
        n += r->pages[i].done ? r->pages[i].bytes : 0;
    return n;
}

bool parse_result_has_text(const struct parse_result *r)
{
    for (uint32_t i = 0; i < r->n_pages; i++)
        if (r->pages[i].done && r->pages[i].chars)
            return true;
    return false;
}

/* As much of a sentence as fits, cut at a character. */
static void cut(char *dst, size_t cap, const char *s)
{
    size_t len = 0, n = strlen(s);
    for (size_t k; len < n; len += k) {
        k = utf8_seq(s + len, n - len);
        if (k == 0 || len + k >= cap)
            break;
    }
    memcpy(dst, s, len);
    dst[len] = '\0';
}

bool parse_result_bad(struct parse_result *r, uint32_t i, enum outcome reason, const char *message)
{
    struct parsed_page *p = parse_result_page(r, i);
    size_t at = r->text.len;
    if (!p)
        return false;
    buf_char(&r->text, '\f');
    *p = (struct parsed_page){.done = true,
                              .tier = TIER_BAD,
                              .reason = reason,
                              .confidence = WIRE_UNKNOWN,
                              .score = WIRE_UNKNOWN,
                              .at = at};
    cut(p->message, sizeof p->message, message);
    return buf_ok(&r->text);
}

static bool name_ok(const char *name)
{
    size_t n = strlen(name);
    return n > 0 && n < OUTSIDE_NAME &&
           strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") == n;
}

uint32_t parse_result_outside(struct parse_result *r, const char *name)
{
    uint32_t i = 0;
    while (i < r->n_outside && strcmp(r->outside[i], name) != 0)
        i++;
    if (i == OUTSIDE_TIERS || !name_ok(name))
        return TIER_NONE;
    if (i == r->n_outside)
        memcpy(r->outside[r->n_outside++], name, strlen(name) + 1);
    return TIER_OUTSIDE + i;
}

bool parse_result_is_outside(const struct parse_result *r, uint32_t tier)
{
    return tier >= TIER_OUTSIDE && tier - TIER_OUTSIDE < r->n_outside;
}

bool parse_result_told(struct parse_result *r, uint32_t i, uint32_t tier, const struct buf *text,
                       uint32_t chars, uint32_t unmapped)
{
    struct parsed_page *p = parse_result_page(r, i);
    size_t at = r->text.len;
    if (!p || !buf_room(&r->text, text->len + 2))
        return false;
    if (text->len)
        buf_add(&r->text, text->data, text->len);
    buf_char(&r->text, '\f');
    *p = (struct parsed_page){.done = true,
                              .tier = tier,
                              .asked = p->asked,
                              .chars = chars,
                              .unmapped = unmapped,
                              .micros = p->micros,
                              .confidence = WIRE_UNKNOWN,
                              .score = WIRE_UNKNOWN,
                              .at = at,
                              .bytes = text->len};
    return true;
}

static const struct parsed_page *first_bad(const struct parse_result *r)
{
    for (uint32_t i = 0; i < r->n_pages; i++)
        if (r->pages[i].tier == TIER_BAD)
            return &r->pages[i];
    return NULL;
}

void parse_result_conclude(struct parse_result *r)
{
    uint32_t bad = parse_result_count(r, TIER_BAD), waiting = parse_result_count(r, TIER_NONE);
    const struct parsed_page *why = first_bad(r);
    r->message[0] = '\0';
    if (parse_result_has_text(r)) {
        r->outcome = bad || waiting ? OUTCOME_PARTIAL : OUTCOME_OK;
    } else if (bad < r->n_pages || !why) {
        r->outcome = OUTCOME_EMPTY;
    } else {
        r->outcome = why->reason == OUTCOME_OK ? OUTCOME_CORRUPT : why->reason;
        snprintf(r->message, sizeof r->message, "no page could be read%s%s",
                 why->message[0] ? ": " : "", why->message);
    }
}

static bool in_order(const struct parse_result *r)
{
    size_t at = 0;
    for (uint32_t i = 0; i < r->n_pages; i++) {
        if (!r->pages[i].done || r->pages[i].at != at)
            return false;
        at += r->pages[i].bytes + 1;
    }
    return at == r->text.len;
}

bool parse_result_assemble(struct parse_result *r)
{
    struct buf text = {0};
    if (in_order(r))
        return true;
    for (uint32_t i = 0; i < r->n_pages; i++) {
        if (r->pages[i].done && r->pages[i].bytes)
            buf_add(&text, r->text.data + r->pages[i].at, r->pages[i].bytes);
        buf_char(&text, '\f');
    }
    if (!buf_ok(&text)) {
        buf_free(&text);
        return false;
    }
    size_t at = 0;
    for (uint32_t i = 0; i < r->n_pages; i++) {
        r->pages[i].at = at;
        at += (r->pages[i].done ? r->pages[i].bytes : 0) + 1;
    }
    buf_free(&r->text);
    r->text = text;
    return true;
}
