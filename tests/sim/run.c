#include "run.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "calls.h"
#include "host.h"
#include "net.h"
#include "sched.h"
#include "spool/layout.h"
#include "spool/reclaim.h"
#include "spool/sweep.h"
#include "spool/tally.h"

enum { SWEEP_ROUNDS = 3, SWEEP_STEPS = 400, OBSERVE_ROUNDS = 60 };

static struct task *last_task;
static bool last_gave_up;

static void make_tree(void)
{
    static const char *const tops[] = {DIR_PENDING, DIR_CLAIMED, DIR_DONE,
                                       DIR_FAILED,  DIR_CONTROL, DIR_JOURNAL};
    struct inode *root = server_root(), *spool = server_mkdir(root, "spool");
    server_mkdir(root, "taken");
    server_mkdir(root, "home");
    for (size_t i = 0; i < sizeof tops / sizeof *tops; i++)
        server_mkdir(spool, tops[i]);
    server_mkdir(server_find(spool, DIR_PENDING), DIR_RETRY);
    server_mkdir(server_find(spool, DIR_PENDING), DIR_UNPACK);
    struct inode *control = server_find(spool, DIR_CONTROL);
    struct inode *names = server_mkdir(control, DIR_NAMES);
    server_mkdir(control, DIR_PATHS);
    server_mkdir(control, DIR_ARCHIVES);
    for (unsigned i = 0; i < 16; i++) {
        char two[3];
        snprintf(two, sizeof two, "%02x", i);
        server_mkdir(names, two);
    }
}

void run_begin(const struct schedule *s)
{
    memset(&sim, 0, sizeof sim);
    sim.trace = s->trace;
    sim.lockstep = s->lockstep;
    sim.protocol = s->protocol;
    sim.skips = s->skips;
    memcpy(sim.skip, s->skip, sizeof sim.skip);
    sim_seed(s->seed);
    sim_forget_all();
    sched_reset();
    fault_reset();
    memcpy(fault.plan, s->plan, sizeof fault.plan);
    fault.planned = s->planned;
    fault.once_in = 0;
    net_reset();
    calls_reset();
    cluster_reset();
    outside_reset();
    memset(&nemesis, 0, sizeof nemesis);
    law_reset();
    server_reset(!s->lockstep && sim_once_in(2));
    make_tree();
}

static bool all_final(void)
{
    return law.open == 0 && outside_over();
}

static bool hosts_idle(void)
{
    for (unsigned i = 0; i < cluster.hosts; i++)
        if (!host_idle(&cluster.host[i]))
            return false;
    return outside_idle();
}

/* Faults are over: the documents that are left are worked on. */
static void recover(void)
{
    sim.calm = true;
    net_calm();
    server_full_until = 0;
    unsigned up = 0;
    for (unsigned i = 0; i < cluster.hosts; i++) {
        struct host *h = &cluster.host[i];
        h->cut_until = 0;
        up += h->wanted && (h->up || h->back < SIM_NEVER) && !h->no_ocr;
    }
    if (up == 0) { /* somebody must go on, who takes whatever is left: the first does OCR */
        struct host *h = &cluster.host[0];
        h->back = sim.now;
        if (h->wanted)
            sched_wake(h->init);
        else
            host_start(h);
    }
    sched_run(sim.now + 12 * SIM_HOUR, all_final);
    if (law.open > 0)
        sim_bad("after recovery and 12 hours %u documents are not at their end", law.open);
    outside_stop_consumer();
}

/* The last host: takes back what is left of all others, waits until everything left over is old,
 * sweeps, and goes. */
