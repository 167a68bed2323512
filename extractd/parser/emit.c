#include "extractd/parser/emit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/utf8.h"
#include "extractd/frame.h"
#include "extractd/parser/pagetext.h"

enum { RESULTS_FD = 4, BUFFER = 64 * 1024, PIECE = 32 * 1024, EXIT_NO_READER = 1 };

static struct {
    uint8_t bytes[BUFFER];
    size_t len;
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

void emit_flush(void)
{
    write_all(out.bytes, out.len);
    out.len = 0;
}

void emit_frame(enum wire_frame type, uint32_t page, const void *payload, size_t n)
{
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

/* In pieces that a frame may have and the buffer holds, each ended at a character. Those of the
 * other text begin with its tier. */
static void emit_text(enum wire_frame type, uint32_t page, enum wire_tier tier, const char *s,
                      size_t n)
{
    uint8_t piece[1 + PIECE];
    piece[0] = (uint8_t)tier;
    while (n > 0) {
        size_t k = n < PIECE ? n : PIECE;
        while (k < n && ((uint8_t)s[k] & 0xc0) == 0x80)
            k--;
        memcpy(piece + 1, s, k);
        if (type == FRAME_OTHER)
            emit_frame(type, page, piece, k + 1);
        else
            emit_frame(type, page, piece + 1, k);
        s += k;
        n -= k;
    }
}

void emit_page(uint32_t page, const struct page_text *text, const struct page_text *other,
               enum wire_tier other_tier, const struct wire_page *end, const char *message)
{
    uint8_t payload[WIRE_PAGE_SIZE + FRAME_MESSAGE_MAX];
    emit_text(FRAME_TEXT, page, TIER_NONE, text->bytes, text->len);
    if (other)
        emit_text(FRAME_OTHER, page, other_tier, other->bytes, other->len);
    const uint32_t values[] = {end->tier,     end->reason,     end->chars, end->micros,
                               end->unmapped, end->confidence, end->score, end->dpi};
    _Static_assert(sizeof values == WIRE_PAGE_SIZE, "all of it");
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        frame_put_u32(payload + 4 * i, values[i]);
    size_t n = clean((char *)payload + WIRE_PAGE_SIZE, FRAME_MESSAGE_MAX, message);
    emit_frame(FRAME_PAGE, page, payload, WIRE_PAGE_SIZE + n);
}

void emit_entry(uint32_t number, bool zip, const char *name, size_t n)
{
    static char payload[1 + FRAME_NAME_MAX];
    _Static_assert(FRAME_HEADER + sizeof payload <= BUFFER, "emit_frame has room for it");
    n = n < FRAME_NAME_MAX ? n : FRAME_NAME_MAX;
    payload[0] = zip;
    memcpy(payload + 1, name, n);
    emit_frame(FRAME_ENTRY, number, payload, n + 1);
}

void emit_fate(uint32_t number, enum entryfate fate, const char *message)
{
    char payload[1 + FRAME_MESSAGE_MAX];
    payload[0] = (char)fate;
    size_t n = clean(payload + 1, FRAME_MESSAGE_MAX, message);
    emit_frame(FRAME_FATE, number, payload, n + 1);
}

void emit_end(uint32_t outcome, const char *message)
{
    char payload[FRAME_MESSAGE_MAX];
    size_t n = clean(payload, sizeof payload, message);
    emit_frame(FRAME_END, outcome, payload, n);
    emit_flush();
}
