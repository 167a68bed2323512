#include "extractd/procs.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/child.h"
#include "base/clock.h"
#include "base/log.h"
#include "extractd/herald.h"

enum { REAP_MS = 5000, LOOK_MS = 2 /* at whether one has ended */ };

struct proc {
    pid_t pid;       /* 0: not running */
    int64_t started; /* boot clock, ms */
    struct restarts restarts;
};

struct procs {
    struct extractd *x;
    unsigned n;    /* FIRST_SLOT + slots */
    char loop[48]; /* who has died once too often, until somebody has asked; "" nobody */
    struct proc proc[FIRST_SLOT + BOARD_SLOTS];
};

struct procs *procs_new(struct extractd *x)
{
    struct procs *p = calloc(1, sizeof *p);
    if (p) {
        p->x = x;
        p->n = FIRST_SLOT + x->board->n_slots;
    }
    return p;
}

void procs_free(struct procs *p)
{
    free(p);
}

/* The board shows it to those who tell of it. */
static void show(struct procs *p, unsigned i)
{
    struct proc_board *b = &p->x->board->procs[i];
    atomic_store(&b->pid, p->proc[i].pid);
    atomic_store(&b->since, clock_boot_ms());
    atomic_fetch_add(&p->x->board->procs_generation, 1);
}

/* The zygote is a program of its own; descriptor 3 is its control socket, 4 the program that it may
 * turn into, and it gets nothing else of ours. Both programs are those of our start: others may lie
 * there by now, of another version. (One that is no ELF file, as in a test, goes by its path.) */
static void exec_zygote(const struct extractd *x)
{
    char name[] = "pdfspool-parser", whole[] = WIRE_WHOLE_OPTION;
    char *argv[] = {name, x->whole_fd >= 0 ? whole : NULL, NULL};
    if (!child_move_fd(x->zygote_out, 3) ||
        (x->whole_fd >= 0 && !child_move_fd(x->whole_fd, WIRE_WHOLE_FD)))
        _exit(126);
    setenv("OMP_THREAD_LIMIT", "1", 1);
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    fexecve(x->parser_fd, argv, environ);
    execv(x->parser, argv);
    log_error("%s cannot be run: %s", x->parser, strerror(errno));
    _exit(127);
}

static int run_role(struct extractd *x, unsigned i)
{
    switch (i) {
    case ROLE_BEAT:
        return beat_main(x);
    case ROLE_CLAIMER:
        return claimer_main(x);
    case ROLE_REPORTER:
        return reporter_main(x);
    case ROLE_JANITOR:
        return janitor_main(x);
    default:
        return slot_main(x, (int)(i - FIRST_SLOT));
    }
}

static void start(struct procs *p, unsigned i)
{
    char name[16];
    struct proc *q = &p->proc[i];
    extractd_role(i, name);
    fflush(NULL);
    pid_t pid = child_fork();
    if (pid < 0) {
        log_error("%s could not be started: %s", name, strerror(errno));
        restarts_not_started(&q->restarts, clock_boot_ms());
        return;
    }
    if (pid == 0) {
        child_name(name);
        log_bind_role(name);
        if (i == ROLE_ZYGOTE)
            exec_zygote(p->x);
        _exit(run_role(p->x, i));
    }
    q->pid = pid;
    q->started = clock_boot_ms();
    show(p, i);
}

/* A slot has no process before it is to take documents for the first time. */
static bool is_wanted(const struct procs *p, unsigned i)
{
    return i < FIRST_SLOT + atomic_load(&p->x->board->n_begun);
}

void procs_start(struct procs *p, bool stopping)
{
    int64_t now = clock_boot_ms();
    unsigned active = atomic_load(&p->x->board->n_active);
    if (!stopping && active > atomic_load(&p->x->board->n_begun))
        atomic_store(&p->x->board->n_begun, active);
    for (unsigned i = 0; i < p->n && is_wanted(p, i); i++) {
        if (p->proc[i].pid != 0 || !restarts_may_start(&p->proc[i].restarts, now))
            continue;
        bool in_hand =
            i >= FIRST_SLOT && atomic_load(&p->x->board->slots[i - FIRST_SLOT].hand) != NOBODY;
        if (stopping && !in_hand && i != ROLE_ZYGOTE)
            continue;
        start(p, i);
    }
}

/* What a dead slot held: its core, and its parser, which would go on for nobody. */
static void bury_slot(struct procs *p, int slot)
{
    struct slot_board *b = &p->x->board->slots[slot];
    struct wire_kill k = {WIRE_KILL, atomic_exchange(&b->parser, 0)};
    board_cores_of_dead(p->x->board, slot);
    atomic_store(&b->stage, SLOT_IDLE);
    atomic_store(&b->helps, NOBODY);
    if (k.pid > 0 && send(p->x->zygote_in, &k, sizeof k, MSG_DONTWAIT | MSG_NOSIGNAL) != sizeof k)
        procs_kill_zygote(p);
}

