#include "replay.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "base/sha256.h"

enum { PATIENCE_S = 120 }; /* it gives way to other tests */

void *replay_shared(unsigned long n)
{
    void *p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED) {
        perror("power-cut: mmap");
        _exit(70);
    }
    return p;
}

void player_open(struct player *p, const char *base, const char *name)
{
    char hex[SHA256_HEX];
    memset(p, 0, sizeof *p);
    snprintf(p->base, sizeof p->base, "%s", base);
    snprintf(p->name, sizeof p->name, "%s", name);
    sha256_hex("", 0, hex); /* the library prepares itself: here, once */
    p->world = replay_shared(sizeof *p->world);
}

/* A process of the test: never hangs for ever, never logs unless asked to. */
static pid_t child(const struct player *p)
{
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        alarm(PATIENCE_S);
        if (!p->loud)
            log_setup(LOG_LOGFMT, LEVEL_ERROR, "/dev/null");
    }
    return pid;
}

/* Its exit code, or -1. */
static int ended(pid_t pid)
{
    int status = 0;
    return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static unsigned complain(const struct player *p, const char *what)
{
    if (p->loud)
        fprintf(stderr, "  violation: %s\n", what);
    return 1;
}

bool film_record(struct player *p, const struct scene *s, enum record_lie lie, unsigned lie_at,
                 struct film *out)
{
    world_make(p->world, p->base, p->name);
    pid_t pid = child(p);
    if (pid == 0) {
        struct worker *me = malloc(sizeof *me);
        if (!me)
            _exit(70);
        worker_open(me, p->world->top, "h1");
        s->scenario->prepare(p->world, me);
        record_start(out->log, p->world->top, lie, lie_at);
        s->scenario->body(p->world, me);
        record_stop();
        _exit(0);
    }
    bool well = ended(pid) == 0 && !out->log->full;
    *out->world = *p->world;
    world_remove(p->world);
    return well;
}

/* The world's record of what was dropped, and a tree as the cut left it. */
static void make_world(struct player *p, const struct film *f, struct cut cut)
{
    *p->world = *f->world;
    snprintf(p->world->top, sizeof p->world->top, "%.200s/%s", p->base, p->name);
    snprintf(p->world->taken, sizeof p->world->taken, "%s.taken", p->world->top);
    if (mkdir(p->world->top, 0775) != 0 || mkdir(p->world->taken, 0775) != 0) {
        perror("power-cut: cannot make a folder");
        _exit(70);
    }
    state_build(&p->state, f->log, cut);
    state_make(&p->state, p->world->top);
}

static unsigned again_by_people(const struct player *p, const struct scene *s, const struct film *f,
                                unsigned cut)
{
    if (!s->again)
        return 0;
    pid_t pid = child(p);
    if (pid == 0)
        _exit((int)s->again(p->world, f->log, cut, p->loud) & 127);
    int code = ended(pid);
    return code < 0 ? complain(p, "a command crashed") : (unsigned)code;
}

static unsigned recover(const struct player *p, const struct scene *s, const char *host,
                        struct film *record)
{
    pid_t pid = child(p);
    if (pid == 0) {
        if (record)
            record_start(record->log, p->world->top, RECORD_HONEST, 0);
        int bad = s->scenario->recover(p->world->top, host) < 0;
        _exit(bad);
    }
    return ended(pid) == 0 ? 0 : complain(p, "the recovery failed, or something is left for ever");
}

static unsigned audit(struct player *p)
{
    if (!p->spoolctl)
        return 0;
    p->audits++;
    pid_t pid = child(p);
    if (pid == 0) {
        if (!p->loud && !freopen("/dev/null", "w", stdout))
            _exit(70);
        execl(p->spoolctl, p->spoolctl, "--spool", p->world->top, "audit", "--json", (char *)NULL);
        _exit(70);
    }
    return ended(pid) == 0 ? 0 : complain(p, "spoolctl audit disagrees");
}

struct verdict_of_cut replay_cut(struct player *p, const struct scene *s, const struct film *f,
                                 struct cut cut, bool with_audit, struct film *again)
{
    struct leftovers before = p->left;
    make_world(p, f, cut);
    unsigned bad = again_by_people(p, s, f, cut.cut);
    p->world->seen = 0;
    world_note(p->world);
    if (again)
        *again->world = *p->world;
    bad += recover(p, s, cut.cut % 2 ? "h1" : "h2", again);
    bad += world_changed(p->world, p->loud);
    bad += check_world(p->world, p->loud, &p->left);
    if (with_audit)
        bad += audit(p);
    world_remove(p->world);
    return (struct verdict_of_cut){bad, p->left.lost + p->left.twice - before.lost - before.twice};
}
