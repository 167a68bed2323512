/* pagefile: pages that are done, kept whole or not at all. */
#include "spoolbox.h"

#include <sys/stat.h>

#include "spool/pagefile.h"
#include "spool/pathfile.h"

#define DOC  "abc-1"
#define KEPT "abc-1.pages"

enum { MOST = 1024 * 1024 };

static int keep(const struct box *b, const char *bytes)
{
    return pagefile_write(&b->s, DOC, bytes, strlen(bytes));
}

/* What is kept must be this; NULL: nothing is. */
static void expect_kept(const struct box *b, const char *bytes)
{
    struct buf have = {0};
    int got = pagefile_read(&b->s, DOC, &have, MOST);
    assert_int_equal(got, bytes != NULL);
    if (bytes) {
        assert_int_equal(have.len, strlen(bytes));
        assert_memory_equal(have.data, bytes, have.len);
    }
    buf_free(&have);
}

static unsigned files(const struct box *b)
{
    return box_count(b->s.paths, ".", false);
}

static void written_replaced_removed(void **state)
{
    struct box *b = *state;
    expect_kept(b, NULL);
    assert_int_equal(keep(b, "one page, and it is the longer one"), 0);
    expect_kept(b, "one page, and it is the longer one");
    assert_int_equal(keep(b, "two pages"), 0);
    expect_kept(b, "two pages");
    box_expect(b->s.paths, KEPT, "two pages");
    assert_int_equal(files(b), 1);
    pagefile_remove(&b->s, DOC);
    expect_kept(b, NULL);
    pagefile_remove(&b->s, DOC);
    assert_int_equal(files(b), 0);
}

/* Its path and its pages lie side by side, and neither goes with the other. */
static void beside_the_path(void **state)
{
    struct box *b = *state;
    struct token t = {.attempt = 1, .document = DOC, .path_apart = true};
    assert_int_equal(pathfile_write(&b->s, DOC, "a/b.pdf"), 0);
    assert_int_equal(keep(b, "pages"), 0);
    box_expect(b->s.paths, DOC, "a/b.pdf");
    pathfile_remove(&b->s, &t);
    expect_kept(b, "pages");
    assert_int_equal(pathfile_write(&b->s, DOC, "a/b.pdf"), 0);
    pagefile_remove(&b->s, DOC);
    box_expect(b->s.paths, DOC, "a/b.pdf");
}

/* Appended to what the buffer holds; what is more than the caller wants is none of ours. */
static void as_large_as_is_wanted(void **state)
{
    enum { LARGE = 300 * 1000 };
    struct box *b = *state;
    struct buf have = {0};
    char *bytes = malloc(LARGE);
    assert_non_null(bytes);
    for (int i = 0; i < LARGE; i++)
        bytes[i] = (char)(i % 251);
    assert_int_equal(pagefile_write(&b->s, DOC, bytes, LARGE), 0);
    buf_str(&have, "before");
    assert_int_equal(pagefile_read(&b->s, DOC, &have, LARGE), 1);
    assert_int_equal(have.len, 6 + LARGE);
    assert_memory_equal(have.data + 6, bytes, LARGE);
    buf_clear(&have);
    assert_int_equal(pagefile_read(&b->s, DOC, &have, LARGE - 1), 0);
    buf_clear(&have);
    assert_int_equal(pagefile_read(&b->s, DOC, &have, 10), 0);
    assert_int_equal(pagefile_write(&b->s, DOC, "", 0), 0);
    assert_int_equal(pagefile_read(&b->s, DOC, &have, LARGE), 0); /* nothing is nothing */
    buf_free(&have);
    free(bytes);
}

/* A file operation that fails `failures` times with `failure`, then works. */
static int failures, failure;
static bool fails(void)
{
    if (failures <= 0)
        return false;
    failures--;
    errno = failure;
    return true;
}

static int bad_open(int dir, const char *name, int flags, mode_t mode)
{
    return strstr(name, DOC) && fails() ? -1 : fsop_posix.openat(dir, name, flags, mode);
}

static ssize_t bad_read(int fd, void *to, size_t n)
{
    return fails() ? -1 : fsop_posix.read(fd, to, n > 2 ? 2 : n);
}

static ssize_t bad_write(int fd, const void *from, size_t n)
{
    return fails() ? -1 : fsop_posix.write(fd, from, n > 2 ? 2 : n);
}

static ssize_t half_and_full(int fd, const void *from, size_t n)
{
    return n < 5 && fails() ? -1 : fsop_posix.write(fd, from, n > 2 ? 2 : n);
}

static ssize_t nothing_written(int fd, const void *from, size_t n)
{
    (void)fd, (void)from, (void)n;
    return 0;
}

static int bad_fsync(int fd)
{
    return fails() ? -1 : fsop_posix.fsync(fd);
}

static int bad_close(int fd)
{
    int result = fsop_posix.close(fd);
    return failures == 1 && fails() ? -1 : result;
}

