/* outbox: what was put is there until it was taken, also for the next one who opens the folder. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "spoold/alert/outbox.h"

static char folder[] = "/tmp/pdfspool-outbox-XXXXXX";
static struct outbox *o;

static int set_up(void **state)
{
    (void)state;
    strcpy(strrchr(folder, '-'), "-XXXXXX");
    if (!mkdtemp(folder))
        return -1;
    o = outbox_open(folder, 1 << 20);
    return o ? 0 : -1;
}

static int tear_down(void **state)
{
    char command[80];
    (void)state;
    outbox_free(o);
    snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command);
}

static void reopen(uint64_t most)
{
    outbox_free(o);
    o = outbox_open(folder, most);
    assert_non_null(o);
}

static int put(const char *to, int64_t made, const char *id, const char *text)
{
    struct buf b = {0};
    buf_str(&b, text);
    int rc = outbox_put(o, to, made, id, &b);
    buf_free(&b);
    return rc;
}

/* The id of the next one, "" when there is none. */
static const char *next(const char *to, int64_t now)
{
    static struct outbox_name name;
    return outbox_next(o, to, now, &name, NULL) ? name.id : "";
}

static uint64_t waiting(const char *to)
{
    uint64_t n, dropped;
    outbox_count(o, to, &n, &dropped);
    return n;
}

static void the_oldest_first_each_to_its_receiver(void **state)
{
    struct outbox_name name;
    struct buf b = {0};
    (void)state;
    assert_int_equal(put("ops", 2000, "msg_b", "second"), 0);
    assert_int_equal(put("ops", 1000, "msg_z", "first"), 0);
    assert_int_equal(put("chat", 500, "msg_c", "other"), 0);
    assert_int_equal(waiting(NULL), 3);
    assert_int_equal(waiting("ops"), 2);
    assert_string_equal(next("nobody", 0), "");
    assert_true(outbox_next(o, "ops", 0, &name, NULL));
    assert_string_equal(name.id, "msg_z");
    assert_int_equal(name.made_ms, 1000);
    assert_int_equal(outbox_read(o, &name, &b), 0);
    assert_int_equal(b.len, 5);
    assert_memory_equal(b.data, "first", 5);
    outbox_done(o, &name);
    assert_string_equal(next("ops", 0), "msg_b");
    assert_int_equal(waiting("ops"), 1);
    assert_int_equal(outbox_read(o, &name, &b), -1);
    assert_int_equal(errno, ENOENT);
    buf_free(&b);
}

static void later(void **state)
{
    struct outbox_name name;
    int64_t when;
    (void)state;
    put("ops", 1000, "msg_a", "x");
    put("ops", 2000, "msg_b", "x");
    assert_true(outbox_next(o, "ops", 50, &name, NULL));
    outbox_later(o, &name, 100);
    assert_string_equal(next("ops", 50), "msg_b");
    assert_true(outbox_next(o, "ops", 100, &name, NULL));
    assert_string_equal(name.id, "msg_a");
    assert_int_equal(name.tries, 1);
    assert_true(outbox_next(o, "ops", 99, &name, NULL));
    outbox_later(o, &name, 300);
    assert_false(outbox_next(o, "ops", 99, &name, &when));
    assert_int_equal(when, 100);
    assert_false(outbox_next(o, "chat", 99, &name, &when));
    assert_true(when == INT64_MAX);
}

static void over_a_restart(void **state)
{
    struct outbox_name name;
    (void)state;
    put("ops", 1000, "msg_a", "x");
    put("ops", 2000, "msg_b", "x");
    outbox_next(o, "ops", 0, &name, NULL);
    outbox_later(o, &name, 1000000);
    reopen(1 << 20);
    assert_string_equal(next("ops", 0), "msg_a"); /* tried at once */
    assert_int_equal(waiting(NULL), 2);
}

