#include "extractd/parser/emit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/utf8.h"
#include "extractd/frame.h"

enum { RESULTS_FD = 4, BUFFER = 64 * 1024, FLUSH_ABOVE = 48 * 1024, EXIT_NO_READER = 1 };

static struct {
    uint8_t bytes[BUFFER];
    size_t len;
    size_t text_at; /* offset of the TEXT frame that is being filled; only while text_open */
    bool text_open;
    uint32_t page, chars, unmapped;
    uint64_t page_bytes, most;
} out;

static void write_all(const uint8_t *p, size_t n)
{
    while (n) {
        ssize_t k = write(RESULTS_FD, p, n);
        if (k < 0 && errno == EINTR)
            continue;
        if (k < 0)
            _exit(EXIT_NO_READER);
        p += k;
        n -= (size_t)k;
    }
}

/* The TEXT frame's length becomes known only when it ends; one without text is not sent. */
static void close_text(void)
{
    if (out.text_open && out.len == out.text_at + FRAME_HEADER)
        out.len = out.text_at;
    else if (out.text_open)
        frame_header(out.bytes + out.text_at, FRAME_TEXT, out.page,
                     (uint32_t)(out.len - out.text_at - FRAME_HEADER));
    out.text_open = false;
}

void emit_flush(void)
{
    close_text();
    write_all(out.bytes, out.len);
    out.len = 0;
}

static void open_text(void)
{
    if (out.len > FLUSH_ABOVE)
        emit_flush();
    out.text_at = out.len;
    out.len += FRAME_HEADER;
    out.text_open = true;
}

void emit_frame(enum wire_frame type, uint32_t page, const void *payload, size_t n)
{
    close_text();
    if (out.len + FRAME_HEADER + n > BUFFER)
        emit_flush();
    frame_header(out.bytes + out.len, (uint8_t)type, page, (uint32_t)n);
    out.len += FRAME_HEADER;
    if (n)
        memcpy(out.bytes + out.len, payload, n);
    out.len += n;
}

/* Copy text as valid UTF-8 of one line (control characters become blanks, invalid bytes '?'), cut
 * at a character. Returns its length. */
static size_t clean(char *dst, size_t cap, const char *s)
{
    size_t len = 0, n = strlen(s);
    for (size_t i = 0; i < n;) {
        size_t k = utf8_seq(s + i, n - i), step = k ? k : 1;
        if (len + step > cap)
            break;
        memcpy(dst + len, s + i, step);
        if (k == 0)
            dst[len] = '?';
        else if (k == 1 && ((unsigned char)s[i] < ' ' || s[i] == 0x7f))
            dst[len] = ' ';
        len += step;
        i += step;
    }
    return len;
}

void emit_meta(const char *key, const char *value)
{
    char payload[FRAME_META_MAX];
    size_t n = strlen(key) + 1;
    memcpy(payload, key, n);
    size_t k = clean(payload + n, sizeof payload - n, value);
    if (k)
        emit_frame(FRAME_META, 0, payload, n + k);
}

void emit_page_begin(uint32_t page, uint64_t most)
{
    out.page = page;
    out.most = most;
    out.page_bytes = 0;
    out.chars = out.unmapped = 0;
}

static size_t encode(uint8_t *p, uint32_t c)
{
    if (c < 0x80) {
        p[0] = (uint8_t)c;
        return 1;
    }
    if (c < 0x800) {
        p[0] = (uint8_t)(0xc0 | c >> 6);
        p[1] = (uint8_t)(0x80 | (c & 0x3f));
        return 2;
    }
    if (c < 0x10000) {
        p[0] = (uint8_t)(0xe0 | c >> 12);
        p[1] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
        p[2] = (uint8_t)(0x80 | (c & 0x3f));
        return 3;
    }
    p[0] = (uint8_t)(0xf0 | c >> 18);
    p[1] = (uint8_t)(0x80 | (c >> 12 & 0x3f));
    p[2] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
    p[3] = (uint8_t)(0x80 | (c & 0x3f));
    return 4;
}

bool emit_char(uint32_t c)
{
    if (!out.text_open || out.len + 4 > BUFFER) {
        close_text();
        open_text();
    }
    if (c == 0 || (c >= 0xd800 && c < 0xe000) || c > 0x10ffff)
        c = 0xfffd;
    else if (c == '\f')
        c = ' '; /* a form feed ends a page */
    size_t k = encode(out.bytes + out.len, c);
    if (out.page_bytes + k > out.most)
        return false;
    out.len += k;
    out.page_bytes += k;
    out.chars++;
    out.unmapped += c == 0xfffd;
    return true;
}

uint64_t emit_page_bytes(void)
{
    return out.page_bytes;
}

void emit_page_end(enum wire_tier tier, uint32_t micros, const char *message)
{
    uint8_t payload[WIRE_PAGE_SIZE + FRAME_MESSAGE_MAX];
    frame_put_u32(payload, tier);
    frame_put_u32(payload + 4, out.chars);
    frame_put_u32(payload + 8, micros);
    frame_put_u32(payload + 12, out.unmapped);
    size_t n = clean((char *)payload + WIRE_PAGE_SIZE, FRAME_MESSAGE_MAX, message);
    emit_frame(FRAME_PAGE, out.page, payload, WIRE_PAGE_SIZE + n);
}

void emit_end(uint32_t outcome, const char *message)
{
    char payload[FRAME_MESSAGE_MAX];
    size_t n = clean(payload, sizeof payload, message);
    emit_frame(FRAME_END, outcome, payload, n);
    emit_flush();
}
