#include "net.h"

#include <errno.h>
#include <string.h>

#include "fault.h"
#include "law.h"
#include "sched.h"

enum { DELAYED = 256 };

/* Calls that are executed although nobody waits for them any more. */
static struct delayed {
    sim_us when;
    struct rpc rpc;
    const struct host *host;
} delayed[DELAYED];
static unsigned n_delayed;
static struct task *courier;
static sim_us down_until, grace_until;

void net_reset(void)
{
    n_delayed = 0;
    down_until = grace_until = 0;
    courier = NULL;
}

static bool waits_for_grace(const struct host *h, enum rpc_op op)
{
    return h && !h->v3 &&
           (op == RPC_OPEN || op == RPC_RENAME || op == RPC_REMOVE || op == RPC_RMDIR);
}

/* Until when the call cannot get through; 0: it can. */
static sim_us blocked(const struct host *h, enum rpc_op op)
{
    sim_us t = 0;
    if (h && h->cut_until > sim.now)
        t = h->cut_until;
    if (down_until > sim.now && down_until > t)
        t = down_until;
    if (grace_until > sim.now && grace_until > t && waits_for_grace(h, op))
        t = grace_until;
    return t;
}

static void show(const struct rpc *r, const char *note)
{
    char from[1200] = "";
    if (!sim.trace)
        return;
    if (r->dir && r->op != RPC_READDIR) {
        size_t n = 0;
        const char *p = server_path(r->dir);
        n = strlen(p) < 1000 ? strlen(p) : 1000;
        memcpy(from, p, n);
        from[n] = 0;
    } else if (r->object) {
        const char *p = server_path(r->object);
        size_t n = strlen(p) < 1000 ? strlen(p) : 1000;
        memcpy(from, p, n);
        from[n] = 0;
    }
    if (r->op == RPC_RENAME)
        sim_trace("%s %s/%s -> %s/%s = %s%s", server_op_name(r->op), from, r->name,
                  server_path(r->to_dir), r->to_name, r->error ? strerror(r->error) : "done", note);
    else
        sim_trace("%s %s%s%s%s%s = %s%s", server_op_name(r->op), from, r->name ? "/" : "",
                  r->name ? r->name : "", r->op == RPC_SYMLINK ? " -> " : "",
                  r->op == RPC_SYMLINK ? r->to_name : "", r->error ? strerror(r->error) : "done",
                  note);
}

static void execute(struct rpc *r, const char *note)
{
    server_execute(r);
    show(r, note);
}

/* The task that executes what is delayed. */
static void courier_body(void *arg)
{
    (void)arg;
    while (n_delayed > 0) {
        unsigned first = 0;
        for (unsigned i = 1; i < n_delayed; i++)
            if (delayed[i].when < delayed[first].when)
                first = i;
        struct delayed d = delayed[first];
        sim_us held = blocked(d.host, d.rpc.op);
        if (held > d.when)
            delayed[first].when = d.when = held;
        if (d.when > sim.now) {
            sched_wait(d.when);
            if (sched_self()->dead)
                n_delayed = 0;
            continue;
        }
        delayed[first] = delayed[--n_delayed];
        execute(&d.rpc, d.rpc.times ? "   (a copy, late)" : "   (late; nobody waits for it)");
    }
}

static const char *copy_text(const char *s)
{
    return s ? sim_text(s) : NULL;
}

static void later(const struct rpc *r, const struct host *h, sim_us when)
{
    if (n_delayed == DELAYED)
        return;
    struct delayed *d = &delayed[n_delayed++];
    *d = (struct delayed){.when = when, .rpc = *r, .host = h};
    d->rpc.name = copy_text(r->name);
    d->rpc.to_name = copy_text(r->to_name);
    if (r->op == RPC_WRITE) {
        void *data = sim_alloc(r->n + 1);
        memcpy(data, r->from, r->n);
        d->rpc.from = data;
    }
    if (r->to)
        d->rpc.to = sim_alloc(r->n + 1);
    if (courier) {
        sched_wake(courier);
        return;
    }
    struct task *t = sched_start(NULL, "network", courier_body, NULL, &courier);
    t->outside = true;
    t->counted = false;
}

static sim_us latency(const struct host *h)
{
    sim_us rtt = h ? h->rtt : SIM_MS;
    uint64_t luck = sim_random();
    sim_us t = rtt / 2 + (sim_us)(luck % (uint64_t)(rtt + 1));
    if (!sim.calm && luck >> 40 < (1u << 24) / 40) { /* one in forty is slow */
        unsigned kind = sim_below(12);
        t += kind < 7    ? sim_between(5 * SIM_MS, 100 * SIM_MS)
             : kind < 11 ? sim_between(100 * SIM_MS, 2 * SIM_SECOND)
                         : sim_between(2 * SIM_SECOND, 20 * SIM_SECOND);
    }
    return t;
}

static sim_us long_time(void)
{
    if (sim.lockstep)
        return 400 * SIM_SECOND;
    unsigned kind = sim_below(4);
    return kind == 0   ? sim_between(20 * SIM_MS, SIM_SECOND)
           : kind == 1 ? sim_between(SIM_SECOND, 30 * SIM_SECOND)
           : kind == 2 ? sim_between(30 * SIM_SECOND, 120 * SIM_SECOND)
                       : sim_between(120 * SIM_SECOND, 500 * SIM_SECOND);
}

