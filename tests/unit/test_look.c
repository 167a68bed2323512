/* look: an error says "unknown"; only a look tells. */
#include "spoolbox.h"

#include "base/clock.h"

static int lies, lie_errno;
static bool lie_done;

/* The first `lies` calls fail with lie_errno: after doing it, or without. */
static int lying_rename(int from_dir, const char *from, int to_dir, const char *to)
{
    if (lies <= 0)
        return fsop_posix.renameat(from_dir, from, to_dir, to);
    lies--;
    if (lie_done)
        fsop_posix.renameat(from_dir, from, to_dir, to);
    errno = lie_errno;
    return -1;
}

static int lying_unlink(int dir, const char *name, int flags)
{
    if (lies <= 0)
        return fsop_posix.unlinkat(dir, name, flags);
    lies--;
    if (lie_done)
        fsop_posix.unlinkat(dir, name, flags);
    errno = lie_errno;
    return -1;
}

static int lying_mkdir(int dir, const char *name, mode_t mode)
{
    fsop_posix.mkdirat(dir, name, mode);
    errno = lie_errno;
    return -1;
}

static void lie(int n, int error, bool done)
{
    lies = n;
    lie_errno = error;
    lie_done = done;
}

static void moved_though_it_failed(void **state)
{
    static const int errors[] = {ENOENT, EIO, ESTALE, EEXIST, ETIMEDOUT, EINTR, EACCES};
    struct box *b = *state;
    BOX_REPLACE(renameat, lying_rename);
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
        box_write(b->s.pending, "a", "x");
        lie(1, errors[i], true);
        assert_int_equal(look_move(b->s.pending, "a", b->l.work, "T"), MOVED);
        box_expect(b->l.work, "T", "x");
        unlinkat(b->l.work, "T", 0);
    }
}

static void passing_errors_are_tried_again(void **state)
{
    struct box *b = *state;
    BOX_REPLACE(renameat, lying_rename);
    box_write(b->s.pending, "a", "x");
    lie(3, EIO, false);
    assert_int_equal(look_move(b->s.pending, "a", b->l.work, "T"), MOVED);
    box_expect(b->l.work, "T", "x");
}

static void lasting_errors_fail_and_keep_the_source(void **state)
{
    struct box *b = *state;
    BOX_REPLACE(renameat, lying_rename);
    box_write(b->s.pending, "a", "x");
    lie(1, ENOSPC, false);
    assert_int_equal(look_move(b->s.pending, "a", b->l.work, "T"), MOVE_FAILED);
    assert_int_equal(errno, ENOSPC);
    box_expect(b->s.pending, "a", "x");
}

static void lost_when_neither_is_there(void **state)
{
    struct box *b = *state;
    assert_int_equal(look_move(b->s.pending, "never", b->l.work, "T"), MOVE_LOST);
}

/* The lease was reclaimed, and its work/ is gone with all names in it: that is decided, not
 * unknown. */
static void lost_when_the_folder_itself_is_gone(void **state)
{
    struct box *b = *state;
    assert_int_equal(unlinkat(b->l.dir, LEASE_WORK, AT_REMOVEDIR), 0);
    int64_t start = clock_boot_ms();
    assert_int_equal(look_move(b->l.work, "T", b->l.work, "done.1!T"), MOVE_LOST);
    assert_int_equal(look_move(b->l.work, "T", b->s.retry, "T2"), MOVE_LOST);
    assert_true(clock_boot_ms() - start < 1000);
}

static void unlink_and_mkdir_with_lost_replies(void **state)
{
    struct box *b = *state;
    BOX_REPLACE(unlinkat, lying_unlink);
    box_write(b->s.control, "f", "x");
    lie(1, ENOENT, true);
    assert_int_equal(look_unlink(b->s.control, "f"), 0);
    box_write(b->s.control, "f", "x");
    lie(2, EIO, false);
    assert_int_equal(look_unlink(b->s.control, "f"), 0);
    box_expect(b->s.control, "f", NULL);
    box_write(b->s.control, "f", "x");
    lie(1, EACCES, false);
    assert_int_equal(look_unlink(b->s.control, "f"), -1);
    BOX_REPLACE(mkdirat, lying_mkdir);
    lie(0, EEXIST, true);
    assert_int_equal(look_mkdir(b->s.control, "d", 0775), 0);
    assert_int_equal(look_mkdir(b->s.control, "f", 0775), -1);
    assert_int_equal(errno, ENOTDIR);
}

static void rmdir_tells_empty_from_full(void **state)
{
    struct box *b = *state;
    box_write(b->s.done, "d/f", "x");
    assert_int_equal(look_rmdir(b->s.done, "d"), -1);
    assert_int_equal(errno, ENOTEMPTY);
    unlinkat(b->s.done, "d/f", 0);
    BOX_REPLACE(unlinkat, lying_unlink);
    lie(1, ENOENT, true);
    assert_int_equal(look_rmdir(b->s.done, "d"), 0);
    assert_int_equal(look_rmdir(b->s.done, "d"), 0);
}

static void folders_never_through_links(void **state)
{
    struct box *b = *state;
    box_write(b->s.done, "a/b/f", "x");
    assert_int_equal(symlinkat("a", b->s.done, "link"), 0);
    int fd = look_folder_path(b->s.done, "a/b");
    assert_true(fd >= 0);
    close(fd);
    assert_int_equal(look_folder_path(b->s.done, "link/b"), -1);
    assert_int_equal(look_folder_path(b->s.done, "a//b"), -1);
    assert_int_equal(look_folder_path(b->s.done, "a/missing"), -1);
    assert_int_equal(errno, ENOENT);
    fd = look_folder_path(b->s.done, "");
    assert_true(fd >= 0);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOX_TEST(moved_though_it_failed),
        BOX_TEST(passing_errors_are_tried_again),
        BOX_TEST(lasting_errors_fail_and_keep_the_source),
        BOX_TEST(lost_when_neither_is_there),
        BOX_TEST(lost_when_the_folder_itself_is_gone),
        BOX_TEST(unlink_and_mkdir_with_lost_replies),
        BOX_TEST(rmdir_tells_empty_from_full),
        BOX_TEST(folders_never_through_links),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
