#include "base/filekind.h"

#include <stdint.h>
#include <string.h>

/* A header block of tar (POSIX.1-2001, pax interchange format, "ustar header block"). */
enum {
    TAR_BLOCK = 512,
    TAR_MODE = 100,
    TAR_SIZE = 124,
    TAR_SUM = 148,
    TAR_SUM_END = 156,
    TAR_MAGIC = 257
};
/* Zip's APPNOTE.TXT, 4.3.7 and 4.4.3: the version that is needed comes after the signature; its low
 * byte is ten times a version (6.3 is the latest), its high byte a system. */
enum { ZIP_VERSION_AT = 4, ZIP_VERSION_MAX = 63, ZIP_SYSTEM_MAX = 30 };

static bool starts(const uint8_t *b, size_t n, const void *magic, size_t len)
{
    return n >= len && memcmp(b, magic, len) == 0;
}

static bool is_zip(const uint8_t *b, size_t n)
{
    if (starts(b, n, "PK\7\10PK\3\4", 8)) { /* one of several disks that is alone */
        b += 4;
        n -= 4;
    }
    if (starts(b, n, "PK\3\4", 4))
        return n > ZIP_VERSION_AT + 1 && b[ZIP_VERSION_AT] <= ZIP_VERSION_MAX &&
               b[ZIP_VERSION_AT + 1] <= ZIP_SYSTEM_MAX;
    return starts(b, n, "PK\5\6\0\0\0\0", 8); /* nothing is in it */
}

/* A number in octal, or in base 256 (GNU: the first bit is set); blank is no number. -1: none. */
static int64_t octal(const uint8_t *field, size_t n)
{
    int64_t value = 0;
    size_t i = 0, digits = 0;
    while (i < n && field[i] == ' ')
        i++;
    for (; i < n && field[i] >= '0' && field[i] <= '7'; i++, digits++)
        value = value * 8 + (field[i] - '0');
    for (; i < n; i++)
        if (field[i] != ' ' && field[i] != '\0')
            return -1;
    return digits ? value : -1;
}

static bool is_tar(const uint8_t *b, size_t n)
{
    int64_t plain = 0, with_sign = 0; /* some old writers summed up signed characters */
    if (n < TAR_BLOCK)
        return false;
    for (size_t i = 0; i < TAR_BLOCK; i++) {
        uint8_t c = i >= TAR_SUM && i < TAR_SUM_END ? ' ' : b[i];
        plain += c;
        with_sign += (int8_t)c;
    }
    int64_t sum = octal(b + TAR_SUM, TAR_SUM_END - TAR_SUM);
    if (sum < 0 || (sum != plain && sum != with_sign))
        return false;
    if (memcmp(b + TAR_MAGIC, "ustar", 5) == 0)
        return true;
    return b[0] != '\0' && octal(b + TAR_MODE, 8) >= 0 && octal(b + TAR_SIZE, 12) >= 0;
}

/* A frame, or a skippable one, with which parallel writers begin (RFC 8878, 3.1). */
static bool is_zstd(const uint8_t *b, size_t n)
{
    return starts(b, n, "\x28\xb5\x2f\xfd", 4) ||
           (n >= 4 && (b[0] & 0xf0) == 0x50 && memcmp(b + 1, "\x2a\x4d\x18", 3) == 0);
}

/* A block, or the end of a stream without one. */
static bool is_bzip2(const uint8_t *b, size_t n)
{
    return n >= 10 && memcmp(b, "BZh", 3) == 0 && b[3] >= '1' && b[3] <= '9' &&
           (memcmp(b + 4, "\x31\x41\x59\x26\x53\x59", 6) == 0 ||
            memcmp(b + 4, "\x17\x72\x45\x38\x50\x90", 6) == 0);
}

enum filekind filekind_of(const void *bytes, size_t n)
{
    const uint8_t *b = bytes;
    n = n < FILEKIND_BYTES ? n : FILEKIND_BYTES;
    if (starts(b, n, "%PDF", 4))
        return FILEKIND_PDF;
    if (is_zip(b, n))
        return FILEKIND_ZIP;
    if (starts(b, n, "\x1f\x8b\x08", 3)) /* deflate, the only method there is */
        return FILEKIND_GZIP;
    if (is_bzip2(b, n))
        return FILEKIND_BZIP2;
    if (starts(b, n,
               "\xfd"
               "7zXZ\0",
               6))
        return FILEKIND_XZ;
    if (is_zstd(b, n))
        return FILEKIND_ZSTD;
    if (is_tar(b, n))
        return FILEKIND_TAR;
    return n >= 4 && memmem(b, n, "%PDF", 4) ? FILEKIND_PDF : FILEKIND_OTHER;
}

const char *filekind_name(enum filekind kind)
{
    static const char *const names[] = {"other", "pdf",   "zip", "tar",
                                        "gzip",  "bzip2", "xz",  "zstd"};
    _Static_assert(sizeof names / sizeof *names == FILEKIND_COUNT, "a name for each kind");
    return names[kind];
}

bool filekind_holds_files(enum filekind kind)
{
    return kind != FILEKIND_OTHER && kind != FILEKIND_PDF;
}
