#include "spoold/alert/sign.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/sha256.h"

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static void base64(const unsigned char *bytes, size_t n, char *out)
{
    for (size_t i = 0; i < n; i += 3) {
        uint32_t three = (uint32_t)bytes[i] << 16;
        three |= i + 1 < n ? (uint32_t)bytes[i + 1] << 8 : 0;
        three |= i + 2 < n ? bytes[i + 2] : 0;
        for (unsigned k = 0; k < 4; k++)
            *out++ = i + k > n ? '=' : digits[three >> (18 - 6 * k) & 63];
    }
    *out = 0;
}

/* -1: it is none, or of more than cap bytes. */
static int unbase64(const char *text, size_t n, unsigned char *out, size_t cap)
{
    uint32_t bits = 0;
    size_t made = 0;
    if (n % 4 != 0)
        return -1;
    for (int pad = 0; pad < 2 && n > 0 && text[n - 1] == '='; pad++)
        n--;
    for (size_t i = 0; i < n; i++) {
        const char *d = text[i] ? strchr(digits, text[i]) : NULL;
        if (!d)
            return -1;
        bits = bits << 6 | (uint32_t)(d - digits);
        if (i % 4 == 0)
            continue;
        if (made == cap)
            return -1;
        out[made++] = (unsigned char)(bits >> (6 - 2 * (i % 4)));
    }
    return (int)made;
}

const char *sign_key_of(struct sign_key *key, const char *text, size_t n)
{
    static const char prefix[] = "whsec_";
    if (n >= strlen(prefix) && memcmp(text, prefix, strlen(prefix)) == 0) {
        text += strlen(prefix);
        n -= strlen(prefix);
    }
    int got = unbase64(text, n, key->bytes, sizeof key->bytes);
    key->n = got >= SIGN_KEY_LEAST ? (size_t)got : 0;
    return key->n
               ? NULL
               : "it must be one line: base64 of 16 to 64 bytes, with or without whsec_ before it";
}

static const char *take_file(struct sign_key *key, int fd)
{
    char text[256];
    struct stat st;
    if (fstat(fd, &st) != 0)
        return "it cannot be looked at";
    if (!S_ISREG(st.st_mode))
        return "it is not a regular file";
    if (st.st_mode & 027)
        return "others may read it, or its group may write it; chmod 0640 it";
    ssize_t n = read(fd, text, sizeof text);
    if (n < 0)
        return "it cannot be read";
    size_t line = (size_t)n;
    while (line > 0 && (text[line - 1] == '\n' || text[line - 1] == '\r'))
        line--;
    const char *why = sign_key_of(key, text, line);
    explicit_bzero(text, sizeof text);
    return why;
}

const char *sign_load(struct sign_key *key, const char *file)
{
    int fd = open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0)
        return "it cannot be opened";
    const char *why = take_file(key, fd);
    close(fd);
    return why;
}

bool sign_message(const struct sign_key *key, const char *id, int64_t seconds, const char *body,
                  size_t n, char signature[SIGN_CAP])
{
    unsigned char mac[SHA256_RAW];
    struct buf content = {0};
    buf_fmt(&content, "%s.%" PRId64 ".", id, seconds);
    buf_add(&content, body, n);
    bool good = buf_ok(&content);
    if (good) {
        sha256_hmac(key->bytes, key->n, content.data, content.len, mac);
        memcpy(signature, "v1,", 3);
        base64(mac, sizeof mac, signature + 3);
    }
    buf_free(&content);
    return good;
}
