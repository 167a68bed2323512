#include "extractd/parser/pagetext.h"

#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

enum { FIRST_CAP = 16 * 1024, REPLACEMENT = 0xfffd };

static size_t encode(char *p, uint32_t c)
{
    if (c < 0x80) {
        p[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        p[0] = (char)(0xc0 | c >> 6);
        p[1] = (char)(0x80 | (c & 0x3f));
        return 2;
    }
    if (c < 0x10000) {
        p[0] = (char)(0xe0 | c >> 12);
        p[1] = (char)(0x80 | (c >> 6 & 0x3f));
        p[2] = (char)(0x80 | (c & 0x3f));
        return 3;
    }
    p[0] = (char)(0xf0 | c >> 18);
    p[1] = (char)(0x80 | (c >> 12 & 0x3f));
    p[2] = (char)(0x80 | (c >> 6 & 0x3f));
    p[3] = (char)(0x80 | (c & 0x3f));
    return 4;
}

static bool grow(struct page_text *t)
{
    size_t cap = t->cap ? t->cap * 2 : FIRST_CAP;
    char *bytes = realloc(t->bytes, cap);
    if (!bytes) {
        t->no_memory = true;
        return false;
    }
    t->bytes = bytes;
    t->cap = cap;
    return true;
}

bool page_text_char(struct page_text *t, uint32_t c)
{
    char bytes[4];
    if (c == 0 || (c >= 0xd800 && c < 0xe000) || c > 0x10ffff)
        c = REPLACEMENT;
    else if (c == '\f')
        c = ' ';
    size_t n = encode(bytes, c);
    if (t->len + n > t->most) {
        t->full = true;
        return false;
    }
    if (t->cap - t->len < sizeof bytes && !grow(t))
        return false;
    memcpy(t->bytes + t->len, bytes, n);
    t->len += n;
    t->chars++;
    t->unmapped += c == REPLACEMENT;
    return true;
}

/* The code point of a sequence that utf8_seq has found to be one. */
static uint32_t decode(const char *s, size_t n)
{
    static const uint8_t first[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    uint32_t c = (uint8_t)s[0] & first[n];
    for (size_t i = 1; i < n; i++)
        c = c << 6 | ((uint8_t)s[i] & 0x3f);
    return c;
}

bool page_text_add(struct page_text *t, const char *utf8, size_t n)
{
    for (size_t i = 0; i < n;) {
        size_t k = utf8_seq(utf8 + i, n - i);
        if (!page_text_char(t, k ? decode(utf8 + i, k) : REPLACEMENT))
            return false;
        i += k ? k : 1;
    }
    return true;
}

void page_text_clear(struct page_text *t)
{
    *t = (struct page_text){.bytes = t->bytes, .cap = t->cap, .most = t->most};
}

void page_text_begin(struct page_text *t, uint64_t most)
{
    page_text_clear(t);
    t->most = most;
}

void page_text_free(struct page_text *t)
{
    free(t->bytes);
    *t = (struct page_text){0};
}
