/* drop: whole or not at all, and never over a name that is there. */
#include "spoolbox.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "spool/drop.h"
#include "spool/passing.h"
#include "spool/reserve.h"

static int source(const char *text)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], text, strlen(text)), (ssize_t)strlen(text));
    close(ends[1]);
    return ends[0];
}

static int put(struct box *b, struct drop d, const char *text, char final[NAME_CAP])
{
    char shown[PATH_CAP];
    int dir = drop_folder(&b->s, "a/b", shown);
    assert_true(dir >= 0);
    assert_string_equal(shown, "pending/a/b");
    d.from = source(text);
    int rc = drop_put(&b->s, &d, dir, shown, final);
    int error = errno;
    close(d.from);
    close(dir);
    errno = error;
    return rc;
}

static unsigned files(const struct box *b)
{
    return box_count(b->s.pending, "a/b", true);
}

static void holds(const struct box *b, const char *name, const char *text)
{
    char path[300], got[100] = "";
    snprintf(path, sizeof path, "a/b/%s", name);
    int fd = openat(b->s.pending, path, O_RDONLY);
    assert_true(fd >= 0);
    assert_int_equal(read(fd, got, sizeof got - 1), (ssize_t)strlen(text));
    assert_string_equal(got, text);
    close(fd);
}

static void it_is_there_whole(void **state)
{
    struct box *b = *state;
    char final[NAME_CAP];
    assert_int_equal(put(b, (struct drop){.name = "x.pdf", .size = 5}, "bytes", final), 0);
    assert_string_equal(final, "x.pdf");
    holds(b, "x.pdf", "bytes");
    assert_int_equal(files(b), 1);
}

static void a_taken_name_stays(void **state)
{
    struct box *b = *state;
    char final[NAME_CAP];
    struct drop d = {.name = "x.pdf", .size = DROP_ANY};
    assert_int_equal(put(b, d, "first", final), 0);
    assert_int_equal(put(b, d, "second", final), -1);
    assert_int_equal(errno, EEXIST);
    assert_int_equal(files(b), 1);
    d.number = true;
    assert_int_equal(put(b, d, "third", final), 0);
    assert_string_equal(final, "x~2.pdf");
    holds(b, "x.pdf", "first");
    holds(b, "x~2.pdf", "third");
}

static void another_size_is_nothing(void **state)
{
    struct box *b = *state;
    char final[NAME_CAP];
    for (uint64_t size = 0; size < 9; size++) {
        int rc = put(b, (struct drop){.name = "x.pdf", .size = size}, "bytes", final);
        assert_int_equal(rc, size == 5 ? 0 : -1);
        if (rc)
            assert_int_equal(errno, ECANCELED);
        assert_int_equal(files(b), size >= 5);
    }
}

/* Somebody who drops the same name just now has it reserved, whether it is there or not. */
static void a_held_name_is_waited_for(void **state)
{
    struct box *b = *state;
    char final[NAME_CAP], key[RESERVE_KEY_CAP];
    struct drop d = {.name = "x.pdf", .size = DROP_ANY, .wait_ms = 40};
    reserve_key("pending/a/b", "x.pdf", key);
    assert_int_equal(reserve_take(&b->s, key, "abcdefghijkl-submit"), 1);
    assert_int_equal(put(b, d, "x", final), -1);
    assert_int_equal(errno, EBUSY);
    assert_int_equal(files(b), 0);
    reserve_drop(&b->s, key, "abcdefghijkl-submit", false);
    assert_int_equal(put(b, d, "x", final), 0);
    assert_int_equal(reserve_take(&b->s, key, "abcdefghijkl-submit"), 1); /* it was given back */
}

/* ---- faults ---- */

static unsigned syncs, failing_sync;

static int failing_fsync(int fd)
{
    struct stat st;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && ++syncs == failing_sync) {
        errno = EIO;
        return -1;
    }
    return fsop_posix.fsync(fd);
}

