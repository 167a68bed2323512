/* JSON lines of an export: texts of any length and any bytes, in one string or page by page,
 * however they come in pieces. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/jsonr.h"
#include "spoold/ctl/export_out.h"
#include "spoold/ctl/export_pack.h"
#include "spoold/ctl/export_piece.h"
#include "spoold/ctl/export_sink.h"

enum { CHUNK = 256 * 1024 }; /* of export_piece_each on what is spilled */

static char folder[] = "/tmp/test_export_jsonl.XXXXXX";

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    return rmdir(folder);
}

/* The one line that a document of this text makes, parsed; spilled: the text comes by way of a
 * file. */
static struct jsonr *line_of(const struct buf *text, bool pages, bool spilled)
{
    char trouble[EXPORT_TROUBLE_CAP] = "", err[200];
    struct export_piece piece;
    struct export_document d = {
        .folder = "a/b", .name[EXPORT_PDF] = "x\xff.pdf", .class = OUTCOME_COUNT};
    struct buf line = {0};
    int dir = open(folder, O_RDONLY | O_DIRECTORY);
    assert_true(dir >= 0);
    export_piece_init(&piece);
    piece.size = text->len;
    if (spilled) {
        piece.spill = openat(dir, "spill", O_RDWR | O_CREAT | O_TRUNC, 0600);
        assert_int_equal(write(piece.spill, text->data, text->len), text->len);
        assert_int_equal(unlinkat(dir, "spill", 0), 0);
    } else {
        buf_add(&piece.bytes, text->data, text->len);
    }
    d.part[EXPORT_TEXT] = &piece;
    struct export_out *out = export_out_open(dup(dir), "lines");
    assert_non_null(out);
    struct export_pack *pack =
        export_pack_open(out, PACK_STREAM, PACK_PLAIN, trouble, sizeof trouble);
    assert_non_null(pack);
    struct export_sink *k = export_jsonl_new(pack, pages, false, trouble);
    assert_int_equal(k->put(k, &d), 0);
    assert_int_equal(k->finish(k), 0);
    int fd = openat(dir, "lines", O_RDONLY);
    ssize_t n;
    while (buf_room(&line, 65536) && (n = read(fd, line.data + line.len, 65536)) > 0)
        line.len += (size_t)n;
    close(fd);
    assert_int_equal(unlinkat(dir, "lines", 0), 0);
    close(dir);
    assert_ptr_equal(memchr(line.data, '\n', line.len), line.data + line.len - 1);
    struct jsonr *j = jsonr_parse(line.data, line.len, err, sizeof err);
    if (!j)
        fail_msg("%s", err);
    buf_free(&line);
    export_piece_free(&piece);
    return j;
}

static void expect(const char *text, const char *want)
{
    struct buf b = {0};
    buf_str(&b, text);
    for (int spilled = 0; spilled < 2; spilled++) {
        struct jsonr *j = line_of(&b, false, spilled);
        assert_string_equal(jsonr_str(j, "text", "none"), want);
        assert_string_equal(jsonr_str(j, "path", ""), "a/b/x%FF.pdf");
        jsonr_free(j);
    }
    buf_free(&b);
}

static void expect_pages(const char *text, const char *const *want)
{
    struct buf b = {0};
    size_t n = 0;
    buf_str(&b, text);
    struct jsonr *j = line_of(&b, true, false);
    struct jsonr *pages = jsonr_get(j, "page_texts");
    assert_null(jsonr_get(j, "text"));
    for (; want[n]; n++)
        assert_string_equal(jsonr_text(jsonr_at(pages, n)), want[n]);
    assert_int_equal(jsonr_count(pages), n);
    jsonr_free(j);
    buf_free(&b);
}

static void test_texts(void **state)
{
    (void)state;
    expect("", "");
    expect("one\ftwo\f", "one\ftwo\f");
    expect("q\"b\\t\tn\nr\r\x01\x1b\xc2\x85", "q\"b\\t\tn\nr\r\x01\x1b\xc2\x85");
    expect("\xff", "\xef\xbf\xbd");
    expect("a\xe2\x82", "a\xef\xbf\xbd\xef\xbf\xbd");
    expect("\xe2\xc3\xa9", "\xef\xbf\xbd\xc3\xa9");
}

static void test_pages(void **state)
{
    (void)state;
    expect_pages("", (const char *const[]){NULL});
    expect_pages("one\f", (const char *const[]){"one", NULL});
    expect_pages("one\f\fthree\f", (const char *const[]){"one", "", "three", NULL});
    expect_pages("\f", (const char *const[]){"", NULL});
    expect_pages("one\ftail", (const char *const[]){"one", "tail", NULL});
    expect_pages("\xe2\x82\f\xe2\x82\xac\f",
                 (const char *const[]){"\xef\xbf\xbd\xef\xbf\xbd", "\xe2\x82\xac", NULL});
}

/* Sequences of two to four bytes across the border between two chunks, at each of their bytes. */
static void test_sequences_across_chunks(void **state)
{
    static const char *const across[] = {"\xc3\xa9", "\xe2\x82\xac", "\xf0\x9d\x84\x9e",
                                         "\xe2\xc3\xa9", "\f\f"};
    (void)state;
    for (size_t k = 0; k < sizeof across / sizeof *across; k++)
        for (size_t before = 0; before <= strlen(across[k]); before++) {
            struct buf text = {0}, want = {0};
            while (text.len < CHUNK - before)
                buf_char(&text, 'x');
            buf_str(&text, across[k]);
            buf_str(&text, "end");
            buf_add(&want, text.data, text.len);
            if (k == 3) { /* its first byte is none of a sequence */
                want.len = CHUNK - before;
                buf_str(&want, "\xef\xbf\xbd\xc3\xa9"
                               "end");
            }
            struct jsonr *j = line_of(&text, false, true);
            assert_string_equal(jsonr_str(j, "text", ""), want.data);
            jsonr_free(j);
            j = line_of(&text, true, true);
            assert_int_equal(jsonr_count(jsonr_get(j, "page_texts")), k == 4 ? 3 : 1);
            jsonr_free(j);
            buf_free(&text);
            buf_free(&want);
        }
}

static void test_no_text(void **state)
{
    (void)state;
    char trouble[EXPORT_TROUBLE_CAP] = "", bytes[200] = "";
    int dir = open(folder, O_RDONLY | O_DIRECTORY);
    struct export_document done = {.folder = "", .name[EXPORT_PDF] = "x", .class = OUTCOME_COUNT};
    struct export_document failed = {
        .folder = "timeout/a", .name[EXPORT_PDF] = "y.pdf", .class = OUTCOME_TIMEOUT};
    struct export_pack *pack = export_pack_open(export_out_open(dup(dir), "lines"), PACK_STREAM,
                                                PACK_PLAIN, trouble, sizeof trouble);
    struct export_sink *k = export_jsonl_new(pack, false, false, trouble);
    assert_int_equal(k->put(k, &done), 0);
    assert_int_equal(k->put(k, &failed), 0);
    assert_int_equal(k->finish(k), 0);
    int fd = openat(dir, "lines", O_RDONLY);
    assert_true(read(fd, bytes, sizeof bytes - 1) > 0);
    assert_string_equal(bytes, "{\"path\":\"x\",\"text\":null}\n{\"path\":\"a/y.pdf\"}\n");
    close(fd);
    unlinkat(dir, "lines", 0);
    close(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_pages),
        cmocka_unit_test(test_sequences_across_chunks),
        cmocka_unit_test(test_no_text),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
