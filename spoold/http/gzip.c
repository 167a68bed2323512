#include "spoold/http/gzip.h"

#include <limits.h>
#include <stdint.h>
#include <string.h>
#include <zlib.h>

bool gzip_pays(const char *type, size_t len)
{
    static const char *const texts[] = {"text/", "application/json", "application/problem+json",
                                        "image/svg+xml", "application/yaml"};

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (strncmp(type, texts[i], strlen(texts[i])) == 0)
            return len >= GZIP_WORTH;
    return false;
}

bool gzip_pack(struct buf *out, const void *bytes, size_t n, int level)
{
    enum { WINDOW_AND_GZIP = 15 + 16, MEMORY = 8 };
    z_stream z = {0};
    size_t cap = n / 10 * 9;
    bool good = false;

    if (n > UINT_MAX || cap == 0 || !buf_room(out, cap) ||
        deflateInit2(&z, level, Z_DEFLATED, WINDOW_AND_GZIP, MEMORY, Z_DEFAULT_STRATEGY) != Z_OK)
        return false;
    z.next_in = (Bytef *)(uintptr_t)bytes;
    z.avail_in = (uInt)n;
    z.next_out = (Bytef *)out->data + out->len;
    z.avail_out = (uInt)cap;
    if (deflate(&z, Z_FINISH) == Z_STREAM_END) {
        out->len += z.total_out;
        good = true;
    }
    out->data[out->len] = '\0';
    deflateEnd(&z); /* says Z_DATA_ERROR when it gave up before the end: nothing to be done */
    return good;
}
