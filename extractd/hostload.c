#include "extractd/hostload.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { TEXT = 4096, KIB = 1024, MS_PER_S = 1000 };

void hostload_begin(struct hostload *h, const char *root, pid_t top)
{
    *h = (struct hostload){.root = root, .top = top};
    hoststatus_no_load(&h->now);
}

ssize_t hostload_file(const char *root, const char *path, char *text, size_t cap)
{
    char whole[2 * HOSTLOAD_PATH];
    size_t n = 0;
    ssize_t got = 1;
    if (snprintf(whole, sizeof whole, "%s%s", root, path) >= (int)sizeof whole)
        return -1;
    int fd = open(whole, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    while (fd >= 0 && n + 1 < cap && (got = read(fd, text + n, cap - 1 - n)) != 0) {
        if (got < 0 && errno != EINTR)
            break;
        n += got > 0 ? (size_t)got : 0;
    }
    if (fd >= 0)
        close(fd);
    text[n] = 0;
    return fd < 0 || got < 0 ? -1 : (ssize_t)n;
}

/* "cpu  user nice system idle iowait irq softirq steal ...": the guests' time is in the user's. */
static bool read_ticks(const struct hostload *h, uint64_t *busy, uint64_t *total)
{
    enum { IDLE = 3, IOWAIT = 4, KINDS = 8 };
    char text[TEXT], *at = text + 4, *end;
    uint64_t all = 0, idle = 0;
    if (hostload_file(h->root, "/proc/stat", text, sizeof text) < 0 ||
        strncmp(text, "cpu ", 4) != 0)
        return false;
    for (int i = 0; i < KINDS; i++, at = end) {
        uint64_t n = strtoull(at, &end, 10);
        if (end == at)
            return false;
        all += n;
        idle += i == IDLE || i == IOWAIT ? n : 0;
    }
    *busy = all - idle;
    *total = all;
    return true;
}

/* Of what all cores could have done since then; both counts may jump back a little (iowait). */
static int64_t permille(uint64_t done, uint64_t before, uint64_t all, uint64_t all_before)
{
    if (all <= all_before)
        return STATUS_UNKNOWN;
    uint64_t n = done > before ? (done - before) * 1000 / (all - all_before) : 0;
    return n < 1000 ? (int64_t)n : 1000;
}

static void look_cpu(struct hostload *h)
{
    uint64_t busy, total;
    bool known = read_ticks(h, &busy, &total);
    h->now.cpu_permille =
        known && h->counted ? permille(busy, h->busy, total, h->total) : STATUS_UNKNOWN;
    h->counted = known;
    h->busy = known ? busy : 0;
    h->total = known ? total : 0;
}

static int64_t memory_of(const char *text, const char *name)
{
    const char *at = strstr(text, name);
    unsigned long long n;
    if (!at || sscanf(at + strlen(name), " %llu kB", &n) != 1 || n > INT64_MAX / KIB)
        return STATUS_UNKNOWN;
    return (int64_t)n * KIB;
}

static void look_memory(struct hostload *h)
{
    char text[TEXT];
    bool known = hostload_file(h->root, "/proc/meminfo", text, sizeof text) > 0;
    h->now.memory_total = known ? memory_of(text, "MemTotal:") : STATUS_UNKNOWN;
    h->now.memory_available = known ? memory_of(text, "MemAvailable:") : STATUS_UNKNOWN;
}

int64_t hostload_available(const char *root)
{
    char text[TEXT];
    bool known = hostload_file(root, "/proc/meminfo", text, sizeof text) > 0;
    return known ? memory_of(text, "MemAvailable:") : STATUS_UNKNOWN;
}

int64_t hostload_still(const char *root)
{
    char text[TEXT];
    unsigned whole, part;
    bool known = hostload_file(root, "/proc/pressure/memory", text, sizeof text) > 0;
    const char *full = known ? strstr(text, "full avg10=") : NULL;
    return full && sscanf(full, "full avg10=%3u.%2u ", &whole, &part) == 2
               ? (int64_t)whole * 100 + part
               : STATUS_UNKNOWN;
}

static void look_average(struct hostload *h)
{
    char text[TEXT];
    unsigned whole, part;
    bool known = hostload_file(h->root, "/proc/loadavg", text, sizeof text) > 0 &&
                 sscanf(text, "%6u.%2u ", &whole, &part) == 2;
    h->now.load_hundredths = known ? (int64_t)whole * 100 + part : STATUS_UNKNOWN;
}

static int64_t cpu_spent_us(void)
{
    struct timespec t;
    return clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t) == 0
               ? (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000
               : 0;
}

/* The more it costs, the longer until the next time. */
static void look_own(struct hostload *h, int64_t now)
{
    uint64_t ticks, bytes, busy, total;
    int64_t began = cpu_spent_us();
    bool known = read_ticks(h, &busy, &total) && hostload_own(h->root, h->top, &ticks, &bytes);
    int64_t rest = (cpu_spent_us() - began) * OWN_REST / MS_PER_S;
    h->next_own = now + (rest > LOAD_EVERY_MS ? rest : LOAD_EVERY_MS);
    h->now.own_memory = known ? (int64_t)bytes : STATUS_UNKNOWN;
    h->now.own_cpu_permille =
        known && h->own_counted ? permille(ticks, h->own, total, h->own_total) : STATUS_UNKNOWN;
    h->own_counted = known;
    h->own = known ? ticks : 0;
    h->own_total = known ? total : 0;
}

const struct host_load *hostload_look(struct hostload *h, int64_t now)
{
    if (now >= h->next_sensors) {
        h->next_sensors = now + HEAT_EVERY_MS;
        hostload_sensors(h);
    }
    if (now >= h->next_load) {
        h->next_load = now + LOAD_EVERY_MS;
        look_cpu(h);
        look_memory(h);
        look_average(h);
        h->now.temperature_millidegrees = hostload_heat(h);
    }
    if (now >= h->next_own)
        look_own(h, now);
    return &h->now;
}
