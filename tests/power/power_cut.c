/*
 * power-cut: every state in which a power cut may leave the file system, for every scene; then cuts
 * of the recovery itself; then negative controls, in which fsync lies.
 *
 *   power-cut                       what `make test` runs
 *   power-cut --full                all moments of the weaker model, and many more second cuts
 *   power-cut --scene S             only that scene
 *   power-cut --scene S --cut M,C,A,B,V   one state again, loudly (as printed for a bad one)
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "cuts.h"
#include "replay.h"

enum {
    SHARDS = 4,
    SCENES = 64,
    PLANS = 1 << 18,
    AUDIT_EVERY = 50,
    LOOSE_STEP = 4,
    SECOND_EVERY = 29, /* of the first states, these are recovered under a recorder and cut again */
    SECOND_EVERY_FULL = 5,
    SECOND_STEP = 5, /* ... and of what that gives, these are replayed */
    SHOWN = 30
};

enum promise {
    PROMISED, /* no violation, ever */
    CONTROL,  /* a violation must be found */
};

/* A scene as it was recorded, honestly or under a lie about fsync. */
struct shot {
    const struct scene *scene;
    struct scene own; /* of a scenario of the fault sweep */
    enum promise promise;
    enum record_lie lie;
    unsigned lie_at;
    char name[64];
    struct film film;
    struct cuts_counts counts;
    _Atomic unsigned replayed, bad;
    _Atomic unsigned loose_bad; /* outside the promise */
    _Atomic unsigned by_model[CUT_MODELS];
    _Atomic unsigned long second_built, second_distinct, second_replayed, second_bad;
};

struct planned {
    unsigned char shot, bad, documents;
    struct cut cut;
};

struct plans {
    _Atomic unsigned next;
    unsigned n, shots;
    struct leftovers left[SHARDS];
    unsigned audits[SHARDS];
    struct shot shot[SCENES];
    struct planned at[PLANS];
};

static struct plans *plans;
static char base[200];
static const char *spoolctl;
static bool full;

static const char *const models[CUT_MODELS] = {"journal", "loose, one lost", "loose, one kept",
                                               "nfs sync"};

/* ---- what is recorded ---- */

static struct shot *add_shot(struct player *p, const struct scene *scene, enum promise promise,
                             enum record_lie lie, unsigned lie_at)
{
    static const char *const lies[] = {"", "fsync does nothing", "fsync fails, told",
                                       "fsync fails, ignored", "fsync left out"};
    struct shot *s = &plans->shot[plans->shots];
    if (plans->shots == SCENES) {
        fprintf(stderr, "power-cut: too many scenes\n");
        exit(70);
    }
    s->own = *scene;
    s->scene = &s->own;
    s->promise = promise;
    s->lie = lie;
    s->lie_at = lie_at;
    s->film.world = replay_shared(sizeof *s->film.world);
    s->film.log = record_new();
    snprintf(s->name, sizeof s->name, "%.28s%s%s", scene->name, lie ? ": " : "", lies[lie]);
    if (lie_at > 0)
        snprintf(s->name + strlen(s->name), sizeof s->name - strlen(s->name), " %u", lie_at);
    if (!film_record(p, s->scene, lie, lie_at, &s->film)) {
        fprintf(stderr, "power-cut: %s cannot be recorded (%u operations)\n", s->name,
                s->film.log->ops);
        exit(70);
    }
    if (lie != RECORD_HONEST && s->film.log->lies == 0) {
        fprintf(stderr, "power-cut: %s: fsync was never lied about\n", s->name);
        exit(70);
    }
    plans->shots++;
    return s;
}

/* Lies about each fsync of one whole way through the worker. */
static void add_lies(struct player *p)
{
    const struct scene whole = {.name = "whole", .scenario = scenario_find("whole")};
    add_shot(p, &whole, CONTROL, RECORD_FSYNC_NOTHING, 0);
    struct record_log *honest = plans->shot[plans->shots - 1].film.log;
    unsigned n = honest->fsyncs;
    for (unsigned i = 1; i <= n; i++)
        add_shot(p, &whole, PROMISED, RECORD_FSYNC_FAILS, i);
    for (unsigned i = 1; i <= n; i++) {
        struct shot *s = add_shot(p, &whole, CONTROL, RECORD_FSYNC_FAILS_SILENT, i);
        /* One of a folder is of no consequence where there is one log for all entries. */
        for (unsigned k = 0; k < s->film.log->ops; k++)
            if (s->film.log->op[k].kind == REC_FSYNC_LOST &&
                s->film.log->node[s->film.log->op[k].node].type == NODE_FOLDER)
                s->promise = PROMISED;
        if (s->promise == CONTROL)
            add_shot(p, &whole, CONTROL, RECORD_FSYNC_SKIPPED, i);
    }
}

