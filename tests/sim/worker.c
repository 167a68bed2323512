/* The supervisor, its opener and closer, the beat and the janitor of a simulated extractd. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/fsop.h"
#include "base/rnd.h"
#include "host.h"
#include "naive.h"
#include "spool/look.h"
#include "spool/passing.h"
#include "spool/reclaim.h"
#include "spool/sweep.h"
#include "spool/tally.h"

enum {
    OPENER_PAUSE_MS = 3000,
    GRACE_MS = 30000,
    SWEEP_ENTRIES = 2000,
    SWEEP_PAUSE_MS = 60000,
    OWN_HOST_MS = 2000,
    JITTER_PERCENT = 50
};

int worker_open_spool(struct spool *s, const struct host *h)
{
    *s = (struct spool){.settings = cluster.settings};
    snprintf(s->host, sizeof s->host, "%s", h->name);
    struct {
        int *fd;
        const int *above;
        const char *name;
    } tops[] = {{&s->pending, &s->root, DIR_PENDING},  {&s->retry, &s->pending, DIR_RETRY},
                {&s->unpack, &s->pending, DIR_UNPACK}, {&s->claimed, &s->root, DIR_CLAIMED},
                {&s->done, &s->root, DIR_DONE},        {&s->failed, &s->root, DIR_FAILED},
                {&s->control, &s->root, DIR_CONTROL},  {&s->names, &s->control, DIR_NAMES},
                {&s->paths, &s->control, DIR_PATHS},   {&s->archives, &s->control, DIR_ARCHIVES},
                {&s->journal, &s->root, DIR_JOURNAL}};
    for (size_t i = 0; i < sizeof tops / sizeof *tops; i++)
        *tops[i].fd = -1;
    s->root = fs->openat(AT_FDCWD, "/", O_RDONLY | O_DIRECTORY, 0);
    for (size_t i = 0; s->root >= 0 && i < sizeof tops / sizeof *tops; i++)
        if ((*tops[i].fd = look_folder(*tops[i].above, tops[i].name)) < 0) {
            worker_close_spool(s);
            return -1;
        }
    return s->root >= 0 ? 0 : -1;
}

void worker_close_spool(struct spool *s)
{
    int *const fds[] = {&s->pending, &s->retry, &s->claimed, &s->done, &s->failed, &s->control,
                        &s->names,   &s->paths, &s->journal, &s->root, &s->unpack, &s->archives};
    for (size_t i = 0; i < sizeof fds / sizeof *fds; i++) {
        if (*fds[i] >= 0)
            fs->close(*fds[i]);
        *fds[i] = -1;
    }
}

/* ---- beat ---- */

static void beat_loop(struct worker *w, struct lease *l)
{
    bool well = true;
    while (!sched_dead()) {
        int64_t pause = w->spool.settings.beat_interval;
        if (lease_beat(l) == 0) {
            well = true;
        } else if (errno == ENOENT || errno == ESTALE) {
            if (!sched_dead()) {
                w->lost = true;
                sched_wake(w->supervisor);
            }
            return;
        } else {
            well = false;
        }
        clock_sleep_ms(well ? pause : pause / 4 + 1);
    }
}

void worker_beat(void *arg)
{
    struct worker *w = arg;
    struct lease l;
    if (lease_open(&l, &w->spool, w->lease_name, &w->shared) == 0) {
        beat_loop(w, &l);
        lease_close(&l);
    } else if ((errno == ENOENT || errno == ESTALE) && !sched_dead()) {
        w->lost = true;
    }
    sched_wake(w->supervisor);
}

/* ---- janitor ---- */

static void sweep_a_little(struct sweep *w, int64_t most, int64_t *next)
{
    struct swept sum = {0};
    if (!w || clock_boot_ms() < *next)
        return;
    int more = sweep_step(w, SWEEP_ENTRIES, &sum);
    int64_t rest = more > 0 ? SWEEP_PAUSE_MS / 20 : 10 * SWEEP_PAUSE_MS;
    rest = rest < most ? rest : most;
    *next = clock_boot_ms() + rnd_jitter(rest, JITTER_PERCENT);
}

