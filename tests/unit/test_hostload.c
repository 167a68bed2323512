/* hostload: what a machine says of itself, as files that are made up here; and what looking costs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "extractd/hostload.h"

static char root[] = "/tmp/pdfspool-hostload-XXXXXX";

static void put(const char *path, const char *text)
{
    char whole[256];
    snprintf(whole, sizeof whole, "%s%s", root, path);
    for (char *p = whole + strlen(root) + 1; (p = strchr(p, '/')); *p++ = '/') {
        *p = 0;
        mkdir(whole, 0700);
    }
    FILE *f = fopen(whole, "w");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

static void put_process(int pid, const char *name, int parent, int ticks, int pages)
{
    char path[64], text[256];
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    snprintf(text, sizeof text, "%d (%s) S %d 1 1 0 -1 4194560 1 2 3 4 %d %d 3 4 20 0 1 0\n", pid,
             name, parent, ticks, ticks);
    put(path, text);
    snprintf(path, sizeof path, "/proc/%d/statm", pid);
    snprintf(text, sizeof text, "9999 %d 100 1 0 1 0\n", pages + 100);
    put(path, text);
}

static int make_root(void **state)
{
    (void)state;
    return mkdtemp(root) ? 0 : -1;
}

static int remove_root(void **state)
{
    char command[64];
    (void)state;
    snprintf(command, sizeof command, "rm -rf %s", root);
    return system(command);
}

static void nothing_there_is_not_known(void **state)
{
    struct hostload h;
    (void)state;
    hostload_begin(&h, root, 100);
    for (int i = 0; i < 2; i++) {
        const struct host_load *l = hostload_look(&h, 1 + i * INT64_C(10000000));
        assert_true(l->cpu_permille == STATUS_UNKNOWN);
        assert_true(l->own_cpu_permille == STATUS_UNKNOWN);
        assert_true(l->load_hundredths == STATUS_UNKNOWN);
        assert_true(l->memory_total == STATUS_UNKNOWN);
        assert_true(l->memory_available == STATUS_UNKNOWN);
        assert_true(l->own_memory == STATUS_UNKNOWN);
        assert_true(l->temperature_millidegrees == STATUS_UNKNOWN);
    }
}

static void a_machine_and_its_processes(void **state)
{
    const int64_t page = sysconf(_SC_PAGESIZE);
    struct hostload h;
    (void)state;
    put("/proc/stat", "cpu  100 0 100 700 100 0 0 0 50 0\ncpu0 1 2 3\n");
    put("/proc/meminfo", "MemTotal:       24684084 kB\nMemFree:  1 kB\nMemAvailable:    1000 kB\n");
    put("/proc/loadavg", "12.43 5.34 4.00 19/188 16649\n");
    put_process(100, "extractd", 1, 10, 50);
    put_process(101, "slot) R 7 (x", 100, 20, 60); /* a name that looks like what follows it */
    put_process(102, "parser", 101, 0, 40);        /* fewer pages than whom it is from */
    put_process(99, "stranger", 1, 1000, 5000);
    put("/proc/self", ""); /* no process */
    hostload_begin(&h, root, 100);
    const struct host_load *l = hostload_look(&h, 1000);
    assert_true(l->cpu_permille == STATUS_UNKNOWN); /* since when? */
    assert_true(l->own_cpu_permille == STATUS_UNKNOWN);
    assert_int_equal(l->load_hundredths, 1243);
    assert_int_equal(l->memory_total, INT64_C(24684084) * 1024);
    assert_int_equal(l->memory_available, 1000 * 1024);
    assert_int_equal(l->own_memory, (50 + 10) * page);

    /* 1,000 ticks later: 600 at work (iowait is none), of these 150 ours. */
    put("/proc/stat", "cpu  500 0 300 1000 200 0 0 0 60 0\n");
    put_process(101, "slot", 100, 95, 60);
    assert_true(hostload_look(&h, 5000)->cpu_permille == STATUS_UNKNOWN); /* not yet */
    l = hostload_look(&h, 1000000);
    assert_int_equal(l->cpu_permille, 600);
    assert_int_equal(l->own_cpu_permille, 150);

    /* A process of ours that nobody has waited for takes its ticks with it; iowait may shrink. */
    put("/proc/stat", "cpu  500 0 300 1000 100 0 0 0 60 0\n");
    put_process(101, "slot", 100, 1, 60);
    l = hostload_look(&h, 2000000);
    assert_true(l->cpu_permille == STATUS_UNKNOWN);
    put("/proc/stat", "cpu  600 0 300 1000 100 0 0 0 60 0\n");
    l = hostload_look(&h, 3000000);
    assert_int_equal(l->cpu_permille, 1000);
    assert_int_equal(l->own_cpu_permille, 0);
}

