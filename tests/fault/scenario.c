#include "scenario.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "archive.h"
#include "naive.h"
#include "pages.h"
#include "scenario_more.h"
#include "spool/reclaim.h"
#include "tokens.h"

/* Too long for a token: kept in control/paths/. Its base name is also that of a document that is
 * published already, at the top: whoever mistakes one for the other is caught. */
#define LONG_FOLDER                                                                                \
    "a folder with quite a long name, as people have them/and another one below it, still "        \
    "longer than the first/third, which makes it too long"
const char scenario_long_path[] = LONG_FOLDER "/same.pdf";
const char scenario_long_holds[] = LONG_FOLDER "/holds too.pdf";

void scenario_drop_all(struct world *w)
{
    world_drop(w, "a.pdf", false);
    world_drop(w, "dir/sub/b.pdf", false);
    world_drop(w, scenario_long_path, false);
    world_drop(w, "same.pdf", false);
}

static void published_before(struct world *w)
{
    world_published(w, "same.pdf");
}

static void drop_world(struct world *w, struct worker *me)
{
    (void)me;
    published_before(w);
    scenario_drop_all(w);
}

static void drop_collision(struct world *w, struct worker *me)
{
    (void)me;
    world_published(w, "x.pdf");
    world_drop(w, "x.pdf", false);
    world_drop(w, "x~2.pdf", false);
}

static void drop_corrupt(struct world *w, struct worker *me)
{
    (void)me;
    world_drop(w, "bad.pdf", true);
    world_drop(w, "dir/bad too.pdf", true);
}

void scenario_lease(struct worker *me)
{
    if (worker_lease(me) != 0) {
        perror("fault-sweep: cannot make a lease");
        _exit(70);
    }
}

/* Preparations that go on from one another. */
void scenario_claims(struct world *w, struct worker *me)
{
    drop_world(w, me);
    scenario_lease(me);
    worker_claim(me);
}

void scenario_results(struct world *w, struct worker *me)
{
    scenario_claims(w, me);
    worker_write(me);
}

void scenario_sealed(struct world *w, struct worker *me)
{
    scenario_results(w, me);
    worker_seal(me);
}

static void have_corrupt(struct world *w, struct worker *me)
{
    drop_corrupt(w, me);
    scenario_lease(me);
    worker_claim(me);
}

static void have_waiting(struct world *w, struct worker *me)
{
    scenario_claims(w, me);
    worker_retry(me, true);
    me->jobs = 0;
}

/* A process of this host dies at once after `stage`; then this process gets a lease of its own. */
void scenario_dead(struct world *w, struct worker *me,
                   void (*stage)(struct world *, struct worker *))
{
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        stage(w, me);
        _exit(0);
    }
    waitpid(pid, NULL, 0);
    scenario_lease(me);
}

static void dead_unsealed(struct world *w, struct worker *me)
{
    scenario_dead(w, me, scenario_claims);
}

static void dead_results(struct world *w, struct worker *me)
{
    scenario_dead(w, me, scenario_results);
}

static void rename_hidden(struct worker *me, unsigned job)
{
    const struct place *p = &me->job[job].place;
    renameat(p->folder, p->hidden_text, p->folder, p->names.text);
}

/* All sealed; of each second one the text is visible, of the first the JSON, too. */
static void half_published(struct world *w, struct worker *me)
{
    scenario_sealed(w, me);
    for (unsigned i = 0; i < me->jobs; i += 2)
        rename_hidden(me, i);
    const struct place *p = &me->job[0].place;
    renameat(p->folder, p->hidden_json, p->folder, p->names.json);
}

static void dead_sealed(struct world *w, struct worker *me)
{
    scenario_dead(w, me, half_published);
}

/* Claims, and an entry of work/ that is no token at all. */
static void with_stranger(struct world *w, struct worker *me)
{
    char from[WORLD_PATH + 300];
    scenario_claims(w, me);
    world_drop(w, "stranger.pdf", false);
    snprintf(from, sizeof from, "%s/pending/stranger.pdf", w->top);
    if (renameat(AT_FDCWD, from, me->lease.work, "stranger.pdf") != 0)
        _exit(70);
}

static void dead_mixed(struct world *w, struct worker *me)
{
    scenario_dead(w, me, with_stranger);
}

static void body_claim(struct world *w, struct worker *me)
{
    (void)w;
    if (worker_lease(me) == 0)
        worker_claim(me);
}

void scenario_whole(struct world *w, struct worker *me)
{
    (void)w;
    if (worker_lease(me) == 0)
        worker_round(me);
}

static void body_results(struct world *w, struct worker *me)
{
    (void)w;
    worker_write(me);
}