static void kill_self(enum fault_kind kind)
{
    struct task *me = sched_self();
    if (kind >= FAULT_CRASH_BEFORE && kind <= FAULT_CRASH_FLIGHT)
        host_kill_worker(me->host);
    sched_kill(me);
}

/* On the way to the server. False: its process has died meanwhile; the call is executed all the
 * same, perhaps. */
static bool travel(struct rpc *r, sim_us extra)
{
    struct task *me = sched_self();
    struct host *h = me->host;
    me->flight = r;
    me->executed_lost = false;
    if (sim.lockstep && extra == 0) {
        sim.now += SIM_MS;
    } else {
        sched_until(sim.now + extra + (sim.lockstep ? 0 : latency(h)));
        for (sim_us t; !me->dead && (t = blocked(h, r->op)) != 0;)
            sched_until(t + (sim.lockstep ? 0 : sim_between(0, 200 * SIM_MS)));
    }
    me->flight = NULL;
    if (!me->dead)
        return true;
    if (!sim.lockstep && server_changes(r->op) && sim_once_in(2)) {
        sim_us when = sim.now + sim_between(0, SIM_SECOND), held = blocked(h, r->op);
        later(r, h, held > when ? held : sim_once_in(4) ? when + long_time() : when);
    }
    return false;
}

/* Executed, the reply lost, and after a while executed again. */
static bool once_more(struct rpc *r, sim_us after)
{
    struct task *me = sched_self();
    sched_until(sim.now + after);
    for (sim_us t; !me->dead && (t = blocked(me->host, r->op)) != 0;)
        sched_until(t);
    if (me->dead && sim_once_in(2))
        return false;
    execute(r, "   (again: the reply was lost)");
    return !me->dead;
}

/* Faults that come instead of the call. True: *error is the answer. */
static bool instead(struct rpc *r, enum fault_kind kind, int *error)
{
    switch (kind) {
    case FAULT_EIO:
    case FAULT_ESTALE:
    case FAULT_ENOSPC:
    case FAULT_EDQUOT:
    case FAULT_EACCES:
    case FAULT_EINTR:
        *error = fault_errno(kind, r->op);
        sim_trace("%s %s not done: %s", server_op_name(r->op), r->name ? r->name : "",
                  strerror(*error));
        return true;
    case FAULT_KILL_FLIGHT:
    case FAULT_CRASH_FLIGHT:
        later(r, sched_self()->host, sim.now + long_time());
        /* fall through */
    case FAULT_KILL_BEFORE:
    case FAULT_CRASH_BEFORE:
        kill_self(kind);
        *error = EIO;
        return true;
    default:
        return false;
    }
}

static void prepare(struct rpc *r, enum fault_kind kind, unsigned other)
{
    struct task *me = sched_self();
    if (kind == FAULT_STOP) {
        sched_stop(me, sim.now + long_time());
        sched_until(sim.now);
    } else if (kind == FAULT_SWITCH) {
        struct task *t = &sched_tasks()[other];
        if (t->coro && t != me) {
            sched_prefer(t);
            sched_until(sim.now);
        }
    } else if (kind == FAULT_SHORT && r->n > 1) {
        r->n = 1;
    }
    if (r->op == RPC_REMOVE && !r->meant && r->dir)
        r->meant = server_find(r->dir, r->name);
}

int net_call(struct rpc *r, bool *final)
{
    struct task *me = sched_self();
    unsigned other = 0;
    int error = 0;
    if (sched_dead())
        return EIO;
    sim.rpcs++;
    enum fault_kind kind = fault_draw(r->op, &other);
    prepare(r, kind, other);
    if (final)
        *final = kind != FAULT_NONE;
    if (me->dead)
        return EIO;
    if (instead(r, kind, &error))
        return error;
    if (!travel(r, kind == FAULT_LATE ? long_time() : 0))
        return EIO;
    if (me->executed_lost) { /* the server went down behind it */
        if (!once_more(r, 0))
            return EIO;
    } else {
        execute(r, "");
    }
    if (kind == FAULT_LOST && !once_more(r, sim.lockstep ? 20 * SIM_SECOND : long_time() / 8))
        return EIO;
    if (kind == FAULT_ECHO)
        later(r, me->host, sim.now + long_time() / 4);
    if (kind == FAULT_REPLY_LATE)
        sched_until(sim.now + long_time());
    if (kind == FAULT_KILL_AFTER || kind == FAULT_CRASH_AFTER)
        kill_self(kind);
    if (me->dead)
        return EIO;
    if (kind == FAULT_LIE_GONE || kind == FAULT_LIE_EIO || kind == FAULT_LIE_ESTALE)
        return fault_errno(kind, r->op);
    return r->error;
}

void net_restart_server(sim_us down, sim_us grace)
{
    struct task *t = sched_tasks();
    down_until = sim.now + down;
    grace_until = down_until + grace;
    for (unsigned i = 0; i < SCHED_TASKS; i++)
        if (t[i].coro && t[i].flight && server_changes(t[i].flight->op) &&
            !(t[i].host && t[i].host->cut_until > sim.now) && !t[i].dead && sim_once_in(2)) {
            struct rpc *r = t[i].flight;
            execute(r, "   (and its reply was lost: the server goes down)");
            t[i].executed_lost = true;
        }
}

void net_calm(void)
{
    down_until = grace_until = 0;
}
