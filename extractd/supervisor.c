#include "extractd/supervisor.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "extractd/clocks.h"
#include "extractd/guard.h"
#include "extractd/herald.h"
#include "extractd/procs.h"

enum {
    ROUND_MS = 20,
    END_ROUND_MS = 2, /* somebody waits for the end */
    CLOCKS_MS = 100,
    OPENER_PAUSE_MS = 3000,
    RELOAD_MS = 10000,
    CLOSER_MS = 20000,
    STUCK_WALKS = 4,
    END_GRACE_MS = 5000,
    HELD_MS = 2000
};

static volatile sig_atomic_t asked_to_stop, asked_to_reload;

static void on_stop(int sig)
{
    (void)sig;
    asked_to_stop = 1;
}

static void on_reload(int sig)
{
    (void)sig;
    asked_to_reload = 1;
}

static void catch_signals(void)
{
    struct sigaction stop = {.sa_handler = on_stop}, reload = {.sa_handler = on_reload};
    sigaction(SIGTERM, &stop, NULL);
    sigaction(SIGINT, &stop, NULL);
    sigaction(SIGHUP, &reload, NULL);
    signal(SIGPIPE, SIG_IGN);
}

static bool told_to_stop(void *arg)
{
    (void)arg;
    return asked_to_stop;
}

static bool after(void *arg)
{
    return clock_boot_ms() > *(int64_t *)arg;
}

/* From here on a signal that asks for something waits for the program that takes over. */
static void hold_signals(int how)
{
    sigset_t asks;
    sigemptyset(&asks);
    sigaddset(&asks, SIGTERM);
    sigaddset(&asks, SIGINT);
    sigaddset(&asks, SIGHUP);
    sigprocmask(how, &asks, NULL);
}

/* A lease, or an exit code: what another try cannot cure ends the program. */
static int open_lease(struct extractd *x)
{
    int64_t pause = OPENER_PAUSE_MS;
    while (!asked_to_stop) {
        int code = procs_run(x, opener_main, "opener", told_to_stop, NULL);
        if (code == 0)
            return 0;
        if (code == 69)
            return 69;
        if (asked_to_stop)
            break;
        log_warn("no lease yet; trying again in %lld s", (long long)pause / 1000);
        for (int64_t until = clock_boot_ms() + pause; clock_boot_ms() < until && !asked_to_stop;) {
            herald_turn(x);
            clock_sleep_ms(ROUND_MS);
        }
        pause = pause < 60000 ? 2 * pause : pause;
    }
    return -1;
}

static void drain_socket(int fd)
{
    char sink[64];
    while (recv(fd, sink, sizeof sink, MSG_DONTWAIT) > 0)
        ;
}

/* The lease was declared dead: whatever is in hand belongs to others now. Everything is dropped,
 * and a new lease made. */
static void start_anew(struct extractd *x, struct procs *p)
{
    struct board *b = x->board;
    procs_kill_all(p);
    drain_socket(x->queue_out);
    drain_socket(x->help_out);
    for (int i = 0; i < BOARD_HANDS; i++)
        board_hand_free(&b->hands[i]);
    for (unsigned i = 0; i < b->n_slots; i++) {
        atomic_store(&b->slots[i].hand, NOBODY);
        atomic_store(&b->slots[i].helps, NOBODY);
        atomic_store(&b->slots[i].stage, SLOT_IDLE);
        atomic_store(&b->slots[i].parser, 0);
        board_cores_of_dead(b, (int)i);
    }
    atomic_store(&b->open, false);
    atomic_store(&b->janitor_rounds, 0);
    atomic_store(&b->tallied, false);
    atomic_store(&b->lost, false);
}

static void reload(struct extractd *x)
{
    int64_t until = clock_boot_ms() + RELOAD_MS;
    asked_to_reload = 0;
    herald_reloading(x);
    log_reopen();
    if (procs_run(x, reload_main, "reload", after, &until) == 0) {
        atomic_fetch_add(&x->board->settings_generation, 1);
        extractd_settings(x);
        log_info("the configuration was read again; slots and cores change at the next start");
    } else {
        log_warn("the configuration was not read again");
    }
    herald_ready(x);
}

/* Own work stops self_stop after the last good beat: by then another host may be about to take it
 * over. */
static bool silenced(const struct extractd *x)
{
    int64_t last = atomic_load(&x->board->lease.last_good_beat);
    return last != 0 && clock_boot_ms() - last > x->spool.settings.self_stop;
}

static bool held(const struct board *b)
{
    return atomic_load(&b->paused) || atomic_load(&b->draining);
}

/* A run that may claim nothing, with nothing in hand, would wait for somebody to say `resume`. */
static bool once_is_held(const struct extractd *x)
{
    static int64_t since;
    if (!held(x->board) || board_hands_used(x->board) > 0)
        since = 0;
    else if (since == 0)
        since = clock_boot_ms();
    return since != 0 && clock_boot_ms() - since > HELD_MS;
}

static bool once_is_over(const struct extractd *x)
{
    const struct board *b = x->board;
    bool done = atomic_load(&b->idle_walks) >= BOARD_IDLE_WALKS && atomic_load(&b->tallied);
    return x->once && (done || atomic_load(&b->stuck_walks) >= STUCK_WALKS || once_is_held(x));
}

/* The working time of one lease. Ends when told to stop, when all is done, or when the lease is
 * lost. */
