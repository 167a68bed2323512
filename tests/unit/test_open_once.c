/* A file that is read once: opened for direct reading only where that asks NFS for no delegation. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/fsop.h"

static char folder[] = "/tmp/pdfspool-once-XXXXXX";
static int dir = -1;

static int setup(void **state)
{
    (void)state;
    if (!mkdtemp(folder) || (dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
        return -1;
    int fd = openat(dir, "x", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    return fd >= 0 && write(fd, "odd", 3) == 3 && close(fd) == 0 ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    return unlinkat(dir, "x", 0) == 0 && close(dir) == 0 && rmdir(folder) == 0 ? 0 : -1;
}

static void is_read_as_any(void **state)
{
    char odd[5];
    (void)state;
    for (int i = 0; i < 2; i++) { /* what kind of folder it is is asked once */
        int fd = fsop_open_once(dir, "x", O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
        assert_true(fd >= 0);
        assert_int_equal(fcntl(fd, F_GETFL) & (O_DIRECT | O_NONBLOCK | O_ACCMODE), O_NONBLOCK);
        assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
        /* neither its address nor its length would do for direct reading */
        assert_int_equal(read(fd, odd + 1, 3), 3);
        close(fd);
    }
    errno = 0;
    assert_int_equal(fsop_open_once(dir, "y", O_RDONLY | O_CLOEXEC), -1);
    assert_int_equal(errno, ENOENT);
}

static int opened;

static int counted_openat(int at, const char *name, int flags, mode_t mode)
{
    opened++;
    assert_int_equal(flags & O_DIRECT, 0);
    return openat(at, name, flags, mode);
}

static void a_table_may_leave_it_out(void **state)
{
    struct fsop table = fsop_posix;
    (void)state;
    table.openat = counted_openat;
    table.open_once = NULL;
    fs = &table;
    int fd = fsop_open_once(dir, "x", O_RDONLY | O_CLOEXEC);
    fs = &fsop_posix;
    assert_true(fd >= 0);
    assert_int_equal(opened, 1);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_read_as_any),
        cmocka_unit_test(a_table_may_leave_it_out),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