static int bad_statx(int dir, const char *name, int flags, struct statx *out)
{
    return fails() ? -1 : fsop_posix.statx(dir, name, flags, out);
}

static bool rename_done;
static int bad_rename(int from_dir, const char *from, int to_dir, const char *to)
{
    if (failures > 0 && rename_done)
        fsop_posix.renameat(from_dir, from, to_dir, to);
    return fails() ? -1 : fsop_posix.renameat(from_dir, from, to_dir, to);
}

#define FAILING(op, fn, times, error)                                                              \
    do {                                                                                           \
        BOX_REPLACE(op, fn);                                                                       \
        failures = (times);                                                                        \
        failure = (error);                                                                         \
    } while (0)

/* The write must fail with this, and what was kept before is untouched, with nothing beside it. */
static void expect_not_kept(const struct box *b, int error)
{
    assert_int_equal(keep(b, "newer pages"), -1);
    assert_int_equal(errno, error);
    assert_int_equal(failures, 0); /* the fault was met */
    fs = &fsop_posix;
    box_expect(b->s.paths, KEPT, "older");
    assert_int_equal(files(b), 1);
}

static void failed_writes_leave_what_was(void **state)
{
    static const int errors[] = {ENOSPC, EDQUOT, EIO, ESTALE};
    struct box *b = *state;
    assert_int_equal(keep(b, "older"), 0);
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
        FAILING(write, bad_write, 1, errors[i]);
        expect_not_kept(b, errors[i]);
        FAILING(write, half_and_full, 1, errors[i]);
        expect_not_kept(b, errors[i]);
        FAILING(fsync, bad_fsync, 1, errors[i]);
        expect_not_kept(b, errors[i]);
        FAILING(close, bad_close, 1, errors[i]);
        expect_not_kept(b, errors[i]);
        FAILING(openat, bad_open, 1, errors[i]);
        expect_not_kept(b, errors[i]);
    }
    FAILING(write, nothing_written, 0, 0);
    expect_not_kept(b, EIO);
    rename_done = false;
    FAILING(renameat, bad_rename, 1, EACCES);
    expect_not_kept(b, EACCES);
}

static void short_and_interrupted(void **state)
{
    struct box *b = *state;
    struct buf have = {0};
    FAILING(write, bad_write, 1, EINTR);
    assert_int_equal(keep(b, "in pieces"), 0);
    FAILING(read, bad_read, 1, EINTR);
    expect_kept(b, "in pieces");
    assert_int_equal(failures, 0);
    buf_free(&have);
}

/* Done, and answered with an error: it is kept. */
static void lost_replies(void **state)
{
    static const int errors[] = {EIO, ESTALE, ENOENT};
    struct box *b = *state;
    rename_done = true;
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
        FAILING(renameat, bad_rename, 1, errors[i]);
        assert_int_equal(keep(b, i % 2 ? "odd" : "even"), 0);
        assert_int_equal(failures, 0);
        fs = &fsop_posix;
        expect_kept(b, i % 2 ? "odd" : "even");
        assert_int_equal(files(b), 1);
    }
}

/* Trouble is told apart from absence: who takes it for absence does all pages again. */
static void trouble_is_no_absence(void **state)
{
    static const int errors[] = {EIO, ESTALE, EACCES, ENOMEM};
    struct box *b = *state;
    struct buf have = {0};
    assert_int_equal(keep(b, "pages"), 0);
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
        FAILING(openat, bad_open, 1, errors[i]);
        assert_int_equal(pagefile_read(&b->s, DOC, &have, MOST), -1);
        assert_int_equal(errno, errors[i]);
        FAILING(read, bad_read, 1, errors[i]);
        assert_int_equal(pagefile_read(&b->s, DOC, &have, MOST), -1);
        assert_int_equal(errno, errors[i]);
    }
    /* ENOENT of a folder's descriptor that went stale: it is there, looked at afresh. */
    FAILING(openat, bad_open, 1, ENOENT);
    assert_int_equal(pagefile_read(&b->s, DOC, &have, MOST), -1);
    /* ... or cannot be looked at. */
    pagefile_remove(&b->s, DOC);
    FAILING(statx, bad_statx, 1, EIO);
    assert_int_equal(pagefile_read(&b->s, DOC, &have, MOST), -1);
    assert_int_equal(failures, 0);
    fs = &fsop_posix;
    expect_kept(b, NULL);
    buf_free(&have);
}

static char linked[NAME_CAP];
static int linking_open(int dir, const char *name, int flags, mode_t mode)
{
    if (flags & O_CREAT) {
        snprintf(linked, sizeof linked, "%s", name);
        assert_int_equal(symlinkat("../../elsewhere", dir, name), 0);
    }
    return fsop_posix.openat(dir, name, flags, mode);
}

