#include "base/png.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

/* LEVEL: a page of a million pixels takes some 20 ms, and is hardly larger than with the best. */
enum { COLOURS = 3, LEVEL = 4, PIECE = 64 * 1024, FILTERS = 3 };

static void put_u32(uint8_t to[4], uint32_t n)
{
    for (int i = 0; i < 4; i++)
        to[i] = (uint8_t)(n >> (24 - 8 * i));
}

/* A chunk: its length, name and content, and the checksum of the last two. */
static void add_chunk(struct buf *out, const char name[4], const uint8_t *content, size_t n)
{
    uint8_t word[4];
    uLong sum = crc32(crc32(0, Z_NULL, 0), (const Bytef *)name, 4);
    if (n)
        sum = crc32(sum, content, (uInt)n);
    put_u32(word, (uint32_t)n);
    buf_add(out, word, 4);
    buf_add(out, name, 4);
    buf_add(out, content, n);
    put_u32(word, (uint32_t)sum);
    buf_add(out, word, 4);
}

static void add_header(struct buf *out, uint32_t width, uint32_t height)
{
    uint8_t content[13] = {0};
    put_u32(content, width);
    put_u32(content + 4, height);
    content[8] = 8; /* bits */
    content[9] = 2; /* red, green, blue */
    buf_add(out, "\x89PNG\r\n\x1a\n", 8);
    add_chunk(out, "IHDR", content, sizeof content);
}

/* A row as the difference to nothing, to the pixel on the left, or to the row above (NULL: zeros). */
static void filter_row(int filter, const uint8_t *row, const uint8_t *above, size_t n, uint8_t *to)
{
    *to++ = (uint8_t)filter;
    for (size_t i = 0; i < n; i++) {
        uint8_t left = i < COLOURS ? 0 : row[i - COLOURS], up = above ? above[i] : 0;
        to[i] = (uint8_t)(row[i] - (filter == 1 ? left : filter == 2 ? up : 0));
    }
}

/* How far it is from zeros, which is a good guess at what becomes small. */
static uint64_t weight(const uint8_t *filtered, size_t n)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += filtered[i] < 128 ? filtered[i] : 256u - filtered[i];
    return sum;
}

/* What deflate has to say, each piece a chunk. */
static bool squeeze(z_stream *z, int flush, struct buf *out)
{
    uint8_t piece[PIECE];
    do {
        z->next_out = piece;
        z->avail_out = sizeof piece;
        int rc = deflate(z, flush);
        if (rc != Z_OK && rc != Z_STREAM_END && rc != Z_BUF_ERROR)
            return false;
        if (z->avail_out < sizeof piece)
            add_chunk(out, "IDAT", piece, sizeof piece - z->avail_out);
    } while (z->avail_out == 0);
    return true;
}

/* The filtered row that is likely to become smallest. rows: room for FILTERS of them. */
static const uint8_t *best_row(const uint8_t *row, const uint8_t *above, size_t n, uint8_t *rows)
{
    const uint8_t *best = NULL;
    uint64_t least = 0;
    for (int i = 0; i < FILTERS; i++) {
        uint8_t *one = rows + (size_t)i * (n + 1);
        filter_row(i, row, above, n, one);
        uint64_t mine = weight(one + 1, n);
        if (best && mine >= least)
            continue;
        best = one;
        least = mine;
    }
    return best;
}

bool png_write(struct buf *out, const uint8_t *pixels, uint32_t width, uint32_t height)
{
    z_stream z = {0};
    if (width == 0 || height == 0 || width > PNG_SIDE || height > PNG_SIDE)
        return false;
    size_t n = (size_t)width * COLOURS;
    uint8_t *rows = malloc(FILTERS * (n + 1));
    if (!rows || deflateInit(&z, LEVEL) != Z_OK) {
        free(rows);
        return false;
    }
    add_header(out, width, height);
    bool good = true;
    for (uint32_t y = 0; good && y < height; y++) {
        const uint8_t *row = pixels + y * n;
        z.next_in = (Bytef *)(uintptr_t)best_row(row, y ? row - n : NULL, n, rows);
        z.avail_in = (uInt)(n + 1);
        good = squeeze(&z, y + 1 == height ? Z_FINISH : Z_NO_FLUSH, out);
    }
    add_chunk(out, "IEND", NULL, 0);
    deflateEnd(&z);
    free(rows);
    return good && buf_ok(out);
}
