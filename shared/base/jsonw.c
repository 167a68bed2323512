#include "base/jsonw.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/utf8.h"

enum { JSONW_DEPTH_MAX = 31 };

void jsonw_init(struct jsonw *w, struct buf *out, bool pretty)
{
    *w = (struct jsonw){.out = out, .pretty = pretty};
}

static void new_line(struct jsonw *w)
{
    if (!w->pretty)
        return;
    buf_char(w->out, '\n');
    for (int i = 0; i < w->depth; i++)
        buf_str(w->out, "  ");
}

/* How many bytes from here on are written as they are: most are, and a copy of a run is cheaper
 * than one byte after the other. */
static size_t plain_run(const char *s, size_t n)
{
    size_t i = 0;
    while (i < n && s[i] >= 0x20 && s[i] < 0x7f && s[i] != '"' && s[i] != '\\')
        i++;
    return i;
}

/* Bytes that are not UTF-8 become U+FFFD; what must not reach a terminal (or ends a line of
 * JavaScript) is written as \u, so that `cat x.json` is safe. All of it lies in the basic plane. */
static void quoted(struct buf *out, const char *s, size_t n)
{
    static const char from[] = "\"\\\n\t\r", to[] = "\"\\ntr";

    buf_char(out, '"');
    for (size_t i = 0, len; i < n; i += len ? len : 1) {
        if ((len = plain_run(s + i, n - i)) > 0) {
            buf_add(out, s + i, len);
            continue;
        }
        len = utf8_seq(s + i, n - i);
        const char *short_form = s[i] ? strchr(from, s[i]) : NULL;
        if (len == 0) {
            buf_str(out, "\xEF\xBF\xBD");
        } else if (short_form) {
            buf_char(out, '\\');
            buf_char(out, to[short_form - from]);
        } else if (utf8_control(s + i, len)) {
            buf_fmt(out, "\\u%04x", (unsigned)utf8_code(s + i, len));
        } else {
            buf_add(out, s + i, len);
        }
    }
    buf_char(out, '"');
}

/* What stands before each value: comma, line, name. */
static void begin(struct jsonw *w, const char *key)
{
    uint32_t bit = UINT32_C(1) << w->depth;

    if (w->has_member & bit)
        buf_char(w->out, ',');
    if (w->depth > 0)
        new_line(w);
    w->has_member |= bit;
    if (key) {
        quoted(w->out, key, strlen(key));
        buf_str(w->out, w->pretty ? ": " : ":");
    }
}

static void open_level(struct jsonw *w, const char *key, char bracket)
{
    begin(w, key);
    buf_char(w->out, bracket);
    if (w->depth == JSONW_DEPTH_MAX)
        abort();
    w->depth++;
    w->has_member &= ~(UINT32_C(1) << w->depth);
}

static void close_level(struct jsonw *w, char bracket)
{
    if (w->depth == 0)
        abort();
    bool empty = !(w->has_member & UINT32_C(1) << w->depth);
    w->depth--;
    if (!empty)
        new_line(w);
    buf_char(w->out, bracket);
}

void jsonw_object(struct jsonw *w, const char *key)
{
    open_level(w, key, '{');
}

void jsonw_end_object(struct jsonw *w)
{
    close_level(w, '}');
}

void jsonw_array(struct jsonw *w, const char *key)
{
    open_level(w, key, '[');
}

void jsonw_end_array(struct jsonw *w)
{
    close_level(w, ']');
}

void jsonw_str(struct jsonw *w, const char *key, const char *value)
{
    if (value)
        jsonw_strn(w, key, value, strlen(value));
    else
        jsonw_null(w, key);
}

void jsonw_strn(struct jsonw *w, const char *key, const char *value, size_t n)
{
    begin(w, key);
    quoted(w->out, value, n);
}

void jsonw_name(struct jsonw *w, const char *key, const char *name, size_t n)
{
    struct buf shown = {0};

    utf8_show_name(&shown, name, n);
    if (buf_ok(&shown))
        jsonw_strn(w, key, shown.data, shown.len);
    else
        w->out->failed = true;
    buf_free(&shown);
}

void jsonw_raw(struct jsonw *w, const char *key, const char *json, size_t n)
{
    begin(w, key);
    buf_add(w->out, json, n);
}

void jsonw_int(struct jsonw *w, const char *key, int64_t value)
{
    begin(w, key);
    buf_fmt(w->out, "%" PRId64, value);
}

void jsonw_uint(struct jsonw *w, const char *key, uint64_t value)
{
    begin(w, key);
    buf_fmt(w->out, "%" PRIu64, value);
}

void jsonw_double(struct jsonw *w, const char *key, double value, int decimals)
{
    if (!isfinite(value)) { /* JSON has no word for it */
        jsonw_null(w, key);
        return;
    }
    begin(w, key);
    size_t start = w->out->len;
    buf_fmt(w->out, "%.*f", decimals < 0 ? 0 : decimals > 17 ? 17 : decimals, value);
    /* The decimal point is the locale's. */
    char *comma = buf_ok(w->out) ? strchr(w->out->data + start, ',') : NULL;
    if (comma)
        *comma = '.';
}

void jsonw_bool(struct jsonw *w, const char *key, bool value)
{
    begin(w, key);
    buf_str(w->out, value ? "true" : "false");
}

void jsonw_null(struct jsonw *w, const char *key)
{
    begin(w, key);
    buf_str(w->out, "null");
}

void jsonw_time(struct jsonw *w, const char *key, int64_t epoch_ms)
{
    char when[32];

    clock_show(epoch_ms, when, sizeof when);
    jsonw_str(w, key, when);
}
