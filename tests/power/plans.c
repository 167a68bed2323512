#include "plans.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LOOSE_STEP = 4 };

struct plans *plans;

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

void plans_record(struct player *p, const char *only, bool full)
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

void plans_make(bool full)
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

/* ---- what counts as bad ---- */

bool plans_loose(struct cut c)
{
    return c.model == CUT_LOOSE_WITHOUT || c.model == CUT_LOOSE_ONLY;
}

bool plans_bad(struct cut c, struct verdict_of_cut v)
{
    return plans_loose(c) ? v.documents > 0 : v.bad > 0;
}
