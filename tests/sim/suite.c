#include "suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "plan.h"

/* What a shard tells its parent. */
struct shard {
    struct totals totals;
    struct exploration exploration;
    bool ended;
};

static struct totals *current;

static double seconds_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static struct shard *shards_new(void)
{
    void *p = mmap(NULL, SUITE_SHARDS * sizeof(struct shard), PROT_READ | PROT_WRITE,
                   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED)
        sim_broken("no shared memory");
    return p;
}

/* Run body(shard, index, arg) in a process for each shard, and wait. A shard that dies is a
 * violation: the simulation, or the product in it, has crashed. */
static void in_shards(struct shard *s, void (*body)(struct shard *, unsigned, void *), void *arg,
                      struct totals *sum)
{
    pid_t pid[SUITE_SHARDS];
    int status;
    fflush(NULL);
    for (unsigned i = 0; i < SUITE_SHARDS; i++) {
        pid[i] = fork();
        if (pid[i] != 0)
            continue;
        memset(fault.by_kind, 0, sizeof fault.by_kind);
        body(&s[i], i, arg);
        memcpy(s[i].totals.by_kind, fault.by_kind, sizeof fault.by_kind);
        s[i].ended = true;
        _exit(0);
    }
    for (unsigned i = 0; i < SUITE_SHARDS; i++) {
        if (pid[i] > 0)
            waitpid(pid[i], &status, 0);
        report_sum(sum, &s[i].totals);
        if (s[i].ended)
            continue;
        sum->bad++;
        report_bad(sum, s[i].totals.first[REPORT_BAD - 1].replay,
                   "the process died in this schedule");
    }
}

struct random_job {
    uint64_t seed, least;
    double until;
};

static void random_shard(struct shard *s, unsigned index, void *arg)
{
    const struct random_job *job = arg;
    struct schedule schedule = {.prepare = plan_random};
    struct outcome_of_run r;
    char *running = s->totals.first[REPORT_BAD - 1].replay; /* in case that this process dies */
    for (uint64_t n = index; n < job->least || seconds_now() < job->until; n += SUITE_SHARDS) {
        char replay[64];
        schedule.seed = job->seed + n;
        snprintf(replay, sizeof replay, "sim --replay %llu", (unsigned long long)schedule.seed);
        if (s->totals.bads < REPORT_BAD - 1)
            memcpy(running, replay, sizeof replay);
        run_schedule(&schedule, &r);
        report_add(&s->totals, &r);
        if (r.bad && s->totals.bads < REPORT_BAD - 1)
            report_bad(&s->totals, replay, r.what);
    }
}

void suite_random(struct totals *sum, uint64_t seed, double seconds, uint64_t least)
{
    struct shard *s = shards_new();
    struct random_job job = {seed, least, seconds_now() + seconds};
    in_shards(s, random_shard, &job, sum);
    munmap(s, SUITE_SHARDS * sizeof *s);
}

static void add_current(const struct outcome_of_run *r)
{
    report_add(current, r);
}

static void explore_shard(struct shard *s, unsigned index, void *arg)
{
    s->exploration = *(const struct exploration *)arg;
    s->exploration.shard = index;
    s->exploration.shards = SUITE_SHARDS;
    current = &s->totals;
    explore(&s->exploration, add_current);
    if (s->exploration.violations > 0) {
        char replay[160], command[200];
        explore_show(&s->exploration, &s->exploration.first_bad, replay, sizeof replay);
        snprintf(command, sizeof command, "sim --replay %s", replay);
        report_bad(&s->totals, command, s->exploration.what);
    }
}

void suite_explore(struct totals *sum, const struct exploration *e, struct explored *out)
{
    struct shard *s = shards_new();
    struct exploration job = *e;
    uint64_t before = sum->bad;
    in_shards(s, explore_shard, &job, sum);
    *out = (struct explored){.points = s[0].exploration.points};
    snprintf(out->name, sizeof out->name, "%s, v%s, %u preemptions, %u faults", e->world->name,
             e->v3 ? "3" : "4.2", e->preemptions, e->faults);
    for (unsigned i = 0; i < SUITE_SHARDS; i++) {
        out->schedules += s[i].exploration.schedules;
        out->cut |= s[i].exploration.cut || !s[i].ended;
    }
    out->violations = sum->bad - before;
    munmap(s, SUITE_SHARDS * sizeof *s);
}

uint64_t suite_control(enum protocol protocol, uint64_t most, char *what, size_t cap)
{
    struct schedule s = {.protocol = protocol,
                         .prepare = protocol == PROTOCOL_NAIVE ? plan_naive : plan_random};
    struct outcome_of_run r;
    for (uint64_t i = 1; i <= most; i++) {
        s.seed = i;
        run_schedule(&s, &r);
        if (r.bad) {
            snprintf(what, cap, "%s", r.what);
            return i;
        }
    }
    return 0;
}

static void read_skips(struct schedule *s, const char *list)
{
    char *end;
    for (const char *p = list; p && *p && s->skips < SIM_SKIPS; p = *end == ',' ? end + 1 : end) {
        s->skip[s->skips++] = (unsigned)strtoul(p, &end, 10);
        if (end == p)
            break;
    }
}

static bool schedule_named(const char *what, enum protocol protocol, struct schedule *s)
{
    struct exploration e = {.protocol = protocol};
    char *end;
    *s = (struct schedule){.protocol = protocol,
                           .prepare = protocol == PROTOCOL_NAIVE ? plan_naive : plan_random};
    s->seed = strtoull(what, &end, 10);
    return (end != what && *end == 0) || explore_parse(what, &e, s);
}

int suite_replay(const char *what, enum protocol protocol, const char *skip)
{
    struct schedule s;
    struct outcome_of_run r;
    if (!schedule_named(what, protocol, &s))
        return -1;
    s.trace = true;
    read_skips(&s, skip);
    run_schedule(&s, &r);
    printf("%s: %u documents, %u claims, %u faults, %llu calls: %s\n", what, r.drops, r.claims,
           r.faults, (unsigned long long)r.calls, r.bad ? r.what : "the law holds");
    return r.bad;
}

int suite_shrink(const char *seed, enum protocol protocol)
{
    struct schedule s;
    struct outcome_of_run r;
    if (!schedule_named(seed, protocol, &s))
        return -1;
    run_schedule(&s, &r);
    unsigned faults = r.faults;
    if (!r.bad)
        return 0;
    for (unsigned f = faults; f >= 1 && s.skips < SIM_SKIPS; f--) {
        s.skip[s.skips++] = f;
        run_schedule(&s, &r);
        if (!r.bad)
            s.skips--;
    }
    run_schedule(&s, &r);
    printf("%u of %u faults are not needed: %s\nsim --replay %s --skip ", s.skips, faults, r.what,
           seed);
    for (unsigned i = 0; i < s.skips; i++)
        printf("%s%u", i ? "," : "", s.skip[i]);
    putchar('\n');
    return 1;
}
