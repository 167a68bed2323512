#include "base/wake.h"

#include <fcntl.h>
#include <inotifytools/inotifytools.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"

enum { WATCHES = 4096, NAME_MOST = 8300, ANEW_MS = 600000 };

static int inotify_fd = -1;
static int64_t opened; /* boot clock, ms */
static bool stale;     /* a folder of the table is gone */
static int n_watches;  /* in the table; the library would count them one by one */

/* The library keeps its descriptor to itself and waits in whole seconds only. It is the lowest free
 * number at the time of the call; make sure that it is one, and poll it ourselves. */
static int find_descriptor(int expected)
{
    char link[64], target[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", expected);
    ssize_t n = readlink(link, target, sizeof target - 1);
    if (n <= 0)
        return -1;
    target[n] = 0;
    return strstr(target, "inotify") ? expected : -1;
}

bool wake_open(void)
{
    int lowest = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (lowest >= 0)
        close(lowest);
    if (lowest < 0 || !inotifytools_initialize())
        return false;
    inotify_fd = find_descriptor(lowest);
    opened = clock_boot_ms();
    stale = false;
    n_watches = 0;
    return inotify_fd >= 0;
}

void wake_close(void)
{
    if (inotify_fd >= 0)
        inotifytools_cleanup();
    inotify_fd = -1;
}

/* Watches of folders that are long gone fill the table, too: now and then it is made anew. */
static bool room_for_one(void)
{
    if (n_watches < WATCHES)
        return true;
    if (clock_boot_ms() - opened < ANEW_MS)
        return false;
    wake_close();
    return wake_open();
}

static void watch(const char *folder, int events)
{
    char name[NAME_MOST];
    /* The library files folders under their name with a '/' behind it, and finds them by no other;
     * one that is watched a second time is memory lost. */
    int n = snprintf(name, sizeof name, "%s/", folder);
    if (inotify_fd >= 0 && n < (int)sizeof name && inotifytools_wd_from_filename(name) < 0 &&
        room_for_one() && inotifytools_watch_file(name, events | IN_ONLYDIR | IN_DONT_FOLLOW))
        n_watches++;
}

void wake_watch(const char *folder)
{
    watch(folder, IN_CREATE | IN_MOVED_TO | IN_CLOSE_WRITE);
}

void wake_watch_empty(const char *folder)
{
    if (n_watches < WATCHES / 2)
        wake_watch(folder);
}

void wake_watch_writes(const char *folder)
{
    watch(folder, IN_CREATE | IN_MOVED_TO | IN_MODIFY);
}

bool wake_wait(int64_t ms, int other)
{
    struct pollfd p[2] = {{.fd = inotify_fd, .events = POLLIN}, {.fd = other, .events = POLLIN}};
    if (poll(p, 2, (int)(ms > 0 ? ms : 0)) <= 0 || !(p[0].revents & POLLIN))
        return false;
    /* The library reads many at once, and waits when it has none: no poll sees what it still has. */
    const struct inotify_event *e;
    for (int left = 0; ioctl(inotify_fd, FIONREAD, &left) == 0 && left > 0;)
        for (; left > 0; left -= (int)(sizeof *e + e->len)) {
            if (!(e = inotifytools_next_event(1)))
                return true;
            stale = stale || (e->mask & IN_IGNORED);
        }
    return true;
}

/* The library keeps the folder's name, and has no way to forget a watch that the kernel has
 * forgotten. */
bool wake_renew(int64_t ms)
{
    if (!stale || clock_boot_ms() - opened < ms)
        return false;
    wake_close();
    return wake_open();
}
