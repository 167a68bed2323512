#include "scenario_more.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "scenario.h"
#include "spool/audit.h"
#include "spool/journal.h"
#include "spool/look.h"
#include "spool/pathfile.h"
#include "spool/reclaim.h"
#include "spool/srvclock.h"
#include "spool/sweep.h"

enum { LONG_AGO = -60000, STEPS = 500, STEP_ENTRIES = 7, ROUNDS = 4 };

static void at_top(const struct world *w, const char *path, char full[WORLD_PATH + 300])
{
    snprintf(full, WORLD_PATH + 300, "%s/%s", w->top, path);
}

/* ---- the end of a lease ---- */

void scenario_sealed_half(struct world *w, struct worker *me)
{
    unsigned all;
    scenario_results(w, me);
    all = me->jobs;
    me->jobs = all / 2;
    worker_seal(me);
    me->jobs = 0;
}

void scenario_shutdown(struct world *w, struct worker *me)
{
    struct lease l;
    struct reclaimed sum = {0};
    (void)w;
    bool have = lease_open(&l, &me->spool, me->lease.name, &me->shared) == 0;
    reclaim_lease(&me->spool, me->spool.host, me->lease.name, false, have ? &l : NULL, &sum);
    if (have)
        lease_close(&l);
    worker_close(me);
}

/* ---- cancel ---- */

static void to_be_cancelled(struct world *w, const char *path)
{
    for (unsigned i = 0; i < w->drops; i++)
        if (strcmp(w->drop[i].path, path) == 0)
            w->drop[i].cancel = true;
}

void scenario_to_cancel(struct world *w, struct worker *me)
{
    scenario_drop_all(w);
    scenario_lease(me);
    worker_claim(me);
    worker_retry(me, true);
    me->jobs = 0;
    world_drop(w, "in hand.pdf", false);
    worker_claim(me); /* .retry/ is due, too */
    world_drop(w, "pending.pdf", false);
    to_be_cancelled(w, "a.pdf");
    to_be_cancelled(w, scenario_long_path);
    to_be_cancelled(w, "in hand.pdf");
    to_be_cancelled(w, "pending.pdf");
    for (unsigned i = 0; i < me->jobs; i++) { /* all but two go back to waiting */
        struct job *j = &me->job[i];
        if (strstr(j->claim.name, "a.pdf") || strstr(j->claim.name, "in%20hand") ||
            strstr(j->claim.name, "in hand"))
            j->stage = JOB_SEALED;
    }
    worker_retry(me, false);
    unsigned kept = 0;
    for (unsigned i = 0; i < me->jobs; i++)
        if (me->job[i].stage == JOB_SEALED) {
            me->job[kept] = me->job[i];
            me->job[kept++].stage = JOB_CLAIMED;
        }
    me->jobs = kept;
}

static void cancel(const struct worker *me, const char *id)
{
    char command[ID_CAP + 16];
    snprintf(command, sizeof command, CTL_CANCEL "%s", id);
    control_give(&me->spool, command);
}

static void cancel_pending(const struct worker *me, const char *path)
{
    struct statx st;
    char id[ID_CAP];
    if (look_in(me->spool.pending, path, &st) != 1)
        return;
    control_pending_id(path, st.stx_ino, id);
    cancel(me, id);
}

void scenario_cancel(struct world *w, struct worker *me)
{
    (void)w;
    cancel_pending(me, "pending.pdf");
    for (unsigned i = 0; i < me->jobs; i++)
        cancel(me, me->job[i].claim.token.document);
    worker_obey(me);
    worker_write(me);
    worker_seal(me);
    worker_publish(me);
    worker_round(me);
}

/* ---- the sweep ---- */

static void leftover_links(const struct world *w)
{
    char full[WORLD_PATH + 300];
    at_top(w, "control/names/05/0123456789abcdef0123456789abcdef", full);
    if (symlink("aaaaaaaaaaaa-1", full) != 0)
        _exit(70);
    at_top(w, "control/names/06/.aaaaaaaaaaaa-2.0123456789abcdef", full);
    if (symlink("aaaaaaaaaaaa-2", full) != 0)
        _exit(70);
}

void scenario_litter(struct world *w, struct worker *me)
{
    char full[WORLD_PATH + 300];
    scenario_results(w, me); /* what belongs to these must stay */
    world_write(w, "done/.aaaaaaaaaaaa-1.aaaaaaaaaaaa-2.txt", "old");
    world_write(w, "done/dir/.aaaaaaaaaaaa-1.aaaaaaaaaaaa-2.json", "old");
    world_write(w, "failed/corrupt/.aaaaaaaaaaaa-3.aaaaaaaaaaaa-4.json", "old");
    world_write(w, "control/paths/aaaaaaaaaaaa-5", "a/b.pdf");
    world_write(w, "control/paths/.aaaaaaaaaaaa-6.new", "a/b");
    world_write(w, "control/paths/aaaaaaaaaaaa-8.pages", "1\ntext of.");
    world_write(w, "control/paths/.aaaaaaaaaaaa-8.0123456789ab.new", "1\nte");
    world_write(w, "control/cancel.aaaaaaaaaaaa-7", "");
    world_write(w, "control/.new-0123456789abcdef", "");
    leftover_links(w);
    at_top(w, "pending/empty", full);
    mkdir(full, 0775);
    at_top(w, "pending/empty/below", full);
    mkdir(full, 0775);
    me->spool.settings.sweep_age = me->spool.settings.empty_folder_age = LONG_AGO;
}

