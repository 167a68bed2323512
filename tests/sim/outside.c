#include "outside.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "sched.h"
#include "spool/layout.h"

struct outside outside;
static struct task *dropper, *consumer;
static unsigned taken, serials;

void outside_reset(void)
{
    memset(&outside, 0, sizeof outside);
    dropper = consumer = NULL;
    taken = serials = 0;
}

void outside_drop(sim_us when, const char *path, enum document_kind kind)
{
    if (outside.n < SCRIPT)
        outside.script[outside.n++] =
            (struct scripted_drop){.when = when, .path = sim_text(path), .kind = kind};
}

static struct inode *spool_dir(const char *name)
{
    return server_find(server_find(server_root(), "spool"), name);
}

/* The folder of a path below pending/, made if needed; *name: the last component. */
static struct inode *folder_for(const char *path, const char **name)
{
    struct inode *dir = spool_dir(DIR_PENDING);
    char part[NAME_CAP];
    for (const char *slash; (slash = strchr(path, '/')); path = slash + 1) {
        snprintf(part, sizeof part, "%.*s", (int)(slash - path), path);
        struct inode *next = server_find(dir, part);
        dir = next ? next : server_mkdir(dir, part);
        if (!S_ISDIR(dir->mode))
            return NULL;
    }
    *name = path;
    return dir;
}

static struct inode *write_file(const struct scripted_drop *s, struct inode *dir, const char *name,
                                bool half)
{
    char content[DOCUMENT_MOST];
    unsigned serial = ++serials;
    size_t n = document_write(serial, s->kind, content, sizeof content);
    struct inode *i = server_file(dir, name, content, half ? n / 2 : n);
    int drop = law_drop(i, serial, s->kind);
    if (drop >= 0)
        snprintf(law.drop[drop].path, sizeof law.drop[drop].path, "%s", s->path);
    return i;
}

static void finish_slowly(struct inode *i)
{
    char content[DOCUMENT_MOST];
    const struct drop *d = &law.drop[i->drop];
    sched_until(sim.now + 8 * SIM_SECOND);
    size_t n = document_write(d->serial, d->kind, content, sizeof content);
    struct rpc r = {.op = RPC_WRITE,
                    .object = i,
                    .from = content + n / 2,
                    .offset = n / 2,
                    .n = n - n / 2,
                    .outside = true};
    server_execute(&r);
    sim_trace("user: has finished writing document %u", d->serial);
}

static bool drop_one(const struct scripted_drop *s)
{
    const char *name;
    struct inode *home = server_find(server_root(), "home");
    struct inode *dir = folder_for(s->path, &name), *there = dir ? server_find(dir, name) : NULL;
    char part[32];
    if (!dir || law.drops >= LAW_DROPS || (there && (!s->swap || S_ISDIR(there->mode))))
        return false;
    if (s->slow) {
        struct inode *slow = write_file(s, dir, name, true);
        law.drop[slow->drop].state = DROP_PENDING;
        sim_trace("user: begins to write %s (document %u)", s->path, serials);
        finish_slowly(slow);
        return true;
    }
    snprintf(part, sizeof part, "swapped%u", serials);
    if (there)
        server_rename(dir, name, home, part);
    write_file(s, home, "new", false);
    server_rename(home, "new", dir, name);
    sim_trace("user: drops %s (document %u)%s", s->path, serials,
              there ? ", having taken away what was there" : "");
    if (there) {
        char again[32];
        sched_until(sim.now + sim_between(0, 90 * SIM_SECOND));
        snprintf(again, sizeof again, "back%u.pdf", serials);
        server_rename(home, part, spool_dir(DIR_PENDING), again);
        sim_trace("user: drops what was taken away as %s", again);
    }
    return true;
}

static void dropper_body(void *arg)
{
    (void)arg;
    for (unsigned i = 0; i < outside.n && !sched_dead(); i++) {
        sched_until(outside.script[i].when);
        for (int patience = 30; patience > 0 && !sched_dead(); patience--) {
            if (drop_one(&outside.script[i]))
                break;
            sched_until(sim.now + 5 * SIM_SECOND); /* the name is still there */
        }
    }
}

static void take(struct inode *dir, const char *name)
{
    char as[NAME_CAP + 16];
    struct inode *to = server_find(server_root(), "taken");
    snprintf(as, sizeof as, "%u.%.200s", ++taken, name);
    server_rename(dir, name, to, as);
}

static void take_triple(struct inode *dir, const char *pdf, bool failed)
{
    char names[3][NAME_CAP + 8];
    size_t n = strlen(pdf);
    n -= n > 4 && strcmp(pdf + n - 4, ".pdf") == 0 ? 4 : 0;
    snprintf(names[0], sizeof names[0], "%s", pdf);
    snprintf(names[1], sizeof names[1], "%.*s.txt", (int)n, pdf);
    snprintf(names[2], sizeof names[2], "%.*s.json", (int)n, pdf);
    sim_trace("consumer: takes %s", pdf);
    for (unsigned i = 0; i < 3 && !sched_dead(); i++) {
        unsigned k = outside.pdf_first ? i : 2 - i;
        if (k == 1 && failed)
            continue;
        take(dir, names[k]);
        if (!sim.lockstep && sim_once_in(3))
            sched_until(sim.now + sim_between(0, 2 * SIM_SECOND));
    }
}

static void take_below(struct inode *dir)
{
    for (unsigned i = 0; i < dir->n_entries && !sched_dead(); i++) {
        struct inode *e = dir->entries[i].inode;
        if (S_ISDIR(e->mode)) {
            take_below(e);
        } else if (e->drop >= 0) {
            take_triple(dir, e->name, dir->zone == ZONE_CLASS);
            i = (unsigned)-1; /* the folder has changed: from the start */
        }
    }
}

static void consumer_body(void *arg)
{
    (void)arg;
    while (!sched_dead() && outside.consumer) {
        sched_wait(sim.now + (sim.lockstep ? outside.takes_every
                                           : sim_between(SIM_SECOND, 2 * outside.takes_every)));
        take_below(spool_dir(DIR_DONE));
        if (!sim.lockstep && sim_once_in(4))
            take_below(spool_dir(DIR_FAILED));
    }
}

void outside_start(void)
{
    struct task *t = sched_start(NULL, "user", dropper_body, NULL, &dropper);
    t->outside = true;
    t->counted = false;
    t->rival = true;
    if (!outside.consumer)
        return;
    t = sched_start(NULL, "consumer", consumer_body, NULL, &consumer);
    t->outside = true;
    t->counted = false;
    t->rival = true;
}

bool outside_over(void)
{
    return !dropper;
}

void outside_stop_consumer(void)
{
    outside.consumer = false;
    sched_wake(consumer);
}

bool outside_idle(void)
{
    return !consumer;
}
