/*
 * fault-sweep: every fault at every call of every scenario, then zombies, then the negative
 * controls.
 *
 *   fault-sweep                     what `make test` runs
 *   fault-sweep --full              each kind of fault at each call of each scenario
 *   fault-sweep --scenario S        only that scenario
 *       --call N --kind K           one fault again, with a trace of all calls
 *       --call N --zombie V         one zombie again (V: 0 keep, 1 taken, 2 overlap)
 *   fault-sweep --every K           only each Kth fault (a quick look)
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "run.h"
#include "shards.h"
#include "sweep_report.h"

enum { AUDIT_EVERY = 20, DISK_EVERY = 40, CONTROL_EVERY = 7, THIN_EVERY = 15, SAME_TRIES = 4 };

static struct plans *plans;
static char memory_base[200], disk_base[200];
static const char *spoolctl, *site_list;
static bool full;

static void add(unsigned scenario, unsigned call, unsigned kind, bool on_disk)
{
    if (plans->n == CASES) {
        fprintf(stderr, "fault-sweep: more faults than planned for\n");
        exit(70);
    }
    plans->at[plans->n++] = (struct planned){.scenario = (unsigned short)scenario,
                                             .call = (unsigned short)call,
                                             .kind = (unsigned char)kind,
                                             .on_disk = on_disk};
}

/* After a call that changes nothing, dying is the same as dying before the next one: not tried
 * twice. */
static bool worth(enum fault_kind kind, enum fault_op op, unsigned call)
{
    static const unsigned readers = 1u << OP_OPENAT | 1u << OP_CLOSE | 1u << OP_READ |
                                    1u << OP_STATX | 1u << OP_READLINKAT | 1u << OP_GETDENTS |
                                    1u << OP_FSTATVFS;
    if (!faultop_applies(kind, op))
        return false;
    if (full)
        return true;
    if (kind == (call % 2 ? FAULT_EDQUOT : FAULT_ENOSPC) ||
        kind == (call % 2 ? FAULT_ESTALE : FAULT_EIO))
        return false; /* the rooms treat these pairs alike: each call gets one of them */
    if (kind == FAULT_KILL_AFTER && (readers >> op & 1))
        return false;
    if (kind == FAULT_EIO_ON || kind == FAULT_LATE) /* these take time, of sleeping */
        return call % 4 == 1;
    return true;
}

/* At a place in the source that no planned fault has hit yet: killed there, and an error there,
 * with a kill soon after it (which hits what is done about errors). */
static void plan_new_site(const struct fault_proof *proof, unsigned i, unsigned call)
{
    static struct sites planned;
    static const unsigned char kinds[] = {FAULT_KILL_BEFORE, FAULT_EIO, FAULT_EIO_KILL_1,
                                          FAULT_EIO_KILL_2, FAULT_EIO_KILL_3};
    unsigned site = proof->site_of[call - 1];
    if (site == 0 || sites_plan(&planned, &proof->site[site - 1]))
        return;
    for (unsigned k = 0; k < sizeof kinds; k++)
        if (faultop_applies((enum fault_kind)kinds[k], (enum fault_op)proof->ops[call - 1]))
            add(i, call, kinds[k], false);
}

/* Two faults: at each call in a full run, else at some. */
static void plan_double(unsigned i, unsigned call, enum fault_op op)
{
    for (unsigned kind = FAULT_EIO_KILL_1; kind < FAULT_KINDS; kind++)
        if (faultop_applies((enum fault_kind)kind, op) && (full || (call + kind) % 16 == 0))
            add(i, call, kind, false);
}