static void buried(struct procs *p, unsigned i, int status)
{
    char name[16], how[40];
    struct proc *q = &p->proc[i];
    int64_t now = clock_boot_ms(), lived = now - q->started;
    bool meant = atomic_load(&p->x->board->stopping) || atomic_load(&p->x->board->lost);
    extractd_role(i, name);
    child_show_status(status, how, sizeof how);
    pid_t pid = q->pid;
    q->pid = 0;
    show(p, i);
    if (i >= FIRST_SLOT)
        bury_slot(p, (int)(i - FIRST_SLOT));
    if (meant)
        return;
    int64_t wait = restarts_died(&q->restarts, lived, now);
    atomic_fetch_add(&p->x->board->counts.restarts, 1);
    atomic_fetch_add(&p->x->board->procs[i].restarts, 1);
    atomic_fetch_add(&p->x->board->trouble, 1);
    log_warn("%s (pid %d) ended: %s; started again %s", name, (int)pid, how,
             wait ? "after a pause" : "at once");
    if (restarts_in_loop(&q->restarts))
        snprintf(p->loop, sizeof p->loop, "%s", name);
}

bool procs_took_to_loop(struct procs *p, char name[48])
{
    memcpy(name, p->loop, sizeof p->loop);
    p->loop[0] = 0;
    return name[0] != 0;
}

bool procs_are_well(const struct procs *p)
{
    int64_t now = clock_boot_ms();
    for (unsigned i = 0; i < p->n && is_wanted(p, i); i++)
        if (p->proc[i].pid == 0 || now - p->proc[i].started < RESTARTS_HEALTHY_MS)
            return false;
    return true;
}

void procs_forgive(struct procs *p)
{
    for (unsigned i = 0; i < p->n; i++)
        p->proc[i].restarts = (struct restarts){0};
}

void procs_reap(struct procs *p)
{
    int status;
    pid_t pid;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
        for (unsigned i = 0; i < p->n; i++)
            if (p->proc[i].pid == pid)
                buried(p, i, status);
}

static bool kill_one(struct procs *p, unsigned i)
{
    return p->proc[i].pid > 0 && kill(p->proc[i].pid, SIGKILL) == 0;
}

pid_t procs_pid_of_role(const struct procs *p, enum role role)
{
    return p->proc[role].pid;
}

pid_t procs_pid_of_slot(const struct procs *p, int slot)
{
    return p->proc[FIRST_SLOT + slot].pid;
}

bool procs_kill_role(struct procs *p, enum role role)
{
    return kill_one(p, role);
}

bool procs_kill_slot(struct procs *p, int slot)
{
    return kill_one(p, FIRST_SLOT + (unsigned)slot);
}

void procs_kill_zygote(struct procs *p)
{
    kill_one(p, ROLE_ZYGOTE);
}

void procs_kill_all(struct procs *p)
{
    for (unsigned i = p->n;
         i-- > 0;) /* the zygote last: no slot is to see its parser die of that */
        if (p->proc[i].pid > 0)
            kill(p->proc[i].pid, SIGKILL);
    int64_t until = clock_boot_ms() + REAP_MS;
    for (bool any = true; any && clock_boot_ms() < until;) {
        herald_turn(p->x);
        procs_reap(p);
        any = false;
        for (unsigned i = 0; i < p->n; i++)
            any = any || p->proc[i].pid > 0;
        if (any)
            clock_sleep_ms(LOOK_MS); /* one that waits for a dead share ends when that is back */
    }
}

unsigned procs_working(const struct procs *p)
{
    unsigned n = 0;
    for (unsigned i = 0; i < p->n; i++)
        n += i != ROLE_ZYGOTE && i != ROLE_REPORTER && i != ROLE_BEAT && p->proc[i].pid > 0;
    return n;
}

bool procs_reporter_alive(const struct procs *p)
{
    return p->proc[ROLE_REPORTER].pid > 0;
}

int procs_run(struct extractd *x, int (*main_function)(struct extractd *), const char *name,
              bool (*give_up)(void *), void *arg)
{
    int status;
    fflush(NULL);
    pid_t pid = child_fork();
    if (pid < 0)
        return -1;
    if (pid == 0) {
        child_name(name);
        log_bind_role(name);
        _exit(main_function(x));
    }
    for (;;) {
        pid_t done = waitpid(pid, &status, WNOHANG);
        if (done == pid)
            return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
        if (done < 0 && errno != EINTR)
            return -1;
        herald_turn(x);
        if (give_up && give_up(arg)) {
            kill(pid, SIGKILL);
            give_up = NULL;
        }
        clock_sleep_ms(LOOK_MS);
    }
}
