/* notify: what a manager hears, and when. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/notify.h"

static char name[64];

/* A manager's socket: a file, or ("@...") none. */
static int manager(bool abstract)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    snprintf(name, sizeof name, "%s/tmp/pdfspool-notify-%d", abstract ? "@" : "", (int)getpid());
    memcpy(a.sun_path, name, strlen(name));
    if (abstract)
        a.sun_path[0] = 0;
    else
        unlink(name);
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    socklen_t len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name));
    assert_int_equal(bind(fd, (struct sockaddr *)&a, len), 0);
    setenv("NOTIFY_SOCKET", name, 1);
    return fd;
}

/* The next that was told; "": nothing. */
static const char *heard(int fd)
{
    static char text[512];
    ssize_t n = recv(fd, text, sizeof text - 1, 0);
    text[n > 0 ? n : 0] = 0;
    return text;
}

static void watchdog(const char *usec, const char *pid)
{
    setenv("WATCHDOG_USEC", usec, 1);
    if (pid)
        setenv("WATCHDOG_PID", pid, 1);
    else
        unsetenv("WATCHDOG_PID");
}

static void a_life_is_told(void **state)
{
    (void)state;
    for (int abstract = 0; abstract < 2; abstract++) {
        struct notify n;
        int fd = manager(abstract);
        assert_int_equal(notify_open(&n), 0);
        assert_null(getenv("NOTIFY_SOCKET"));
        assert_int_equal(notify_ready(&n), 0);
        assert_string_equal(heard(fd), "READY=1");
        notify_reloading(&n);
        assert_memory_equal(heard(fd), "RELOADING=1\nMONOTONIC_USEC=", 27);
        notify_status(&n, "12 left");
        notify_status(&n, "12 left");
        notify_status(&n, "11 left");
        assert_string_equal(heard(fd), "STATUS=12 left");
        assert_string_equal(heard(fd), "STATUS=11 left");
        notify_feed(&n, 1000000); /* nobody wants it */
        notify_stopping(&n);
        assert_string_equal(heard(fd), "STOPPING=1");
        assert_string_equal(heard(fd), "");
        notify_close(&n);
        close(fd);
        if (!abstract)
            unlink(name);
    }
}

static void the_watchdog_is_fed_in_time(void **state)
{
    struct notify n;
    char own[16], other[16];
    (void)state;
    snprintf(own, sizeof own, "%d", (int)getpid());
    snprintf(other, sizeof other, "%d", (int)getppid());
    int fd = manager(true);
    watchdog("3000000", own);
    assert_int_equal(notify_open(&n), 0);
    assert_null(getenv("WATCHDOG_USEC"));
    assert_null(getenv("WATCHDOG_PID"));
    int meals = 0;
    for (int64_t now = 50000; now < 59000; now += 200) {
        int64_t next = notify_feed(&n, now);
        assert_true(next > 0 && next <= 1000);
        meals += strcmp(heard(fd), "WATCHDOG=1") == 0;
    }
    assert_int_equal(meals, 9);
    notify_close(&n);
    static const char *const none[][2] = {
        {"3000000", NULL}, {"0", NULL}, {"x", NULL}, {"-1", NULL}};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        setenv("NOTIFY_SOCKET", name, 1);
        watchdog(none[i][0], none[i][1]);
        assert_int_equal(notify_open(&n), 0);
        assert_int_equal(n.watchdog_ms, i == 0 ? 3000 : 0);
        notify_close(&n);
    }
    setenv("NOTIFY_SOCKET", name, 1);
    watchdog("3000000", other); /* somebody else is meant */
    assert_int_equal(notify_open(&n), 0);
    assert_true(notify_feed(&n, 1000000) == INT64_MAX);
    assert_string_equal(heard(fd), "");
    notify_close(&n);
    close(fd);
}

static void a_manager_that_does_not_listen_holds_nobody_up(void **state)
{
    struct notify n;
    char text[32];
    (void)state;
    int fd = manager(true);
    assert_int_equal(notify_open(&n), 0);
    for (int i = 0; i < 5000; i++) { /* far more than a queue holds */
        snprintf(text, sizeof text, "%d", i);
        notify_status(&n, text);
    }
    assert_string_not_equal(n.status, "4999"); /* what was not taken is not believed to be told */
    assert_int_equal(notify_ready(&n), -1);
    assert_int_equal(errno, EAGAIN);
    for (int i = 0; i < 5000 && *heard(fd); i++)
        ;
    notify_status(&n, "4999");
    assert_string_equal(heard(fd), "STATUS=4999");
    assert_int_equal(notify_ready(&n), 0);
    close(fd);
    assert_int_equal(notify_ready(&n), -1); /* and one that is gone kills nobody */
    notify_close(&n);
}

static void without_a_manager_nothing_happens(void **state)
{
    struct notify n;
    char longer[NOTIFY_STATUS * 2];
    (void)state;
    unsetenv("NOTIFY_SOCKET");
    assert_int_equal(notify_open(&n), 0);
    memset(longer, 'x', sizeof longer - 1);
    longer[sizeof longer - 1] = 0;
    notify_status(&n, "one\nREADY=1");
    assert_string_equal(n.status, "one");
    notify_status(&n, longer);
    assert_int_equal(strlen(n.status), NOTIFY_STATUS - 1);
    assert_int_equal(notify_ready(&n), 0);
    notify_stopping(&n);
    notify_close(&n);
    static const char *const bad[] = {
        "", "/", "@", "relative", "vsock:2:1234", "/tmp/there/is/none"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        setenv("NOTIFY_SOCKET", bad[i], 1);
        assert_int_equal(notify_open(&n), -1);
        assert_true(errno == EINVAL || i == 5);
        assert_null(getenv("NOTIFY_SOCKET"));
        assert_int_equal(notify_ready(&n), 0);
        notify_close(&n);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_life_is_told),
        cmocka_unit_test(the_watchdog_is_fed_in_time),
        cmocka_unit_test(a_manager_that_does_not_listen_holds_nobody_up),
        cmocka_unit_test(without_a_manager_nothing_happens),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
