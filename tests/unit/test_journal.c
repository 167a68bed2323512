/* journal: lines, whole, appended. */
#include "spoolbox.h"

#include "spool/journal.h"

static int fail_write;
static ssize_t short_write(int fd, const void *from, size_t n)
{
    if (fail_write == ENOSPC) {
        errno = ENOSPC;
        return -1;
    }
    if (fail_write == EINTR) {
        fail_write = 0;
        errno = EINTR;
        return -1;
    }
    return fsop_posix.write(fd, from, n > 3 ? 3 : n);
}

static void append(struct journal *j, const char *text, int expected)
{
    struct buf line = {0};
    buf_str(&line, text);
    assert_int_equal(journal_append(j, &line), expected);
    buf_free(&line);
}

static void appended_across_openings(void **state)
{
    struct box *b = *state;
    struct journal j;
    char path[128];
    for (int i = 0; i < 2; i++) {
        assert_int_equal(journal_open(&j, &b->s, &b->l), 0);
        append(&j, "{\"a\":1}\n", 0);
        journal_close(&j);
        journal_close(&j);
    }
    snprintf(path, sizeof path, "unit/%s.jsonl", b->l.id);
    box_expect(b->s.journal, path, "{\"a\":1}\n{\"a\":1}\n");
}

static void short_writes_and_errors(void **state)
{
    struct box *b = *state;
    struct journal j;
    char path[128];
    assert_int_equal(journal_open(&j, &b->s, &b->l), 0);
    BOX_REPLACE(write, short_write);
    append(&j, "0123456789\n", 0);
    fail_write = EINTR;
    append(&j, "next\n", 0);
    fail_write = ENOSPC;
    append(&j, "lost\n", -1);
    assert_int_equal(errno, ENOSPC);
    assert_int_equal(j.fd, -1);
    fail_write = 0;
    snprintf(path, sizeof path, "unit/%s.jsonl", b->l.id);
    box_expect(b->s.journal, path, "0123456789\nnext\n");
}

static int flushes, fail_flush;
static int flush(int fd)
{
    flushes++;
    if (fail_flush) {
        errno = fail_flush;
        return -1;
    }
    return fsop_posix.fsync(fd);
}

/* Other hosts see what is appended, and a full disk is heard of. */
static void each_append_is_flushed(void **state)
{
    struct box *b = *state;
    struct journal j;
    assert_int_equal(journal_open(&j, &b->s, &b->l), 0);
    BOX_REPLACE(fsync, flush);
    append(&j, "one\ntwo\n", 0);
    assert_int_equal(flushes, 1);
    fail_flush = ENOSPC;
    append(&j, "lost\n", -1);
    assert_int_equal(errno, ENOSPC);
    assert_int_equal(j.fd, -1);
    fail_flush = 0;
    assert_int_equal(journal_open(&j, &b->s, &b->l), 0);
    append(&j, "three\n", 0);
    assert_int_equal(flushes, 3);
    journal_close(&j);
}

int main(void)
{
    const struct CMUnitTest tests[] = {BOX_TEST(appended_across_openings),
                                       BOX_TEST(short_writes_and_errors),
                                       BOX_TEST(each_append_is_flushed)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