static void plan_scenario(struct run *r, unsigned i, unsigned every)
{
    const struct scenario *s = &scenarios[i];
    if (run_clean(r, s) != RUN_GOOD) {
        fprintf(stderr, "fault-sweep: %s fails without any fault:\n", s->name);
        r->loud = true;
        run_clean(r, s);
        exit(1);
    }
    unsigned calls = atomic_load(&r->proof->calls), k = 0;
    if (calls > FAULT_MAX_CALLS) {
        fprintf(stderr, "fault-sweep: %s makes %u calls, more than are noted\n", s->name, calls);
        exit(70);
    }
    if (s->thin && !full)
        every *= THIN_EVERY;
    for (unsigned call = 1; call <= calls; call++) {
        enum fault_op op = (enum fault_op)r->proof->ops[call - 1];
        for (unsigned kind = FAULT_KILL_BEFORE; kind < FAULT_PARK; kind++)
            if (worth((enum fault_kind)kind, op, call) && k++ % every == 0 &&
                (!s->control || k % CONTROL_EVERY == 0)) {
                add(i, call, kind, false);
                if (k % DISK_EVERY == 0 && kind != FAULT_EIO_ON)
                    add(i, call, kind, true);
            }
        if (!s->control) {
            plan_new_site(r->proof, i, call);
            if (every == 1)
                plan_double(i, call, op);
        }
        for (unsigned v = 0; v < ZOMBIE_VARIANTS; v++)
            if (k++ % every == 0 &&
                (!s->control || v == ZOMBIE_TAKEN || s->recover != worker_recover))
                add(i, call, ZOMBIE_KIND + v, false);
    }
}

/* The call to aim at in try i. The order of entries on a disk's file system differs from run to run, so
 * that a call of the kind that comes last can come before its number: the same again, then one ever
 * nearer to the start. 0: it is not to be hit. */
static unsigned aim(const struct planned *p, unsigned i)
{
    if (i < SAME_TRIES)
        return p->call;
    unsigned nearer = 1u << (i - SAME_TRIES);
    return p->on_disk && nearer < p->call ? p->call - nearer : 0;
}

static void run_planned(struct run *r, struct planned *p, unsigned number, unsigned k)
{
    const struct scenario *s = &scenarios[p->scenario];
    enum verdict v = RUN_NOT_HIT;
    unsigned call;
    for (unsigned i = 0; v == RUN_NOT_HIT && (call = aim(p, i)) > 0; i++)
        v = p->kind >= ZOMBIE_KIND
                ? run_zombie(r, s, call, (enum zombie_variant)(p->kind - ZOMBIE_KIND))
                : run_fault(r, s, call, (enum fault_kind)p->kind, number % AUDIT_EVERY == 0);
    if (!s->control)
        sites_add(&plans->sites[k], r->proof);
    p->verdict = (unsigned char)v;
    p->op = (unsigned char)r->proof->hit_op;
    snprintf(p->name, sizeof p->name, "%.*s", (int)sizeof p->name - 1, r->proof->hit_name);
}

static void shard(unsigned k)
{
    struct run memory, disk;
    char name[16];
    snprintf(name, sizeof name, "s%u", k);
    run_open(&memory, memory_base, name);
    run_open(&disk, disk_base, name);
    memory.spoolctl = disk.spoolctl = spoolctl;
    unsigned i;
    while ((i = atomic_fetch_add(&plans->next, 1)) < plans->n)
        run_planned(plans->at[i].on_disk ? &disk : &memory, &plans->at[i], i, k);
    plans->left[k] = memory.left;
    plans->audits[k] = memory.audits + disk.audits;
}

/* ---- main ---- */

static void find_spoolctl(const char *argv0)
{
    static char path[600];
    const char *slash = strrchr(argv0, '/');
    snprintf(path, sizeof path, "%.*s/../spoolctl", slash ? (int)(slash - argv0) : 1,
             slash ? argv0 : ".");
    spoolctl = access(path, X_OK) == 0 ? path : NULL;
    static char list[600];
    snprintf(list, sizeof list, "%.*s/fault-sites.txt", slash ? (int)(slash - argv0) : 1,
             slash ? argv0 : ".");
    site_list = list;
}

