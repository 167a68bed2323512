/*
 * sim: simulated schedules of the spool's protocol.
 *
 *   sim                                  the suite: the model, the negative controls, the small
 *                                        worlds exhaustively, and random schedules, about 60 s
 *   sim --seconds N [--seed S]           random schedules for so long, from this seed on
 *   sim --exhaustive WORLD [--preemptions K] [--faults F] [--version 3|4] [--seconds N]
 *   sim --replay SEED|SCHEDULE [--skip N,N...] [--protocol naive|link]    show one
 *   sim --shrink SEED [--protocol naive|link]    which of its faults does a violation need?
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/fsop.h"
#include "calls.h"
#include "host.h"
#include "selftest.h"
#include "suite.h"

enum { QUICK_SECONDS = 60, LEAST_RANDOM = 8000, NAIVE_MOST = 200, LINK_MOST = 20000 };

struct options {
    const char *replay, *shrink, *world, *skip;
    enum protocol protocol;
    uint64_t seed;
    double seconds;
    unsigned preemptions, faults, version;
    bool random;
};

static unsigned passed, failed;

static void verdict(bool good, const char *what)
{
    ++*(good ? &passed : &failed);
    printf("%s %s\n", good ? "ok   " : "FAIL ", what);
    fflush(stdout);
}

static double seconds_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void controls(void)
{
    char what[SIM_WHAT], line[SIM_WHAT + 100];
    uint64_t n = suite_control(PROTOCOL_NAIVE, NAIVE_MOST, what, sizeof what);
    snprintf(line, sizeof line, "control: the naive protocol is caught after %llu schedules: %s",
             (unsigned long long)n, n ? what : "it is not");
    verdict(n > 0, line);
    n = suite_control(PROTOCOL_LINK, LINK_MOST, what, sizeof what);
    snprintf(line, sizeof line, "control: publishing by LINK is caught after %llu schedules: %s",
             (unsigned long long)n, n ? what : "it is not");
    verdict(n > 0, line);
}

static void one_world(struct totals *sum, const struct exploration *e, struct explored *out)
{
    char line[300];
    double began = seconds_now();
    suite_explore(sum, e, out);
    snprintf(line, sizeof line,
             "exhaustive: %s: %llu schedules over %llu calls%s, %llu violations, %.1f s", out->name,
             (unsigned long long)out->schedules, (unsigned long long)out->points,
             out->cut ? " (cut short)" : "", (unsigned long long)out->violations,
             seconds_now() - began);
    verdict(out->violations == 0 && out->schedules > out->points && !out->cut, line);
}

/* The bounds that fit into the suite's minute; more by --exhaustive. */
static unsigned small_ones(struct totals *sum, struct explored *out)
{
    unsigned n = 0;
    for (unsigned i = 0; i < small_world_count; i++)
        for (unsigned v = 0; v < 2; v++) {
            struct exploration e = {.world = &small_worlds[i], .v3 = v == 0, .faults = 1};
            one_world(sum, &e, &out[n++]);
            e.faults = 0;
            e.preemptions = 1;
            one_world(sum, &e, &out[n++]);
        }
    return n;
}

static void every_kind(const struct totals *t)
{
    char line[200];
    for (int k = 1; k < FAULT_KINDS; k++) {
        snprintf(line, sizeof line, "fault hit: %s: %llu times", fault_name((enum fault_kind)k),
                 (unsigned long long)t->by_kind[k]);
        verdict(t->by_kind[k] > 0, line);
    }
}

static void random_ones(struct totals *sum, uint64_t seed, double seconds, uint64_t least)
{
    char line[200];
    struct totals t = {0};
    suite_random(&t, seed, seconds, least);
    snprintf(line, sizeof line, "random: %llu schedules from seed %llu: %llu violations",
             (unsigned long long)t.schedules, (unsigned long long)seed, (unsigned long long)t.bad);
    verdict(t.bad == 0 && t.faulty > t.schedules / 2, line);
    report_sum(sum, &t);
}

static int finish(const struct totals *t, double began, const struct explored *e, unsigned n,
                  uint64_t random)
{
    double seconds = seconds_now() - began;
    report_print(t, seconds);
    report_write(t, e, n, seconds, random);
    printf("%u passed, %u failed\n", passed, failed);
    return failed != 0;
}