static void record_all(struct player *p, const char *only)
{
    for (unsigned i = 0; i < scenario_count; i++) {
        const struct scene s = {.name = scenarios[i].name, .scenario = &scenarios[i]};
        /* `init` is there as the command; the other thin ones take long for what they add */
        bool left_out = scenarios[i].thin && !full && !only &&
                        strcmp(scenarios[i].name, "shutdown") != 0 &&
                        strcmp(scenarios[i].name, "cancel") != 0;
        if (!scenarios[i].control && !left_out && (!only || strcmp(only, s.name) == 0))
            add_shot(p, &s, PROMISED, RECORD_HONEST, 0);
    }
    for (unsigned i = 0; i < ctl_scene_count; i++)
        if (!only || strcmp(only, ctl_scenes[i].name) == 0)
            add_shot(p, &ctl_scenes[i], PROMISED, RECORD_HONEST, 0);
    if (!only)
        add_lies(p);
}

/* ---- what is planned ---- */

static void plan_one(void *arg, struct cut cut)
{
    if (plans->n == PLANS) {
        fprintf(stderr, "power-cut: more states than planned for\n");
        exit(70);
    }
    plans->at[plans->n++] =
        (struct planned){.shot = (unsigned char)(*(const unsigned *)arg), .cut = cut};
}

static void plan_all(void)
{
    for (unsigned i = 0; i < plans->shots; i++) {
        struct shot *s = &plans->shot[i];
        bool honest = s->lie == RECORD_HONEST;
        const struct cuts_wanted wanted = {
            .model = {[CUT_JOURNAL] = true,
                      [CUT_NFS] = true,
                      [CUT_LOOSE_WITHOUT] = honest,
                      [CUT_LOOSE_ONLY] = honest},
            .step = full ? 1 : LOOSE_STEP,
        };
        cuts_of(s->film.log, &wanted, &s->counts, plan_one, &i);
    }
}

/* ---- replaying ---- */

static bool is_loose(struct cut c)
{
    return c.model == CUT_LOOSE_WITHOUT || c.model == CUT_LOOSE_ONLY;
}

/* In the weaker model only documents count: none is lost, none is there twice. */
static bool is_bad(struct cut c, struct verdict_of_cut v)
{
    return is_loose(c) ? v.documents > 0 : v.bad > 0;
}

struct second {
    struct player *player;
    struct shot *shot;
    struct scene scene;
    struct film film;
    unsigned number;
};

static void second_one(void *arg, struct cut cut)
{
    struct second *t = arg;
    if (!full && t->number++ % SECOND_STEP != 0)
        return;
    unsigned bad = replay_cut(t->player, &t->scene, &t->film, cut, false, NULL).bad;
    t->shot->second_replayed++;
    t->shot->second_bad += bad > 0;
    if (bad)
        printf("BAD: %s: second cut %u,%u,%u,%u,%d\n", t->shot->name, cut.model, cut.cut, cut.at,
               cut.bytes, cut.victim);
}

/* The recovery from `p` was recorded: cut that, too. */
static void cut_again(struct player *player, struct shot *s, struct film *film)
{
    static struct second t;
    struct cuts_counts counts = {0};
    const struct cuts_wanted wanted = {.model = {[CUT_JOURNAL] = true, [CUT_NFS] = true},
                                       .step = 1};
    t.player = player;
    t.shot = s;
    t.scene = *s->scene;
    t.scene.again = NULL;
    t.film = *film;
    if (film->log->full) {
        fprintf(stderr, "power-cut: a recovery is longer than a log\n");
        _exit(70);
    }
    cuts_of(film->log, &wanted, &counts, second_one, &t);
    s->second_built += counts.built;
    s->second_distinct += counts.distinct;
}

/* It ends with its parent. */
static void shard(unsigned k)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    static struct player player;
    char name[16];
    unsigned i;
    snprintf(name, sizeof name, "s%u", k);
    player_open(&player, base, name);
    player.spoolctl = spoolctl;
    struct film again = {replay_shared(sizeof *again.world), record_new()};
    while ((i = atomic_fetch_add(&plans->next, 1)) < plans->n) {
        struct planned *p = &plans->at[i];
        struct shot *s = &plans->shot[p->shot];
        if (s->promise == CONTROL && s->bad > 0)
            continue; /* caught */
        bool sure = s->promise == PROMISED && !is_loose(p->cut),
             twice = sure && i % (full ? SECOND_EVERY_FULL : SECOND_EVERY) == 0;
        struct verdict_of_cut v = replay_cut(&player, s->scene, &s->film, p->cut,
                                             sure && i % AUDIT_EVERY == 0, twice ? &again : NULL);
        p->bad = v.bad > 255 ? 255 : (unsigned char)v.bad;
        p->documents = v.documents > 255 ? 255 : (unsigned char)v.documents;
        s->replayed++;
        s->by_model[p->cut.model]++;
        s->bad += is_bad(p->cut, v);
        s->loose_bad += v.bad > 0 && is_loose(p->cut);
        if (twice)
            cut_again(&player, s, &again);
    }
    plans->left[k] = player.left;
    plans->audits[k] = player.audits;
}

