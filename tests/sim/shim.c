/*
 * What the product's rooms ask the machine for, answered by the simulated one: clocks, random
 * numbers, whose process lives, and the log (which goes into the trace). These take the place of
 * base/clock.c, base/rnd.c, base/log.c and spool/lease_owner.c: each of their functions is here, so
 * that the linker takes none of those files.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/rnd.h"
#include "host.h"
#include "sched.h"
#include "spool/lease.h"

static const struct host *here(void)
{
    struct task *t = sched_self();
    return t ? t->host : NULL;
}

int64_t clock_boot_ms(void)
{
    const struct host *h = here();
    return h ? host_boot_ms(h) : sim.now / SIM_MS;
}

int64_t clock_boot_ns(void)
{
    return clock_boot_ms() * 1000000;
}

int64_t clock_wall_ms(void)
{
    const struct host *h = here();
    return (SIM_EPOCH + sim.now + (h ? h->skew : 0)) / SIM_MS;
}

void clock_sleep_ms(int64_t ms)
{
    if (ms > 0 && sched_self())
        sched_until(sim.now + ms * SIM_MS);
}

void clock_show(int64_t epoch_ms, char *dst, size_t cap)
{
    snprintf(dst, cap, "%lld", (long long)epoch_ms);
}

uint64_t rnd_u64(void)
{
    return sim_next(&sim.product_chance);
}

void rnd_name(char *dst, size_t n)
{
    static const char alphabet[] = "0123456789abcdefghjkmnpqrstvwxyz";
    for (size_t i = 0; i < n; i++)
        dst[i] = alphabet[rnd_u64() & 31];
    dst[n] = 0;
}

int64_t rnd_jitter(int64_t ms, unsigned percent)
{
    int64_t spread = ms * (int64_t)percent / 100;
    if (ms <= 0 || spread == 0 || sim.lockstep)
        return ms;
    return ms - spread + (int64_t)(rnd_u64() % (uint64_t)(2 * spread + 1));
}

/* ---- whose process lives ---- */

void lease_make_name(int64_t pid, char name[LEASE_CAP])
{
    char id[LEASE_ID_CAP];
    const struct host *h = here();
    rnd_name(id, sizeof id - 1);
    snprintf(name, LEASE_CAP, "%s.%lld.1.%08x-%08x.1", id, (long long)pid, h->boot, h->index);
}

static bool parse_name(const char *name, char id[LEASE_ID_CAP], unsigned *pid, unsigned *boot,
                       unsigned *machine)
{
    char mine[LEASE_ID_CAP];
    int end = 0;
    if (sscanf(name, "%12[0-9a-z].%u.1.%8x-%8x.1%n", mine, pid, boot, machine, &end) != 4 ||
        name[end] || strlen(mine) != LEASE_ID_CAP - 1)
        return false;
    if (id)
        memcpy(id, mine, sizeof mine);
    return true;
}

bool lease_name_ok(const char *name, char id[LEASE_ID_CAP])
{
    unsigned pid, boot, machine;
    return parse_name(name, id, &pid, &boot, &machine);
}

bool lease_owner_gone(const char *lease_name)
{
    unsigned pid, boot, machine;
    const struct host *h = here();
    if (!parse_name(lease_name, NULL, &pid, &boot, &machine) || machine != h->index)
        return false;
    return boot != h->boot || !h->worker || h->worker->pid != pid;
}

bool lease_of_here(const char *lease_name)
{
    (void)lease_name; /* no process of the simulation is one of this machine */
    return false;
}

/* ---- log ---- */

int log_setup(enum log_format format, enum log_level lowest, const char *file)
{
    (void)format;
    (void)lowest;
    (void)file;
    return 0;
}

int log_reopen(void)
{
    return 0;
}

void log_bind_host(const char *host)
{
    (void)host;
}

void log_bind_role(const char *role)
{
    (void)role;
}

void log_bind_document(const char *path, size_t n)
{
    (void)path;
    (void)n;
}

static void say(const char *level, const char *fmt, va_list ap)
{
    char line[1000];
    if (!sim.trace)
        return;
    vsnprintf(line, sizeof line, fmt, ap);
    sim_trace("%s: %s", level, line);
}

#define VOICE(name, level)                                                                         \
    void name(const char *fmt, ...)                                                                \
    {                                                                                              \
        va_list ap;                                                                                \
        va_start(ap, fmt);                                                                         \
        say(level, fmt, ap);                                                                       \
        va_end(ap);                                                                                \
    }
VOICE(log_debug, "debug")
VOICE(log_info, "info")
VOICE(log_warn, "warn")
VOICE(log_error, "error")

void log_bug(const char *fmt, ...)
{
    va_list ap;
    char line[1000];
    va_start(ap, fmt);
    vsnprintf(line, sizeof line, fmt, ap);
    va_end(ap);
    sim_broken("the product says that it has a bug: %s", line);
}

static int index_of(const char *name, const char *const *names, int n)
{
    for (int i = 0; i < n; i++)
        if (strcmp(name, names[i]) == 0)
            return i;
    return -1;
}

int log_level_of(const char *name)
{
    static const char *const levels[] = {"debug", "info", "warn", "error"};
    return index_of(name, levels, 4);
}

int log_format_of(const char *name)
{
    static const char *const formats[] = {"logfmt", "json"};
    return index_of(name, formats, 2);
}