/* The same message once more, as after a crash between two steps: one message. */
static void put_twice(void **state)
{
    (void)state;
    put("ops", 1000, "msg_a", "x");
    put("ops", 1000, "msg_a", "x");
    assert_int_equal(waiting(NULL), 1);
    put("chat", 1000, "msg_a", "x"); /* the same for another receiver is another */
    assert_int_equal(waiting(NULL), 2);
}

static void leave(const char *name)
{
    char path[200];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "half", 4), 4);
    close(fd);
}

/* What a write that was broken off has left is removed; so is all that is no message. */
static void leftovers(void **state)
{
    char path[200];
    (void)state;
    put("ops", 1000, "msg_a", "x");
    leave("000000000001000-msg_b.ops.a8Xk2Q");
    leave("no message");
    leave("00000000000100x-msg_c.ops");
    leave("000000000001000-.ops");
    leave("000000000001000-msg_d.");
    snprintf(path, sizeof path, "%s/000000000001000-msg_e.ops", folder);
    assert_int_equal(symlink("/etc/passwd", path), 0);
    reopen(1 << 20);
    assert_int_equal(waiting(NULL), 1);
    assert_string_equal(next("ops", 0), "msg_a");
    snprintf(path, sizeof path, "test \"$(ls %s)\" = 000000000001000-msg_a.ops", folder);
    assert_int_equal(system(path), 0);
    assert_int_equal(access("/etc/passwd", F_OK), 0);
}

static void the_oldest_are_dropped(void **state)
{
    char text[101], id[16];
    uint64_t n, dropped;
    (void)state;
    memset(text, 'x', 100);
    text[100] = 0;
    reopen(1000);
    for (int i = 0; i < 25; i++) {
        snprintf(id, sizeof id, "msg_%d", i);
        assert_int_equal(put(i % 2 ? "ops" : "chat", 1000 + i, id, text), 0);
    }
    outbox_count(o, NULL, &n, &dropped);
    assert_int_equal(n, 10);
    assert_int_equal(dropped, 15);
    outbox_count(o, "ops", &n, &dropped);
    assert_int_equal(n + dropped, 12);
    assert_string_equal(next("ops", 0), "msg_15");
    assert_string_equal(next("chat", 0), "msg_16");
    reopen(1000);
    assert_int_equal(waiting(NULL), 10);
}

/* One that is larger than all that may wait is kept: nothing is newer. */
static void the_newest_is_not_dropped(void **state)
{
    (void)state;
    reopen(3);
    put("ops", 2000, "msg_a", "large");
    assert_string_equal(next("ops", 0), "msg_a");
    put("ops", 1000, "msg_b", "large, and older by its name");
    assert_string_equal(next("ops", 0), "msg_b");
    assert_int_equal(waiting(NULL), 1);
}

static void names_that_are_none(void **state)
{
    (void)state;
    assert_int_equal(put("../x", 1000, "msg_a", "x"), -1);
    assert_int_equal(put("ops", 1000, "a/b", "x"), -1);
    assert_int_equal(put("ops", 1000, "", "x"), -1);
    assert_int_equal(put("", 1000, "msg_a", "x"), -1);
    assert_int_equal(waiting(NULL), 0);
}

/* A disk that is full: nothing is there, and it is said. */
static void no_space(void **state)
{
    struct rlimit old, none = {0, RLIM_INFINITY};
    (void)state;
    getrlimit(RLIMIT_FSIZE, &old);
    none.rlim_max = old.rlim_max;
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &none);
    int rc = put("ops", 1000, "msg_a", "x");
    setrlimit(RLIMIT_FSIZE, &old);
    assert_int_equal(rc, -1);
    assert_int_equal(waiting(NULL), 0);
    reopen(1 << 20);
    assert_int_equal(waiting(NULL), 0);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(the_oldest_first_each_to_its_receiver),
        CASE(later),
        CASE(over_a_restart),
        CASE(put_twice),
        CASE(leftovers),
        CASE(the_oldest_are_dropped),
        CASE(the_newest_is_not_dropped),
        CASE(names_that_are_none),
        CASE(no_space),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
