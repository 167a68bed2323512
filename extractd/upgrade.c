#include "extractd/upgrade.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"

enum {
    LOOK_MS = 1000,
    SETTLED_MS = 3000, /* a package's files come one after the other */
    CHECK_MS = 15000   /* the new one looks at the share, too */
};

static void look_at_file(const char *path, struct upgrade_file *f)
{
    struct stat st;
    *f = (struct upgrade_file){0};
    if (!*path || stat(path, &st) != 0 || !S_ISREG(st.st_mode))
        return;
    *f = (struct upgrade_file){.device = (uint64_t)st.st_dev,
                               .inode = (uint64_t)st.st_ino,
                               .size = (uint64_t)st.st_size,
                               .mtime_s = st.st_mtim.tv_sec,
                               .mtime_ns = st.st_mtim.tv_nsec};
}

static bool same_file(const struct upgrade_file *a, const struct upgrade_file *b)
{
    return a->device == b->device && a->inode == b->inode && a->size == b->size &&
           a->mtime_s == b->mtime_s && a->mtime_ns == b->mtime_ns;
}

static bool same(const struct upgrade_look *a, const struct upgrade_look *b)
{
    for (int i = 0; i < UPGRADE_FILES; i++)
        if (!same_file(&a->file[i], &b->file[i]))
            return false;
    return true;
}

static struct upgrade_look look(const struct upgrade *u)
{
    struct upgrade_look now;
    look_at_file(u->program, &now.file[0]);
    look_at_file(u->parser, &now.file[1]);
    look_at_file(u->whole, &now.file[2]);
    return now;
}

/* Both programs must be there: in the middle of an installation one may not be. */
static bool whole_enough(const struct upgrade_look *l)
{
    return l->file[0].inode != 0 && l->file[1].inode != 0;
}

/* The path that it was called by, which may be a link that will lead to another file one day; else
 * the file itself. */
static void find_program(struct upgrade *u, const char *called)
{
    struct upgrade_file self, there;
    look_at_file("/proc/self/exe", &self);
    snprintf(u->program, sizeof u->program, "%s", strchr(called, '/') ? called : "");
    look_at_file(u->program, &there);
    if (same_file(&self, &there))
        return;
    ssize_t n = readlink("/proc/self/exe", u->program, sizeof u->program - 1);
    u->program[n > 0 ? n : 0] = 0;
    look_at_file(u->program, &there);
    if (!same_file(&self, &there))
        u->program[0] = 0;
}

/* The pointers, not the strings: unsetenv leaves those alone. NULL: no memory. */
static char **environment_of_now(void)
{
    size_t n = 0;
    while (environ[n])
        n++;
    char **copy = calloc(n + 1, sizeof *copy);
    for (size_t i = 0; copy && i < n; i++)
        copy[i] = environ[i];
    return copy;
}

void upgrade_begin(struct upgrade *u, int argc, char **argv, const char *parser)
{
    *u = (struct upgrade){.argc = argc < UPGRADE_ARGS ? argc : 0};
    for (int i = 0; i < u->argc; i++)
        u->argv[i] = argv[i];
    if (u->argc > 0)
        find_program(u, argv[0]);
    snprintf(u->parser, sizeof u->parser, "%s", parser);
    snprintf(u->whole, sizeof u->whole, "%s-whole", u->parser);
    u->began = u->last = look(u);
    u->environment = environment_of_now();
    if (!u->environment)
        u->program[0] = 0;
}

static void refuse(struct upgrade *u, const char *why)
{
    u->refused = u->last;
    u->refusing = true;
    log_warn("%s was replaced, but what is there now cannot work here: %s; this one goes on",
             u->program, why);
}

static void ask(struct upgrade *u)
{
    char check[] = "--check";
    u->argv[u->argc] = check;
    if (ask_begin(&u->ask, u->program, u->argv, CHECK_MS) == 0)
        u->asking = true;
    else
        u->since = u->next; /* no process, no descriptor: later */
    u->argv[u->argc] = NULL;
}

/* The answer is there. It counts only if nothing has changed since it was asked for. */
static bool answered(struct upgrade *u)
{
    struct upgrade_look now = look(u);
    u->asking = false;
    if (!same(&now, &u->last))
        return false;
    if (u->ask.code == 0)
        return true;
    refuse(u, u->ask.len > 0 ? u->ask.text : "it does not answer --check");
    return false;
}

bool upgrade_step(struct upgrade *u, int64_t now)
{
    if (u->asking)
        return ask_over(&u->ask) && answered(u);
    if (!*u->program || now < u->next)
        return false;
    u->next = now + LOOK_MS;
    struct upgrade_look there = look(u);
    if (!same(&there, &u->last)) {
        u->last = there;
        u->since = now;
    } else if (!same(&there, &u->began) && whole_enough(&there) && now - u->since >= SETTLED_MS &&
               !(u->refusing && same(&there, &u->refused))) {
        ask(u);
    }
    return false;
}

int upgrade_exec(struct upgrade *u)
{
    execve(u->program, u->argv, u->environment);
    log_warn("%s cannot be run: %s; going on with the old one", u->program, strerror(errno));
    execve("/proc/self/exe", u->argv, u->environment);
    return -1;
}
