/* Which process a lease belongs to: its name says so, and /proc says whether that process still
 * runs. Apart from lease.c because a simulation has processes of its own. */
#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "base/process.h"
#include "base/rnd.h"
#include "spool/lease.h"

static uint64_t start_of(int64_t pid)
{
    struct process p;
    return process_look(pid, &p) ? p.start : 0;
}

void lease_make_name(int64_t pid, char name[LEASE_CAP])
{
    char id[LEASE_ID_CAP], boot[PROCESS_BOOT_CAP];
    rnd_name(id, sizeof id - 1);
    process_boot(boot);
    snprintf(name, LEASE_CAP, "%s.%lld.%llu.%s.%llu", id, (long long)pid,
             (unsigned long long)start_of(pid), boot, (unsigned long long)process_namespace());
}

struct owner {
    uint64_t pid, start, ns;
    char boot[PROCESS_BOOT_CAP];
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
    char id[LEASE_ID_CAP], boot[PROCESS_BOOT_CAP];
    struct owner o;
    if (!parse_name(lease_name, id, &o))
        return false;
    process_boot(boot);
    const char *here = strchr(boot, '-'), *there = strchr(o.boot, '-');
    if (!there || strcmp(here, there) != 0)
        return false; /* another machine that calls itself like this one */
    if (strcmp(boot, o.boot) != 0)
        return true; /* this machine was started anew since: nothing of then runs any more */
    if (o.ns != process_namespace())
        return false;
    return start_of((int64_t)o.pid) != o.start || o.start == 0;
}

bool lease_of_here(const char *lease_name)
{
    char id[LEASE_ID_CAP], boot[PROCESS_BOOT_CAP];
    struct owner o;
    if (!parse_name(lease_name, id, &o))
        return false;
    process_boot(boot);
    return strcmp(boot, o.boot) == 0 && o.ns != 0 && o.ns == process_namespace();
}