static void janitor_loop(struct worker *w, struct lease *l, struct observer *o, struct sweep *s)
{
    const struct settings *c = &w->spool.settings;
    int64_t next_round = 0, next_own = 0,
            next_sweep = clock_boot_ms() + rnd_jitter(SWEEP_PAUSE_MS, JITTER_PERCENT);
    while (!sched_dead() && !w->stopping) {
        int64_t now = clock_boot_ms();
        if (now >= next_round) {
            struct tallied sum = {0};
            observer_round(o, &w->spool, l);
            tally_round(&w->spool, 100, &sum);
            int64_t most = c->lease_timeout / 4, every = c->janitor_interval;
            next_round = clock_boot_ms() + rnd_jitter(every < most ? every : most, JITTER_PERCENT);
            next_own = clock_boot_ms() + OWN_HOST_MS;
        } else if (now >= next_own && c->janitor_interval > OWN_HOST_MS) {
            next_own = now + c->janitor_interval;
            reclaim_own_host(&w->spool, l);
        }
        sweep_a_little(s, c->sweep_age, &next_sweep);
        int64_t wake = next_round < next_own ? next_round : next_own;
        if (s && next_sweep < wake)
            wake = next_sweep;
        now = clock_boot_ms();
        sched_wait(sim.now + (wake > now ? wake - now : 1) * SIM_MS);
    }
}

void worker_janitor(void *arg)
{
    struct worker *w = arg;
    struct lease l;
    if (lease_open(&l, &w->spool, w->lease_name, &w->shared) == 0) {
        struct observer *o = observer_new();
        struct sweep *s = cluster.sweeps ? sweep_new(&w->spool, &l) : NULL;
        if (o)
            janitor_loop(w, &l, o, s);
        sweep_free(s);
        observer_free(o);
        lease_close(&l);
    }
    sched_wake(w->supervisor);
}

/* ---- opener and closer ---- */

static int probe(const struct spool *s, const struct lease *l)
{
    const int stop[] = {s->control, s->retry, l->work, s->done, s->failed, s->control};
    char name[PASSING_CAP];
    passing_probe(l->id, name);
    int fd = fs->openat(s->control, name, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0664);
    if (fd < 0 || fs->close(fd) != 0)
        return -1;
    size_t at = 0;
    int bad = 0;
    for (; at + 1 < sizeof stop / sizeof *stop && !bad; at++)
        if (look_move(stop[at], name, stop[at + 1], name) != MOVED) {
            bad = -1;
            break;
        }
    look_unlink(stop[at], name);
    return bad;
}

static bool open_lease(struct worker *w)
{
    struct lease l;
    struct reclaimed sum = {0};
    if (lease_create(&l, &w->spool, &w->shared, w->pid) != 0)
        return false;
    snprintf(w->lease_name, sizeof w->lease_name, "%s", l.name);
    bool good = !cluster.probe || probe(&w->spool, &l) == 0;
    if (good)
        reclaim_own_host(&w->spool, &l);
    else
        reclaim_lease(&w->spool, l.host, l.name, false, &l, &sum);
    lease_close(&l);
    return good && !sched_dead();
}

static void close_lease(struct worker *w)
{
    struct lease l;
    struct reclaimed sum = {0};
    bool have = lease_open(&l, &w->spool, w->lease_name, &w->shared) == 0;
    reclaim_lease(&w->spool, w->spool.host, w->lease_name, false, have ? &l : NULL, &sum);
    if (have)
        lease_close(&l);
}

/* ---- supervisor ---- */

static void start_role(struct worker *w, const char *role, void (*body)(void *), void *arg,
                       struct task **self)
{
    char name[40];
    if (*self)
        return;
    snprintf(name, sizeof name, "%s.%s", w->host->name, role);
    sched_start(w->host, name, body, arg, self)->rival = body != worker_beat;
}

