#include "extractd/checkpoint.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "extractd/accept.h"
#include "extractd/frame.h"

enum { LINE_CAP = 160, PIECE = 64 * 1024 };
static const char no_recipe[] = "-", of_tier[] = "tier ";

/* Of the first line, what must be so; the recipe ends it. The version is that of what is in the
 * frames, too: another one is not read. Where tiers outside were asked it is 3, which versions that
 * know none do not read: lines follow that say which of its pages each had no text for, and an empty
 * one. */
static int first_words(char line[LINE_CAP], const char *sha256, uint64_t size, bool outside)
{
    return snprintf(line, LINE_CAP, "pdfspool-pages %d %.64s %" PRIu64 " ", outside ? 3 : 2, sha256,
                    size);
}

static void put_tiers(const struct parse_result *r, struct buf *out)
{
    for (uint32_t k = 0; k < r->n_outside; k++) {
        buf_fmt(out, "%s%s", of_tier, r->outside[k]);
        for (uint32_t i = 0; i < r->n_pages; i++)
            if (r->pages[i].asked & 1u << k)
                buf_fmt(out, " %u", i + 1);
        buf_char(out, '\n');
    }
    buf_char(out, '\n');
}

static void put_frame(struct buf *out, enum wire_frame type, uint32_t page, const void *payload,
                      size_t n)
{
    uint8_t header[FRAME_HEADER];
    frame_header(header, (uint8_t)type, page, (uint32_t)n);
    buf_add(out, header, sizeof header);
    if (n)
        buf_add(out, payload, n);
}

static void put_metas(const struct buf *meta, struct buf *out)
{
    for (size_t at = 0, n; at < meta->len; at += n + 1) {
        n = strlen(meta->data + at) + 1;  /* the key */
        n += strlen(meta->data + at + n); /* its value */
        put_frame(out, FRAME_META, 0, meta->data + at, n);
    }
}

/* In pieces, each ended at a character; of the other text each begins with its tier. */
static void put_text(struct buf *out, enum wire_frame type, uint32_t page, uint8_t tier,
                     const char *s, size_t n)
{
    while (n > 0) {
        uint8_t header[FRAME_HEADER];
        size_t k = n < PIECE ? n : PIECE, more = type == FRAME_OTHER;
        while (k < n && ((uint8_t)s[k] & 0xc0) == 0x80)
            k--;
        frame_header(header, (uint8_t)type, page, (uint32_t)(k + more));
        buf_add(out, header, sizeof header);
        buf_add(out, &tier, more);
        buf_add(out, s, k);
        s += k;
        n -= k;
    }
}

static void put_page(const struct parse_result *r, uint32_t i, struct buf *out)
{
    const struct parsed_page *p = &r->pages[i];
    uint8_t payload[WIRE_PAGE_SIZE + sizeof p->message];
    const uint32_t values[] = {p->tier,     (uint32_t)p->reason, p->chars, p->micros,
                               p->unmapped, p->confidence,       p->score, p->dpi};
    _Static_assert(sizeof values == WIRE_PAGE_SIZE, "all of it");
    put_text(out, FRAME_TEXT, i, 0, r->text.data + p->at, p->bytes);
    put_text(out, FRAME_OTHER, i, (uint8_t)p->other_tier, r->others.data + p->other_at,
             p->other_bytes);
    for (size_t k = 0; k < sizeof values / sizeof *values; k++)
        frame_put_u32(payload + 4 * k, values[k]);
    memcpy(payload + WIRE_PAGE_SIZE, p->message, strlen(p->message));
    put_frame(out, FRAME_PAGE, i, payload, WIRE_PAGE_SIZE + strlen(p->message));
}

void checkpoint_write(const struct parse_result *r, const char *sha256, uint64_t size,
                      struct buf *out)
{
    char line[LINE_CAP];
    bool known = r->recipe[0] && !r->shaken;
    buf_add(out, line, (size_t)first_words(line, sha256, size, r->n_outside > 0));
    buf_str(out, known ? r->recipe : no_recipe);
    buf_char(out, '\n');
    if (r->n_outside)
        put_tiers(r, out);
    put_frame(out, FRAME_PAGES, r->announced_pages, &r->flags, 1);
    put_metas(&r->meta, out);
    for (uint32_t i = 0; i < r->n_pages; i++)
        if (r->pages[i].done)
            put_page(r, i, out);
    put_frame(out, FRAME_END, OUTCOME_OK, r->languages, strlen(r->languages));
}

