/*
 * guestd: the first process of a guest, which does what the test runner asks over TCP.
 *
 * A request is "VERB LENGTH\n" and LENGTH bytes:
 *   RUN    a shell script; its output comes back, its input is empty; it dies with the connection
 *   TALK   the same, but what else comes through the connection is its input
 *   CLOCK  nanoseconds since 1970: set the clock
 *   OFF    write everything back and switch off
 * An answer ends with "\n\1RC=<exit status>\n". One process serves each connection.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { VERB = 8, SCRIPT_MAX = 1 << 20 };

/* Read exactly n bytes; anything else ends the process: the connection is of no use any more. */
static void read_exactly(int fd, char *to, size_t n)
{
    while (n > 0) {
        ssize_t got = read(fd, to, n);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            _exit(1);
        to += got;
        n -= (size_t)got;
    }
}

/* The request's verb and its text, which is never freed: the process serves nobody else. */
static char *read_request(int fd, char verb[VERB])
{
    char line[40], *space;
    size_t n = 0;
    do {
        if (n == sizeof line)
            _exit(1);
        read_exactly(fd, line + n, 1);
    } while (line[n++] != '\n');
    line[n - 1] = 0;
    space = strchr(line, ' ');
    if (!space || space - line >= VERB)
        _exit(1);
    *space = 0;
    memcpy(verb, line, strlen(line) + 1);
    unsigned long length = strtoul(space + 1, NULL, 10);
    char *text = length <= SCRIPT_MAX ? calloc(1, length + 1) : NULL;
    if (!text)
        _exit(1);
    read_exactly(fd, text, length);
    return text;
}

static void answer(int fd, int status)
{
    dprintf(fd, "\n\001RC=%d\n", status);
    shutdown(fd, SHUT_RDWR);
}

/* In the script's own process: a session of its own, so that all of it can be killed at once. */
static void run_script(int connection, const char *script, bool talk)
{
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    setsid();
    signal(SIGCHLD, SIG_DFL);
    if (dup2(talk ? connection : null, 0) < 0 || dup2(connection, 1) < 0 || dup2(connection, 2) < 0)
        _exit(126);
    close_range(3, ~0U, 0);
    execl("/bin/sh", "sh", "-c", script, (char *)NULL);
    _exit(127);
}

/* Wait for the script; when the runner hangs up on a RUN, kill it. */
static int wait_for(pid_t script, int connection, bool talk)
{
    int status, pidfd = (int)syscall(SYS_pidfd_open, script, 0);
    struct pollfd watch[2] = {{.fd = pidfd, .events = POLLIN},
                              {.fd = connection, .events = POLLRDHUP}};
    while (poll(watch, talk ? 1 : 2, -1) < 0 && errno == EINTR)
        ;
    if (!watch[0].revents)
        kill(-script, SIGKILL);
    while (waitpid(script, &status, 0) < 0 && errno == EINTR)
        ;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int set_clock(const char *text)
{
    int64_t ns = strtoll(text, NULL, 10);
    struct timespec t = {.tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000};
    return clock_settime(CLOCK_REALTIME, &t) ? 1 : 0;
}

static void serve(int connection)
{
    char verb[VERB];
    char *text = read_request(connection, verb);
    bool talk = strcmp(verb, "TALK") == 0;
    int status = 1;
    signal(SIGCHLD, SIG_DFL);
    if (talk || strcmp(verb, "RUN") == 0) {
        pid_t script = fork();
        if (script == 0)
            run_script(connection, text, talk);
        if (script > 0)
            status = wait_for(script, connection, talk);
    } else if (strcmp(verb, "CLOCK") == 0) {
        status = set_clock(text);
    } else if (strcmp(verb, "OFF") == 0) {
        answer(connection, 0);
        sync();
        reboot(RB_POWER_OFF);
    }
    answer(connection, status);
    _exit(0);
}

static int listen_on(uint16_t port)
{
    struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons(port)};
    int one = 1, s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (s < 0 || setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) ||
        bind(s, (struct sockaddr *)&any, sizeof any) || listen(s, 64))
        return -1;
    return s;
}

int main(int argc, char **argv)
{
    int s = argc == 2 ? listen_on((uint16_t)atoi(argv[1])) : -1;
    if (s < 0) {
        perror("guestd");
        reboot(RB_POWER_OFF);
        return 1;
    }
    signal(SIGCHLD, SIG_IGN); /* as the first process, it also buries everybody's orphans */
    for (;;) {
        int connection = accept4(s, NULL, NULL, SOCK_CLOEXEC);
        if (connection < 0)
            continue;
        if (fork() == 0)
            serve(connection);
        close(connection);
    }
}
