/* keepfile: always whole. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "spoold/local/keepfile.h"

static char folder[] = "/tmp/pdfspool-keep-XXXXXX", path[64];

static int set_up(void **state)
{
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    snprintf(path, sizeof path, "%s/state", folder);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(folder);
}

static void what_is_written_is_read(void **state)
{
    struct buf b = {0}, back = {0};
    (void)state;
    assert_int_equal(keepfile_read(path, &back, 100), -1);
    assert_int_equal(errno, ENOENT);
    for (unsigned n = 0; n < 300000; n += 70001) {
        buf_clear(&b);
        for (unsigned i = 0; i < n; i++)
            buf_char(&b, (char)(i * 7));
        assert_int_equal(keepfile_write(path, &b), 0);
        assert_int_equal(keepfile_read(path, &back, n), 0);
        assert_int_equal(back.len, n);
        if (n > 0)
            assert_memory_equal(back.data, b.data, n);
        assert_int_equal(n > 0 ? keepfile_read(path, &back, n - 1) : -1, -1);
    }
    assert_int_equal(errno, EFBIG);
    buf_free(&b);
    buf_free(&back);
}

static unsigned entries(void)
{
    unsigned n = 0;
    struct dirent *e;
    DIR *d = opendir(folder);
    assert_non_null(d);
    while ((e = readdir(d)))
        n += e->d_name[0] != '.';
    closedir(d);
    return n;
}

/* A write that comes to its limit half-way, as on a full disk. */
static void a_failed_write_leaves_what_was_there(void **state)
{
    struct buf small = {0}, large = {0}, back = {0};
    struct rlimit limit, low;
    (void)state;
    buf_str(&small, "as it was");
    for (unsigned i = 0; i < 100000; i++)
        buf_char(&large, 'x');
    assert_int_equal(keepfile_write(path, &small), 0);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    low = limit;
    low.rlim_cur = 50000;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &low), 0);
    int bad = keepfile_write(path, &large), error = errno;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    assert_int_equal(bad, -1);
    assert_int_equal(error, EFBIG);
    assert_int_equal(keepfile_read(path, &back, 100), 0);
    assert_int_equal(back.len, small.len);
    assert_memory_equal(back.data, small.data, small.len);
    assert_int_equal(entries(), 1); /* nothing half is left behind */
    assert_int_equal(keepfile_write("/nowhere/at/all", &small), -1);
    assert_int_equal(errno, ENOENT);
    buf_free(&small);
    buf_free(&large);
    buf_free(&back);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(a_failed_write_leaves_what_was_there),
    };
    return cmocka_run_group_tests_name("keepfile", tests, set_up, tear_down);
}
