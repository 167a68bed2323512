/* Which process a lease belongs to: its name says so, and /proc says whether that process still
 * runs. Apart from lease.c because a simulation has processes of its own. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/num.h"
#include "base/rnd.h"
#include "spool/lease.h"

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

/* Start time of a process in clock ticks since boot (proc(5), field 22 of stat); 0: there is no
 * such process, or it is a zombie, which does nothing any more. */
static uint64_t start_of(int64_t pid)
{
    char file[64], line[1024];
    unsigned long long start = 0;
    char state = 0;
    snprintf(file, sizeof file, "/proc/%lld/stat", (long long)pid);
    proc_line(file, line, sizeof line);
    const char *p = strrchr(line, ')'); /* the command's name may hold anything */
    if (!p ||
        sscanf(p + 1,
               " %c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %llu",
               &state, &start) != 2)
        return 0;
    return state == 'Z' || state == 'X' ? 0 : start;
}

/* This machine and its boot: "<boot id>-<machine id>", 8 hexadecimal digits each. */
enum { BOOT_CAP = 18 };

static void boot_id(char id[BOOT_CAP])
{
    char machine[64];
    char line[64];
    proc_line("/proc/sys/kernel/random/boot_id", line, sizeof line);
    proc_line("/etc/machine-id", machine, sizeof machine);
    snprintf(id, BOOT_CAP, "%.8s-%.8s", line[0] ? line : "00000000",
             machine[0] ? machine : "00000000");
}

static uint64_t pid_namespace(void)
{
    struct stat st;
    return stat("/proc/self/ns/pid", &st) == 0 ? (uint64_t)st.st_ino : 0;
}

void lease_make_name(int64_t pid, char name[LEASE_CAP])
{
    char id[LEASE_ID_CAP], boot[BOOT_CAP];
    rnd_name(id, sizeof id - 1);
    boot_id(boot);
    snprintf(name, LEASE_CAP, "%s.%lld.%llu.%s.%llu", id, (long long)pid,
             (unsigned long long)start_of(pid), boot, (unsigned long long)pid_namespace());
}

struct owner {
    uint64_t pid, start, ns;
    char boot[BOOT_CAP];
};

static bool parse_name(const char *name, char id[LEASE_ID_CAP], struct owner *o)
{
    char part[5][32];
    int n = 0;
    for (const char *p = name; n < 5; n++) {
        size_t len = strcspn(p, ".");
        if (len == 0 || len >= sizeof part[0] || (n < 4 && p[len] != '.') ||
            (n == 4 && p[len] != 0))
            return false;
        memcpy(part[n], p, len);
        part[n][len] = 0;
        p += len + 1;
    }
    size_t alnum = strspn(part[0], "0123456789abcdefghijklmnopqrstuvwxyz");
    if (strlen(part[0]) != LEASE_ID_CAP - 1 || alnum != LEASE_ID_CAP - 1 ||
        strlen(part[3]) >= sizeof o->boot ||
        strspn(part[3], "0123456789abcdefghijklmnopqrstuvwxyz-") != strlen(part[3]))
        return false;
    memcpy(id, part[0], LEASE_ID_CAP);
    memcpy(o->boot, part[3], strlen(part[3]) + 1);
    return num_u64(part[1], &o->pid) && num_u64(part[2], &o->start) && num_u64(part[4], &o->ns);
}

bool lease_name_ok(const char *name, char id[LEASE_ID_CAP])
{
    char mine[LEASE_ID_CAP];
    struct owner o;
    return parse_name(name, id ? id : mine, &o);
}

bool lease_owner_gone(const char *lease_name)
{
    char id[LEASE_ID_CAP], boot[BOOT_CAP];
    struct owner o;
    if (!parse_name(lease_name, id, &o))
        return false;
    boot_id(boot);
    const char *here = strchr(boot, '-'), *there = strchr(o.boot, '-');
    if (!there || strcmp(here, there) != 0)
        return false; /* another machine that calls itself like this one */
    if (strcmp(boot, o.boot) != 0)
        return true; /* this machine was started anew since: nothing of then runs any more */
    if (o.ns != pid_namespace())
        return false;
    return start_of((int64_t)o.pid) != o.start || o.start == 0;
}