static void body_seal(struct world *w, struct worker *me)
{
    (void)w;
    worker_seal(me);
}

static void body_publish(struct world *w, struct worker *me)
{
    (void)w;
    worker_publish(me);
}

static void body_finish(struct world *w, struct worker *me)
{
    (void)w;
    worker_write(me);
    worker_seal(me);
    worker_publish(me);
}

static void body_retry_spent(struct world *w, struct worker *me)
{
    (void)w;
    worker_retry(me, true);
}

static void body_retry_unspent(struct world *w, struct worker *me)
{
    (void)w;
    worker_retry(me, false);
}

static void body_round(struct world *w, struct worker *me)
{
    (void)w;
    worker_round(me);
}

void scenario_reclaim_host(struct world *w, struct worker *me)
{
    (void)w;
    reclaim_own_host(&me->spool, &me->lease);
}

static void body_reclaim(struct world *w, struct worker *me)
{
    (void)w;
    worker_reclaim_all(me);
}

/* Reclaim and go on working in the same process. */
static void body_reclaim_work(struct world *w, struct worker *me)
{
    (void)w;
    reclaim_own_host(&me->spool, &me->lease);
    worker_round(me);
}

static void naive_body(struct world *w, struct worker *me)
{
    (void)me;
    naive_work(w->top);
}

static void link_body(struct world *w, struct worker *me)
{
    me->link = true;
    scenario_whole(w, me);
}

static void naive_prepare(struct world *w, struct worker *me)
{
    (void)me;
    w->naive = true;
    world_drop(w, "a.pdf", false);
    world_drop(w, "b.pdf", false);
    world_drop(w, "same.pdf", false);
}

const struct scenario scenarios[] = {
    {"claim", drop_world, body_claim, worker_recover, false, false},
    {"results", scenario_claims, body_results, worker_recover, false, false},
    {"seal", scenario_results, body_seal, worker_recover, false, false},
    {"publish", scenario_sealed, body_publish, worker_recover, false, false},
    {"whole", drop_world, scenario_whole, worker_recover, false, false},
    {"fail", have_corrupt, body_finish, worker_recover, false, false},
    {"retry-spent", scenario_claims, body_retry_spent, worker_recover, false, false},
    {"retry-unspent", scenario_claims, body_retry_unspent, worker_recover, false, false},
    {"claim-waiting", have_waiting, body_round, worker_recover, false, false},
    {"reclaim-unsealed", dead_unsealed, scenario_reclaim_host, worker_recover, false, false},
    {"reclaim-results", dead_results, body_reclaim, worker_recover, false, false},
    {"reclaim-sealed", dead_sealed, scenario_reclaim_host, worker_recover, false, false},
    {"reclaim-work", dead_mixed, body_reclaim_work, worker_recover, false, false},
    {"collision", drop_collision, scenario_whole, worker_recover, false, false},
    {"pages", scenario_claims, pages_scenario, worker_recover, false, true},
    {"archive", archive_drop, archive_whole, worker_recover, false, true},
    {"archive-publish", archive_sealed, archive_publish, worker_recover, false, true},
    {"archive-record", archive_finished, archive_record, worker_recover, false, true},
    {"archive-emptied", archive_emptied, scenario_reclaim_host, worker_recover, false, true},
    {"shutdown", scenario_sealed_half, scenario_shutdown, worker_recover, false, true},
    {"cancel", scenario_to_cancel, scenario_cancel, worker_recover, false, true},
    {"sweep", scenario_litter, scenario_sweep, worker_recover, false, true},
    {"observe", scenario_silent, scenario_observe, worker_recover, false, true},
    {"strangers", scenario_strangers, scenario_strangers_back, worker_recover, false, true},
    {"lost-results", scenario_emptied, scenario_reclaim_host, worker_recover, false, true},
    {"numbers", scenario_numbers, scenario_whole, worker_recover, false, true},
    {"report", scenario_claims, scenario_report, worker_recover, false, true},
    {"init", scenario_no_ini, scenario_init, scenario_recover_init, false, true},
    {"tokens", scenario_claims, tokens_scenario, tokens_recover, false, true},
    {"audit", scenario_all_states, scenario_audit, worker_recover, false, true},
    {"naive", naive_prepare, naive_body, naive_recover, true, false},
    {"link", drop_world, link_body, worker_recover, true, false},
};
const unsigned scenario_count = sizeof scenarios / sizeof *scenarios;

const struct scenario *scenario_find(const char *name)
{
    for (unsigned i = 0; i < scenario_count; i++)
        if (strcmp(scenarios[i].name, name) == 0)
            return &scenarios[i];
    return NULL;
}