static int suite(uint64_t seed)
{
    static struct totals t;
    static struct explored worlds[REPORT_WORLDS];
    double began = seconds_now();
    selftest(&passed, &failed);
    controls();
    unsigned n = small_ones(&t, worlds);
    uint64_t before = t.schedules;
    double left = QUICK_SECONDS - (seconds_now() - began);
    random_ones(&t, seed, left > 0 ? left : 0, LEAST_RANDOM);
    every_kind(&t);
    return finish(&t, began, worlds, n, t.schedules - before);
}

static int only_random(const struct options *o)
{
    static struct totals t;
    double began = seconds_now();
    random_ones(&t, o->seed, o->seconds, 1);
    return finish(&t, began, NULL, 0, t.schedules);
}

static int only_world(const struct options *o)
{
    static struct totals t;
    struct explored out;
    double began = seconds_now();
    struct exploration e = {.preemptions = o->preemptions,
                            .faults = o->faults,
                            .v3 = o->version == 3,
                            .protocol = o->protocol,
                            .seconds = o->seconds};
    for (unsigned i = 0; i < small_world_count; i++)
        if (strcmp(small_worlds[i].name, o->world) == 0)
            e.world = &small_worlds[i];
    if (!e.world || e.preemptions + e.faults > FAULT_INTERVENTIONS) {
        fprintf(stderr, "sim: no world called %s, or too many interventions\n", o->world);
        return 2;
    }
    one_world(&t, &e, &out);
    return finish(&t, began, &out, 1, 0);
}

static bool read_options(int argc, char **argv, struct options *o)
{
    static const struct option known[] = {{"replay", required_argument, NULL, 'r'},
                                          {"shrink", required_argument, NULL, 'k'},
                                          {"exhaustive", required_argument, NULL, 'e'},
                                          {"skip", required_argument, NULL, 'x'},
                                          {"protocol", required_argument, NULL, 'p'},
                                          {"seed", required_argument, NULL, 's'},
                                          {"seconds", required_argument, NULL, 't'},
                                          {"preemptions", required_argument, NULL, 'K'},
                                          {"faults", required_argument, NULL, 'F'},
                                          {"version", required_argument, NULL, 'v'},
                                          {NULL, 0, NULL, 0}};
    *o = (struct options){.seed = 1, .preemptions = 1, .faults = 1, .version = 4};
    for (int c; (c = getopt_long(argc, argv, "", known, NULL)) != -1;) {
        switch (c) {
        case 'r':
            o->replay = optarg;
            break;
        case 'k':
            o->shrink = optarg;
            break;
        case 'e':
            o->world = optarg;
            break;
        case 'x':
            o->skip = optarg;
            break;
        case 'p':
            o->protocol = strcmp(optarg, "naive") == 0  ? PROTOCOL_NAIVE
                          : strcmp(optarg, "link") == 0 ? PROTOCOL_LINK
                                                        : PROTOCOL_OURS;
            break;
        case 's':
            o->seed = strtoull(optarg, NULL, 10);
            break;
        case 't':
            o->seconds = strtod(optarg, NULL);
            o->random = true;
            break;
        case 'K':
            o->preemptions = (unsigned)strtoul(optarg, NULL, 10);
            break;
        case 'F':
            o->faults = (unsigned)strtoul(optarg, NULL, 10);
            break;
        case 'v':
            o->version = (unsigned)strtoul(optarg, NULL, 10);
            break;
        default:
            return false;
        }
    }
    return optind == argc;
}

int main(int argc, char **argv)
{
    struct options o;
    if (!read_options(argc, argv, &o)) {
        fputs(
            "usage: sim [--seconds N] [--seed S] | --exhaustive WORLD [--preemptions K] [--faults "
            "F] [--version 3|4] | --replay SEED [--skip N,...] | --shrink SEED\n",
            stderr);
        return 2;
    }
    fs = &calls_table;
    if (o.replay)
        return suite_replay(o.replay, o.protocol, o.skip) != 0;
    if (o.shrink)
        return suite_shrink(o.shrink, o.protocol) != 0;
    if (o.world)
        return only_world(&o);
    return o.random ? only_random(&o) : suite(o.seed);
}