static void work(struct extractd *x, struct procs *p, struct clocks *c, struct guard *g)
{
    int64_t next_clocks = 0;
    clocks_resume(c);
    while (!asked_to_stop && !once_is_over(x) && !atomic_load(&x->board->lost) &&
           !atomic_load(&x->board->replaced)) {
        int64_t now = clock_boot_ms();
        herald_turn(x);
        procs_reap(p);
        procs_start(p, false);
        guard_round(g, x, p);
        if (now >= next_clocks) {
            next_clocks = now + CLOCKS_MS;
            if (silenced(x))
                clocks_kill_all(c, VERDICT_LOST);
            clocks_check(c);
        }
        if (asked_to_reload) {
            reload(x);
            clocks_resume(c);
        }
        bool near = x->once && atomic_load(&x->board->idle_walks) > 0;
        clock_sleep_ms(near ? END_ROUND_MS : ROUND_MS);
    }
}

static void wake_reporter(struct extractd *x)
{
    (void)!send(x->event_in, "", 0, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* Claim nothing more, let the slots finish within shutdown_grace, then have the rest put back. */
static void wind_down(struct extractd *x, struct procs *p, struct clocks *c)
{
    int64_t grace_over = clock_boot_ms() + x->spool.settings.shutdown_grace;
    atomic_store(&x->board->stopping, true);
    for (unsigned i = 0; i < x->board->n_slots; i++) { /* wake those that wait for a document */
        int none = NOBODY;
        (void)!send(x->queue_in, &none, sizeof none, MSG_DONTWAIT | MSG_NOSIGNAL);
    }
    wake_reporter(x);
    while (procs_working(p) > 0 || board_hands_used(x->board) > 0) {
        int64_t now = clock_boot_ms();
        herald_turn(x);
        procs_reap(p);
        procs_start(p, true);
        clocks_check(c);
        if (now > grace_over)
            clocks_kill_all(c, VERDICT_STOPPING);
        if (now > grace_over + END_GRACE_MS)
            break;
        clock_sleep_ms(END_ROUND_MS);
    }
    wake_reporter(x); /* which has heard all now */
    for (int64_t until = clock_boot_ms() + 1000;
         procs_reporter_alive(p) && clock_boot_ms() < until;) {
        herald_turn(x);
        procs_reap(p);
        clock_sleep_ms(END_ROUND_MS);
    }
}

static int result(const struct extractd *x)
{
    struct board *b = x->board;
    uint64_t done = atomic_load(&b->counts.done), failed = atomic_load(&b->counts.failed);
    bool stuck = x->once && atomic_load(&b->stuck_walks) >= STUCK_WALKS;
    log_info("stopped: %llu documents done, %llu failed, %llu pages", (unsigned long long)done,
             (unsigned long long)failed, (unsigned long long)atomic_load(&b->counts.pages));
    if (stuck)
        log_error("some entries of pending/ could not be claimed (see above)");
    if (x->once && held(b)) {
        const struct control *c = &b->control; /* whoever writes it has ended */
        log_error("%s; documents may be left. 'spoolctl %s' lets work go on",
                  c->pause         ? "the spool is paused"
                  : c->host_paused ? "this host is paused"
                                   : "this host is drained",
                  c->pause         ? "resume"
                  : c->host_paused ? "resume --host HOST"
                                   : "drain HOST --undo");
        return 75;
    }
    return x->once && (failed > 0 || stuck) ? 1 : 0;
}

/* Another program is there, and nothing is left to do for this one. Returns only where it is not so,
 * with the exit code. */
static int make_way(struct extractd *x, int code)
{
    if (!atomic_load(&x->board->replaced))
        return code;
    hold_signals(SIG_BLOCK);
    if (!asked_to_stop) {
        log_info("executing %s", x->upgrade.program);
        fflush(NULL);
        if (upgrade_exec(&x->upgrade) != 0) {
            log_error("no program can be executed: %s", strerror(errno));
            code = 71;
        }
    }
    return code;
}

int supervisor_run(struct extractd *x)
{
    struct procs *p = procs_new(x);
    struct clocks *c = p ? clocks_new(x, p) : NULL;
    struct guard guard = {0}; /* outlives the lease, as what makes a host sick does */
    int code = c ? 0 : 71;
    catch_signals();
    hold_signals(SIG_UNBLOCK); /* they were held by the program before this one, if there was one */
    herald_open(x);
    while (c && code == 0 && !asked_to_stop) {
        herald_turn(x);
        code = open_lease(x);
        if (code != 0)
            break;
        log_info("lease %s: %u slots, %u cores", x->board->lease_name,
                 atomic_load(&x->board->n_active), x->board->n_cores);
        herald_ready(x);
        work(x, p, c, &guard);
        if (!atomic_load(&x->board->lost))
            break;
        start_anew(x, p);
    }
    if (atomic_load(&x->board->replaced) && !asked_to_stop)
        herald_reloading(x); /* to a manager that is what it is: it must not wait for our end */
    else
        herald_stopping(x);
    if (c && atomic_load(&x->board->open)) {
        int64_t until = clock_boot_ms() + x->spool.settings.shutdown_grace + CLOSER_MS;
        wind_down(x, p, c);
        procs_kill_all(p);
        if (procs_run(x, closer_main, "closer", after, &until) < 0) /* else it has said so itself */
            log_warn("the lease %s was not given back: the closer was killed, or the share did not "
                     "answer in time; what it holds is taken back later",
                     x->board->lease_name);
        code = make_way(x, result(x));
    }
    clocks_free(c);
    procs_free(p);
    return code > 0 ? code : 0;
}
