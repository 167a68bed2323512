#include "sim.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "sched.h"

struct sim sim;

enum { ARENA = 64 << 20, ALIGN = 16 };

static struct {
    char *base;
    size_t used, dirty; /* dirty: how far the memory is not zero */
} arena;

void *sim_alloc(size_t n)
{
    size_t need = (n + ALIGN - 1) / ALIGN * ALIGN;
    if (!arena.base) {
        arena.base = mmap(NULL, ARENA, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (arena.base == MAP_FAILED)
            sim_broken("no memory");
    }
    if (arena.used + need > ARENA)
        sim_broken("a schedule needs more than %d bytes", (int)ARENA);
    void *p = arena.base + arena.used;
    size_t end = arena.used + need;
    if (arena.used < arena.dirty)
        memset(p, 0, (end < arena.dirty ? end : arena.dirty) - arena.used);
    arena.used = end;
    arena.dirty = end > arena.dirty ? end : arena.dirty;
    return p;
}

char *sim_text(const char *s)
{
    size_t n = strlen(s) + 1;
    return memcpy(sim_alloc(n), s, n);
}

void sim_forget_all(void)
{
    arena.used = 0;
}

uint64_t sim_next(uint64_t *state)
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

void sim_seed(uint64_t seed)
{
    sim.chance = seed * 0x9e3779b97f4a7c15u + 1;
    sim.product_chance = seed ^ 0x5851f42d4c957f2du;
}

uint64_t sim_random(void)
{
    return sim_next(&sim.chance);
}

unsigned sim_below(unsigned n)
{
    return (unsigned)(sim_random() % n);
}

bool sim_once_in(unsigned n)
{
    return sim_below(n) == 0;
}

sim_us sim_between(sim_us lo, sim_us hi)
{
    return lo + (sim_us)(sim_random() % (uint64_t)(hi - lo + 1));
}

static void show_time(char *dst, size_t cap)
{
    snprintf(dst, cap, "%5lld.%06lld", (long long)(sim.now / SIM_SECOND),
             (long long)(sim.now % SIM_SECOND));
}

void sim_trace(const char *fmt, ...)
{
    va_list ap;
    char when[32];
    if (!sim.trace)
        return;
    show_time(when, sizeof when);
    printf("%s %-14s ", when, sched_name());
    va_start(ap, fmt);
    vprintf(fmt, ap);
    va_end(ap);
    putchar('\n');
}

void sim_bad(const char *fmt, ...)
{
    va_list ap;
    char what[SIM_WHAT];
    va_start(ap, fmt);
    vsnprintf(what, sizeof what, fmt, ap);
    va_end(ap);
    if (sim.bad++ == 0)
        snprintf(sim.what, sizeof sim.what, "%.300s (at %lld.%03lld s, %s)", what,
                 (long long)(sim.now / SIM_SECOND), (long long)(sim.now % SIM_SECOND / SIM_MS),
                 sched_name());
    sim_trace("*** VIOLATION: %s", what);
}

void sim_broken(const char *fmt, ...)
{
    va_list ap;
    fflush(stdout);
    fputs("sim: the simulation is broken: ", stderr);
    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fputc('\n', stderr);
    abort();
}
