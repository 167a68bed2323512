#include "base/notify.h"

#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/num.h"

/* How often the watchdog is fed in the time that it allows. */
enum { MEALS = 3 };

static int reach(const char *name)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    size_t n = strlen(name);
    if ((name[0] != '/' && name[0] != '@') || n < 2 || n >= sizeof to.sun_path) {
        errno = EINVAL;
        return -1;
    }
    memcpy(to.sun_path, name, n);
    if (name[0] ==
        '@') /* a name of no file: it begins with a NUL, and ends where its length says */
        to.sun_path[0] = 0;
    socklen_t len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n);
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0 && connect(fd, (const struct sockaddr *)&to, len) == 0)
        return fd;
    int saved = errno;
    if (fd >= 0)
        close(fd);
    errno = saved;
    return -1;
}

/* 0: the manager wants no such thing of this process. */
static int64_t watchdog_of(const char *usec, const char *pid)
{
    uint64_t value, meant;
    if (!usec || !num_u64(usec, &value) || value == 0 || value > INT64_MAX)
        return 0;
    if (pid && (!num_u64(pid, &meant) || meant != (uint64_t)getpid()))
        return 0;
    return value < 1000 ? 1 : (int64_t)(value / 1000);
}

int notify_open(struct notify *n)
{
    const char *name = getenv("NOTIFY_SOCKET");
    *n = (struct notify){.fd = -1};
    if (name) {
        n->watchdog_ms = watchdog_of(getenv("WATCHDOG_USEC"), getenv("WATCHDOG_PID"));
        n->fd = reach(name);
    }
    int saved = errno;
    unsetenv("NOTIFY_SOCKET");
    unsetenv("WATCHDOG_USEC");
    unsetenv("WATCHDOG_PID");
    errno = saved;
    return name && n->fd < 0 ? -1 : 0;
}

/* The manager's queue may be full for a moment. */
static int tell(const struct notify *n, const char *text, int wait_ms)
{
    struct pollfd room = {.fd = n->fd, .events = POLLOUT};
    if (n->fd < 0)
        return 0;
    ssize_t sent = send(n->fd, text, strlen(text), MSG_NOSIGNAL);
    if (sent < 0 && errno == EAGAIN && wait_ms > 0 && poll(&room, 1, wait_ms) > 0)
        sent = send(n->fd, text, strlen(text), MSG_NOSIGNAL);
    return sent < 0 ? -1 : 0;
}

int notify_ready(struct notify *n)
{
    return tell(n, "READY=1", NOTIFY_WAIT_MS);
}

void notify_reloading(struct notify *n)
{
    char text[64];
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t); /* the manager's clock; it cannot fail */
    snprintf(text, sizeof text, "RELOADING=1\nMONOTONIC_USEC=%lld",
             (long long)t.tv_sec * 1000000 + t.tv_nsec / 1000);
    tell(n, text, NOTIFY_WAIT_MS);
}

void notify_stopping(struct notify *n)
{
    tell(n, "STOPPING=1", NOTIFY_WAIT_MS);
}

void notify_status(struct notify *n, const char *text)
{
    char line[sizeof "STATUS=" - 1 + NOTIFY_STATUS] = "STATUS=";
    char *said = line + strlen(line);
    size_t len = strcspn(text, "\n"); /* a line break begins another message */
    len = len < NOTIFY_STATUS ? len : NOTIFY_STATUS - 1;
    memcpy(said, text, len);
    said[len] = 0;
    if (strcmp(said, n->status) == 0 || tell(n, line, 0) != 0)
        return;
    memcpy(n->status, said, len + 1);
}

int64_t notify_feed(struct notify *n, int64_t boot_ms)
{
    int64_t gap = n->watchdog_ms / MEALS > 0 ? n->watchdog_ms / MEALS : 1;
    if (n->watchdog_ms == 0 || n->fd < 0)
        return INT64_MAX;
    if (boot_ms - n->fed_ms < gap)
        return gap - (boot_ms - n->fed_ms);
    /* What was not taken is said again at the next turn, but not without a rest. */
    if (tell(n, "WATCHDOG=1", 0) == 0)
        n->fed_ms = boot_ms;
    return gap;
}

void notify_close(struct notify *n)
{
    if (n->fd >= 0)
        close(n->fd);
    n->fd = -1;
}
