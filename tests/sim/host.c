#include "host.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "client.h"

struct cluster cluster;

enum { BREAKER_ROW = 10, BREAKER_PAUSE_MS = 15000 };

void cluster_reset(void)
{
    memset(&cluster, 0, sizeof cluster);
}

struct host *host_add(bool v3)
{
    if (cluster.hosts == HOSTS)
        sim_broken("more than %d hosts", (int)HOSTS);
    struct host *h = &cluster.host[cluster.hosts];
    h->index = cluster.hosts++;
    snprintf(h->name, sizeof h->name, "h%u", h->index + 1);
    h->v3 = v3;
    h->plus = true;
    h->chunk = 1000;
    h->rtt = SIM_MS;
    h->boot_offset = (1000 + 977 * (sim_us)h->index) * SIM_SECOND;
    return h;
}

int64_t host_boot_ms(const struct host *h)
{
    return (sim.now - h->booted_at - h->frozen + h->boot_offset) / SIM_MS;
}

/* What init does: starts extractd whenever it has ended. */
static void init_body(void *arg)
{
    struct host *h = arg;
    while (!sched_dead() && h->wanted) {
        if (!h->up) {
            sched_wait(h->back);
            if (sim.now >= h->back && !sched_dead()) {
                h->up = true;
                h->boot++;
                h->booted_at = sim.now;
                h->frozen = 0;
                client_reset(h);
                sim_trace("machine %s is up again", h->name);
            }
            continue;
        }
        if (h->worker) {
            sched_wait(SIM_NEVER);
            continue;
        }
        struct worker *w = sim_alloc(sizeof *w);
        char name[SCHED_NAME];
        w->host = h;
        w->pid = ++cluster.pids;
        w->n_slots = cluster.slots;
        h->worker = w;
        snprintf(name, sizeof name, "%s.super", h->name);
        sched_start(h, name, worker_supervisor, w, &w->supervisor);
        while (h->worker == w && !sched_dead())
            sched_wait(SIM_NEVER);
        if (h->wanted && h->up)
            sched_wait(sim.now + h->restart_after);
    }
}

void host_start(struct host *h)
{
    char name[SCHED_NAME];
    h->up = h->wanted = true;
    h->booted_at = sim.now;
    h->boot = 1;
    client_reset(h);
    snprintf(name, sizeof name, "%s.init", h->name);
    struct task *t = sched_start(h, name, init_body, h, &h->init);
    t->outside = true;
    t->counted = false;
}

void host_make_known(struct host *h)
{
    client_reset(h);
}

static bool of_worker(const struct task *t, const struct host *h)
{
    return t->coro && t->host == h && t != h->init;
}

void host_kill_worker(struct host *h)
{
    struct task *t = sched_tasks();
    for (unsigned i = 0; i < SCHED_TASKS; i++)
        if (of_worker(&t[i], h))
            sched_kill(&t[i]);
    if (h->worker)
        h->worker->ended = true;
    h->worker = NULL;
    sched_wake(h->init);
}

void host_crash(struct host *h, sim_us down)
{
    h->up = false;
    h->back = down < SIM_NEVER ? sim.now + down : SIM_NEVER;
    host_kill_worker(h);
}

void host_stop(struct host *h, sim_us until)
{
    struct task *t = sched_tasks();
    for (unsigned i = 0; i < SCHED_TASKS; i++)
        if (of_worker(&t[i], h))
            sched_stop(&t[i], until);
}

void host_freeze(struct host *h, sim_us pause)
{
    /* Its boot clock reads, when the machine goes on, what it read when it stopped. */
    host_stop(h, sim.now + pause);
    h->frozen += pause;
}

void host_close(struct host *h, bool for_good)
{
    if (for_good)
        h->wanted = false;
    if (h->worker) {
        h->worker->stop_asked = true;
        sched_wake(h->worker->supervisor);
    }
    sched_wake(h->init);
}

bool host_idle(const struct host *h)
{
    return !h->worker && !h->init;
}

struct hand *hand_new(struct worker *w)
{
    for (int i = 0; i < WORKER_HANDS; i++)
        if (w->hands[i].state == HAND_FREE) {
            w->hands[i].state = HAND_FILLING;
            w->hands[i].slot = NOBODY;
            return &w->hands[i];
        }
    return NULL;
}

struct hand *hand_of(struct worker *w, const char *claim)
{
    for (int i = 0; i < WORKER_HANDS; i++)
        if (w->hands[i].state > HAND_FILLING && strcmp(w->hands[i].claimed.token.claim, claim) == 0)
            return &w->hands[i];
    return NULL;
}

unsigned hands_used(const struct worker *w)
{
    unsigned n = 0;
    for (int i = 0; i < WORKER_HANDS; i++)
        n += w->hands[i].state != HAND_FREE;
    return n;
}

void hand_free(struct hand *h)
{
    h->slot = NOBODY;
    h->state = HAND_FREE;
}

void worker_environment_failed(struct worker *w)
{
    w->environment_row++;
    w->environment_last = clock_boot_ms();
}

bool worker_environment_open(const struct worker *w)
{
    return w->environment_row >= BREAKER_ROW &&
           clock_boot_ms() - w->environment_last < BREAKER_PAUSE_MS;
}

bool worker_silenced(const struct worker *w)
{
    int64_t last = atomic_load(&w->shared.last_good_beat);
    return last != 0 && clock_boot_ms() - last > w->spool.settings.self_stop;
}
