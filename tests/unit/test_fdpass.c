/* fdpass: descriptors that go with a message, and no others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fdpass.h"

static int pair[2];

static int setup(void **state)
{
    (void)state;
    return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair);
}

static int teardown(void **state)
{
    (void)state;
    close(pair[0]);
    return pair[1] < 0 ? 0 : close(pair[1]);
}

/* A pipe whose end came over is the pipe. */
static void a_message_with_descriptors(void **state)
{
    int ends[2], came[2] = {-1, -1};
    unsigned n = 9;
    char msg[8], byte = 0;
    (void)state;
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(fdpass_send(pair[0], "order", 5, ends, 2), 0);
    assert_int_equal(fdpass_recv(pair[1], msg, sizeof msg, came, 2, &n, false), 5);
    assert_memory_equal(msg, "order", 5);
    assert_int_equal(n, 2);
    assert_true(came[0] != ends[0] && came[1] != ends[1]);
    assert_int_equal(fcntl(came[0], F_GETFD), FD_CLOEXEC);
    assert_int_equal(write(ends[1], "x", 1), 1);
    assert_int_equal(read(came[0], &byte, 1), 1);
    assert_int_equal(byte, 'x');
    fdpass_close(came, n);
    assert_int_equal(fcntl(came[1], F_GETFD), -1);
    fdpass_close(ends, 2);
}

static void a_message_alone(void **state)
{
    int none[1];
    unsigned n = 9;
    char msg[8];
    (void)state;
    assert_int_equal(fdpass_send(pair[0], "x", 1, NULL, 0), 0);
    assert_int_equal(fdpass_recv(pair[1], msg, sizeof msg, none, 1, &n, true), 1);
    assert_int_equal(n, 0);
}

/* Of more than are wanted none is opened beyond that: nothing is left that nobody knows of. An odd
 * number, since the kernel would fill what alignment leaves free. */
static void more_than_wanted(void **state)
{
    int ends[4], came[FDPASS_MOST], next;
    unsigned n = 0;
    char msg[8];
    (void)state;
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(pipe(ends + 2), 0);
    assert_int_equal(fdpass_send(pair[0], "x", 1, ends, 4), 0);
    assert_int_equal(fdpass_recv(pair[1], msg, sizeof msg, came, 3, &n, false), 1);
    assert_int_equal(n, 3);
    assert_true((next = dup(0)) >= 0); /* the lowest number that is free: the fourth has none */
    assert_int_equal(next, came[2] + 1);
    close(next);
    fdpass_close(came, n);
    fdpass_close(ends, 4);
}

static void nothing_there_and_nobody(void **state)
{
    int came[1];
    unsigned n = 9;
    char msg[8];
    (void)state;
    assert_int_equal(fdpass_recv(pair[1], msg, sizeof msg, came, 1, &n, false), -1);
    assert_int_equal(errno, EAGAIN);
    assert_int_equal(n, 0);
    close(pair[1]);
    pair[1] = -1;
    assert_int_equal(fdpass_send(pair[0], "x", 1, NULL, 0), -1);
    assert_int_equal(errno, EPIPE);
    assert_int_equal(fdpass_recv(pair[0], msg, sizeof msg, came, 1, &n, true), 0);
}

/* Who does not take what was sent makes nobody wait. */
static void a_full_socket(void **state)
{
    int sent = 0;
    (void)state;
    while (sent < 1 << 20 && fdpass_send(pair[0], "x", 1, NULL, 0) == 0)
        sent++;
    assert_int_equal(errno, EAGAIN);
    assert_in_range(sent, 1, (1 << 20) - 1);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_message_with_descriptors), TEST(a_message_alone), TEST(more_than_wanted),
        TEST(nothing_there_and_nobody),   TEST(a_full_socket),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