static void start_roles(struct worker *w)
{
    char role[16];
    start_role(w, "beat", worker_beat, w, &w->beat);
    if (w->beat)
        w->beat->counted = false;
    if (sim.protocol == PROTOCOL_NAIVE) {
        start_role(w, "claimer", naive_claimer, w, &w->claimer);
        return;
    }
    start_role(w, "claimer", worker_claimer, w, &w->claimer);
    if (cluster.janitors)
        start_role(w, "janitor", worker_janitor, w, &w->janitor);
    for (unsigned i = 0; i < w->n_slots; i++) {
        struct slot_arg *a = sim_alloc(sizeof *a);
        *a = (struct slot_arg){w, i};
        snprintf(role, sizeof role, "slot%u", i);
        start_role(w, role, worker_slot, a, &w->slot[i]);
    }
}

static unsigned alive(const struct worker *w)
{
    unsigned n = (w->claimer ? 1u : 0u) + (w->janitor ? 1u : 0u);
    for (unsigned i = 0; i < w->n_slots; i++)
        n += w->slot[i] != NULL;
    return n;
}

static void kill_roles(struct worker *w)
{
    sched_kill(w->beat);
    sched_kill(w->claimer);
    sched_kill(w->janitor);
    for (unsigned i = 0; i < w->n_slots; i++)
        sched_kill(w->slot[i]);
    while (!sched_dead() && (alive(w) > 0 || w->beat))
        sched_until(sim.now + SIM_MS);
}

static void start_anew(struct worker *w)
{
    kill_roles(w);
    for (int i = 0; i < WORKER_HANDS; i++)
        hand_free(&w->hands[i]);
    for (unsigned i = 0; i < w->n_slots; i++)
        w->slot_hand[i] = NOBODY;
    w->lost = false;
}

static void wind_down(struct worker *w)
{
    sim_us grace_over = sim.now + GRACE_MS * SIM_MS;
    w->stopping = true;
    sched_wake(w->claimer);
    sched_wake(w->janitor);
    for (unsigned i = 0; i < w->n_slots; i++)
        sched_wake(w->slot[i]);
    while (!sched_dead() && alive(w) > 0 && sim.now < grace_over)
        sched_wait(grace_over);
    kill_roles(w);
}

static void one_lease(struct worker *w)
{
    while (!sched_dead() && !w->lost && !w->stop_asked) {
        start_roles(w);
        sched_wait(sim.now + 30 * SIM_SECOND);
        if (!sched_dead() && !w->lost && !w->stop_asked && alive(w) < w->n_slots + 2)
            sched_until(sim.now + SIM_SECOND); /* a process has died: a pause, then another */
    }
}

void worker_supervisor(void *arg)
{
    struct worker *w = arg;
    struct host *h = w->host;
    for (unsigned i = 0; i < WORKER_SLOTS; i++)
        w->slot_hand[i] = NOBODY;
    while (!sched_dead() && worker_open_spool(&w->spool, h) != 0)
        clock_sleep_ms(OPENER_PAUSE_MS);
    while (!sched_dead() && !w->stop_asked) {
        if (!open_lease(w)) {
            clock_sleep_ms(OPENER_PAUSE_MS);
            continue;
        }
        one_lease(w);
        if (w->lost && !sched_dead())
            start_anew(w);
        else if (!sched_dead()) {
            wind_down(w);
            close_lease(w);
        }
    }
    /* The descriptors of the spool are its children's, too: they stay open until those are gone. */
    while (alive(w) > 0 || w->beat) {
        sched_self()->dead = false;
        sched_until(sim.now + SIM_MS);
    }
    sched_self()->dead = true;
    worker_close_spool(&w->spool);
    if (h->worker == w) {
        w->ended = true;
        h->worker = NULL;
        sched_wake(h->init);
    }
}