static ssize_t full(int fd, const void *from, size_t n)
{
    (void)fd, (void)from, (void)n;
    errno = ENOSPC;
    return -1;
}

static int failing_close(int fd)
{
    struct stat st;
    bool file = fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
    int rc = fsop_posix.close(fd);
    if (!file)
        return rc;
    errno = EDQUOT;
    return -1;
}

static void no_fault_leaves_anything(void **state)
{
    struct box *b = *state;
    char final[NAME_CAP];
    const struct drop d = {.name = "x.pdf", .size = DROP_ANY, .sync_bytes = 1};
    BOX_REPLACE(write, full);
    assert_int_equal(put(b, d, "bytes", final), -1);
    assert_int_equal(errno, ENOSPC);
    fs = &fsop_posix;
    assert_int_equal(files(b), 0);
    BOX_REPLACE(close, failing_close);
    assert_int_equal(put(b, d, "bytes", final), -1);
    assert_int_equal(errno, EDQUOT);
    fs = &fsop_posix;
    assert_int_equal(files(b), 0);
    BOX_REPLACE(fsync, failing_fsync);
    for (failing_sync = 1; failing_sync <= 2; failing_sync++) { /* in the middle, at the end */
        syncs = 0;
        assert_int_equal(put(b, d, "bytes", final), -1);
        assert_int_equal(errno, EIO);
        assert_int_equal(files(b), 0);
    }
    syncs = 0;
    assert_int_equal(put(b, d, "bytes", final), 0);
    assert_int_equal(syncs, 2);
    fs = &fsop_posix;
    assert_int_equal(files(b), 1);
}

/* ---- paths ---- */

static void paths_that_no_document_has(void **state)
{
    static const struct {
        const char *path;
        size_t n;
        bool good;
    } all[] = {
        {"x.pdf", 5, true},         {"a/b c/x", 7, true}, {"\xff.pdf", 5, true}, {"", 0, false},
        {"/x", 2, false},           {"x/", 2, false},     {"a//x", 4, false},    {".", 1, false},
        {"..", 2, false},           {"a/../x", 6, false}, {"a/./x", 5, false},   {".x", 2, false},
        {"a/.b/x", 6, false},       {"x.part", 6, false}, {"x~", 2, false},      {"a\0b", 3, false},
        {"Thumbs.db/x", 11, false},
    };
    char name[PATH_CAP];
    (void)state;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (!drop_wrong_path(all[i].path, all[i].n) != all[i].good)
            fail_msg("%s", all[i].path);
    memset(name, 'n', sizeof name);
    assert_null(drop_wrong_path(name, NAME_CAP - 1));
    assert_non_null(drop_wrong_path(name, NAME_CAP));
    for (size_t i = 1; i < sizeof name; i += 2)
        name[i] = '/';
    assert_null(drop_wrong_path(name, PATH_CAP - 9));
    assert_non_null(drop_wrong_path(name, PATH_CAP - 7));
}

static void folders_are_made(void **state)
{
    struct box *b = *state;
    char shown[PATH_CAP], final[NAME_CAP];
    int dir = drop_folder(&b->s, "", shown);
    assert_true(dir >= 0);
    assert_string_equal(shown, "pending");
    close(dir);
    assert_int_equal(put(b, (struct drop){.name = "x", .size = DROP_ANY}, "x", final), 0);
    assert_int_equal(drop_folder(&b->s, "a/b/x/y", shown), -1);
    assert_int_equal(errno, ENOTDIR);
    assert_int_equal(symlinkat("/tmp", b->s.pending, "link"), 0);
    assert_int_equal(drop_folder(&b->s, "link/y", shown), -1);
    assert_true(errno == ELOOP || errno == ENOTDIR);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOX_TEST(it_is_there_whole),
        BOX_TEST(a_taken_name_stays),
        BOX_TEST(another_size_is_nothing),
        BOX_TEST(a_held_name_is_waited_for),
        BOX_TEST(no_fault_leaves_anything),
        BOX_TEST(folders_are_made),
        cmocka_unit_test(paths_that_no_document_has),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
