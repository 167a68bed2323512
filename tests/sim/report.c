#include "report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/jsonw.h"

void report_add(struct totals *t, const struct outcome_of_run *r)
{
    t->schedules++;
    t->bad += r->bad;
    t->calls += r->calls;
    t->rpcs += r->rpcs;
    t->drops += r->drops;
    t->done += r->done;
    t->failed += r->failed;
    t->taken += r->taken;
    t->lost += r->lost;
    t->duplicated += r->duplicated;
    t->unexpected += r->unexpected;
    t->claims += r->claims;
    t->residue_claim += r->residue_claim;
    t->residue_remove += r->residue_remove;
    t->residue_pair += r->residue_pair;
    t->folders_claimed += r->folders_claimed;
    t->faulty += r->faults > 0;
}

void report_bad(struct totals *t, const char *replay, const char *what)
{
    if (t->bads == REPORT_BAD)
        return;
    snprintf(t->first[t->bads].replay, sizeof t->first[0].replay, "%s", replay);
    snprintf(t->first[t->bads].what, sizeof t->first[0].what, "%s", what);
    t->bads++;
}

void report_sum(struct totals *to, const struct totals *from)
{
    uint64_t *const a[] = {
        &to->schedules,      &to->bad,           &to->calls,          &to->rpcs,
        &to->drops,          &to->done,          &to->failed,         &to->taken,
        &to->lost,           &to->duplicated,    &to->unexpected,     &to->claims,
        &to->faulty,         &to->residue_claim, &to->residue_remove, &to->residue_pair,
        &to->folders_claimed};
    const uint64_t b[] = {
        from->schedules,      from->bad,           from->calls,          from->rpcs,
        from->drops,          from->done,          from->failed,         from->taken,
        from->lost,           from->duplicated,    from->unexpected,     from->claims,
        from->faulty,         from->residue_claim, from->residue_remove, from->residue_pair,
        from->folders_claimed};
    for (size_t i = 0; i < sizeof b / sizeof *b; i++)
        *a[i] += b[i];
    for (int k = 0; k < FAULT_KINDS; k++)
        to->by_kind[k] += from->by_kind[k];
    for (unsigned i = 0; i < from->bads; i++)
        report_bad(to, from->first[i].replay, from->first[i].what);
}

void report_print(const struct totals *t, double seconds)
{
    printf("  %llu schedules in %.1f s, %llu with faults; %llu file operations, %llu calls to the "
           "server\n",
           (unsigned long long)t->schedules, seconds, (unsigned long long)t->faulty,
           (unsigned long long)t->calls, (unsigned long long)t->rpcs);
    printf(
        "  documents: %llu dropped, %llu in done/, %llu failed, %llu taken away; %llu lost, %llu "
        "published twice, %llu unexpected\n",
        (unsigned long long)t->drops, (unsigned long long)t->done, (unsigned long long)t->failed,
        (unsigned long long)t->taken, (unsigned long long)t->lost,
        (unsigned long long)t->duplicated, (unsigned long long)t->unexpected);
    printf("  claims beyond one a document: %llu; known residue: %llu claims executed twice, %llu "
           "reservations hit, %llu pairs of late copies; %llu folders claimed and put back\n",
           (unsigned long long)(t->claims > t->drops ? t->claims - t->drops : 0),
           (unsigned long long)t->residue_claim, (unsigned long long)t->residue_remove,
           (unsigned long long)t->residue_pair, (unsigned long long)t->folders_claimed);
    for (unsigned i = 0; i < t->bads; i++)
        printf("  VIOLATION: %s\n    replay: %s\n", t->first[i].what, t->first[i].replay);
}

static void kinds(struct jsonw *w, const struct totals *t)
{
    jsonw_object(w, "faults by kind");
    for (int k = 1; k < FAULT_KINDS; k++)
        jsonw_uint(w, fault_name((enum fault_kind)k), t->by_kind[k]);
    jsonw_end_object(w);
}

static void worlds(struct jsonw *w, const struct explored *e, unsigned n)
{
    jsonw_object(w, "exhaustive schedules");
    for (unsigned i = 0; i < n; i++)
        if (!e[i].cut)
            jsonw_uint(w, e[i].name, e[i].schedules);
    jsonw_end_object(w);
}

static void sums(struct jsonw *w, const struct totals *t, uint64_t random)
{
    const struct {
        const char *name;
        uint64_t n;
    } rows[] = {{"schedules simulated", t->schedules},
                {"random schedules", random},
                {"schedules with faults", t->faulty},
                {"violations", t->bad},
                {"file operations", t->calls},
                {"calls to the server", t->rpcs},
                {"documents attempted", t->drops},
                {"documents finished", t->done + t->failed + t->taken},
                {"lost", t->lost},
                {"duplicated", t->duplicated},
                {"unexpected", t->unexpected},
                {"claims beyond one a document", t->claims > t->drops ? t->claims - t->drops : 0},
                {"known residue: claims executed twice", t->residue_claim},
                {"known residue: reservations hit", t->residue_remove},
                {"known residue: late copies of CREATE and RENAME", t->residue_pair},
                {"folders claimed by mistake and put back", t->folders_claimed}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        jsonw_uint(w, rows[i].name, rows[i].n);
}

void report_write(const struct totals *t, const struct explored *e, unsigned n, double seconds,
                  uint64_t random)
{
    const char *folder = getenv("REPORT");
    char path[600];
    struct buf b = {0};
    struct jsonw w;
    if (!folder || !*folder)
        return;
    jsonw_init(&w, &b, true);
    jsonw_object(&w, NULL);
    jsonw_str(&w, "suite", "simulation");
    jsonw_double(&w, "seconds", seconds, 1);
    jsonw_object(&w, "counts");
    sums(&w, t, random);
    kinds(&w, t);
    worlds(&w, e, n);
    jsonw_end_object(&w);
    jsonw_end_object(&w);
    snprintf(path, sizeof path, "%s/sim.json", folder);
    FILE *f = fopen(path, "we");
    if (!f || !buf_ok(&b) || fwrite(b.data, 1, b.len, f) != b.len || fclose(f) != 0)
        fprintf(stderr, "sim: %s cannot be written\n", path);
    buf_free(&b);
}
