/* filekind: what a file is by its first bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/filekind.h"

static void is(const void *bytes, size_t n, enum filekind kind)
{
    assert_string_equal(filekind_name(filekind_of(bytes, n)), filekind_name(kind));
}

static void magics(void **state)
{
    (void)state;
    is("%PDF-1.4\n", 9, FILEKIND_PDF);
    is("PK\3\4\x14\0\0\0", 8, FILEKIND_ZIP);
    is("PK\3\4\x2d\3\0\0", 8, FILEKIND_ZIP); /* zip64, made on Unix */
    is("PK\5\6\0\0\0\0\0\0", 10, FILEKIND_ZIP);
    is("PK\7\10PK\3\4\x14\0", 10, FILEKIND_ZIP);
    is("\x1f\x8b\x08\0", 4, FILEKIND_GZIP);
    is("BZh9\x31\x41\x59\x26\x53\x59", 10, FILEKIND_BZIP2);
    is("\xfd"
       "7zXZ\0\0\4",
       8, FILEKIND_XZ);
    is("\x28\xb5\x2f\xfd\0", 5, FILEKIND_ZSTD);
    is("\x5e\x2a\x4d\x18\0\0\0\0", 8, FILEKIND_ZSTD);
}

/* What only looks like one. */
static void others(void **state)
{
    (void)state;
    is("", 0, FILEKIND_OTHER);
    is("PK\3\4hello", 9, FILEKIND_OTHER);
    is("PK\3\4", 4, FILEKIND_OTHER);
    is("%PD", 3, FILEKIND_OTHER);
    is("\x1f\x8b\x07", 3, FILEKIND_OTHER);
    is("BZh9 is a word", 14, FILEKIND_OTHER);
    is("7zXZ\0", 5, FILEKIND_OTHER);
    is("\x28\xb5\x2f", 3, FILEKIND_OTHER);
}

static void a_late_header_of_a_pdf(void **state)
{
    char bytes[2000];
    (void)state;
    memset(bytes, '\n', sizeof bytes);
    memcpy(bytes + FILEKIND_BYTES - 4, "%PDF", 4);
    is(bytes, sizeof bytes, FILEKIND_PDF);
    is(bytes, FILEKIND_BYTES - 1, FILEKIND_OTHER);
    memset(bytes, '\n', sizeof bytes);
    memcpy(bytes + FILEKIND_BYTES - 3, "%PDF", 4);
    is(bytes, sizeof bytes, FILEKIND_OTHER);
    memcpy(bytes, "PK\3\4\x14\0\0\0", 8); /* a zip that stores a PDF */
    memcpy(bytes + 40, "%PDF", 4);
    is(bytes, sizeof bytes, FILEKIND_ZIP);
}

/* The header block of a file of no bytes. */
static void tar_header(uint8_t b[512], const char *magic)
{
    unsigned sum = 0;
    memset(b, 0, 512);
    strcpy((char *)b, "a.pdf");
    strcpy((char *)b + 100, "0000644");
    strcpy((char *)b + 124, "00000000000");
    memset(b + 148, ' ', 8);
    memcpy(b + 257, magic, strlen(magic));
    for (int i = 0; i < 512; i++)
        sum += b[i];
    snprintf((char *)b + 148, 8, "%06o", sum);
}

static void tar_by_its_checksum(void **state)
{
    uint8_t b[1024] = {0};
    (void)state;
    tar_header(b, "ustar");
    is(b, sizeof b, FILEKIND_TAR);
    is(b, 511, FILEKIND_OTHER);
    b[0] ^= 1;
    is(b, sizeof b, FILEKIND_OTHER);
    tar_header(b, "");
    is(b, sizeof b, FILEKIND_TAR);
    memcpy(b + 512, "%PDF-1.4", 8);
    is(b, sizeof b, FILEKIND_TAR);
    b[100] = 'x'; /* the mode is none; the sum is made right again */
    b[0] = (uint8_t)(b[0] + '0' - 'x');
    is(b, 512, FILEKIND_OTHER);
    memset(b, 0, sizeof b);
    is(b, sizeof b, FILEKIND_OTHER);
}

static void which_hold_files(void **state)
{
    (void)state;
    assert_false(filekind_holds_files(FILEKIND_OTHER));
    assert_false(filekind_holds_files(FILEKIND_PDF));
    for (enum filekind k = FILEKIND_ZIP; k < FILEKIND_COUNT; k++)
        assert_true(filekind_holds_files(k));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(magics),
        cmocka_unit_test(others),
        cmocka_unit_test(a_late_header_of_a_pdf),
        cmocka_unit_test(tar_by_its_checksum),
        cmocka_unit_test(which_hold_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
