#include "run.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "base/sha256.h"

enum { PATIENCE_S = 120 }; /* it gives way to other tests */

static void *shared(size_t n)
{
    void *p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED) {
        perror("fault-sweep: mmap");
        _exit(70);
    }
    return p;
}

void run_open(struct run *r, const char *base, const char *name)
{
    memset(r, 0, sizeof *r);
    snprintf(r->base, sizeof r->base, "%s", base);
    snprintf(r->name, sizeof r->name, "%s", name);
    char hex[SHA256_HEX];
    sha256_hex("", 0, hex); /* the library prepares itself: here, once, and not in each of thousands
                               of children */
    r->world = shared(sizeof *r->world);
    r->proof = shared(sizeof *r->proof);
}

/* A process of the test: never hangs for ever, never logs unless asked to. */
static pid_t child(const struct run *r)
{
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        alarm(PATIENCE_S);
        if (!r->trace)
            log_setup(LOG_LOGFMT, LEVEL_ERROR, "/dev/null");
    }
    return pid;
}

static bool ended_well(pid_t pid)
{
    int status = 0;
    return waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static unsigned complain(const struct run *r, const char *what)
{
    if (r->loud)
        fprintf(stderr, "  violation: %s\n", what);
    return 1;
}

static struct worker *new_worker(const struct run *r, const char *host)
{
    struct worker *me = malloc(sizeof *me);
    if (!me)
        _exit(70);
    worker_open(me, r->world->top, host);
    return me;
}

static pid_t start_body(struct run *r, const struct scenario *s, const struct fault_plan *plan)
{
    memset(r->proof, 0, sizeof *r->proof);
    world_make(r->world, r->base, r->name);
    pid_t pid = child(r);
    if (pid != 0)
        return pid;
    struct worker *me = new_worker(r, "h1");
    s->prepare(r->world, me);
    world_note(r->world);
    faultop_install(plan, r->proof);
    faultop_arm(true);
    s->body(r->world, me);
    faultop_arm(false);
    _exit(0);
}

static unsigned recover(const struct run *r, const struct scenario *s, const char *host)
{
    pid_t pid = child(r);
    if (pid == 0)
        _exit(s->recover(r->world->top, host) < 0);
    return ended_well(pid) ? 0 : complain(r, "the recovery failed, or something is left for ever");
}

static unsigned changed(struct run *r)
{
    unsigned n = world_changed(r->world, r->loud);
    world_note(r->world);
    return n;
}

static unsigned audit(struct run *r)
{
    if (!r->spoolctl)
        return 0;
    r->audits++;
    pid_t pid = child(r);
    if (pid == 0) {
        if (!r->loud && !freopen("/dev/null", "w", stdout))
            _exit(70);
        execl(r->spoolctl, r->spoolctl, "--spool", r->world->top, "audit", "--json", (char *)NULL);
        _exit(70);
    }
    return ended_well(pid) ? 0 : complain(r, "spoolctl audit disagrees");
}

enum verdict run_clean(struct run *r, const struct scenario *s)
{
    struct fault_plan plan = {.trace = r->trace};
    pid_t pid = start_body(r, s, &plan);
    unsigned bad =
        ended_well(pid) ? 0 : complain(r, "the scenario does not even run without a fault");
    unsigned pages = r->left.pages;
    bad += changed(r) + recover(r, s, "h2") + changed(r) + check_world(r->world, r->loud, &r->left);
    if (r->left.pages > pages)
        bad += complain(r, "pages are left of documents that are done, and nothing had failed");
    world_remove(r->world);
    return bad ? RUN_BAD : RUN_GOOD;
}

/* The process ended as the fault makes it end, and no otherwise. */
static unsigned check_end(const struct run *r, pid_t pid, enum fault_kind kind)
{
    int status = 0;
    waitpid(pid, &status, 0);
    bool killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
    bool exited = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    if (faultop_kills(kind) ? killed : exited || (killed && kind >= FAULT_EIO_KILL_1))
        return 0;
    return complain(r, "the process ended in an unexpected way (hung, or crashed)");
}

enum verdict run_fault(struct run *r, const struct scenario *s, unsigned call, enum fault_kind kind,
                       bool with_audit)
{
    struct fault_plan plan = {.call = call, .kind = kind, .trace = r->trace};
    pid_t pid = start_body(r, s, &plan);
    unsigned bad = check_end(r, pid, kind);
    bool hit = atomic_load(&r->proof->hits) > 0;
    bad += changed(r);
    bad += recover(r, s, call % 2 ? "h1" : "h2");
    bad += changed(r);
    bad += check_world(r->world, r->loud, &r->left);
    if (with_audit && !s->control)
        bad += audit(r);
    world_remove(r->world);
    return !hit ? RUN_NOT_HIT : bad ? RUN_BAD : RUN_GOOD;
}

/* ---- zombies ---- */

static void drop_again(struct world *w, unsigned first)
{
    for (unsigned i = 0; i < first; i++) {
        bool twice = w->drop[i].inner;
        for (unsigned k = 0; k < i; k++)
            twice |= strcmp(w->drop[k].path, w->drop[i].path) == 0;
        if (!twice)
            world_drop(w, w->drop[i].path, w->drop[i].corrupt);
    }
}

/* Another host claims what there is and goes as far as the seal, or through to the end. */
static void other_host(const struct run *r, const char *host, bool publish)
{
    pid_t pid = child(r);
    if (pid == 0) {
        struct worker *me = new_worker(r, host);
        if (worker_lease(me) != 0)
            _exit(70);
        worker_claim(me);
        worker_write(me);
        worker_seal(me);
        if (publish)
            worker_publish(me);
        _exit(0);
    }
    waitpid(pid, NULL, 0);
}

static void wake(int hear, pid_t pid)
{
    char byte = 'g';
    if (write(hear, &byte, 1) != 1)
        kill(pid, SIGKILL);
}

static unsigned while_it_sleeps(struct run *r, const struct scenario *s, enum zombie_variant v,
                                unsigned first)
{
    unsigned bad = recover(r, s, "h2");
    if (v == ZOMBIE_KEEP)
        return bad;
    world_take(r->world);
    drop_again(r->world, first);
    if (v == ZOMBIE_TAKEN || r->world->naive)
        return bad + recover(r, s, "h2");
    other_host(r, "h2", false);
    return bad;
}

enum verdict run_zombie(struct run *r, const struct scenario *s, unsigned call,
                        enum zombie_variant v)
{
    int say[2], hear[2];
    char byte;
    if (pipe(say) != 0 || pipe(hear) != 0)
        _exit(70);
    struct fault_plan plan = {call, FAULT_PARK, say[1], hear[0], r->trace};
    pid_t pid = start_body(r, s, &plan);
    close(say[1]);
    close(hear[0]);
    unsigned bad = 0;
    if (read(say[0], &byte, 1) == 1) {
        unsigned first = r->world->drops;
        bad += while_it_sleeps(r, s, v, first);
        r->world->seen = 0;
        world_note(r->world);
        wake(hear[1], pid);
        bad += check_end(r, pid, FAULT_PARK);
        bad += changed(r);
        if (v == ZOMBIE_OVERLAP && !r->world->naive) {
            drop_again(r->world, first);
            other_host(r, "h3", true);
        }
        bad += recover(r, s, "h2");
        bad += changed(r);
        bad += check_world(r->world, r->loud, &r->left);
    } else {
        check_end(r, pid, FAULT_PARK);
    }
    close(say[0]);
    close(hear[1]);
    world_remove(r->world);
    if (atomic_load(&r->proof->hits) == 0)
        return RUN_NOT_HIT;
    return !bad ? RUN_GOOD : RUN_BAD;
}
