/* What happens to hosts and to the server in random schedules. */
#include "host.h"
#include "net.h"
#include "run.h"
#include "sched.h"

struct nemesis nemesis;
static struct task *self;

static sim_us for_long(void)
{
    switch (sim_below(3)) {
    case 0:
        return sim_between(SIM_SECOND, 20 * SIM_SECOND);
    case 1:
        return sim_between(20 * SIM_SECOND, 150 * SIM_SECOND);
    default:
        return sim_between(150 * SIM_SECOND, 500 * SIM_SECOND);
    }
}

static void strike(enum fault_kind kind)
{
    struct host *h = &cluster.host[sim_below(cluster.hosts)];
    sim_us t = for_long();
    bool other = sim_once_in(4);
    if (!fault_happens(kind))
        return;
    sim_trace("!!! host %s, %lld s", h->name, (long long)(t / SIM_SECOND));
    switch (kind) {
    case FAULT_PARTITION:
        h->cut_until = sim.now + t;
        break;
    case FAULT_HOST_CRASH:
        host_crash(h, other ? SIM_NEVER : t);
        break;
    case FAULT_HOST_STOP:
        host_stop(h, sim.now + t);
        break;
    case FAULT_VM_PAUSE:
        host_freeze(h, t);
        break;
    case FAULT_SERVER_RESTART:
        net_restart_server(t / 4, other ? 0 : 90 * SIM_SECOND);
        break;
    case FAULT_DISK_FULL:
        server_full_until = sim.now + t;
        server_full_error = other ? 122 /* EDQUOT */ : 28 /* ENOSPC */;
        break;
    case FAULT_WORKER_KILL:
        host_kill_worker(h);
        break;
    case FAULT_WORKER_CLOSE:
        host_close(h, false);
        break;
    default:
        break;
    }
}

static void body(void *arg)
{
    (void)arg;
    for (unsigned n = 0; n < nemesis.events && !sched_dead(); n++) {
        sched_until(sim.now + sim_between(0, nemesis.until / nemesis.events));
        for (int i = 0; i < 20; i++) {
            enum fault_kind kind =
                (enum fault_kind)(FAULT_PARTITION + sim_below(FAULT_KINDS - FAULT_PARTITION));
            if (!(nemesis.kinds >> kind & 1))
                continue;
            strike(kind);
            break;
        }
    }
}

void nemesis_start(void)
{
    if (nemesis.events == 0)
        return;
    struct task *t = sched_start(NULL, "nemesis", body, NULL, &self);
    t->outside = true;
    t->counted = false;
}
