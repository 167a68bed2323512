#include "base/clock.h"

#include <stdio.h>
#include <time.h>

int64_t clock_boot_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_BOOTTIME, &t); /* cannot fail: the clock exists since Linux 2.6.39 */
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

int64_t clock_boot_ms(void)
{
    return clock_boot_ns() / 1000000;
}

int64_t clock_wall_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void clock_sleep_ms(int64_t ms)
{
    struct timespec t = {.tv_sec = (time_t)(ms / 1000), .tv_nsec = (long)(ms % 1000) * 1000000};

    if (ms > 0)
        clock_nanosleep(CLOCK_BOOTTIME, 0, &t, NULL);
}

void clock_show(int64_t epoch_ms, char *dst, size_t cap)
{
    int64_t ms = epoch_ms % 1000;
    int64_t s = epoch_ms / 1000;
    struct tm tm;

    if (ms < 0) { /* before 1970 the division rounds the wrong way */
        ms += 1000;
        s--;
    }
    /* Years of other than four digits would not fit, and are nobody's time stamp. */
    if (s < -30610224000 || s > 253402300799)
        s = ms = 0;
    time_t t = (time_t)s;
    gmtime_r(&t, &tm);
    size_t n = strftime(dst, cap, "%Y-%m-%dT%H:%M:%S", &tm);
    snprintf(dst + n, cap - n, ".%03dZ", (int)ms);
}
