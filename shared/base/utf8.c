#include "base/utf8.h"

#include <string.h>

static bool is_tail(unsigned char c)
{
    return (c & 0xC0) == 0x80;
}

/* RFC 3629, section 4: only the second byte has bounds of its own, and only after these four leads.
 */
static bool second_fits(unsigned char lead, unsigned char c)
{
    switch (lead) {
    case 0xE0:
        return c >= 0xA0; /* else overlong */
    case 0xED:
        return c <= 0x9F; /* else a surrogate */
    case 0xF0:
        return c >= 0x90; /* else overlong */
    case 0xF4:
        return c <= 0x8F; /* else above U+10FFFF */
    default:
        return true;
    }
}

size_t utf8_seq(const char *s, size_t n)
{
    const unsigned char *u = (const unsigned char *)s;
    size_t len;

    if (n == 0)
        return 0;
    if (u[0] < 0x80)
        return 1;
    if (u[0] < 0xC2) /* a tail alone, or the overlong C0 and C1 */
        return 0;
    len = u[0] < 0xE0 ? 2 : u[0] < 0xF0 ? 3 : u[0] < 0xF5 ? 4 : 0;
    if (len == 0 || len > n || !is_tail(u[1]) || !second_fits(u[0], u[1]))
        return 0;
    for (size_t i = 2; i < len; i++)
        if (!is_tail(u[i]))
            return 0;
    return len;
}

bool utf8_valid(const char *s, size_t n)
{
    for (size_t i = 0; i < n;) {
        size_t len = utf8_seq(s + i, n - i);
        if (len == 0 || s[i] == '\0')
            return false;
        i += len;
    }
    return true;
}

uint32_t utf8_code(const char *s, size_t len)
{
    static const unsigned char mask[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    uint32_t c = (unsigned char)s[0] & mask[len];

    for (size_t i = 1; i < len; i++)
        c = c << 6 | ((unsigned char)s[i] & 0x3F);
    return c;
}

bool utf8_control(const char *s, size_t len)
{
    uint32_t c = utf8_code(s, len);

    return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x061C || c == 0x200E || c == 0x200F ||
           (c >= 0x2028 && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

/* How many bytes at s may be shown as they are: 0 when the first byte (or the first sequence, whose
 * length is then *bad) has to be written in another way. */
static size_t plain(const char *s, size_t n, size_t *bad)
{
    size_t len = utf8_seq(s, n);

    *bad = len ? len : 1;
    return len && !utf8_control(s, len) ? len : 0;
}

static void add_hex(struct buf *out, const char *prefix, const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++)
        buf_fmt(out, "%s%02X", prefix, (unsigned)(unsigned char)s[i]);
}

void utf8_show_name(struct buf *out, const char *name, size_t n)
{
    for (size_t i = 0; i < n;) {
        size_t bad, len = plain(name + i, n - i, &bad);
        if (len && name[i] != '%') {
            buf_add(out, name + i, len);
            i += len;
        } else {
            add_hex(out, "%", name + i, bad);
            i += bad;
        }
    }
    buf_add(out, "", 0); /* an empty name, too, leaves a terminated buffer */
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    if (c >= 'a' && c <= 'f') /* typed by a person */
        return c - 'a' + 10;
    return -1;
}

bool utf8_unshow_name(struct buf *out, const char *shown, size_t n)
{
    size_t before = out->len;

    buf_add(out, "", 0);
    for (size_t i = 0; i < n; i++) {
        char c = shown[i];
        if (c == '%') {
            int high = n - i > 2 ? hex_value(shown[i + 1]) : -1;
            int low = n - i > 2 ? hex_value(shown[i + 2]) : -1;
            if (high < 0 || low < 0)
                goto malformed;
            c = (char)(high << 4 | low);
            i += 2;
        }
        buf_char(out, c);
    }
    return true;

malformed:
    out->len = before;
    if (out->data)
        out->data[before] = '\0';
    return false;
}

void utf8_escape(struct buf *out, const char *s, size_t n)
{
    static const char from[] = "\n\t\\\"", to[] = "nt\\\"";

    for (size_t i = 0; i < n;) {
        size_t bad, len = plain(s + i, n - i, &bad);
        const char *short_form = s[i] ? strchr(from, s[i]) : NULL;
        if (short_form) {
            buf_char(out, '\\');
            buf_char(out, to[short_form - from]);
        } else if (len) {
            buf_add(out, s + i, len);
        } else {
            add_hex(out, "\\x", s + i, bad);
        }
        i += bad;
    }
    buf_add(out, "", 0);
}
