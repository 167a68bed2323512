#include "explore.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "host.h"
#include "sched.h"

/* The kinds of an exhaustive schedule: each other one is a special case of these, or has an effect
 * that only chance can time. */
static const enum fault_kind kinds[] = {FAULT_LIE_GONE,    FAULT_LIE_EIO,      FAULT_EIO,
                                        FAULT_ENOSPC,      FAULT_LOST,         FAULT_ECHO,
                                        FAULT_KILL_BEFORE, FAULT_KILL_AFTER,   FAULT_CRASH_BEFORE,
                                        FAULT_CRASH_AFTER, FAULT_CRASH_FLIGHT, FAULT_STOP};
enum { KINDS = sizeof kinds / sizeof *kinds, MOST_TASKS = 64 };

struct point {
    unsigned char op;
    uint64_t rivals;
};

/* What one level of the search needs to know of the schedule that it goes on from. */
struct level {
    unsigned n;
    struct point *point;
};

static double seconds_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double began;
static void (*told)(const struct outcome_of_run *r);

static struct schedule schedule_of(const struct exploration *e)
{
    return (struct schedule){.seed = e->v3 ? 1 : 2,
                             .protocol = e->protocol,
                             .lockstep = true,
                             .prepare = e->world->prepare};
}

static bool over(struct exploration *e)
{
    if ((e->most && e->schedules >= e->most) ||
        (e->seconds > 0 && seconds_now() - began > e->seconds))
        e->cut = true;
    return e->cut;
}

static void run_one(struct exploration *e, const struct schedule *s, struct level *out)
{
    struct outcome_of_run r;
    run_schedule(s, &r);
    e->schedules++;
    told(&r);
    if (r.bad && e->violations++ == 0) {
        e->first_bad = *s;
        snprintf(e->what, sizeof e->what, "%s", r.what);
    }
    if (!out)
        return;
    out->n = r.points;
    out->point = malloc((r.points + 1) * sizeof *out->point);
    for (unsigned i = 0; out->point && i < r.points; i++)
        out->point[i] = (struct point){fault.point[i].op, fault.point[i].rivals};
}

static void deeper(struct exploration *e, struct schedule *s, unsigned preemptions,
                   unsigned faults);

static void with(struct exploration *e, const struct schedule *s, struct intervention v,
                 unsigned preemptions, unsigned faults)
{
    struct schedule next = *s;
    next.plan[next.planned++] = v;
    deeper(e, &next, preemptions, faults);
}

static bool mine(const struct exploration *e, const struct schedule *s, uint64_t *turn)
{
    return s->planned > 0 || (*turn)++ % e->shards == e->shard;
}

static void try_point(struct exploration *e, const struct schedule *s, const struct level *l,
                      unsigned call, unsigned left[2])
{
    static uint64_t turn;
    struct point p = l->point[call - 1];
    if (call == 1 && s->planned == 0)
        turn = 0;
    for (unsigned k = 0; left[1] > 0 && k < KINDS; k++)
        if (fault_applies(kinds[k], (enum rpc_op)p.op) && mine(e, s, &turn))
            with(e, s, (struct intervention){call, kinds[k], 0}, left[0], left[1] - 1);
    for (unsigned t = 0; left[0] > 0 && t < MOST_TASKS; t++)
        if ((p.rivals >> t & 1) && mine(e, s, &turn))
            with(e, s, (struct intervention){call, FAULT_SWITCH, t}, left[0] - 1, left[1]);
}

static void deeper(struct exploration *e, struct schedule *s, unsigned preemptions, unsigned faults)
{
    struct level l = {0};
    bool leaf = preemptions + faults == 0;
    unsigned left[2] = {preemptions, faults};
    if (over(e))
        return;
    run_one(e, s, leaf ? NULL : &l);
    if (s->planned == 0) {
        e->points = l.n;
        e->schedules = e->shard == 0; /* counted once */
    }
    unsigned from = s->planned ? s->plan[s->planned - 1].call + 1 : 1;
    for (unsigned call = from; l.point && call <= l.n && !e->cut; call++)
        try_point(e, s, &l, call, left);
    free(l.point);
}

void explore(struct exploration *e, void (*each)(const struct outcome_of_run *r))
{
    struct schedule s = schedule_of(e);
    began = seconds_now();
    told = each;
    deeper(e, &s, e->preemptions, e->faults);
}

void explore_show(const struct exploration *e, const struct schedule *s, char *out, size_t cap)
{
    int n = snprintf(out, cap, "%s/%d/", e->world->name, e->v3 ? 3 : 4);
    for (unsigned i = 0; i < s->planned && n > 0 && (size_t)n < cap; i++)
        n += snprintf(out + n, cap - (size_t)n, "%s%u:%d:%u", i ? "," : "", s->plan[i].call,
                      (int)s->plan[i].kind, s->plan[i].other);
}

bool explore_parse(const char *text, struct exploration *e, struct schedule *s)
{
    char name[20];
    int version, end = 0, kind;
    if (sscanf(text, "%19[a-z]/%d/%n", name, &version, &end) != 2 || end == 0)
        return false;
    e->world = NULL;
    for (unsigned i = 0; i < small_world_count; i++)
        if (strcmp(small_worlds[i].name, name) == 0)
            e->world = &small_worlds[i];
    if (!e->world)
        return false;
    e->v3 = version == 3;
    *s = schedule_of(e);
    for (const char *p = text + end; *p && s->planned < FAULT_INTERVENTIONS; p += *p == ',') {
        struct intervention *v = &s->plan[s->planned];
        int used = 0;
        if (sscanf(p, "%u:%d:%u%n", &v->call, &kind, &v->other, &used) != 3 || kind <= 0 ||
            kind >= FAULT_KINDS)
            return false;
        v->kind = (enum fault_kind)kind;
        s->planned++;
        p += used;
    }
    return true;
}
