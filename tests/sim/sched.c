#include "sched.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "coro.h"

enum { CALLS_AFTER_DEATH = 20000, STEPS_WITHOUT_TIME = 200000 };

static struct task tasks[SCHED_TASKS];
static unsigned high; /* places in use lie below */
static struct task *running, *preferred;

void sched_reset(void)
{
    for (unsigned i = 0; i < high; i++)
        if (tasks[i].coro)
            sim_broken("%s still runs at the end", tasks[i].name);
    high = 0;
    preferred = NULL;
}

static void body_of(void *arg)
{
    struct task *t = arg;
    errno = 0;
    t->body(t->arg);
}

struct task *sched_start(struct host *host, const char *name, void (*body)(void *), void *arg,
                         struct task **self)
{
    unsigned i = 0;
    while (i < high && tasks[i].coro)
        i++;
    if (i == SCHED_TASKS)
        sim_broken("more than %d processes", (int)SCHED_TASKS);
    struct task *t = &tasks[i];
    unsigned generation = t->generation + 1;
    *t = (struct task){.host = host, .body = body, .arg = arg, .self = self, .wake = sim.now};
    t->generation = generation;
    t->counted = true;
    snprintf(t->name, sizeof t->name, "%s", name);
    t->coro = coro_new(body_of, t);
    high = i < high ? high : i + 1;
    if (self)
        *self = t;
    return t;
}

static sim_us due(const struct task *t)
{
    return t->stopped > t->wake && !t->dead ? t->stopped : t->wake;
}

static struct task *next(void)
{
    struct task *best = preferred;
    preferred = NULL;
    if (best && best->coro)
        return best;
    best = NULL;
    for (unsigned i = 0; i < high; i++)
        if (tasks[i].coro && (!best || due(&tasks[i]) < due(best)))
            best = &tasks[i];
    return best;
}

static void step(struct task *t)
{
    if (due(t) > sim.now)
        sim.now = due(t);
    running = t;
    errno = t->error;
    bool more = coro_run(t->coro);
    t->error = errno;
    running = NULL;
    if (more)
        return;
    t->coro = NULL;
    if (t->self && *t->self == t)
        *t->self = NULL;
}

void sched_run(sim_us end, bool (*until)(void))
{
    unsigned still = 0;
    sim_us last = sim.now;
    for (;;) {
        struct task *t = next();
        if (!t || (due(t) > end && t != preferred))
            break;
        if (until && until())
            return;
        step(t);
        still = sim.now == last ? still + 1 : 0;
        last = sim.now;
        if (still > STEPS_WITHOUT_TIME)
            sim_broken("%s runs and runs, and no time goes by", t->name);
    }
    if (sim.now < end && end < SIM_NEVER)
        sim.now = end;
}

void sched_end_all(void)
{
    for (unsigned i = 0; i < high; i++)
        if (tasks[i].coro)
            sched_kill(&tasks[i]);
    sched_run(SIM_NEVER, NULL);
}

struct task *sched_self(void)
{
    return running;
}

bool sched_dead(void)
{
    if (!running || !running->dead)
        return false;
    if (++running->after_death > CALLS_AFTER_DEATH)
        sim_broken("%s goes on and on after its death", running->name);
    return true;
}

const char *sched_name(void)
{
    return running ? running->name : "-";
}

void sched_until(sim_us t)
{
    struct task *me = running;
    if (me->dead)
        return;
    me->wake = t > sim.now ? t : sim.now;
    coro_pause();
}

void sched_wait(sim_us t)
{
    struct task *me = running;
    if (me->dead)
        return;
    me->waiting = true;
    me->wake = t > sim.now ? t : sim.now;
    coro_pause();
    me->waiting = false;
}

void sched_wake(struct task *t)
{
    if (t && t->waiting && t->wake > sim.now)
        t->wake = sim.now;
}

void sched_kill(struct task *t)
{
    if (!t || t->dead)
        return;
    t->dead = true;
    if (t != running)
        t->wake = sim.now;
}

void sched_stop(struct task *t, sim_us until)
{
    if (until > t->stopped)
        t->stopped = until;
}

void sched_prefer(struct task *t)
{
    preferred = t;
    t->wake = sim.now;
    t->stopped = 0;
}

struct task *sched_tasks(void)
{
    return tasks;
}
