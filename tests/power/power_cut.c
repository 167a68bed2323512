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
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "cuts.h"
#include "plans.h"
#include "replay.h"
#include "report.h"

enum {
    AUDIT_EVERY = 50,
    SECOND_EVERY = 29, /* of the first states, these are recovered under a recorder and cut again */
    SECOND_EVERY_FULL = 5,
    SECOND_STEP = 5 /* ... and of what that gives, these are replayed */
};

static char base[200];
static const char *spoolctl;
static bool full;

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

static void shard(unsigned k)
{
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
        bool sure = s->promise == PROMISED && !plans_loose(p->cut),
             twice = sure && i % (full ? SECOND_EVERY_FULL : SECOND_EVERY) == 0;
        struct verdict_of_cut v = replay_cut(&player, s->scene, &s->film, p->cut,
                                             sure && i % AUDIT_EVERY == 0, twice ? &again : NULL);
        p->bad = v.bad > 255 ? 255 : (unsigned char)v.bad;
        p->documents = v.documents > 255 ? 255 : (unsigned char)v.documents;
        s->replayed++;
        s->by_model[p->cut.model]++;
        s->bad += plans_bad(p->cut, v);
        s->loose_bad += v.bad > 0 && plans_loose(p->cut);
        if (twice)
            cut_again(&player, s, &again);
    }
    plans->left[k] = player.left;
    plans->audits[k] = player.audits;
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
    struct verdict_of_cut v = replay_cut(&p, s->scene, &s->film, c, !plans_loose(c), NULL);
    printf("%u violations, %u of them documents lost or doubled\n", v.bad, v.documents);
    return plans_bad(c, v);
}

static int run(const char *only, const char *one)
{
    static struct player p;
    int64_t start = clock_boot_ms();
    plans = replay_shared(sizeof *plans);
    player_open(&p, base, "plan");
    plans_record(&p, only, full);
    if (one)
        return again(one);
    plans_make(full);
    if (!shards_run(shard)) {
        printf("a shard of the test broke\n0 passed, 1 failed\n");
        return 1;
    }
    return report_tell((double)(clock_boot_ms() - start) / 1000, spoolctl != NULL);
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