/* All of it, to the END frame and not a byte more. */
static bool take_frames(const uint8_t *bytes, size_t n, struct accept *a)
{
    const char *why;
    struct frame f;
    size_t used;
    enum accept_verdict v = ACCEPT_MORE;
    while (v == ACCEPT_MORE && frame_decode(bytes, n, &f, &used) == FRAME_WHOLE) {
        v = accept_frame(a, &f, &why);
        bytes += used;
        n -= used;
    }
    return v == ACCEPT_END && n == 0 && a->result->outcome != OUTCOME_COUNT;
}

/* Behind the name of a line of put_tiers(), and that tier; NULL: it is no such line. */
static const char *take_name(const char *line, const char *end, struct parse_result *r,
                             uint32_t *tier)
{
    char name[OUTSIDE_NAME] = "";
    size_t skip = sizeof of_tier - 1, k = 0;
    if ((size_t)(end - line) < skip || memcmp(line, of_tier, skip) != 0)
        return NULL;
    for (line += skip; line + k < end && line[k] != ' ' && k < sizeof name - 1; k++)
        name[k] = line[k];
    *tier = parse_result_outside(r, name);
    return *tier == TIER_NONE ? NULL : line + k;
}

/* " 1 5 17": the pages that it had no text for. */
static bool take_asked(const char *at, const char *end, struct parse_result *r, uint32_t tier)
{
    while (at < end) {
        uint64_t page = 0;
        if (*at++ != ' ')
            return false;
        for (; at < end && *at >= '0' && *at <= '9' && page <= r->n_pages; at++)
            page = page * 10 + (uint64_t)(*at - '0');
        if (page == 0 || page > r->n_pages)
            return false;
        r->pages[page - 1].asked |= (uint8_t)(1u << (tier - TIER_OUTSIDE));
    }
    return true;
}

/* The lines from *at to the empty one, which *at is then behind: first the names alone, since the
 * frames need them; then, with `asked`, what only fits pages. False: they are none. */
static bool take_tiers(const char *bytes, size_t n, size_t *at, struct parse_result *r, bool asked)
{
    while (*at < n && bytes[*at] != '\n') {
        uint32_t tier;
        const char *end = memchr(bytes + *at, '\n', n - *at);
        const char *rest = end ? take_name(bytes + *at, end, r, &tier) : NULL;
        if (!rest || (asked && !take_asked(rest, end, r, tier)))
            return false;
        *at = (size_t)(end - bytes) + 1;
    }
    return (*at)++ < n;
}

bool checkpoint_read(const void *bytes, size_t n, const char *sha256, uint64_t size,
                     const struct parse_limits *limits, struct parse_result *r)
{
    char line[LINE_CAP];
    struct accept a = {.caged = true};
    const struct page_order order = {.any = true};
    size_t head = (size_t)first_words(line, sha256, size, true);
    bool outside = n > head && memcmp(bytes, line, head) == 0;
    if (!outside)
        head = (size_t)first_words(line, sha256, size, false);
    parse_result_clear(r);
    const char *recipe = (const char *)bytes + head;
    const char *end =
        n > head && memcmp(bytes, line, head) == 0 ? memchr(recipe, '\n', n - head) : NULL;
    if (!end || (size_t)(end - recipe) >= sizeof r->recipe)
        return false;
    size_t len = (size_t)(end - recipe);
    head += len + 1;
    size_t tiers = head;
    accept_begin(&a, r, limits, &order);
    a.begun = true;
    if ((!outside || take_tiers(bytes, n, &head, r, false)) &&
        take_frames((const uint8_t *)bytes + head, n - head, &a) && r->announced_pages &&
        (!outside || take_tiers(bytes, n, &tiers, r, true))) {
        bool known = len != sizeof no_recipe - 1 || memcmp(recipe, no_recipe, len) != 0;
        snprintf(r->recipe, sizeof r->recipe, "%.*s", known ? (int)len : 0, recipe);
        return true;
    }
    parse_result_clear(r);
    return false;
}
