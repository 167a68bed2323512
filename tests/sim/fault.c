#include "fault.h"

#include <errno.h>
#include <string.h>

struct fault_state fault;

static const char *const names[FAULT_KINDS] = {"none",
                                               "done, answered ENOENT or EEXIST",
                                               "done, answered EIO",
                                               "done, answered ESTALE",
                                               "EIO",
                                               "ESTALE",
                                               "ENOSPC",
                                               "EDQUOT",
                                               "EACCES",
                                               "EINTR",
                                               "short read or write",
                                               "lost reply, executed again",
                                               "late duplicate",
                                               "late request",
                                               "late reply",
                                               "kill before the call",
                                               "kill after the call",
                                               "kill with the call in flight",
                                               "crash before the call",
                                               "crash after the call",
                                               "crash with the call in flight",
                                               "stop (longer than the lease)",
                                               "preemption",
                                               "partition",
                                               "host crash",
                                               "host stop",
                                               "virtual machine paused",
                                               "server restart",
                                               "disk full",
                                               "worker killed",
                                               "worker ended in good order"};

const char *fault_name(enum fault_kind kind)
{
    return names[kind];
}

void fault_reset(void)
{
    fault.number = fault.done = fault.points = 0;
}

bool fault_applies(enum fault_kind kind, enum rpc_op op)
{
    bool names_things = op >= RPC_RENAME && op <= RPC_SYMLINK;
    bool writes = op == RPC_WRITE || op == RPC_TRUNCATE;
    bool makes = op == RPC_OPEN || op == RPC_MKDIR || op == RPC_SYMLINK || op == RPC_RENAME;
    switch (kind) {
    case FAULT_LIE_GONE:
        return names_things;
    case FAULT_LIE_EIO:
        return server_changes(op);
    case FAULT_LIE_ESTALE:
        return names_things;
    case FAULT_ENOSPC:
    case FAULT_EDQUOT:
        return writes || makes;
    case FAULT_EACCES:
        return op == RPC_OPEN || op == RPC_RENAME || op == RPC_GETATTR;
    case FAULT_SHORT:
        return op == RPC_READ || op == RPC_WRITE;
    case FAULT_LOST:
    case FAULT_ECHO:
        return server_changes(op);
    case FAULT_KILL_AFTER:
    case FAULT_KILL_FLIGHT:
    case FAULT_CRASH_AFTER:
    case FAULT_CRASH_FLIGHT:
        return server_changes(op);
    default:
        return true;
    }
}

static bool left_out(unsigned number)
{
    for (unsigned i = 0; i < sim.skips; i++)
        if (sim.skip[i] == number)
            return true;
    return false;
}

bool fault_happens(enum fault_kind kind)
{
    unsigned number = ++fault.number;
    bool out = left_out(number);
    sim_trace("!!! fault %u: %s%s", number, names[kind], out ? " (left out)" : "");
    if (!out)
        fault.by_kind[kind]++;
    return !out;
}

static uint64_t rivals(const struct task *me)
{
    const struct task *t = sched_tasks();
    uint64_t set = 0;
    for (unsigned i = 0; i < 64; i++)
        if (t[i].coro && t[i].rival && !t[i].dead && &t[i] != me)
            set |= (uint64_t)1 << i;
    return set;
}

static enum fault_kind planned(enum rpc_op op, unsigned *other)
{
    struct task *me = sched_self();
    if (!me->counted || sim.calm || fault.points == FAULT_POINTS)
        return FAULT_NONE;
    fault.point[fault.points].op = (unsigned char)op;
    fault.point[fault.points].rivals = rivals(me);
    fault.points++;
    if (fault.done == fault.planned || fault.plan[fault.done].call != fault.points)
        return FAULT_NONE;
    const struct intervention *v = &fault.plan[fault.done++];
    *other = v->other;
    return fault_applies(v->kind, op) && fault_happens(v->kind) ? v->kind : FAULT_NONE;
}

enum fault_kind fault_draw(enum rpc_op op, unsigned *other)
{
    if (sim.lockstep)
        return planned(op, other);
    if (sim.calm || fault.once_in == 0 || fault.number >= fault.most || !sim_once_in(fault.once_in))
        return FAULT_NONE;
    for (int i = 0; i < 8; i++) {
        enum fault_kind kind = (enum fault_kind)(1 + sim_below(FAULT_SWITCH - 1));
        if ((fault.kinds >> kind & 1) && fault_applies(kind, op))
            return fault_happens(kind) ? kind : FAULT_NONE;
    }
    return FAULT_NONE;
}

int fault_errno(enum fault_kind kind, enum rpc_op op)
{
    switch (kind) {
    case FAULT_LIE_GONE:
        return op == RPC_MKDIR || op == RPC_SYMLINK ? EEXIST : ENOENT;
    case FAULT_LIE_EIO:
    case FAULT_EIO:
        return EIO;
    case FAULT_LIE_ESTALE:
    case FAULT_ESTALE:
        return ESTALE;
    case FAULT_ENOSPC:
        return ENOSPC;
    case FAULT_EDQUOT:
        return EDQUOT;
    case FAULT_EACCES:
        return EACCES;
    case FAULT_EINTR:
        return EINTR;
    default:
        return 0;
    }
}