static void make_bases(void)
{
    const char *tmp = getenv("TMPDIR");
    tmp = tmp && *tmp ? tmp : "/var/tmp";
    snprintf(disk_base, sizeof disk_base, "%.150s/fault-sweep.XXXXXX", tmp);
    snprintf(memory_base, sizeof memory_base, "/dev/shm/fault-sweep.XXXXXX");
    if (!mkdtemp(disk_base)) {
        fprintf(stderr, "fault-sweep: %s: %s\n", disk_base, strerror(errno));
        exit(70);
    }
    if (access("/dev/shm", W_OK) != 0 || !mkdtemp(memory_base)) {
        snprintf(memory_base, sizeof memory_base, "%.150s/memory", disk_base);
        mkdir(memory_base, 0700);
    }
}

static void remove_bases(void)
{
    rmdir(memory_base);
    rmdir(disk_base);
}

static int replay(const struct scenario *s, unsigned call, enum fault_kind kind, int zombie)
{
    static const char *const verdicts[] = {"good", "not hit", "BAD"};
    struct run r;
    run_open(&r, memory_base, "replay");
    r.loud = r.trace = true;
    r.spoolctl = spoolctl;
    enum verdict v = zombie >= 0 ? run_zombie(&r, s, call, (enum zombie_variant)zombie)
                                 : run_fault(&r, s, call, kind, true);
    printf("hit: call %u, %s %s; verdict: %s\n", r.proof->hit_call,
           faultop_op_name(r.proof->hit_op), r.proof->hit_name, verdicts[v]);
    return v == RUN_BAD || v == RUN_NOT_HIT;
}

static int sweep(const struct scenario *only, unsigned every)
{
    struct run r;
    int64_t start = clock_boot_ms();
    plans = mmap(NULL, sizeof *plans, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (plans == MAP_FAILED)
        return 70;
    run_open(&r, memory_base, "plan");
    for (unsigned i = 0; i < scenario_count; i++)
        if (!only || only == &scenarios[i])
            plan_scenario(&r, i, every);
    printf("%u faults planned\n", plans->n);
    if (!shards_run(shard)) {
        printf("a shard of the sweep broke\n0 passed, 1 failed\n");
        return 1;
    }
    return sweep_report(plans, (double)(clock_boot_ms() - start) / 1000, spoolctl != NULL,
                        site_list);
}

static int usage(void)
{
    fputs("fault-sweep [--scenario S [--call N (--kind K | --zombie V)]] [--every K] [--full]\n",
          stderr);
    return 64;
}

int main(int argc, char **argv)
{
    static const struct option options[] = {{"scenario", 1, NULL, 's'}, {"call", 1, NULL, 'c'},
                                            {"kind", 1, NULL, 'k'},     {"zombie", 1, NULL, 'z'},
                                            {"every", 1, NULL, 'e'},    {"full", 0, NULL, 'f'},
                                            {NULL, 0, NULL, 0}};
    const struct scenario *only = NULL;
    unsigned call = 0, every = 1;
    enum fault_kind kind = FAULT_NONE;
    int zombie = -1, o;
    while ((o = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (o == 's' && !(only = scenario_find(optarg)))
            return usage();
        if (o == 'k' && (kind = faultop_kind_of(optarg)) == FAULT_KINDS)
            return usage();
        if (o == 'c')
            call = (unsigned)strtoul(optarg, NULL, 10);
        if (o == 'e' && (every = (unsigned)strtoul(optarg, NULL, 10)) == 0)
            return usage();
        if (o == 'f')
            full = true;
        if (o == 'z')
            zombie = atoi(optarg) % ZOMBIE_VARIANTS;
        if (o == '?')
            return usage();
    }
    if (call > 0 && !only)
        return usage();
    find_spoolctl(argv[0]);
    make_bases();
    int code = call > 0 ? replay(only, call, kind, zombie) : sweep(only, every);
    remove_bases();
    return code;
}
