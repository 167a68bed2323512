#include "report.h"

#include <stdio.h>
#include <stdlib.h>

#include "plans.h"

enum { SHOWN = 30 };

static const char *const models[CUT_MODELS] = {"journal", "loose, one lost", "loose, one kept",
                                               "nfs sync"};

static void print_bad(void)
{
    unsigned shown = 0;
    for (unsigned i = 0; i < plans->n && shown < SHOWN; i++) {
        const struct planned *p = &plans->at[i];
        const struct shot *s = &plans->shot[p->shot];
        bool is = plans_bad(p->cut, (struct verdict_of_cut){p->bad, p->documents});
        if (!is || s->promise == CONTROL)
            continue;
        shown++;
        printf("BAD: --scene '%s' --cut %u,%u,%u,%u,%d   (%s%s)\n", s->name, p->cut.model,
               p->cut.cut, p->cut.at, p->cut.bytes, p->cut.victim, models[p->cut.model],
               p->documents ? "; documents lost or doubled" : "");
    }
}

struct totals {
    unsigned passed, failed, audits, caught, controls;
    unsigned long built, distinct, replayed, bad, loose, loose_bad;
    unsigned long built_by[CUT_MODELS], replayed_by[CUT_MODELS];
    unsigned long second_built, second_distinct, second_replayed, second_bad, control_replayed;
};

static void add_up(struct totals *t, const struct shot *s)
{
    if (s->promise == CONTROL) {
        t->controls++;
        t->caught += s->bad > 0;
        t->control_replayed += s->replayed;
        return;
    }
    t->built += s->counts.built;
    t->distinct += s->counts.distinct;
    t->replayed += s->replayed;
    t->bad += s->bad;
    t->loose += s->by_model[CUT_LOOSE_WITHOUT] + s->by_model[CUT_LOOSE_ONLY];
    t->loose_bad += s->loose_bad;
    for (int m = 0; m < CUT_MODELS; m++) {
        t->built_by[m] += s->counts.built_by[m];
        t->replayed_by[m] += s->by_model[m];
    }
    t->second_built += s->second_built;
    t->second_distinct += s->second_distinct;
    t->second_replayed += s->second_replayed;
    t->second_bad += s->second_bad;
}

static void print_shot(const struct shot *s)
{
    printf("%-42s %5u %8lu %8lu %8u %5u %6u %8lu %5lu%s\n", s->name, s->film.log->ops,
           s->counts.built, s->counts.distinct, s->replayed, s->bad, s->loose_bad,
           s->second_replayed, s->second_bad,
           s->promise != CONTROL ? ""
           : s->bad              ? "  caught"
                                 : "  THE TEST IS BLIND");
}

/* $REPORT/power-cut.json, for docs/RELIABILITY.md. */
static void write_report(const struct totals *t, double seconds)
{
    char path[600];
    const char *folder = getenv("REPORT");
    if (!folder || !*folder)
        return;
    snprintf(path, sizeof path, "%s/power-cut.json", folder);
    FILE *f = fopen(path, "we");
    if (!f)
        return;
    fprintf(f,
            "{\"suite\": \"power-cut\", \"seconds\": %.1f, \"counts\": {\"scenes\": %u, "
            "\"states built\": %lu, \"distinct states\": %lu, \"states replayed\": %lu, \"bad\": "
            "%lu, ",
            seconds, plans->shots - t->controls, t->built, t->distinct, t->replayed, t->bad);
    fprintf(f, "\"states built by model\": {");
    for (int m = 0; m < CUT_MODELS; m++)
        fprintf(f, "%s\"%s\": %lu", m ? ", " : "", models[m], t->built_by[m]);
    fprintf(f,
            "}, \"weaker model: states with stray results or names\": %lu, "
            "\"second cuts\": {\"states built\": %lu, \"distinct states\": %lu, \"replayed\": %lu, "
            "\"bad\": %lu}, ",
            t->loose_bad, t->second_built, t->second_distinct, t->second_replayed, t->second_bad);
    fprintf(f, "\"audits\": %u, \"negative controls\": %u, \"negative controls caught\": %u}}\n",
            t->audits, t->controls, t->caught);
    fclose(f);
}

int report_tell(double seconds, bool audited)
{
    struct totals t = {0};
    printf("%-42s %5s %8s %8s %8s %5s %6s %8s %5s\n", "scene", "ops", "built", "distinct",
           "replayed", "bad", "stray", "2nd cut", "bad");
    for (unsigned i = 0; i < plans->shots; i++) {
        print_shot(&plans->shot[i]);
        add_up(&t, &plans->shot[i]);
    }
    for (unsigned k = 0; k < SHARDS; k++)
        t.audits += plans->audits[k];
    t.failed = (unsigned)(t.bad + t.second_bad) + t.controls - t.caught;
    t.passed = (unsigned)(t.replayed - t.bad + t.second_replayed - t.second_bad) + t.caught;
    print_bad();
    printf("states: %lu built, %lu distinct, %lu replayed, %lu bad\n", t.built, t.distinct,
           t.replayed, t.bad);
    for (int m = 0; m < CUT_MODELS; m++)
        printf("  %-18s %lu built, %lu replayed (the others equal one that was)\n", models[m],
               t.built_by[m], t.replayed_by[m]);
    printf("outside the promise (folders that persist independently): in %lu of %lu states results "
           "were left without their PDF, or a name was lost\n",
           t.loose_bad, t.loose);
    printf("the recovery cut, too: %lu distinct states, %lu replayed, %lu bad\n", t.second_distinct,
           t.second_replayed, t.second_bad);
    printf("negative controls: %u of %u caught, in %lu replays; spoolctl audit ran %u times%s; "
           "%.1f s\n",
           t.caught, t.controls, t.control_replayed, t.audits,
           audited ? "" : " (there is no spoolctl)", seconds);
    write_report(&t, seconds);
    printf("%u passed, %u failed\n", t.passed, t.failed);
    return t.failed > 0;
}
