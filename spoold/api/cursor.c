#include "spoold/api/cursor.h"

#include <inttypes.h>
#include <string.h>

#include "base/num.h"

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static void encode(const unsigned char *from, size_t n, struct buf *out)
{
    unsigned held = 0, bits = 0;
    for (size_t i = 0; i < n; i++) {
        held = held << 8 | from[i];
        for (bits += 8; bits >= 6; bits -= 6)
            buf_char(out, digits[held >> (bits - 6) & 63]);
        held &= 0xff;
    }
    if (bits)
        buf_char(out, digits[held << (6 - bits) & 63]);
}

static bool decode(const char *word, struct buf *out)
{
    unsigned held = 0, bits = 0;
    for (; *word; word++) {
        const char *at = strchr(digits, *word);
        if (!at)
            return false;
        held = (held << 6 | (unsigned)(at - digits)) & 0x3fff;
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            buf_char(out, (char)(held >> bits & 0xff));
        }
    }
    return buf_ok(out);
}

/* <value> NUL <id> NUL <path> */
void cursor_write(int64_t value, const char *path, const char *id, struct buf *out)
{
    struct buf plain = {0};
    buf_fmt(&plain, "%" PRId64, value);
    buf_char(&plain, 0);
    buf_str(&plain, id);
    buf_char(&plain, 0);
    buf_str(&plain, path);
    encode((const unsigned char *)plain.data, plain.data ? plain.len : 0, out);
    out->failed = out->failed || !buf_ok(&plain);
    buf_free(&plain);
}

/* The string behind the NUL that ends the one at `at`; NULL: there is none before `end`. */
static const char *behind(const char *at, const char *end)
{
    const char *nul = memchr(at, 0, (size_t)(end - at));
    return nul ? nul + 1 : NULL;
}

static bool take_apart(const struct buf *plain, struct pick_cursor *c)
{
    const char *end = plain->data ? plain->data + plain->len : NULL;
    const char *id = end ? behind(plain->data, end) : NULL;
    const char *path = id ? behind(id, end) : NULL;
    if (!path || strlen(id) >= ID_CAP || strlen(path) >= PATH_CAP ||
        strlen(path) != (size_t)(end - path) || !num_i64(plain->data, &c->value))
        return false;
    memcpy(c->id, id, strlen(id) + 1);
    memcpy(c->path, path, strlen(path) + 1);
    return true;
}

bool cursor_read(const char *word, struct pick_cursor *c)
{
    struct buf plain = {0};
    bool good = decode(word, &plain) && take_apart(&plain, c);
    buf_free(&plain);
    return good;
}