/* Nothing is read or written through a link that somebody has put there. */
static void links_are_not_followed(void **state)
{
    struct box *b = *state;
    box_write(b->s.root, "elsewhere", "not ours");
    assert_int_equal(symlinkat("../../elsewhere", b->s.paths, KEPT), 0);
    expect_kept(b, NULL);
    BOX_REPLACE(openat, linking_open);
    assert_int_equal(keep(b, "pages"), -1); /* whose private name somebody has foreseen */
    fs = &fsop_posix;
    box_expect(b->s.root, "elsewhere", "not ours");
    assert_int_equal(unlinkat(b->s.paths, linked, 0), 0);
    assert_int_equal(keep(b, "pages"), 0); /* in the place of the link */
    expect_kept(b, "pages");
    box_expect(b->s.root, "elsewhere", "not ours");
    assert_int_equal(symlinkat("../../elsewhere", b->s.paths, "abc-2.pages"), 0);
    pagefile_remove(&b->s, "abc-2");
    box_expect(b->s.root, "elsewhere", "not ours");
    assert_int_equal(files(b), 1);
}

/* One that was taken for dead writes on while another host keeps newer pages, whichever call it had
 * stopped before. What is kept is what one of them has kept: never a piece of each. */
static const struct box *both;
static unsigned stops_at, calls;

static void stop_here(void)
{
    if (++calls == stops_at)
        assert_int_equal(keep(both, "newer, and longer"), 0);
}

static int stopping_open(int dir, const char *name, int flags, mode_t mode)
{
    stop_here();
    return fsop_posix.openat(dir, name, flags, mode);
}

static ssize_t stopping_write(int fd, const void *from, size_t n)
{
    stop_here();
    return fsop_posix.write(fd, from, n > 3 ? 3 : n);
}

static int stopping_fsync(int fd)
{
    stop_here();
    return fsop_posix.fsync(fd);
}

static int stopping_close(int fd)
{
    stop_here();
    return fsop_posix.close(fd);
}

static int stopping_rename(int from_dir, const char *from, int to_dir, const char *to)
{
    stop_here();
    return fsop_posix.renameat(from_dir, from, to_dir, to);
}

static void two_writers(void **state)
{
    struct box *b = *state;
    struct buf have = {0};
    unsigned stopped = 0;
    both = b;
    for (stops_at = 1, calls = 1; calls >= stops_at; stops_at++) {
        pagefile_remove(&b->s, DOC);
        box_table = fsop_posix;
        box_table.openat = stopping_open;
        box_table.write = stopping_write;
        box_table.fsync = stopping_fsync;
        box_table.close = stopping_close;
        box_table.renameat = stopping_rename;
        fs = &box_table;
        calls = 0;
        (void)keep(b, "older");
        fs = &fsop_posix;
        stopped += calls >= stops_at;
        buf_clear(&have);
        assert_int_equal(pagefile_read(&b->s, DOC, &have, MOST), 1);
        buf_char(&have, 0);
        if (strcmp(have.data, "older") != 0 && strcmp(have.data, "newer, and longer") != 0)
            fail_msg("stopped before call %u, it is: %s", stops_at, have.data);
        assert_int_equal(files(b), 1);
    }
    assert_true(stopped >= 6);
    buf_free(&have);
}

static void whose_entry_it_is(void **state)
{
    static const struct {
        const char *name, *document; /* NULL: none of ours */
    } entries[] = {
        {"abc-1", "abc-1"},
        {"abc-1.pages", "abc-1"},
        {".abc-1.new", "abc-1"},
        {".abc-1.0123456789ab.new", "abc-1"},
        {".abc-1..new", NULL},
        {".abc-1.0123456789ab.0123456789ab.new", NULL},
        {".abc-1.OTHER.new", NULL},
        {"..0123456789ab.new", NULL},
        {"abc-1.0123456789ab.pages", NULL},
        {".abc-1", NULL},
        {".abc-1.pages", NULL},
        {"abc-1.new", NULL},
        {"abc-1.page", NULL},
        {"abc-1.pages.pages", NULL},
        {".pages", NULL},
        {".new", NULL},
        {"..new", NULL},
        {".", NULL},
        {"", NULL},
        {"ABC-1.pages", NULL},
        {"a b.pages", NULL},
        {"../abc-1.pages", NULL},
        {"pages", "pages"}, /* an id like any other */
        {"0123456789abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxyz.pages", NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof entries / sizeof *entries; i++) {
        char document[ID_CAP] = "";
        bool ours = pathfile_owner(entries[i].name, document);
        if (ours != (entries[i].document != NULL))
            fail_msg("%s: %s", entries[i].name, ours ? "taken for ours" : "not known");
        if (ours)
            assert_string_equal(document, entries[i].document);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOX_TEST(written_replaced_removed),
        BOX_TEST(beside_the_path),
        BOX_TEST(as_large_as_is_wanted),
        BOX_TEST(failed_writes_leave_what_was),
        BOX_TEST(short_and_interrupted),
        BOX_TEST(lost_replies),
        BOX_TEST(trouble_is_no_absence),
        BOX_TEST(links_are_not_followed),
        BOX_TEST(two_writers),
        cmocka_unit_test(whose_entry_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