static bool run_all(void)
{
    pid_t pids[SHARDS];
    bool well = true;
    fflush(NULL);
    for (unsigned k = 0; k < SHARDS; k++)
        if ((pids[k] = fork()) == 0) {
            shard(k);
            fflush(NULL);
            _exit(0);
        }
    for (unsigned k = 0; k < SHARDS; k++) {
        int status = 0;
        well &= waitpid(pids[k], &status, 0) == pids[k] && WIFEXITED(status) &&
                WEXITSTATUS(status) == 0;
    }
    return well;
}

/* ---- reports ---- */

static void print_bad(void)
{
    unsigned shown = 0;
    for (unsigned i = 0; i < plans->n && shown < SHOWN; i++) {
        const struct planned *p = &plans->at[i];
        const struct shot *s = &plans->shot[p->shot];
        bool is = is_bad(p->cut, (struct verdict_of_cut){p->bad, p->documents});
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

static int report(double seconds)
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
           spoolctl ? "" : " (there is no spoolctl)", seconds);
    write_report(&t, seconds);
    printf("%u passed, %u failed\n", t.passed, t.failed);
    return t.failed > 0;
}

/* ---- main ---- */

static void find_spoolctl(const char *argv0)
{
    static char path[600];
    const char *slash = strrchr(argv0, '/');
    snprintf(path, sizeof path, "%.*s/../spoolctl", slash ? (int)(slash - argv0) : 1,
             slash ? argv0 : ".");
    spoolctl = access(path, X_OK) == 0 ? path : NULL;
}

static void make_base(void)
{
    const char *tmp = getenv("TMPDIR");
    snprintf(base, sizeof base, "/dev/shm/power-cut.XXXXXX");
    if (access("/dev/shm", W_OK) != 0 || !mkdtemp(base)) {
        snprintf(base, sizeof base, "%.150s/power-cut.XXXXXX", tmp && *tmp ? tmp : "/var/tmp");
        if (!mkdtemp(base)) {
            fprintf(stderr, "power-cut: %s: %s\n", base, strerror(errno));
            exit(70);
        }
    }
}

static int again(const char *which)
{
    static struct player p;
    struct cut c = {0};
    unsigned m, cut, at, bytes;
    int victim;
    if (sscanf(which, "%u,%u,%u,%u,%d", &m, &cut, &at, &bytes, &victim) != 5 || plans->shots == 0)
        return 64;
    c.model = (unsigned char)m;
    c.cut = (unsigned short)cut;
    c.at = (unsigned short)at;
    c.bytes = (unsigned char)bytes;
    c.victim = (short)victim;
    struct shot *s = &plans->shot[0];
    for (unsigned i = 0; i < s->film.log->ops; i++) {
        const struct record_op *o = &s->film.log->op[i];
        printf("%s%4u %-10s node %d in %d %s -> %d %s\n", i == c.cut ? "--- cut ---\n" : "", i,
               record_kind_name(o->kind), o->node, o->dir, o->name, o->to_dir, o->to);
    }
    player_open(&p, base, "again");
    p.loud = true;
    p.spoolctl = spoolctl;
    struct verdict_of_cut v = replay_cut(&p, s->scene, &s->film, c, !is_loose(c), NULL);
    printf("%u violations, %u of them documents lost or doubled\n", v.bad, v.documents);
    return is_bad(c, v);
}

static int run(const char *only, const char *one)
{
    static struct player p;
    int64_t start = clock_boot_ms();
    plans = replay_shared(sizeof *plans);
    player_open(&p, base, "plan");
    record_all(&p, only);
    if (one)
        return again(one);
    plan_all();
    if (!run_all()) {
        printf("a shard of the test broke\n0 passed, 1 failed\n");
        return 1;
    }
    return report((double)(clock_boot_ms() - start) / 1000);
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        {"scene", 1, NULL, 's'}, {"cut", 1, NULL, 'c'}, {"full", 0, NULL, 'f'}, {NULL, 0, NULL, 0}};
    const char *only = NULL, *one = NULL;
    int o;
    while ((o = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (o == 's')
            only = optarg;
        if (o == 'c')
            one = optarg;
        if (o == 'f')
            full = true;
        if (o == '?')
            return 64;
    }
    find_spoolctl(argv[0]);
    make_base();
    int code = run(only, one);
    rmdir(base);
    return code;
}
