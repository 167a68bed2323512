#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "spoold/http/listener.h"

static bool connects(const struct listener *l)
{
    struct sockaddr_storage a;
    socklen_t len = sizeof a;

    assert_int_equal(getsockname(l->fd, (struct sockaddr *)&a, &len), 0);
    int fd = socket(a.ss_family, SOCK_STREAM, 0);
    bool good = connect(fd, (struct sockaddr *)&a, len) == 0;
    close(fd);
    return good;
}

static void test_tcp(void **state)
{
    struct listener l, second;

    (void)state;
    assert_null(listener_open(&l, "127.0.0.1:0", false));
    assert_true(l.local && l.tcp && l.port > 0);
    assert_string_equal(l.address, "127.0.0.1");
    assert_int_equal(fcntl(l.fd, F_GETFD), FD_CLOEXEC);
    assert_true(fcntl(l.fd, F_GETFL) & O_NONBLOCK);
    assert_true(connects(&l));
    assert_non_null(listener_open(&second, l.name, false));
    assert_int_equal(errno, EADDRINUSE);
    assert_int_equal(second.fd, -1);
    listener_close(&l);
    listener_close(&l);
    assert_int_equal(l.fd, -1);
    assert_null(listener_open(&l, "localhost:0", false));
    assert_string_equal(l.address, "127.0.0.1");
    listener_close(&l);
}

static void test_what_others_can_reach(void **state)
{
    static const char *const open_to_all[] = {
        "0.0.0.0:0",          "192.0.2.1:80", "[::]:0",           "[2001:db8::1]:80",
        "[::ffff:1.2.3.4]:0", "128.0.0.1:0",  "126.255.255.255:0"};
    struct listener l;

    (void)state;
    for (size_t i = 0; i < sizeof open_to_all / sizeof open_to_all[0]; i++) {
        errno = 0;
        assert_non_null(listener_open(&l, open_to_all[i], false));
        assert_int_equal(errno, EPERM);
        assert_int_equal(l.fd, -1);
        assert_false(l.local);
    }
    assert_null(listener_open(&l, "0.0.0.0:0", true));
    assert_false(l.local);
    listener_close(&l);
    assert_null(listener_open(&l, "127.9.9.9:0", false));
    assert_true(l.local);
    listener_close(&l);
}

static void test_bad_words(void **state)
{
    static const char *const wrong[] = {"",
                                        "127.0.0.1",
                                        ":80",
                                        "127.0.0.1:",
                                        "127.0.0.1:x",
                                        "127.0.0.1:65536",
                                        "127.0.0.1:-1",
                                        "example.org:80",
                                        "::1:80",
                                        "[::1]",
                                        "[127.0.0.1]:80",
                                        "[::1:80",
                                        "unix:",
                                        "unix:relative",
                                        "127.1:80",
                                        "127.0.0.1:80 "};
    struct listener l;
    char longest[200] = "unix:/";

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        errno = 0;
        assert_non_null(listener_open(&l, wrong[i], true));
        assert_int_equal(errno, EINVAL);
    }
    memset(longest + 6, 'x', LISTENER_PATH);
    assert_non_null(listener_open(&l, longest, true));
    assert_int_equal(errno, EINVAL);
}

static void test_unix(void **state)
{
    char name[] = "/tmp/test_http_listener.XXXXXX", where[100];
    struct listener l, second;
    struct stat st;

    (void)state;
    assert_non_null(mkdtemp(name));
    snprintf(where, sizeof where, "unix:%s/s", name);
    assert_null(listener_open(&l, where, false));
    assert_true(l.local);
    assert_false(l.tcp);
    assert_int_equal(l.port, 0);
    assert_string_equal(l.name, where);
    assert_int_equal(stat(l.path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0660);
    assert_true(connects(&l));
    /* One that lives is not taken away. */
    assert_non_null(listener_open(&second, where, false));
    assert_int_equal(errno, EADDRINUSE);
    listener_close(&second);
    assert_true(connects(&l));
    /* What a crash left is. */
    close(l.fd);
    l.fd = -1;
    assert_null(listener_open(&second, where, false));
    assert_true(connects(&second));
    listener_close(&second);
    assert_int_equal(stat(where + 5, &st), -1);
    /* What is no socket stays. */
    int fd = open(where + 5, O_CREAT | O_WRONLY, 0600);
    assert_true(fd >= 0);
    close(fd);
    assert_non_null(listener_open(&second, where, false));
    assert_int_equal(errno, EADDRINUSE);
    assert_int_equal(stat(where + 5, &st), 0);
    assert_int_equal(unlink(where + 5), 0);
    assert_int_equal(rmdir(name), 0);
}

/* In a child, as descriptor 3 must be ours alone. 0: as it should be. */
static int inherit(int fd, const char *count, bool for_me, bool may_be_public, int want)
{
    pid_t pid = fork();
    int status;

    if (pid == 0) {
        struct listener l = {.fd = -1};
        char text[20];
        const char *what = "";
        snprintf(text, sizeof text, "%d", (int)getpid() + !for_me);
        dup2(fd, 3);
        setenv("LISTEN_PID", text, 1);
        setenv("LISTEN_FDS", count, 1);
        int got = listener_inherit(&l, may_be_public, &what);
        bool good = got == want && !getenv("LISTEN_FDS") && !getenv("LISTEN_PID") &&
                    (got != 1 || (l.fd == 3 && connects(&l) && fcntl(3, F_GETFD) == FD_CLOEXEC)) &&
                    (got != -1 || *what);
        _exit(good ? 0 : 1);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WEXITSTATUS(status);
}

static void test_systemd(void **state)
{
    struct listener l, open_to_all;
    int pair[2], quiet = socket(AF_INET, SOCK_STREAM, 0);

    (void)state;
    assert_null(listener_open(&l, "127.0.0.1:0", false));
    assert_null(listener_open(&open_to_all, "0.0.0.0:0", true));
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    assert_int_equal(inherit(l.fd, "1", true, false, 1), 0);
    assert_int_equal(inherit(l.fd, "1", false, false, 0), 0); /* meant for another process */
    assert_int_equal(inherit(l.fd, "0", true, false, 0), 0);
    assert_int_equal(inherit(l.fd, "x", true, false, 0), 0);
    assert_int_equal(inherit(l.fd, "2", true, false, -1), 0);
    assert_int_equal(inherit(open_to_all.fd, "1", true, false, -1), 0);
    assert_int_equal(inherit(open_to_all.fd, "1", true, true, 1), 0);
    assert_int_equal(inherit(pair[0], "1", true, false, -1), 0); /* listens to nobody */
    assert_int_equal(inherit(quiet, "1", true, false, -1), 0);
    int file = open("/dev/null", O_RDONLY);
    assert_int_equal(inherit(file, "1", true, false, -1), 0);
    close(file);
    close(pair[0]);
    close(pair[1]);
    close(quiet);
    listener_close(&l);
    listener_close(&open_to_all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tcp),       cmocka_unit_test(test_what_others_can_reach),
        cmocka_unit_test(test_bad_words), cmocka_unit_test(test_unix),
        cmocka_unit_test(test_systemd),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
