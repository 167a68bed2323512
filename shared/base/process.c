#include "base/process.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <unistd.h>

/* First line of a /proc file into dst; "" when it cannot be read. (Local files: not by way of
 * fsop.) */
static void proc_line(const char *file, char *dst, size_t cap)
{
    FILE *f = fopen(file, "re");
    dst[0] = 0;
    if (!f)
        return;
    if (!fgets(dst, (int)cap, f))
        dst[0] = 0;
    fclose(f);
    dst[strcspn(dst, "\n")] = 0;
}

bool process_look(int64_t pid, struct process *p)
{
    char file[64], line[1024];
    unsigned long long start = 0;
    long long parent = 0;
    char state = 0;
    *p = (struct process){0};
    snprintf(file, sizeof file, "/proc/%lld/stat", (long long)pid);
    proc_line(file, line, sizeof line);
    const char *begin = strchr(line, '('),
               *end = strrchr(line, ')'); /* the name may hold anything */
    if (!begin || !end || end < begin ||
        sscanf(end + 1,
               " %c %lld %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %llu",
               &state, &parent, &start) != 3 ||
        state == 'Z' || state == 'X')
        return false;
    size_t len = (size_t)(end - begin - 1);
    memcpy(p->name, begin + 1, len < sizeof p->name ? len : sizeof p->name - 1);
    p->parent = parent;
    p->start = start;
    return true;
}

void process_boot(char id[PROCESS_BOOT_CAP])
{
    char machine[64];
    char line[64];
    proc_line("/proc/sys/kernel/random/boot_id", line, sizeof line);
    proc_line("/etc/machine-id", machine, sizeof machine);
    snprintf(id, PROCESS_BOOT_CAP, "%.8s-%.8s", line[0] ? line : "00000000",
             machine[0] ? machine : "00000000");
}

uint64_t process_namespace(void)
{
    struct stat st;
    return stat("/proc/self/ns/pid", &st) == 0 ? (uint64_t)st.st_ino : 0;
}

size_t process_children(int64_t pid, int64_t *pids, size_t cap)
{
    char file[96];
    long long child;
    size_t n = 0;
    snprintf(file, sizeof file, "/proc/%lld/task/%lld/children", (long long)pid, (long long)pid);
    FILE *f = fopen(file, "re");
    while (f && n < cap && fscanf(f, "%lld", &child) == 1)
        pids[n++] = child;
    if (f)
        fclose(f);
    return n;
}

static bool is_that(int64_t pid, uint64_t start, const char *name)
{
    struct process p;
    return start != 0 && process_look(pid, &p) && p.start == start && strcmp(p.name, name) == 0;
}

/* The descriptor is of one process, whatever becomes of its number: looked at after it was opened,
 * so that between look and kill no other can take its place. */
enum process_end process_end(int64_t pid, uint64_t start, const char *name, int ms)
{
    enum process_end how = PROCESS_OTHER;
    if (pid <= 1 || pid > INT32_MAX || pid == getpid() || !is_that(pid, start, name))
        return PROCESS_OTHER;
    int fd = pidfd_open((pid_t)pid, 0);
    if (fd < 0)
        return errno == ESRCH ? PROCESS_OTHER : PROCESS_REFUSED;
    if (is_that(pid, start, name)) {
        struct pollfd gone = {.fd = fd, .events = POLLIN};
        if (pidfd_send_signal(fd, SIGKILL, NULL, 0) != 0)
            how = errno == ESRCH ? PROCESS_OTHER : PROCESS_REFUSED;
        else
            how = poll(&gone, 1, ms) > 0 ? PROCESS_ENDED : PROCESS_STAYS;
    }
    int saved = errno;
    close(fd);
    errno = saved;
    return how;
}
