/* wake: the events of folders, and that watching the same folders for ever costs no memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <malloc.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/wake.h"

enum { FOLDERS = 20, ROUNDS = 2000, WAIT_MS = 2000 };

static char top[] = "/tmp/pdfspool-wake-XXXXXX";

static const char *folder(unsigned i)
{
    static char name[64];
    snprintf(name, sizeof name, "%s/%u", top, i);
    return name;
}

static void touch(const char *in)
{
    char name[96];
    snprintf(name, sizeof name, "%s/file", in);
    int fd = open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    close(fd);
    unlink(name);
}

static int set_up(void **state)
{
    (void)state;
    if (!mkdtemp(top))
        return -1;
    for (unsigned i = 0; i < FOLDERS; i++)
        if (mkdir(folder(i), 0700) != 0)
            return -1;
    return wake_open() ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    wake_close();
    for (unsigned i = 0; i < FOLDERS; i++)
        rmdir(folder(i));
    return rmdir(top);
}

static void wakes_for_each_watched_folder(void **state)
{
    (void)state;
    for (unsigned i = 0; i < FOLDERS; i++)
        wake_watch(folder(i));
    while (wake_wait(0, -1))
        ;
    for (unsigned i = 0; i < FOLDERS; i++) {
        touch(folder(i));
        assert_true(wake_wait(WAIT_MS, -1));
    }
    assert_false(wake_wait(0, -1));
}

static void watching_again_costs_nothing(void **state)
{
    (void)state;
    for (unsigned i = 0; i < FOLDERS; i++)
        wake_watch(folder(i));
    size_t before = mallinfo2().uordblks;
    for (unsigned k = 0; k < ROUNDS; k++)
        for (unsigned i = 0; i < FOLDERS; i++)
            wake_watch(folder(i));
    assert_true(mallinfo2().uordblks <= before);
}

/* A file that its writer holds open, as a journal is. */
static void hears_of_writes_where_asked_to(void **state)
{
    char name[96];
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        snprintf(name, sizeof name, "%s/written-%u", top, i);
        assert_int_equal(mkdir(name, 0700), 0);
        if (i == 0)
            wake_watch(name);
        else
            wake_watch_writes(name);
        snprintf(name, sizeof name, "%s/written-%u/file", top, i);
        int fd = open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        assert_true(fd >= 0);
        while (wake_wait(100, -1))
            ;
        assert_int_equal(write(fd, "x", 1), 1);
        assert_int_equal(wake_wait(i == 0 ? 50 : WAIT_MS, -1), i == 1);
        close(fd);
        unlink(name);
        snprintf(name, sizeof name, "%s/written-%u", top, i);
        rmdir(name);
    }
    while (wake_wait(10, -1))
        ;
}

/* Who empties a folder and removes it makes it again the next day. */
static void a_folder_made_again_is_heard(void **state)
{
    char name[64];
    (void)state;
    wake_renew(0); /* of what other tests removed */
    snprintf(name, sizeof name, "%s/again", top);
    for (unsigned k = 0; k < 3; k++) {
        assert_int_equal(mkdir(name, 0700), 0);
        assert_int_equal(wake_renew(3600000), false);
        assert_int_equal(wake_renew(0), k > 0);
        wake_watch(name);
        while (wake_wait(10, -1))
            ;
        touch(name);
        assert_true(wake_wait(WAIT_MS, -1));
        assert_false(wake_renew(0));
        assert_int_equal(rmdir(name), 0);
        while (wake_wait(10, -1))
            ;
    }
}

/* Nor does it matter what else was heard at the same time. */
static void a_removed_folder_is_noticed_among_others(void **state)
{
    char name[64];
    (void)state;
    wake_renew(0);
    snprintf(name, sizeof name, "%s/again", top);
    assert_int_equal(mkdir(name, 0700), 0);
    wake_watch(folder(0));
    wake_watch(name);
    touch(folder(0));
    assert_int_equal(rmdir(name), 0);
    touch(folder(0));
    assert_true(wake_wait(WAIT_MS, -1));
    assert_false(wake_wait(10, -1));
    assert_true(wake_renew(0));
    wake_watch(folder(0));
    assert_false(wake_wait(10, -1));
    assert_false(wake_renew(0)); /* of what was heard before nothing is left */
}

/* So that those in which something is find room. */
static void empty_folders_take_half_of_the_table(void **state)
{
    enum { MANY = 2100 };
    char name[64];
    (void)state;
    wake_close();
    assert_true(wake_open());
    for (unsigned i = 0; i < MANY; i++) {
        snprintf(name, sizeof name, "%s/empty-%u", top, i);
        assert_int_equal(mkdir(name, 0700), 0);
        wake_watch_empty(name);
    }
    snprintf(name, sizeof name, "%s/empty-0", top);
    touch(name);
    assert_true(wake_wait(WAIT_MS, -1));
    snprintf(name, sizeof name, "%s/empty-%d", top, MANY - 1);
    touch(name);
    assert_false(wake_wait(50, -1));
    wake_watch(name);
    touch(name);
    assert_true(wake_wait(WAIT_MS, -1));
    for (unsigned i = 0; i < MANY; i++) {
        snprintf(name, sizeof name, "%s/empty-%u", top, i);
        rmdir(name);
    }
    wake_close();
    assert_true(wake_open());
}

static void a_missing_folder_is_no_matter(void **state)
{
    (void)state;
    wake_watch("/tmp/pdfspool-wake-there-is-none");
    assert_false(wake_wait(0, -1));
}

static void closed_it_watches_nothing(void **state)
{
    (void)state;
    wake_close();
    wake_watch(folder(0));
    touch(folder(0));
    assert_false(wake_wait(10, -1));
    assert_true(wake_open());
    wake_watch(folder(0));
    touch(folder(0));
    assert_true(wake_wait(WAIT_MS, -1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wakes_for_each_watched_folder),
        cmocka_unit_test(watching_again_costs_nothing),
        cmocka_unit_test(hears_of_writes_where_asked_to),
        cmocka_unit_test(a_folder_made_again_is_heard),
        cmocka_unit_test(a_removed_folder_is_noticed_among_others),
        cmocka_unit_test(empty_folders_take_half_of_the_table),
        cmocka_unit_test(a_missing_folder_is_no_matter),
        cmocka_unit_test(closed_it_watches_nothing),
    };
    return cmocka_run_group_tests_name("wake", tests, set_up, tear_down);
}