static void last_body(void *arg)
{
    struct host *h = arg;
    struct spool s;
    struct lease l;
    struct lease_shared shared = {0};
    struct reclaimed sum = {0};
    struct swept swept = {0};
    last_gave_up = true;
    h->worker = sim_alloc(sizeof *h->worker);
    h->worker->pid = ++cluster.pids;
    if (worker_open_spool(&s, h) != 0 || lease_create(&l, &s, &shared, h->worker->pid) != 0)
        return;
    struct observer *o = observer_new();
    const struct inode *claimed = server_find(server_find(server_root(), "spool"), DIR_CLAIMED);
    for (int i = 0; i < OBSERVE_ROUNDS; i++) {
        unsigned leases = 0;
        observer_round(o, &s, &l);
        for (unsigned k = 0; k < claimed->n_entries; k++)
            leases += claimed->entries[k].inode->n_entries;
        if (leases <= 1)
            break;
        sched_until(sim.now + s.settings.self_stop * SIM_MS * 2 / 3);
        lease_beat(&l);
    }
    observer_free(o);
    sched_until(sim.now + (s.settings.sweep_age * 11 / 10 + 5000) * SIM_MS);
    lease_beat(&l);
    struct tallied tallied = {0};
    tally_round(&s, 1000, &tallied);
    struct sweep *w = sweep_new(&s, &l);
    for (int round = 0, n = 0; w && round < SWEEP_ROUNDS && n < SWEEP_STEPS; n++)
        round += sweep_step(w, 1000, &swept) <= 0;
    sweep_free(w);
    tally_round(&s, 1000, &tallied); /* an old reservation was in the way of some */
    last_gave_up = reclaim_lease(&s, l.host, l.name, false, &l, &sum) != 0;
    lease_close(&l);
    worker_close_spool(&s);
    h->worker = NULL;
}

static void clean_up(void)
{
    for (unsigned i = 0; i < cluster.hosts; i++)
        host_close(&cluster.host[i], true);
    sched_run(sim.now + SIM_HOUR, hosts_idle);
    sched_end_all();
    for (unsigned i = 0; i < cluster.hosts; i++)
        cluster.host[i].worker = NULL;
    struct host *h = &cluster.host[cluster.hosts];
    cluster.hosts++;
    snprintf(h->name, sizeof h->name, "last");
    h->index = 77;
    h->rtt = SIM_MS;
    h->chunk = 1000;
    h->plus = true;
    h->boot_offset = 5000 * SIM_SECOND;
    h->booted_at = sim.now;
    host_make_known(h);
    struct task *t = sched_start(h, "last", last_body, h, &last_task);
    t->counted = false;
    sched_run(SIM_NEVER, NULL);
    if (last_gave_up)
        sim_bad("the last host could not clean up");
}

static void count(struct outcome_of_run *out)
{
    *out = (struct outcome_of_run){.bad = sim.bad > 0,
                                   .faults = fault.number,
                                   .rpcs = sim.rpcs,
                                   .calls = sim.calls,
                                   .drops = law.drops,
                                   .lost = law.lost,
                                   .duplicated = law.duplicated,
                                   .unexpected = law.unexpected,
                                   .claims = law.claims,
                                   .residue_claim = sim.residue_claim,
                                   .residue_remove = sim.residue_remove,
                                   .residue_pair = sim.residue_pair,
                                   .folders_claimed = sim.folders_claimed,
                                   .ended = sim.now};
    for (unsigned i = 0; i < law.drops; i++) {
        out->done += law.drop[i].state == DROP_DONE;
        out->failed += law.drop[i].state == DROP_FAILED;
        out->taken += law.drop[i].state == DROP_TAKEN;
    }
    snprintf(out->what, sizeof out->what, "%s", sim.what);
}

void run_schedule(const struct schedule *s, struct outcome_of_run *out)
{
    run_begin(s);
    s->prepare();
    for (unsigned i = 0; i < cluster.hosts; i++)
        host_start(&cluster.host[i]);
    outside_start();
    nemesis_start();
    sched_run(nemesis.until, sim.lockstep ? all_final : NULL);
    unsigned points = fault.points;
    if (sim.lockstep && law.open > 0)
        sched_run(sim.now + 2 * SIM_HOUR, all_final);
    points = fault.points;
    recover();
    clean_up();
    law_at_rest();
    if (calls_open_files() > 0)
        sim_bad("%u descriptors are left open", calls_open_files());
    count(out);
    out->points = points;
}
