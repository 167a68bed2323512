/* pathfile: paths that do not fit into a token. */
#include "spoolbox.h"

#include "spool/pathfile.h"

static struct token apart(const char *path, const char *document)
{
    struct token t = {.attempt = 1, .claim = "abc-2"};
    snprintf(t.document, sizeof t.document, "%s", document);
    token_set_path(&t, path);
    return t;
}

static ssize_t short_write(int fd, const void *from, size_t n)
{
    return fsop_posix.write(fd, from, n / 2);
}

static int full_fsync(int fd)
{
    (void)fd;
    errno = ENOSPC;
    return -1;
}

static void long_path(char path[PATH_CAP], size_t length)
{
    for (size_t i = 0; i < length; i++)
        path[i] = i % 200 == 199 && i + 1 < length ? '/' : (char)('a' + i % 26);
    path[length] = 0;
}

static void written_read_removed(void **state)
{
    struct box *b = *state;
    char path[PATH_CAP], got[PATH_CAP];
    for (size_t n = 140; n < PATH_CAP; n = n < 4000 ? n + 700 : n + 1) {
        long_path(path, n);
        struct token t = apart(path, "abc-1");
        assert_true(t.path_apart);
        assert_int_equal(pathfile_write(&b->s, t.document, path), 0);
        assert_int_equal(pathfile_path(&b->s, &t, got), 0);
        assert_string_equal(got, path);
        pathfile_remove(&b->s, &t);
        pathfile_remove(&b->s, &t);
        assert_int_equal(pathfile_path(&b->s, &t, got), -1);
    }
    assert_int_equal(box_count(b->s.paths, ".", false), 0);
}

static void short_paths_need_none(void **state)
{
    struct box *b = *state;
    char got[PATH_CAP];
    struct token t = apart("a/b.pdf", "abc-1");
    assert_int_equal(pathfile_path(&b->s, &t, got), 0);
    assert_string_equal(got, "a/b.pdf");
    box_write(b->s.paths, "abc-1", "another's");
    pathfile_remove(&b->s, &t);
    box_expect(b->s.paths, "abc-1", "another's");
}

static void failed_writes_leave_nothing(void **state)
{
    struct box *b = *state;
    BOX_REPLACE(write, short_write);
    assert_int_equal(pathfile_write(&b->s, "abc-1", "some/path"), -1);
    BOX_REPLACE(fsync, full_fsync);
    assert_int_equal(pathfile_write(&b->s, "abc-1", "some/path"), -1);
    assert_int_equal(errno, ENOSPC);
    assert_int_equal(box_count(b->s.paths, ".", false), 0);
}

/* A pipe in the way of the private name: an error and no wait without end; and it is out of the way then. */
static void pipe_in_the_way(void **state)
{
    struct box *b = *state;
    assert_int_equal(mkfifoat(b->s.paths, ".abc-1.new", 0666), 0);
    assert_int_equal(pathfile_write(&b->s, "abc-1", "some/path"), -1);
    assert_int_equal(errno, ENXIO);
    assert_int_equal(pathfile_write(&b->s, "abc-1", "some/path"), 0);
    box_expect(b->s.paths, "abc-1", "some/path");
}

/* What lies in the file may be anybody's: the rules are those of a token's path. */
static void hostile_paths(void **state)
{
    static const char *const bad[] = {"/etc/passwd", "../x",  "a/../b", "a//b",
                                      "..",          ".",     "a/..",   "a/.",
                                      "./a",         "a/./b", "a/",     "../../done/x.pdf"};
    struct box *b = *state;
    char got[PATH_CAP], path[PATH_CAP];
    long_path(path, 300);
    struct token t = apart(path, "abc-1");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        box_write(b->s.paths, "abc-1", bad[i]);
        if (pathfile_path(&b->s, &t, got) == 0)
            fail_msg("accepted: %s", bad[i]);
    }
    box_write(b->s.paths, "abc-1", "");
    assert_int_equal(pathfile_path(&b->s, &t, got), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOX_TEST(written_read_removed),
        BOX_TEST(short_paths_need_none),
        BOX_TEST(failed_writes_leave_nothing),
        BOX_TEST(pipe_in_the_way),
        BOX_TEST(hostile_paths),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
