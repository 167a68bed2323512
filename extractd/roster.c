#include "extractd/roster.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/process.h"
#include "spool/registry.h"

enum { PARSERS_MS = 30000, AGAIN_MS = 2000, PARSERS = REGISTRY_MOST - BOARD_PROCS };
_Static_assert(REGISTRY_MOST >= BOARD_PROCS + BOARD_SLOTS, "each process and its parser find room");

struct roster {
    bool written;
    uint32_t generation; /* of the board's processes, as written */
    int64_t next_parsers, not_before;
    size_t n_parsers;
    int64_t parsers[PARSERS];
    struct registry all;
    struct buf json;
};

struct roster *roster_new(void)
{
    return calloc(1, sizeof(struct roster));
}

void roster_free(struct roster *r)
{
    if (r)
        buf_free(&r->json);
    free(r);
}

/* True: others than before. */
static bool look_at_parsers(struct roster *r, int64_t zygote)
{
    int64_t now[PARSERS];
    size_t n = zygote > 0 ? process_children(zygote, now, PARSERS) : 0;
    bool same = n == r->n_parsers && memcmp(now, r->parsers, n * sizeof *now) == 0;
    memcpy(r->parsers, now, n * sizeof *now);
    r->n_parsers = n;
    return !same;
}

/* A pid becomes an entry only as long as it is our child's: else it is not, or no more, ours. */
static void add(struct registry *all, const char *role, int64_t pid, int64_t parent)
{
    struct process p;
    struct registered *e = &all->entry[all->n];
    if (all->n == REGISTRY_MOST)
        return;
    memset(e, 0, sizeof *e);
    snprintf(e->role, sizeof e->role, "%s", role);
    if (pid > 0 && process_look(pid, &p) && p.parent == parent) {
        e->pid = pid;
        e->start = p.start;
    }
    all->n++;
}

static void gather(struct roster *r, struct extractd *x, const struct lease *l)
{
    char role[16];
    struct board *b = x->board;
    int64_t offset = atomic_load(&b->lease.server_offset),
            zygote = atomic_load(&b->procs[ROLE_ZYGOTE].pid);
    r->all.n = 0;
    snprintf(r->all.lease, sizeof r->all.lease, "%s", l->name);
    for (unsigned i = 0; i < FIRST_SLOT + atomic_load(&b->n_begun); i++) {
        struct registered *e = &r->all.entry[r->all.n];
        extractd_role(i, role);
        add(&r->all, role, atomic_load(&b->procs[i].pid), getppid());
        int64_t since = atomic_load(&b->procs[i].since);
        e->since_ms = since ? since + offset : 0;
        e->restarts = atomic_load(&b->procs[i].restarts);
    }
    for (size_t i = 0; i < r->n_parsers; i++)
        add(&r->all, "parser", r->parsers[i], zygote);
}

void roster_turn(struct roster *r, struct extractd *x, const struct lease *l)
{
    int64_t now = clock_boot_ms();
    uint32_t generation = atomic_load(&x->board->procs_generation);
    bool changed = !r->written || generation != r->generation;
    if (now < r->not_before)
        return;
    if (changed || now >= r->next_parsers) {
        r->next_parsers = now + PARSERS_MS;
        changed = look_at_parsers(r, atomic_load(&x->board->procs[ROLE_ZYGOTE].pid)) || changed;
    }
    if (!changed)
        return;
    gather(r, x, l);
    buf_clear(&r->json);
    registry_write(&r->all, &r->json);
    r->written = lease_write(l, LEASE_PROCESSES, &r->json) == 0;
    r->generation = generation;
    r->not_before = now + AGAIN_MS; /* what dies as often as it is started is told in one */
    if (!r->written)
        log_debug("%s could not be replaced: %s", LEASE_PROCESSES, strerror(errno));
}
