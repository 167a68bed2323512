#include "sweep_report.h"

#include <stdio.h>
#include <stdlib.h>

enum { SHOWN = 40 };

static const struct plans *plans;

struct sum {
    unsigned planned, hit, bad;
};

static struct sum sum_of(int scenario, int kind)
{
    struct sum s = {0};
    for (unsigned i = 0; i < plans->n; i++) {
        const struct planned *p = &plans->at[i];
        if ((scenario >= 0 && p->scenario != scenario) || (kind >= 0 && p->kind != kind))
            continue;
        s.planned++;
        s.hit += p->verdict != RUN_NOT_HIT;
        s.bad += p->verdict == RUN_BAD;
    }
    return s;
}

static const char *kind_name(int kind)
{
    static const char *const zombies[] = {"zombie", "z_taken", "z_overlap"};
    return kind < ZOMBIE_KIND ? faultop_kind_name((enum fault_kind)kind)
                              : zombies[kind - ZOMBIE_KIND];
}

static void print_row(const char *title, int scenario, int kind)
{
    struct sum s = sum_of(scenario, kind);
    if (s.planned)
        printf("%-18s %-13s %8u %8u %6u\n", title, kind < 0 ? "all" : kind_name(kind), s.planned,
               s.hit, s.bad);
}

static void print_table(void)
{
    printf("%-18s %-13s %8s %8s %6s\n", "scenario", "kind", "planned", "hit", "bad");
    for (int i = 0; i < (int)scenario_count; i++)
        for (int k = FAULT_KILL_BEFORE; k < ZOMBIE_KIND + ZOMBIE_VARIANTS; k++)
            if (k != FAULT_PARK)
                print_row(scenarios[i].name, i, k);
    for (int i = 0; i < (int)scenario_count; i++)
        print_row(scenarios[i].name, i, -1);
}

static void print_bad(void)
{
    unsigned shown = 0;
    for (unsigned i = 0; i < plans->n && shown < SHOWN; i++) {
        const struct planned *p = &plans->at[i];
        if (p->verdict == RUN_GOOD ||
            (scenarios[p->scenario].control && p->verdict != RUN_NOT_HIT)) /* a control is bad */
            continue;
        shown++;
        printf("%s: --scenario %s --call %u --%s %s   (%s %s)%s\n",
               p->verdict == RUN_BAD ? "BAD" : "NOT HIT", scenarios[p->scenario].name, p->call,
               p->kind >= ZOMBIE_KIND ? "zombie" : "kind",
               p->kind >= ZOMBIE_KIND ? (const char *[]){"0", "1", "2"}[p->kind - ZOMBIE_KIND]
                                      : kind_name(p->kind),
               faultop_op_name((enum fault_op)p->op), p->name, p->on_disk ? " on disk" : "");
    }
}

/* Each negative control must have been caught. Returns the number that were not. */
static unsigned report_controls(unsigned *caught)
{
    unsigned missed = 0;
    *caught = 0;
    for (unsigned i = 0; i < scenario_count; i++) {
        if (!scenarios[i].control)
            continue;
        struct sum s = sum_of((int)i, -1);
        if (s.planned == 0)
            continue;
        printf("negative control %-6s: %u violations found in %u runs%s\n", scenarios[i].name,
               s.bad, s.planned, s.bad ? "" : ": THE SWEEP IS BLIND");
        missed += s.bad == 0;
        *caught += s.bad > 0;
    }
    return missed;
}

/* $REPORT/faults.json, for docs/RELIABILITY.md. */
static void write_report(double seconds, unsigned audits, const struct sites_told *told,
                         unsigned caught)
{
    char path[600];
    struct sum all = {0};
    const char *folder = getenv("REPORT"), *comma = "";
    if (!folder || !*folder)
        return;
    snprintf(path, sizeof path, "%s/faults.json", folder);
    FILE *f = fopen(path, "we");
    if (!f)
        return;
    for (int i = 0; i < (int)scenario_count; i++)
        if (!scenarios[i].control) {
            struct sum s = sum_of(i, -1);
            all.planned += s.planned;
            all.hit += s.hit;
            all.bad += s.bad;
        }
    fprintf(f,
            "{\"suite\": \"faults\", \"seconds\": %.1f, \"counts\": {\"scenarios\": %u, \"faults "
            "planned\": %u, \"faults hit\": %u, \"bad\": %u, \"audits\": %u, \"negative controls "
            "caught\": %u, \"call sites in shared/spool\": %u, \"call sites reached\": %u, \"call "
            "sites hit by a fault\": %u, \"faults by kind\": {",
            seconds, scenario_count, all.planned, all.hit, all.bad, audits, caught, told->existing,
            told->reached, told->hit);
    for (int k = FAULT_KILL_BEFORE; k < ZOMBIE_KIND + ZOMBIE_VARIANTS; k++) {
        struct sum s = sum_of(-1, k);
        if (s.planned)
            fprintf(f, "%s\"%s\": %u", comma, kind_name(k), s.hit);
        comma = s.planned ? ", " : comma;
    }
    fprintf(f, "}}}\n");
    fclose(f);
}

int sweep_report(const struct plans *of, double seconds, bool audited, const char *site_list)
{
    struct leftovers l = {0};
    unsigned passed = 0, failed = 0, audits = 0, caught;
    plans = of;
    print_table();
    for (unsigned i = 0; i < plans->n; i++) {
        const struct planned *p = &plans->at[i];
        if (scenarios[p->scenario].control && p->verdict != RUN_NOT_HIT)
            continue;
        bool good = p->verdict == RUN_GOOD;
        passed += good;
        failed += !good;
    }
    for (unsigned k = 0; k < SHARDS; k++) {
        l.results += plans->left[k].results;
        l.reservations += plans->left[k].reservations;
        l.paths += plans->left[k].paths;
        l.pages += plans->left[k].pages;
        l.flat += plans->left[k].flat;
        l.unpacked += plans->left[k].unpacked;
        audits += plans->audits[k];
    }
    static struct sites sites;
    struct sites_told told;
    for (unsigned k = 0; k < SHARDS; k++)
        sites_merge(&sites, &plans->sites[k]);
    bool listed = sites_tell(&sites, site_list, &told);
    print_bad();
    unsigned missed = report_controls(&caught);
    printf("left for the sweep by age: %u private results, %u reservations, %u path files, %u "
           "of them pages, %u folders of unpacked documents; %u documents went flat\n",
           l.results, l.reservations, l.paths, l.pages, l.unpacked, l.flat);
    printf("spoolctl audit ran %u times%s; %.1f s\n", audits,
           audited ? "" : " (there is no spoolctl)", seconds);
    printf(
        "calls of the table in shared/spool: %u in the source, %u reached, %u hit by a fault%s\n",
        told.existing, told.reached, told.hit, listed ? "" : " (there is no list of them)");
    write_report(seconds, audits, &told, caught);
    printf("%u passed, %u failed\n", passed + caught, failed + missed);
    return failed + missed > 0;
}