void scenario_sweep(struct world *w, struct worker *me)
{
    struct swept sum = {0};
    (void)w;
    struct sweep *s = sweep_new(&me->spool, &me->lease);
    for (int i = 0; s && i < STEPS && sweep_step(s, STEP_ENTRIES, &sum) > 0; i++)
        ;
    sweep_free(s);
}

/* ---- judging others ---- */

static void die_with_claims(struct world *w, const char *path, const char *host, bool beatless)
{
    world_drop(w, path, false);
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        static struct worker other;
        worker_open(&other, w->top, host);
        scenario_lease(&other);
        worker_claim(&other);
        if (beatless)
            unlinkat(other.lease.dir, LEASE_BEAT, 0);
        _exit(0);
    }
    waitpid(pid, NULL, 0);
}

void scenario_silent(struct world *w, struct worker *me)
{
    die_with_claims(w, "of the beatless.pdf", "h8", true);
    die_with_claims(w, "of the silent.pdf", "h9", false);
    die_with_claims(w, "of this host.pdf", me->spool.host, false);
    scenario_lease(me);
    me->spool.settings.lease_timeout = 0;
}

void scenario_observe(struct world *w, struct worker *me)
{
    struct observer *o = observer_new();
    (void)w;
    for (int i = 0; o && i < ROUNDS; i++) {
        lease_beat(&me->lease);
        observer_round(o, &me->spool, &me->lease);
    }
    observer_free(o);
}

/* ---- strangers ---- */

void scenario_strangers(struct world *w, struct worker *me)
{
    scenario_claims(w, me);
    me->jobs = 0;
}

void scenario_strangers_back(struct world *w, struct worker *me)
{
    (void)w;
    worker_claim(me); /* lists work/, and knows none of them */
}

/* ---- results that vanished ---- */

static void sealed_and_emptied(struct world *w, struct worker *me)
{
    scenario_sealed(w, me);
    for (unsigned i = 0; i < me->jobs; i++) {
        const struct place *p = &me->job[i].place;
        unlinkat(p->folder, p->hidden_json, 0);
        unlinkat(p->folder, p->hidden_text, 0);
    }
}

void scenario_emptied(struct world *w, struct worker *me)
{
    scenario_dead(w, me, sealed_and_emptied);
}

/* ---- names ---- */

void scenario_numbers(struct world *w, struct worker *me)
{
    static const char *const taken[] = {"n.pdf",   "n~2.pdf", "n~3.pdf",
                                        "n~4.pdf", "n~5.pdf", "n~17.pdf"};
    char full[WORLD_PATH + 300], name[64];
    (void)me;
    for (unsigned i = 0; i < sizeof taken / sizeof *taken; i++)
        world_published(w, taken[i]);
    world_drop(w, "n.pdf", false);
    /* A folder so large that names are asked for one by one; where folders have no such sizes, a
     * few files do no harm. */
    for (unsigned i = 0; i < 40; i++) {
        snprintf(name, sizeof name, "done/large/.aaaaaaaaaaaa-%x.aaaaaaaaaaaa-%x.txt", i, i);
        world_write(w, name, "old");
    }
    at_top(w, "done/large", full);
    world_drop(w, "large/x.pdf", false);
}

/* ---- the reporter's ---- */

void scenario_report(struct world *w, struct worker *me)
{
    struct journal j = {.fd = -1};
    struct buf lines = {0};
    (void)w;
    buf_fmt(&lines, "{\"event\":\"test\"}\n");
    for (int i = 0; i < 2; i++) {
        lease_beat(&me->lease);
        if (j.fd >= 0 || journal_open(&j, &me->spool, &me->lease) == 0)
            journal_append(&j, &lines);
        srvclock_now(&me->spool);
    }
    journal_close(&j);
    buf_free(&lines);
}

/* ---- init ---- */

void scenario_no_ini(struct world *w, struct worker *me)
{
    char full[WORLD_PATH + 300];
    (void)me;
    scenario_drop_all(w);
    at_top(w, "spool.ini", full);
    unlink(full);
    at_top(w, "control/names/0f", full);
    rmdir(full);
    at_top(w, "journal", full);
    rmdir(full);
}

void scenario_init(struct world *w, struct worker *me)
{
    char err[1024];
    int code;
    struct spool s;
    (void)me;
    if (spool_init(w->top, err, sizeof err) != 0 ||
        spool_open(&s, w->top, "h1", NULL, settings_report_stderr, err, sizeof err, &code) != 0)
        return;
    spool_close(&s);
}

int scenario_recover_init(const char *top, const char *host)
{
    char err[1024];
    return spool_init(top, err, sizeof err) == 0 ? worker_recover(top, host) : -1;
}

/* ---- audit ---- */

void scenario_all_states(struct world *w, struct worker *me)
{
    scenario_sealed_half(w, me);
    world_drop(w, "bad.pdf", true);
    worker_claim(me);
    worker_write(me);
    worker_seal(me);
    worker_publish(me);
    me->jobs = 0;
    world_drop(w, "waiting.pdf", false);
    worker_claim(me);
    worker_retry(me, false);
    me->jobs = 0;
    world_drop(w, "pending.pdf", false);
    leftover_links(w);
}

static void heard(void *arg, const struct audit_problem *p)
{
    (void)arg;
    (void)p;
}

void scenario_audit(struct world *w, struct worker *me)
{
    const struct audit_options o = {.verify = true, .pause_ms = 1};
    struct audit_counts counts;
    (void)w;
    audit_run(&me->spool, &o, heard, NULL, &counts);
}