static void the_hottest_processor_tells(void **state)
{
    struct hostload h;
    (void)state;
    put("/sys/class/thermal/thermal_zone0/type", "acpitz\n");
    put("/sys/class/thermal/thermal_zone0/temp", "27800\n");
    hostload_begin(&h, root, 100);
    assert_true(hostload_look(&h, 1)->temperature_millidegrees == STATUS_UNKNOWN);
    put("/sys/class/thermal/thermal_zone1/type", "cpu-thermal\n");
    put("/sys/class/thermal/thermal_zone1/temp", "48312\n");
    int64_t now = HEAT_EVERY_MS + 1;
    assert_int_equal(hostload_look(&h, now)->temperature_millidegrees, 48312);
    put("/sys/class/hwmon/hwmon0/name", "nvme\n");
    put("/sys/class/hwmon/hwmon0/temp1_input", "99000\n");
    put("/sys/class/hwmon/hwmon1/name", "coretemp\n");
    put("/sys/class/hwmon/hwmon1/temp1_input", "61000\n");
    put("/sys/class/hwmon/hwmon2/name", "coretemp\n");
    put("/sys/class/hwmon/hwmon2/temp1_input", "64000\n");
    assert_int_equal(hostload_look(&h, now += HEAT_EVERY_MS)->temperature_millidegrees, 64000);
    put("/sys/class/hwmon/hwmon2/temp1_input", "nonsense\n");
    assert_int_equal(hostload_look(&h, now += LOAD_EVERY_MS)->temperature_millidegrees, 61000);
    put("/sys/class/hwmon/hwmon1/temp1_input", "-273150\n");
    assert_true(hostload_look(&h, now + LOAD_EVERY_MS)->temperature_millidegrees == STATUS_UNKNOWN);
}

static void burn(int64_t ms)
{
    struct timespec t;
    do {
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    } while (t.tv_sec * INT64_C(1000) + t.tv_nsec / 1000000 < ms);
}

/* This machine: a child that works and has memory is seen in our own figures. */
static void a_real_child_is_seen(void **state)
{
    enum { MEMORY = 64 << 20 };
    struct hostload h;
    int ready[2];
    char c;
    (void)state;
    hostload_begin(&h, "", getpid());
    assert_true(hostload_look(&h, 1)->memory_total > 0);
    const int64_t before = h.now.own_memory;
    assert_int_equal(pipe(ready), 0);
    pid_t child = fork();
    if (child == 0) {
        char *m = mmap(NULL, MEMORY, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        memset(m, 1, MEMORY);
        burn(300);
        if (write(ready[1], "x", 1) == 1)
            pause();
        _exit(1);
    }
    assert_true(child > 0);
    assert_int_equal(read(ready[0], &c, 1), 1);
    const struct host_load *l = hostload_look(&h, 100000000);
    kill(child, SIGKILL);
    assert_int_equal(waitpid(child, NULL, 0), child);
    assert_true(l->own_memory - before > MEMORY * INT64_C(9) / 10);
    assert_true(l->own_memory - before < MEMORY * INT64_C(12) / 10);
    assert_true(l->own_cpu_permille > 0 && l->own_cpu_permille <= l->cpu_permille + 50);
}

/* An hour of looks, as often as a busy host writes its status: some ms of CPU a minute. */
static void looking_costs_little(void **state)
{
    enum { HOUR_MS = 3600000, STATUS_MS = 2000, MS_A_MINUTE = 30 };
    struct hostload h;
    struct timespec a, b;
    (void)state;
    hostload_begin(&h, "", getpid());
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a);
    for (int64_t now = 1; now < HOUR_MS; now += STATUS_MS)
        hostload_look(&h, now);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &b);
    double ms = (double)(b.tv_sec - a.tv_sec) * 1e3 + (double)(b.tv_nsec - a.tv_nsec) / 1e6;
    print_message("%.2f ms of CPU a minute\n", ms / 60);
    assert_true(ms / 60 < MS_A_MINUTE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_there_is_not_known),
        cmocka_unit_test(a_machine_and_its_processes),
        cmocka_unit_test(the_hottest_processor_tells),
        cmocka_unit_test(a_real_child_is_seen),
        cmocka_unit_test(looking_costs_little),
    };
    return cmocka_run_group_tests(tests, make_root, remove_root);
}
